"""Rows of the small world's assets, one function for each kind, and when all of it happened.

Here belong the words that the rooms of the small world share; what is in it is theirs.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.cloudinary.address_readings import readings_json
from ingest.cloudinary.delivery_url import parse_delivery_url
from tests.dbt.landing_fixture import instant

COVERED_FROM = "2026-01-10T00:00:00+00:00"
LANDED_AT = "2026-02-15T00:00:00+00:00"
WINDOW = (COVERED_FROM, LANDED_AT)
LISTED = (None, LANDED_AT)

Row = Mapping[str, object]


@dataclass(frozen=True)
class Batch:
    """Rows of one stream that were landed together."""

    system: str
    stream: str
    rows: Sequence[Row]
    window: tuple[str | None, str] = WINDOW


@dataclass(frozen=True)
class Use:
    """One asset use in a communication of its own, and the verdict that it has to get."""

    verdict: str
    reason: str
    reference: Row
    generated_at: str = "2026-02-14T12:00:00Z"
    segment: str = "retail"
    jurisdiction: str = "US-CA"
    offers: tuple[str, ...] = ("o1",)


def epoch(text: str) -> int:
    """Cloudinary's version for an upload at an instant."""
    return int(instant(text).timestamp())


def asset_id(name: str) -> str:
    """A Cloudinary asset id that reads as its name."""
    return name.ljust(32, "0")


def notification(kind: str, name: str, at: str, **values: object) -> Row:
    """A notification about an asset that is named as it reads."""
    return {
        "digest": f"{kind}/{name}/{at}/{values.get('etag', '')}",
        "ordinal": 0,
        "notification_type": kind,
        "timestamp_raw": at,
        "triggered_by_id": "ann",
        "asset_id": asset_id(name),
        "resource_type": "image",
        "type": "upload",
        "public_id": f"brand/{name}",
        **values,
    }


def upload(name: str, at: str, etag: str, **values: object) -> Row:
    """An upload notification; its version is the second of the upload."""
    return notification("upload", name, at, version=epoch(at), etag=etag, format="jpg", bytes=1000, **values)


def approve(name: str, at: str, etag: str | None, before: str = "draft", **terms: object) -> Row:
    """A change of metadata that leaves the bytes approved (those live then, where `etag` is None)."""
    new = {"approval_status": "approved", "approved_by": "bob", "approved_etag": etag, **terms}
    return notification(
        "resource_metadata_changed", name, at, previous_metadata={"approval_status": before}, new_metadata=new
    )


def revoke(name: str, at: str, etag: str) -> Row:
    """A change of metadata that revokes the approval of the bytes."""
    return notification(
        "resource_metadata_changed",
        name,
        at,
        previous_metadata={"approval_status": "approved", "approved_etag": etag, "approved_by": "bob"},
        new_metadata={"approval_status": "revoked", "approved_etag": etag},
    )


def embedded(name: str, uploaded_at: str, etag: str | None = None) -> Row:
    """An embedded reference by asset id and version, with or without the bytes' hash."""
    return {
        "binding": "embedded",
        "asset_id": asset_id(name),
        "version": epoch(uploaded_at),
        "etag": etag,
    }


def live(public_id: str) -> Row:
    """A delivery URL by a name."""
    return {
        "binding": "live_url",
        "url": f"https://res.cloudinary.com/insurer/image/upload/f_auto/v1/{public_id}.jpg",
        "delivery_state": "parsed",
        "delivery_resource_type": "image",
        "delivery_type": "upload",
        "delivery_transformation": "f_auto",
        "delivery_public_id": public_id,
        "delivery_version": 1,
        "delivery_format": "jpg",
    }


def in_doubt(path: str) -> Row:
    """A delivery URL that can be read in several ways, as its parser reads it."""
    url = f"https://res.cloudinary.com/insurer/image/upload/{path}"
    found = parse_delivery_url(url)
    return {
        "binding": "live_url",
        "url": url,
        "delivery_state": found.state,
        "delivery_cloud": found.cloud,
        "delivery_resource_type": found.resource_type,
        "delivery_type": found.type,
        "delivery_transformation": found.transformation,
        "delivery_public_id": found.public_id,
        "delivery_format": found.format,
        "delivery_readings": json.loads(str(readings_json(found))),
    }
