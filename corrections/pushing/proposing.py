"""A corrected file that a person drops: proposed as the new version of an asset, or as a new asset beside it.

Here belongs looking at the file and at the asset, and keeping the file until it is sent. How it is uploaded and found
again is `file_push`. Another person approves it; and what is pushed is not approved by that for anybody's use.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assettrail.clock import Clock
from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from corrections.difference import Difference, Version
from corrections.people.register import Person
from corrections.propose import Proposal, bring_in
from corrections.pushing.pushed_file import FileFacts, PushedFile
from corrections.recall.holders import Recalled, find_recalled, holders_of
from corrections.renditions.videos import first_frame
from corrections.store.database import open_store
from corrections.store.kept_files import keep_file
from corrections.store.records import CorrectionRecord
from corrections.vendors.cloudinary_asset import CloudinaryAsset, read_asset
from corrections.vendors.opened import open_vendors
from ingest.cloudinary.picture import look_at

_LONGEST_NAME = 200


@dataclass(frozen=True)
class Pushed:
    """What was proposed, and whether it is new; `state` is where it stands in the outbox, None for a dry run."""

    difference: Difference
    outcome: Literal["proposed", "changed", "known", "dry run"]
    state: str | None


def push_file(
    settings: Settings,
    clock: Clock,
    database: Path,
    snapshot_name: str,
    path: Path,
    subject: str,
    reason: str,
    *,
    by: Person | None,
    new_public_id: str | None = None,
) -> Pushed:
    """Propose a file as the asset's new version (or as a new asset), in the name of a person; without one, only look.

    `subject` is an asset id, public id, etag or SHA-256 that means one asset of the snapshot; what is compared is the
    asset as Cloudinary has it now. Raises ConfigurationError for a file that cannot be read, is too large or of another
    kind than the asset, for bytes that Cloudinary has already, without a reason, and for an asset that is not there or
    not openly delivered.
    """
    content = _read(path, settings)
    recalled = find_recalled(database, subject)
    with open_vendors(settings, clock) as vendors:
        asset = read_asset(vendors.library, recalled.asset_id)
        if asset is None or asset.is_placeholder or not asset.is_delivered_openly:
            raise _refused(path, f"the asset {recalled.public_id} is not openly delivered by Cloudinary", "one that is")
        facts = _facts(path, content, asset, vendors.cloudinary)
    if not reason.strip():
        raise _refused(path, "no reason", "a reason, which everybody sees who is asked to approve it")
    etag = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if etag == asset.etag:
        raise _refused(path, f"Cloudinary has these very bytes, as version {asset.version}", "a corrected file")
    holders = holders_of(database, Recalled(asset.asset_id, None, asset.public_id))
    held = Counter[str](holder.holder_type for holder in holders.found)
    key = "/".join(["push_file", asset.asset_id, etag, new_public_id or ""])
    difference = Difference(
        correction_key=hashlib.sha256(key.encode()).hexdigest(),
        kind="push_file",
        community_id=None,
        case_id=None,
        publication_id=None,
        asset_id=asset.asset_id,
        public_id=asset.public_id,
        resource_type=asset.resource_type,
        expected=Version(asset.version, asset.etag),
        desired=Version(None, etag),
        format_code=facts.format_code,
        target_id=asset.asset_id,
        file=PushedFile(
            name=path.name[:_LONGEST_NAME],
            sha256=hashlib.sha256(content).hexdigest(),
            after=facts,
            before=asset.facts,
            new_public_id=new_public_id,
            held_by={**held, "communication": holders.communications},
        ),
    )
    if by is None:
        return Pushed(difference, "dry run", None)
    keep_file(settings, content)
    proposal = Proposal(asset.asset_id, asset.public_id, f"pushed: {reason.strip()}", difference)
    with open_store(settings) as store, store.begin() as session:
        known = session.get(CorrectionRecord, difference.correction_key)
        outcome = bring_in(session, known, proposal, snapshot_name, clock.now(), by.name)
        record = session.get_one(CorrectionRecord, difference.correction_key, populate_existing=True)
        return Pushed(difference, outcome, record.state)


def _read(path: Path, settings: Settings) -> bytes:
    cap = settings.cloudinary.content_bytes_cap if settings.cloudinary else 0
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= cap else b""
    except OSError as error:
        raise _refused(path, error.strerror or type(error).__name__, "a file that can be read") from error
    if size > cap or not content:
        raise _refused(path, f"{size} bytes", f"1 to {cap} bytes (cloudinary.content_bytes_cap)")
    return content


def _facts(path: Path, content: bytes, asset: CloudinaryAsset, settings: CloudinarySettings) -> FileFacts:
    """The file in numbers, decoded: what nobody can open is no correction."""
    if asset.resource_type == "image" and asset.facts.format_code != "pdf":
        seen = look_at(content, settings.content_pixels_cap)
        if not seen.is_decodable:
            raise _refused(path, seen.reason or "no picture", f"a picture, as {asset.public_id} is one")
        return FileFacts(len(content), seen.format, seen.width, seen.height)
    if asset.resource_type == "video":
        frame = first_frame(content)
        if frame is None:
            raise _refused(path, "nothing that decodes as a video", f"a video, as {asset.public_id} is one")
        return FileFacts(len(content), path.suffix.lstrip(".").lower() or None, frame.width, frame.height)
    if asset.facts.format_code == "pdf" and not content.startswith(b"%PDF-"):
        raise _refused(path, "no PDF", f"a PDF, as {asset.public_id} is one")
    return FileFacts(len(content), path.suffix.lstrip(".").lower() or None, None, None)


def _refused(path: Path, found: str, expected: str) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to push the file {path}",
        found=found,
        expected=expected,
        remedy="correct the file or the asset's name and push again; nothing was proposed",
    )
