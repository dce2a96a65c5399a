"""The asset-use report of an engine run: JSON lines, one communication each, by the shipped example mapping.

Here belong the shape of a line and its reading as typed records: the communication, its renderings, the asset
uses of each. The report is a customer-designed one (ours is the example); every part but the ids is optional.
A line that is not strict JSON is refused alone. Not here: pseudonyms, delivery addresses and landing
(`streams`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from assettrail.errors import RecordRejected
from ingest.instants import settled
from ingest.lines import LONGEST_LINE
from ingest.strict import (
    JsonObject,
    decode_object,
    integer_or_none,
    list_or_none,
    object_or_none,
    objects,
    required_integer,
    required_text,
    text_or_none,
    wrong_type,
)

BINDINGS = frozenset({"embedded", "live_url"})


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One line of a report: its place in bytes and its object, or why it was refused."""

    offset: int
    line: bytes
    content: JsonObject | RecordRejected


@dataclass(frozen=True, slots=True)
class Communication:
    """One intent to one recipient. `recipient_id` is the recipient's own identifier: it never lands."""

    communication_id: str
    flow_instance_id: str | None
    recipient_id: str | None
    document_type: str | None
    template_id: str | None
    template_version: str | None
    segment: str | None
    jurisdiction: str | None
    language: str | None
    offer_ids: list[object]
    profile: JsonObject
    generated_at_raw: str

    @classmethod
    def from_response(cls, line: JsonObject) -> Self:
        """Read the communication of a line; RecordRejected when an id is missing, or the time is no instant."""
        return cls(
            communication_id=required_text(line, "communication_id"),
            flow_instance_id=text_or_none(line, "flow_instance_id"),
            recipient_id=text_or_none(line, "recipient_id"),
            document_type=text_or_none(line, "document_type"),
            template_id=text_or_none(line, "template_id"),
            template_version=_name_or_number(line, "template_version"),
            segment=text_or_none(line, "segment"),
            jurisdiction=text_or_none(line, "jurisdiction"),
            language=text_or_none(line, "language"),
            offer_ids=list_or_none(line, "offer_ids") or [],
            profile=object_or_none(line, "profile") or {},
            generated_at_raw=_instant(required_text(line, "generated_at")),
        )


@dataclass(frozen=True, slots=True)
class Rendering:
    """One communication in one channel."""

    rendering_id: str
    channel: str
    queue_name: str | None
    selection: JsonObject | None
    retrieval: JsonObject | None
    rendition_request: JsonObject | None

    @classmethod
    def from_response(cls, item: JsonObject) -> Self:
        """Read one rendering; the queue stands as `queue` or `queue_name`."""
        return cls(
            rendering_id=required_text(item, "rendering_id"),
            channel=required_text(item, "channel"),
            queue_name=text_or_none(item, "queue" if "queue" in item else "queue_name"),
            selection=object_or_none(item, "selection"),
            retrieval=object_or_none(item, "retrieval"),
            rendition_request=object_or_none(item, "rendition_request"),
        )


@dataclass(frozen=True, slots=True)
class AssetUse:
    """One asset in one rendering: by bytes (`embedded`) or by address (`live_url`)."""

    ordinal: int
    placeholder: str | None
    binding: str
    asset_id: str | None
    version: int | None
    etag: str | None
    public_id: str | None
    url: str | None
    target_reference: str | JsonObject | None

    @classmethod
    def from_response(cls, item: JsonObject) -> Self:
        """Read one use; RecordRejected for a binding that is neither of the two."""
        reference = object_or_none(item, "asset_reference") or {}
        binding = required_text(item, "binding")
        if binding not in BINDINGS:
            raise wrong_type("binding", binding, "embedded or live_url")
        return cls(
            ordinal=required_integer(item, "ordinal"),
            placeholder=text_or_none(item, "placeholder"),
            binding=binding,
            asset_id=text_or_none(reference, "asset_id"),
            version=integer_or_none(reference, "version"),
            etag=text_or_none(reference, "etag"),
            public_id=text_or_none(reference, "public_id"),
            url=text_or_none(item, "url"),
            target_reference=_text_or_object(item, "target_reference"),
        )


def renderings_of(line: JsonObject) -> list[JsonObject]:
    """The renderings of a line as they stand."""
    return objects(line, "renderings")


def uses_of(rendering: JsonObject) -> list[JsonObject]:
    """The asset uses of a rendering as they stand."""
    return objects(rendering, "uses")


def is_plain_instant(text: str) -> bool:
    """Whether a time is an instant of the form that nearly all have, with `T` and an offset; told at the speed of C."""
    if text[10:11] != "T" or text[4:5] != "-" or "," in text:
        return False
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def read_line(line: bytes) -> JsonObject | RecordRejected:
    """The object of one line, or why it is refused."""
    if len(line) > LONGEST_LINE:
        return RecordRejected(
            tried="to read a line of an asset-use report",
            found=f"{len(line)} bytes",
            expected=f"at most {LONGEST_LINE} bytes",
            remedy="have the report written with one communication per line",
        )
    try:
        return decode_object(line, "a line of an asset-use report")
    except RecordRejected as error:
        return error


def _instant(text: str) -> str:
    """The text of an instant, with its offset. Raises RecordRejected for a reading of a clock, and for no time."""
    if is_plain_instant(text):
        return text
    try:
        return str(settled({"generated_at_raw": text}, None)["generated_at_raw"])
    except RecordRejected as error:
        raise RecordRejected(
            tried="to read generated_at of an asset-use report",
            found=error.found,
            expected="an instant: a time of ISO 8601 with Z or an offset",
            remedy="have the report write times with an offset, or read it by a mapping that names their zone",
        ) from error


def _name_or_number(item: JsonObject, name: str) -> str | None:
    value = item.get(name)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else text_or_none(item, name)


def _text_or_object(item: JsonObject, name: str) -> str | JsonObject | None:
    value = item.get(name)
    return object_or_none(item, name) if isinstance(value, dict) else text_or_none(item, name)
