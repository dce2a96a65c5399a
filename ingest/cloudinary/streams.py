"""Cloudinary's pages and messages as landing rows: pure, rows in, rows out.

Here belong the shape of each stream's rows, and which events versions, names and approvals are made of. Not here: the
calls, the clock, the lease, and whether these events were sent to us (`triggers`).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import SecretStr

from assettrail.errors import RecordRejected
from ingest.cloudinary.plain_resources import plain_resource_values
from ingest.cloudinary.records import MetadataField, NotifiedResource, Resource, named_resources
from ingest.cloudinary.signature import NotificationKeys, verify_notification
from ingest.reading import Reading, Values, column_values
from ingest.strict import JsonObject, canonical_json, decode_object, required_text, sha256_hex

NEEDED_EVENTS = frozenset({"upload", "delete", "rename", "resource_metadata_changed", "restore_asset_version"})
"""The events that versions, names and approvals are made of; without one of them an absence proves nothing."""

DELETIONS = frozenset({"delete", "delete_by_token"})
"""Events that an asset was deleted by: by name, or by the token that its upload gave."""

_ENDS_OF_VERSIONS = DELETIONS | {"rename", "restore_asset_version"}
"""Events that end a version or a name: without the asset's id nothing says whose, and the old one would stay live."""


@dataclass(frozen=True)
class Message:
    """One message of the poll queue as received, and the place of its page in the raw store."""

    payload: JsonObject
    source_uri: str
    raw_hash: str
    offset: int


def resource_values(item: JsonObject) -> tuple[Values, ...]:
    """One row per asset of a listing."""
    return (plain_resource_values(item) or column_values(Resource.from_response(item)),)


def metadata_field_values(item: JsonObject) -> Iterator[Values]:
    """One row per structured metadata field."""
    yield column_values(MetadataField.from_response(item))


def signed_bytes(message: JsonObject) -> bytes:
    """The bytes that Cloudinary signed, as they stand in the message (base64url without padding)."""
    text = required_text(message, "signed_payload")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise RecordRejected(
            tried="to read a message of the poll queue",
            found="a signed_payload that is not base64url",
            expected="the signed bytes",
            remedy="look at the message in the raw store",
        ) from error


def is_signed(message: JsonObject, secret: NotificationKeys | SecretStr, now: float) -> bool:
    """Whether a message is the account's word, whatever it says."""
    try:
        _verified(message, secret, now)
    except RecordRejected:
        return False
    return True


def _verified(message: JsonObject, secret: NotificationKeys | SecretStr, now: float) -> bytes:
    signed = signed_bytes(message)
    verify_notification(signed, message.get("timestamp"), message.get("signature"), secret, now)
    return signed


def notification_values(message: JsonObject, secret: NotificationKeys | SecretStr, now: float) -> list[Values]:
    """One row per resource named by a message whose signature holds; RecordRejected otherwise.

    A deletion, renaming or restoration that does not say of which asset is refused whole, so that the window's
    claim is not complete: dropped in silence, the deleted bytes would count as live.
    """
    signed = _verified(message, secret, now)
    notification = decode_object(signed, "a notification")
    digest = sha256_hex(signed)
    signed_at = datetime.fromtimestamp(int(required_text(message, "timestamp")), UTC).isoformat()
    resources = [
        NotifiedResource.from_response(notification, named, digest, ordinal, signed_at)
        for ordinal, named in enumerate(named_resources(notification))
    ]
    if notification.get("resources") not in ([], {}):
        _refuse_nameless_ends(resources)
    return [column_values(resource) for resource in resources]


def _refuse_nameless_ends(resources: Sequence[NotifiedResource]) -> None:
    for resource in resources:
        if resource.notification_type in _ENDS_OF_VERSIONS and not resource.asset_id:
            raise RecordRejected(
                tried=f"to read a notification of type {resource.notification_type}",
                found="a resource without asset_id",
                expected="the asset whose version or name ends",
                remedy="look at the message in the raw store; the claim of its window stays incomplete",
            )


def read_messages(messages: Sequence[Message], secret: NotificationKeys | SecretStr, now: float) -> Reading:
    """Rows of all messages; what cannot be verified or read is quarantined with its place in the page."""
    reading = Reading()
    for message in messages:
        try:
            rows = notification_values(message.payload, secret, now)
        except RecordRejected as error:
            excerpt = canonical_json(message.payload).encode("utf-8", "surrogatepass")
            reading.refuse(error, message.source_uri, message.raw_hash, message.offset, excerpt)
        else:
            reading.add(rows, message.source_uri, message.raw_hash)
    return reading


def instant(raw: str) -> datetime:
    """An ISO-8601 text with offset as an instant in UTC; RecordRejected when it is none."""
    try:
        found = datetime.fromisoformat(raw)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _no_instant() from error
    raise _no_instant()


def _no_instant() -> RecordRejected:
    return RecordRejected(
        tried="to read an instant",
        found="text that is no ISO-8601 instant with offset",
        expected="an instant such as 2026-01-05T10:00:00Z",
        remedy="compare the answer with the vendor's documentation",
    )
