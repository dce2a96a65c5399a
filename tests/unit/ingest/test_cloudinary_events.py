"""Every notification type that Cloudinary documents or that its SDK names: each shape is read, and loses nothing.

The bodies follow the vendor's documentation and captured messages; those of types whose shape is not documented are
made up, and must be kept whole all the same.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from pydantic import SecretStr

from assettrail.errors import RecordRejected
from ingest.cloudinary.records import NotifiedResource, named_resources
from ingest.cloudinary.streams import notification_values
from ingest.reading import Values
from sandbox.cloudinary.notifications import EVENT_TYPES

ID = {"asset_id": "a" * 32, "resource_type": "image", "type": "upload"}
OTHER = {"asset_id": "b" * 32, "resource_type": "video", "type": "private"}
BASE = {
    "timestamp": "2026-01-10T08:00:00+00:00",
    "request_id": "r-1",
    "source": "ui",
    "notification_context": {
        "triggered_at": "2026-01-10T08:00:00Z",
        "triggered_by": {"source": "ui", "id": "anna@example.com"},
    },
    "signature_key": "123",
}

BODIES: dict[str, dict[str, Any]] = {
    "upload": {
        **ID,
        "public_id": "p",
        "version": 1768032000,
        "version_id": "c" * 32,
        "etag": "d" * 32,
        "bytes": 10,
        "width": 1,
        "height": 2,
        "format": "jpg",
        "overwritten": True,
        "tags": ["x"],
        "metadata": {"approval_status": "approved"},
        "moderation": [{"kind": "manual", "status": "pending"}],
        "signature": "s",
    },
    "eager": {**ID, "public_id": "p", "batch_id": "e", "eager": [{"transformation": "w_3", "bytes": 4}]},
    "delete": {"resources": [{**ID, "public_id": "p", "version": 3}, {**OTHER, "public_id": "q", "version": 4}]},
    "rename": {**ID, "from_public_id": "p", "to_public_id": "q", "asset_folder": "f", "display_name": "d"},
    "move": {"resources": {"p": {**ID, "from_asset_folder": "a", "to_asset_folder": "b", "display_name": "p"}}},
    "resource_tags_changed": {"resources": [{**ID, "public_id": "p", "added": ["x"], "removed": ["y"], "updated": []}]},
    "resource_context_changed": {
        "resources": {"p": {**ID, "added": [{"name": "alt", "value": "hero"}], "removed": [], "updated": {"k": "v"}}}
    },
    "resource_metadata_changed": {
        "resources": {"p": {**ID, "previous_metadata": {"s": "draft"}, "new_metadata": {"s": "approved"}}}
    },
    "resource_display_name_changed": {"resources": [{**ID, "public_id": "p", "new_display_name": "hero"}]},
    "moderation": {
        **ID,
        "public_id": "p",
        "version": 1589581905,
        "etag": None,
        "uploaded_at": "2020-05-15T22:31:45Z",
        "moderation_status": "rejected",
        "moderation_kind": "aws_rek",
        "moderation_updated_at": "2020-05-15T22:32:05Z",
        "moderation_response": {"moderation_labels": [{"confidence": 87.5, "name": "Suggestive"}]},
        "url": "http://res.cloudinary.com/c/image/upload/v1589581905/p.jpg",
    },
    "moderation_summary": {
        **ID,
        "public_id": "p",
        "moderation": [{"kind": "manual", "status": "pending"}, {"kind": "webpurify", "status": "approved"}],
    },
    "access_control_changed": {"resources": [{**ID, "public_id": "p", "access_control": [{"access_type": "token"}]}]},
    "restore_asset_version": {**ID, "public_id": "p", "version": 5, "etag": "d" * 32, "restored_version_id": "v"},
    "related_assets": {"resources": [{**ID, "public_id": "p", "related": ["image/upload/q"]}]},
    "create_folder": {"folder_name": "f", "folder_path": "a/f"},
    "delete_folder": {"folder_name": "f", "folder_path": "a/f"},
    "move_or_rename_asset_folder": {"from_path": "a", "to_path": "b", "status": "completed"},
    "publish": {"resources": [{**ID, "public_id": "p", "status": "published"}]},
    "bulk_refresh_auto_fetch": {"status": "done", "count": 4},
    "invalidate_custom_cdn": {"urls": ["https://x/p.jpg"]},
    "info": {"message": "for your information"},
    "error": {"error": {"message": "it failed", "code": 7}, "public_id": "p"},
    "report": {"report_id": "r", "status": "done"},
    "delete_by_token": {"resources": [{**ID, "public_id": "p", "version": 3}]},
    "explode": {**ID, "public_id": "p", "status": "processing", "batch_id": "b"},
    "generate_archive": {**ID, "public_id": "p", "file_count": 3, "version": 9},
    "multi": {"public_id": "tag", "version": 9, "url": "http://x"},
    "sprite": {"public_id": "tag", "version": 9, "css_url": "http://x"},
}


def read(notification_type: str, body: dict[str, Any]) -> list[NotifiedResource]:
    notification = {"notification_type": notification_type, **BASE, **body}
    return [
        NotifiedResource.from_response(notification, named, "0" * 64, ordinal)
        for ordinal, named in enumerate(named_resources(notification))
    ]


def change_of(notification_type: str) -> dict[str, Any]:
    row = read(notification_type, BODIES[notification_type])[0]
    found: dict[str, Any] = json.loads(row.change or "{}")
    return found


def test_every_type_that_can_be_asked_for_has_a_body_here() -> None:
    """A type without a test is one whose shape breaks the reading on the day it is first sent."""
    assert set(BODIES) >= EVENT_TYPES - {"all"}


@pytest.mark.parametrize("notification_type", BODIES)
def test_every_type_is_read_and_says_who_did_it(notification_type: str) -> None:
    """A type that is refused makes its window incomplete for ever; an act without its actor is half an audit trail."""
    rows = read(notification_type, BODIES[notification_type])
    assert rows
    for row in rows:
        assert (row.notification_type, row.triggered_by_source) == (notification_type, "ui")
        assert row.triggered_by_id == "anna@example.com"
        assert row.request_id == "r-1"


@pytest.mark.parametrize("notification_type", BODIES)
def test_nothing_that_a_type_says_is_lost(notification_type: str) -> None:
    """What is dropped at the edge cannot be asked for later: the queue gives a message once."""
    body = BODIES[notification_type]
    resources = body.get("resources")
    parts = [body] if resources is None else resources if isinstance(resources, list) else list(resources.values())
    for row, part in zip(read(notification_type, body), parts, strict=True):
        kept = json.loads(row.change or "{}")
        columns = {"overwritten": "is_overwritten", "metadata": "new_metadata"}
        for name, value in part.items():
            column = getattr(row, columns.get(name, name), None)
            assert name in kept or column is not None or value is None, f"{notification_type}.{name}"


@pytest.mark.parametrize("notification_type", [name for name, body in BODIES.items() if "resources" in body])
def test_lists_and_maps_are_read_alike(notification_type: str) -> None:
    """The vendor's documents disagree about which type is a LIST and which a MAP: both have to be read."""
    resources = BODIES[notification_type]["resources"]
    if isinstance(resources, list):
        other: Any = {item["public_id"]: {k: v for k, v in item.items() if k != "public_id"} for item in resources}
    else:
        other = [{"public_id": public_id, **item} for public_id, item in resources.items()]
    assert read(notification_type, {"resources": other}) == read(notification_type, BODIES[notification_type])


def test_a_context_change_lands_alike_in_both_shapes() -> None:
    """One consumer reads lists of name and value, another an object: two texts for one change would be two changes."""
    assert change_of("resource_context_changed") == {"added": {"alt": "hero"}, "removed": {}, "updated": {"k": "v"}}
    part = {**ID, "added": {"alt": "hero"}, "removed": {}, "updated": [{"name": "k", "value": "v"}]}
    (row,) = read("resource_context_changed", {"resources": {"p": part}})
    assert json.loads(row.change or "") == change_of("resource_context_changed")


@pytest.mark.parametrize(
    ("notification_type", "status", "kind"),
    [
        ("moderation", "rejected", "aws_rek"),
        ("moderation_summary", "approved", "webpurify"),
        ("upload", "pending", "manual"),
        ("delete", None, None),
    ],
)
def test_a_moderation_is_read_from_either_place(notification_type: str, status: str | None, kind: str | None) -> None:
    """The vendor keeps no history of moderation: what is not read from the notification is gone."""
    row = read(notification_type, BODIES[notification_type])[0]
    assert (row.moderation_status, row.moderation_kind) == (status, kind)


CAPTURED_MODERATION: dict[str, Any] = {
    "moderation_response": {"moderation_labels": [{"confidence": 87.5, "name": "Suggestive", "parent_name": ""}]},
    "moderation_status": "rejected",
    "moderation_kind": "aws_rek",
    "moderation_updated_at": "2020-05-15T22:32:05Z",
    "public_id": "folder/p",
    "uploaded_at": "2020-05-15T22:31:45Z",
    "version": 1589581905,
    "url": "http://res.cloudinary.com/demo/image/upload/v1589581905/folder/p.jpg",
    "secure_url": "https://res.cloudinary.com/demo/image/upload/v1589581905/folder/p.jpg",
    "etag": None,
    "notification_type": "moderation",
}
"""What a real account sent: neither a time of the message nor the asset's id, types or who did it."""


def signed_row(body: dict[str, Any]) -> Values:
    """The row of a body that was signed in the second 1589581930."""
    data = json.dumps(body).encode()
    message = {
        "signed_payload": base64.urlsafe_b64encode(data).rstrip(b"=").decode(),
        "timestamp": "1589581930",
        "signature": hashlib.sha1(data + b"1589581930secret", usedforsecurity=False).hexdigest(),
    }
    (row,) = notification_values(message, SecretStr("secret"), 1589581931)
    return row


def test_the_moderation_that_an_account_really_sent_is_read() -> None:
    """Refused, a rejection that nothing else tells leaves the image approved, and its window incomplete for ever."""
    row = signed_row(CAPTURED_MODERATION)
    assert (row["timestamp_raw"], row["moderation_status"]) == ("2020-05-15T22:32:05Z", "rejected")
    assert (row["resource_type"], row["type"], row["public_id"]) == ("image", "upload", "folder/p")
    assert (row["version"], row["asset_id"], row["etag"]) == (1589581905, None, None)


def test_a_moderation_without_any_time_has_that_of_its_signature() -> None:
    """A moderation without a time would be refused; a deletion without one has to be, as it ends a version then."""
    silent = {name: value for name, value in CAPTURED_MODERATION.items() if name != "moderation_updated_at"}
    assert signed_row(silent)["timestamp_raw"] == "2020-05-15T22:32:10+00:00"
    with pytest.raises(RecordRejected, match="timestamp"):
        signed_row({"notification_type": "delete", "resources": [{**ID, "public_id": "p"}]})


@pytest.mark.parametrize("event", ["delete", "delete_by_token"])
def test_a_deletion_that_does_not_say_of_what_is_refused(event: str) -> None:
    """Dropped in silence, the deleted bytes would count as live for ever."""
    with pytest.raises(RecordRejected, match="asset_id"):
        signed_row({"notification_type": event, "timestamp": "2026-01-10T08:00:00Z", "resources": [{"public_id": "p"}]})


def test_changes_keep_what_was_before_and_after() -> None:
    """Which tag went, which folder it was: the audit trail of edits that make no version."""
    assert change_of("resource_tags_changed") == {"added": ["x"], "removed": ["y"], "updated": []}
    assert change_of("move")["from_asset_folder"] == "a"
    assert change_of("access_control_changed") == {"access_control": [{"access_type": "token"}]}
    assert change_of("resource_display_name_changed") == {"new_display_name": "hero"}
    assert change_of("move_or_rename_asset_folder")["to_path"] == "b"


def test_the_same_change_has_the_same_text() -> None:
    """A message that is delivered again, its keys in another order, must not become another event."""
    body = BODIES["move"]["resources"]["p"]
    turned = dict(reversed(list(body.items())))
    assert read("move", {"resources": {"p": turned}}) == read("move", {"resources": {"p": body}})


@pytest.mark.parametrize("resources", ["p", 4, [1], {"p": []}, {"p": None}])
def test_a_shape_that_nobody_knows_is_refused(resources: object) -> None:
    """Read as "no resources", an unknown shape would lose a deletion in silence."""
    with pytest.raises(RecordRejected):
        read("delete", {"resources": resources})
