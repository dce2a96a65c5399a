"""A corrected file: a new version of its asset in Cloudinary, or a new asset beside it that leaves the old as it is.

Here belong when the file may be uploaded and how it is found again: by asset id, version, etag (the MD5 of the file)
and the correlation id in its context. A pushed file is not approved by being pushed: an approval is bound to bytes, and
nobody has approved these; until somebody does in Cloudinary, no correction gives them to a partner.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from assettrail.errors import ContractBroken, EvidenceBroken
from assettrail.settings import Settings
from corrections.difference import Difference
from corrections.effects.effect import Absent, Begun, Conflict, Present, Ready
from corrections.pushing.pushed_file import PushedFile
from corrections.store.kept_files import kept_file
from corrections.vendors.cloudinary_asset import CloudinaryAsset, read_asset, read_named
from corrections.vendors.cloudinary_writer import UPLOAD, related_write
from corrections.vendors.opened import Vendor, Vendors
from corrections.vendors.writes import Attachment, Write

_RELATE = 2


@dataclass(frozen=True)
class FilePush:
    """The effect of the kind `push_file`: one request, or two where a new asset is related to the old one."""

    gives_bytes = False
    vendor: Vendor = "cloudinary"

    def examine(self, vendors: Vendors, difference: Difference) -> Ready | Conflict | Present:
        """See that the asset is the one that was looked at, and that the file is still the one that was proposed."""
        file = _file(difference)
        found = self.read_back(vendors, difference)
        if isinstance(found, Present):
            return found
        asset = read_asset(vendors.library, difference.asset_id)
        if (other := _other(difference, asset)) is not None or asset is None:
            return Conflict(other or "")
        made = None
        if file.new_public_id is not None:
            made = read_named(vendors.library, difference.resource_type, file.new_public_id)
        if made is not None and isinstance(found, Begun):
            return Ready(related_write(made.asset_id, [asset.asset_id]), _RELATE, _RELATE)
        if made is not None and not made.is_placeholder:
            return Conflict(f"there is an asset {file.new_public_id} already, with etag {made.etag}")
        content = _content(vendors.settings, difference, file)
        if isinstance(content, Conflict):
            return content
        steps = 1 if file.new_public_id is None else _RELATE
        return Ready(_upload(vendors.settings, difference, file, asset, content), 1, steps)

    def read_back(self, vendors: Vendors, difference: Difference) -> Present | Begun | Absent:
        """Look for the bytes under the correlation id: as the asset's version now, or as the new asset."""
        file = _file(difference)
        if file.new_public_id is None:
            found = read_asset(vendors.library, difference.asset_id)
        else:
            found = read_named(vendors.library, difference.resource_type, file.new_public_id)
        if found is None or (found.mark, found.etag) != (difference.correlation_id, difference.desired.etag):
            return Absent()
        if file.new_public_id is not None and difference.asset_id not in found.related:
            return Begun(_RELATE)
        return Present(f"{found.asset_id} version {found.version}")


def _file(difference: Difference) -> PushedFile:
    if difference.file is None or difference.desired.etag is None:
        raise ContractBroken(
            tried=f"to send the correction {difference.correction_key}",
            found="no file",
            expected="the file that becomes the asset's new version",
            remedy="reject it, and push the file again",
        )
    return difference.file


def _content(settings: Settings, difference: Difference, file: PushedFile) -> bytes | Conflict:
    """The kept bytes, if they are those that were approved."""
    try:
        content = kept_file(settings, file.sha256)
    except EvidenceBroken as error:
        return Conflict(f"the file {file.name} that was approved is not there: {error.found}")
    if (md5 := hashlib.md5(content, usedforsecurity=False).hexdigest()) != difference.desired.etag:
        return Conflict(f"the kept file {file.name} has the MD5 {md5}, approved was {difference.desired.etag}")
    return content


def _other(difference: Difference, asset: CloudinaryAsset | None) -> str | None:
    """Why the asset is not the one that the file was meant for, in words."""
    if asset is None or asset.is_placeholder:
        return "Cloudinary has no such asset any more"
    name = f"{asset.resource_type}/{asset.public_id}"
    if not asset.is_delivered_openly or name != f"{difference.resource_type}/{difference.public_id}":
        return f"the asset is {name} ({asset.type}), proposed was {difference.resource_type}/{difference.public_id}"
    if asset.etag == difference.desired.etag:
        return f"Cloudinary has these very bytes already, as version {asset.version}, which this did not write"
    if (asset.version, asset.etag) != (difference.expected.number, difference.expected.etag):
        return (
            f"Cloudinary has version {asset.version} with etag {asset.etag} meanwhile, "
            f"proposed was to replace version {difference.expected.number} with etag {difference.expected.etag}"
        )
    return None


def _upload(
    settings: Settings, difference: Difference, file: PushedFile, asset: CloudinaryAsset, content: bytes
) -> Write:
    """The upload. Tags and context are written as they stand: an account may be set to clear them on an overwrite.

    A new asset gets the old one's metadata, too, but never its approval.
    """
    options: dict[str, object] = {
        "public_id": file.new_public_id or difference.public_id,
        "type": "upload",
        "overwrite": file.new_public_id is None,
        "invalidate": True,
        "unique_filename": False,
        "context": asset.context_with(difference.correlation_id),
    }
    if asset.tags:
        options["tags"] = list(asset.tags)
    if file.new_public_id is not None:
        fields = settings.approval_fields
        approval = {fields.status, fields.approver, fields.etag, fields.valid_from, fields.valid_to}
        kept = {name: value for name, value in asset.metadata.items() if name not in approval}
        if kept:
            options["metadata"] = kept
    kind = f"/{UPLOAD}/{difference.resource_type}"
    return Write("POST", kind, options, Attachment(file.name, "application/octet-stream", content))
