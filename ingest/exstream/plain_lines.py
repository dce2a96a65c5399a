"""The asset-use report read in pieces of many lines, exactly as the lines would be read one by one.

Here belong the typed shape of a plain line and what makes sure that it is one. A line is plain when every quotation
mark in it belongs to a key or text of the shape: then no key stands twice, and no field is unknown. Parts that are kept
as JSON, and uses, stay as they were written, to be read once however often they come (`part`, `uses`). Every other
line, and every one that decoding refuses, is handed to the reader of single lines (`streams.RunFileReader`), whose word
counts. Not here: what a row means, and files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Final, Literal

import msgspec
import numpy as np
from msgspec import UNSET, Meta, Raw, Struct, UnsetType
from numpy.typing import NDArray

from assettrail.errors import RecordRejected
from ingest.strict import DEEPEST_NESTING, INT64_MAX, levels_of

LONGEST_PLAIN_LINE: Final = 1 << 20
PIECE_BYTES: Final = 1 << 17
_NEEDS_CARE: Final = re.compile(rb'\\["\\]|\\u(?:00[01]|0022|[dD][89a-fA-F])')
_LINE_END, _RETURN, _QUOTATION_MARK, _OPENS, _CLOSES = b'\n\r"{}'

_Text = str | None | UnsetType
_Part = Raw | UnsetType
_Name = Annotated[str, Meta(min_length=1)]
_Whole = Annotated[int, Meta(ge=-INT64_MAX, le=INT64_MAX)]
_ENCODER: Final = msgspec.json.Encoder()
_DEEPEST_PART: Final = DEEPEST_NESTING // 2


class PlainReference(Struct, gc=False):
    """The asset that a use names."""

    asset_id: _Text = UNSET
    version: _Whole | UnsetType | None = UNSET
    etag: _Text = UNSET
    public_id: _Text = UNSET


class PlainUse(Struct, gc=False):
    """One asset in one rendering."""

    ordinal: _Whole
    binding: Literal["embedded", "live_url"]
    placeholder: _Text = UNSET
    asset_reference: PlainReference | UnsetType | None = UNSET
    url: _Text = UNSET
    target_reference: str | dict[str, object] | UnsetType | None = UNSET


class PlainRendering(Struct, gc=False):
    """One communication in one channel."""

    rendering_id: _Name
    channel: _Name
    queue: _Text = UNSET
    queue_name: _Text = UNSET
    selection: _Part = UNSET
    retrieval: _Part = UNSET
    rendition_request: _Part = UNSET
    uses: list[Raw] | UnsetType | None = UNSET


class PlainLine(Struct, gc=False):
    """One communication; absent is told apart from null, as only a key that is there has quotation marks."""

    communication_id: _Name
    generated_at: _Name
    flow_instance_id: _Text = UNSET
    recipient_id: _Text = UNSET
    document_type: _Text = UNSET
    template_id: _Text = UNSET
    template_version: str | int | UnsetType | None = UNSET
    segment: _Text = UNSET
    jurisdiction: _Text = UNSET
    language: _Text = UNSET
    offer_ids: _Part = UNSET
    profile: _Part = UNSET
    renderings: list[PlainRendering] | UnsetType | None = UNSET


_DECODE_LINES: Final = msgspec.json.Decoder(PlainLine).decode_lines
_DECODE_USES: Final = msgspec.json.Decoder(PlainUse).decode_lines
_DECODE_PART: Final = msgspec.json.Decoder(object).decode


def plain_lines(data: bytes, flow_instance_id: str) -> list[PlainLine] | None:
    """The plain lines of a report, one for each line of `data`; None where only a careful reader can say what they are.

    None as well when one of several lines is not plain, or empty, or of another flow instance.
    """
    if len(data) > LONGEST_PLAIN_LINE or (b"\\" in data and _NEEDS_CARE.search(data)):
        return None
    read = np.frombuffer(data, dtype=np.uint8)
    count = _objects(read)
    if not count:
        return None
    try:
        found = _DECODE_LINES(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    # What was decoded, written again, has a quotation mark less for each that was lost on the way, and none more.
    written = np.frombuffer(_ENCODER.encode_lines(found), dtype=np.uint8)
    if len(found) != count or _quotation_marks(read) != _quotation_marks(written):
        return None
    if not {line.flow_instance_id for line in found} <= {flow_instance_id, None, UNSET}:
        return None
    return found


def part(text: bytes) -> object:
    """A part that is kept as JSON. Raises RecordRejected when the line that it stands in has to be read with care."""
    try:
        value = _DECODE_PART(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise needs_care() from error
    if text.count(b'"') != _ENCODER.encode(value).count(b'"') or _is_deep(text, value):
        raise needs_care()
    return value


def uses(texts: Sequence[bytes]) -> list[PlainUse]:
    """Asset uses, each without a line break. Raises RecordRejected when a line of theirs has to be read with care."""
    written = b"\n".join(texts)
    try:
        found = _DECODE_USES(written)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise needs_care() from error
    if len(found) != len(texts) or written.count(b'"') != _ENCODER.encode_lines(found).count(b'"'):
        raise needs_care()
    if any(_is_deep(text, one.target_reference) for text, one in zip(texts, found, strict=True)):
        raise needs_care()
    return found


def needs_care() -> RecordRejected:
    """Why a part is not taken: it is never shown, as the reader of single lines has the word."""
    return RecordRejected(
        tried="to read a part of a line as it is mostly written",
        found="something else",
        expected="each key once, and all of them known",
        remedy="read the line alone",
    )


def pieces(chunk: bytes, size: int = PIECE_BYTES) -> Iterator[tuple[int, bytes]]:
    """Cut a chunk between lines into pieces of about so many bytes, each with its place in the chunk."""
    start = 0
    while start < len(chunk):
        end = chunk.rfind(b"\n", start, start + size) + 1 or chunk.find(b"\n", start + size) + 1
        end = end or len(chunk)
        yield start, chunk[start:end]
        start = end


def _objects(data: NDArray[np.uint8]) -> int:
    """How many lines there are when each begins and ends as an object does, else 0.

    Between the two no object goes on in the next line: JSON has no `}` that is followed by `{` alone. A line may hold
    two objects; then decoding finds more than there are lines.
    """
    ends = np.flatnonzero(data == _LINE_END)
    if not len(ends) or ends[-1] != len(data) - 1:
        ends = np.append(ends, len(data))
    if not len(data) or data[0] != _OPENS or (data[ends[:-1] + 1] != _OPENS).any():
        return 0
    lasts = ends - 1
    lasts = np.where(data[lasts] == _RETURN, lasts - 1, lasts)
    return 0 if (data[lasts] != _CLOSES).any() else len(ends)


def _quotation_marks(data: NDArray[np.uint8]) -> int:
    return int(np.count_nonzero(data == _QUOTATION_MARK))


def may_be_deep(text: bytes) -> bool:
    """Whether a part of free shape has as many lists and objects as a document may have levels."""
    return text.count(b"[") + text.count(b"{") > _DEEPEST_PART


def _is_deep(text: bytes, value: object) -> bool:
    """Whether a part of free shape may be nested deeper than a document may be."""
    return may_be_deep(text) and levels_of(value) > _DEEPEST_PART
