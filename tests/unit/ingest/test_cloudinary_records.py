"""Cloudinary's notifications, resources and triggers: signatures hold, shapes become rows, gaps are seen."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from assettrail.errors import RecordRejected
from ingest.cloudinary.records import Resource, Trigger
from ingest.cloudinary.signature import verify_notification
from ingest.cloudinary.streams import (
    Message,
    notification_values,
    read_messages,
)
from ingest.cloudinary.triggers import covered_since, missing_events

SECRET = SecretStr("s3cret")
NOW = 1_768_000_000.0
STAMP = "1768000000"
FULL_WIDTH = "".join(chr(ord(digit) + 0xFEE0) for digit in STAMP)


def signed(body: bytes, stamp: str = STAMP, algorithm: str = "sha1") -> str:
    return hashlib.new(algorithm, body + stamp.encode() + b"s3cret").hexdigest()


def message(content: object, **changes: object) -> dict[str, object]:
    body = json.dumps(content).encode()
    made: dict[str, object] = {
        "signed_payload": base64.urlsafe_b64encode(body).decode().rstrip("="),
        "timestamp": STAMP,
        "signature": signed(body),
        "receipt_handle": "h",
    }
    return {**made, **changes}


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_genuine_signature_holds_whatever_its_age(algorithm: str) -> None:
    """Messages wait in the poll queue for days; refusing old ones would lose approvals."""
    verify_notification(b"{}", STAMP, signed(b"{}", STAMP, algorithm), SECRET, NOW)
    old = "1500000000"
    verify_notification(b"{}", old, signed(b"{}", old), SECRET, NOW)


@pytest.mark.parametrize(
    ("body", "stamp", "signature"),
    [
        (b"{ }", STAMP, signed(b"{}")),
        (b"{}1", STAMP[1:], signed(b"{}1", STAMP[1:])),
        (b"{}", "1768000000.0", signed(b"{}", "1768000000.0")),
        (b"{}", " 176800000", signed(b"{}", " 176800000")),
        (b"{}", FULL_WIDTH, signed(b"{}", FULL_WIDTH)),
        (b"{}", 1768000000, signed(b"{}")),
        (b"{}", "1768000301", signed(b"{}", "1768000301")),
        (b"{}", STAMP, ""),
        (b"{}", STAMP, None),
        (b"{}", STAMP, "é" * 40),
        (b"{}", STAMP, signed(b"{}", algorithm="sha512")),
        (b"{}", STAMP, signed(b"{}")[:-1] + "!"),
    ],
)
def test_a_forged_or_malformed_signature_is_refused(body: bytes, stamp: object, signature: object) -> None:
    """A forged approval that is believed would turn an unapproved image into a proven one."""
    with pytest.raises(RecordRejected):
        verify_notification(body, stamp, signature, SECRET, NOW)


BASE = {
    "notification_type": "x",
    "timestamp": "2026-01-10T08:00:00Z",
    "notification_context": {"triggered_by": {"source": "api", "id": "anna"}},
}


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({**BASE, "asset_id": "a", "version": 5, "etag": "e"}, [("a", None)]),
        ({**BASE, "resources": [{"asset_id": "a"}, {"asset_id": "b"}]}, [("a", None), ("b", None)]),
        ({**BASE, "resources": {"p/q": {"asset_id": "a"}, "r": {"asset_id": "b"}}}, [("a", "p/q"), ("b", "r")]),
        ({**BASE, "resources": []}, [(None, None)]),
    ],
)
def test_every_shape_becomes_one_row_per_resource(content: object, named: list[tuple[object, object]]) -> None:
    """The vendor writes lists, maps and flat bodies; a shape that is missed is an approval that is missed."""
    rows = notification_values(message(content), SECRET, NOW)
    assert [(row["asset_id"], row["public_id"]) for row in rows] == named
    assert [row["ordinal"] for row in rows] == list(range(len(named)))
    assert {row["triggered_by_id"] for row in rows} == {"anna"}


def test_metadata_before_and_after_are_kept_apart() -> None:
    """Which approval ended and which began is read from exactly these two."""
    part = {"asset_id": "a", "previous_metadata": {"s": "draft"}, "new_metadata": {"s": "approved"}}
    (row,) = notification_values(message({**BASE, "resources": {"p": part}}), SECRET, NOW)
    assert (row["previous_metadata"], row["new_metadata"]) == ('{"s":"draft"}', '{"s":"approved"}')
    (upload,) = notification_values(message({**BASE, "asset_id": "a", "metadata": {"s": "draft"}}), SECRET, NOW)
    assert (upload["previous_metadata"], upload["new_metadata"]) == (None, '{"s":"draft"}')


def test_one_bad_message_does_not_take_the_others_with_it() -> None:
    """A single forged message must not stop, and must not slip into, the evidence."""
    good = Message(message({**BASE, "asset_id": "a"}), "uri", "raw", 0)
    forged = Message(message({**BASE, "asset_id": "b"}, signature=signed(b"other")), "uri", "raw", 7)
    drifted = Message(message({**BASE, "asset_id": 4}), "uri", "raw", 9)
    broken = Message(message(BASE, signed_payload="%%%"), "uri", "raw", 11)
    reading = read_messages([forged, good, drifted, broken], SECRET, NOW)
    assert [row.values["asset_id"] for row in reading.rows] == ["a"]
    assert [refused.offset for refused in reading.quarantined] == [7, 9, 11]


RESOURCE = {
    "asset_id": "a",
    "public_id": "p",
    "resource_type": "image",
    "type": "upload",
    "version": "1768000000",
    "created_at": "2026-01-10T08:00:00Z",
}


def test_a_listing_item_is_read_in_every_shape_the_vendor_uses() -> None:
    """Absent tags and context mean empty, contexts come in three shapes, versions also as digits."""
    plain = Resource.from_response(RESOURCE)
    assert (plain.version, plain.tags, plain.context, plain.is_placeholder) == (1768000000, "[]", "{}", False)
    for context in ({"custom": {"k": "v"}}, {"k": "v"}, [{"key": "k", "value": "v"}]):
        assert Resource.from_response({**RESOURCE, "context": context}).context == '{"k":"v"}'
    assert Resource.from_response({**RESOURCE, "folder": "f"}).asset_folder == "f"
    moderated = {**RESOURCE, "moderation": [{"kind": "manual", "status": "rejected"}]}
    assert Resource.from_response(moderated).moderation_status == "rejected"
    with pytest.raises(RecordRejected):
        Resource.from_response({**RESOURCE, "version": None})


EARLY = ("upload", "delete", "rename", "restore_asset_version")


def trigger(event: str, at: str, channel: str = "c") -> Trigger:
    return Trigger(f"poll://{channel}", event, at)


def test_coverage_begins_with_the_youngest_needed_trigger() -> None:
    """A window before a trigger existed proves nothing about revocations: it must not be claimed."""
    needed = [trigger(event, "2026-01-10T00:00:00Z") for event in EARLY]
    assert covered_since(needed, "c") is None
    late = trigger("resource_metadata_changed", "2026-01-12T00:00:00Z")
    assert covered_since([*needed, late], "c") == datetime(2026, 1, 12, tzinfo=UTC)
    assert covered_since([trigger("all", "2026-01-11T00:00:00Z"), *needed], "c") == datetime(2026, 1, 11, tzinfo=UTC)
    assert covered_since([*needed, late], "other") is None


def test_without_a_trigger_for_restorations_nothing_is_covered() -> None:
    """An old version that is restored unseen serves unapproved bytes under the proof of the approved ones."""
    without = [
        trigger(event, "2026-01-10T00:00:00Z") for event in ("upload", "delete", "rename", "resource_metadata_changed")
    ]
    assert covered_since(without, "c") is None
    assert missing_events(without, "c") == ["restore_asset_version"]


@pytest.mark.parametrize("kind", ["delete", "rename", "restore_asset_version"])
@pytest.mark.parametrize(
    "body",
    [
        {"public_id": "p", "from_public_id": "p", "to_public_id": "q"},
        {"asset_id": "", "public_id": "p"},
        {"resources": [{"asset_id": "a"}, {"public_id": "p"}]},
        {"resources": {"p": {"resource_type": "image"}}},
    ],
)
def test_an_end_that_names_no_asset_is_refused_and_not_dropped(kind: str, body: dict[str, object]) -> None:
    """A deletion of nobody-knows-what, dropped in silence, leaves deleted bytes proven as live for ever."""
    content = {**BASE, "notification_type": kind, **body}
    reading = read_messages([Message(message(content), "uri", "raw", 3)], SECRET, NOW)
    assert reading.rows == []
    assert [refused.offset for refused in reading.quarantined] == [3]
    assert "without asset_id" in reading.quarantined[0].reason


def test_a_deletion_of_nothing_and_other_kinds_without_an_asset_are_events() -> None:
    """Refusing what ends no version would make the claims of a sound queue incomplete for ever."""
    nothing = notification_values(message({**BASE, "notification_type": "delete", "resources": []}), SECRET, NOW)
    report = notification_values(message({**BASE, "notification_type": "report"}), SECRET, NOW)
    assert [row["asset_id"] for row in [*nothing, *report]] == [None, None]
