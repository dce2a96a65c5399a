"""What has landed of Cloudinary decides what is asked for next: nothing that was told of an asset is passed over."""

from __future__ import annotations

import json
from pathlib import Path

from ingest.cloudinary.content_queue import ContentQueue, Wanted
from ingest.cloudinary.landed import LandedAssets, Place
from ingest.extract import Claim, Extract, Row
from ingest.landing import land
from ingest.landing_store import LandingStore
from ingest.schema import stream_schema
from tests.unit.landing.stores import NOON, accept, open_store

START = Place(-1, "")


def put(store: LandingStore, stream: str, *rows: dict[str, object]) -> None:
    """Land rows of a stream of Cloudinary."""
    schema = stream_schema("cloudinary", stream)
    claim = Claim(None, NOON, True, "end_marker", "read to the end")
    land(store, schema, Extract([Row(row, "cloudinary://demo", "ab" * 32) for row in rows], [], claim, None), accept)


def resource(asset_id: str, public_id: str, delivery_type: str = "upload") -> dict[str, object]:
    names = {"asset_id": asset_id, "public_id": public_id, "resource_type": "image", "type": delivery_type}
    return {**names, "version": 1, "created_at_raw": "2026-01-01T00:00:00Z", "bytes": 1}


def moderation(ordinal: int, public_id: str | None, **known: object) -> dict[str, object]:
    told = {"digest": "d" * 64, "ordinal": ordinal, "notification_type": "moderation", "public_id": public_id}
    return {**told, "timestamp_raw": "2026-02-01T00:00:00Z", **known}


def test_a_moderation_without_the_assets_id_has_the_asset_of_its_name_read_again(tmp_path: Path) -> None:
    """Passed over, an asset that was rejected stays approved until all is listed again."""
    store = open_store(tmp_path)
    put(store, "resources", resource("a", "p"), resource("b", "q"), resource("c", "p", "private"))
    landed = LandedAssets(store)
    done = landed.changed_after(("resources",), START)[-1]
    put(store, "notifications", moderation(0, "p", resource_type="image", type="upload"), moderation(1, "none"))
    assert [place.asset_id for place in landed.changed_after(("notifications",), done)] == ["a"]
    put(store, "notifications", {**moderation(0, "p"), "digest": "e" * 64})
    newest = Place(landed.newest_batch(("notifications",)), "")
    assert {place.asset_id for place in landed.changed_after(("notifications",), newest)} == {"a", "c"}
    assert landed.changed_after(("notifications",), newest, lambda event: event != "moderation") == []


def detail(version: int, etag: str, *backups: tuple[object, str]) -> dict[str, object]:
    told = [{"version": version, "version_id": version_id} for version, version_id in backups]
    names = {"asset_id": "a", "public_id": "p", "resource_type": "image", "type": "upload", "is_placeholder": False}
    known = {"version": version, "etag": etag, "created_at_raw": "2026-01-01T00:00:00Z"}
    return {**names, **known, "backup_versions": json.dumps(told) if told else None}


def looked_at(outcome: str, way: str, reason: str | None) -> dict[str, object]:
    known = {"asset_id": "a", "version": 1, "etag": "e1", "is_original_kept": False}
    return {**known, "way": way, "outcome": outcome, "reason": reason}


def wanted_contents(landed: LandedAssets) -> list[Wanted]:
    return [waiting.wanted for waiting in ContentQueue(landed, {})]


def test_what_had_no_backup_is_asked_for_once_more_when_a_detail_names_one(tmp_path: Path) -> None:
    """Called unavailable for ever, the bytes that were approved are never seen though the vendor has them."""
    store = open_store(tmp_path)
    landed = LandedAssets(store)
    put(store, "asset_details", detail(1, "e1"))
    put(store, "asset_details", detail(2, "e2"))
    put(store, "asset_contents", looked_at("unavailable", "backup", "an older version, of which no backup is known"))
    assert [(wanted.version, wanted.version_ids) for wanted in wanted_contents(landed)] == [(2, ())]
    put(store, "asset_details", detail(3, "e3", ("1", "b1"), (2, "b2"), (1, "b3")))
    assert [(wanted.version, wanted.version_ids) for wanted in wanted_contents(landed)] == [
        (3, ()),
        (2, ("b2",)),
        (1, ("b1", "b3")),
    ]
    put(store, "asset_contents", looked_at("unavailable", "backup", "HTTP 404"))
    assert 1 not in {wanted.version for wanted in wanted_contents(landed)}
