"""What has landed of Cloudinary decides what is asked for next: nothing that was told of an asset is passed over."""

from __future__ import annotations

from pathlib import Path

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
