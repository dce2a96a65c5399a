"""The asset-use report read as columns: whole chunks of lines at once, exactly as they would be read one by one.

Here belong the typed shape of a plain line and what makes sure that it is one. A line is plain when every quotation
mark in it belongs to a key or text of the shape: then no key stands twice, and no field is unknown. Every other line,
and every line that decoding refuses, is handed to the reader of single lines (`streams.RunFileReader`), whose word
counts. Not here: what a row means, and files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from ingest.strict import DEEPEST_NESTING, INT64_MAX, levels_of

LONGEST_PLAIN_LINE: Final = 1 << 20
_NEEDS_CARE: Final = re.compile(rb'\\["\\]|\\u(?:00[01]|0022|[dD][89a-fA-F])')

_Text = str | None | UnsetType
_Object = dict[str, object] | UnsetType | None
_Name = Annotated[str, Meta(min_length=1)]
_Whole = Annotated[int, Meta(ge=-INT64_MAX, le=INT64_MAX)]
_ENCODE: Final = msgspec.json.Encoder().encode
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
    """One communication in one channel; what is kept as JSON stays as it came."""

    rendering_id: _Name
    channel: _Name
    queue: _Text = UNSET
    queue_name: _Text = UNSET
    selection: _Object = UNSET
    retrieval: _Object = UNSET
    rendition_request: _Object = UNSET
    uses: list[PlainUse] | UnsetType | None = UNSET


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
    offer_ids: list[object] | UnsetType | None = UNSET
    profile: _Object = UNSET
    renderings: list[PlainRendering] | UnsetType | None = UNSET


@dataclass(frozen=True)
class PlainLines:
    """The plain lines of a chunk and all others, each with its place (bytes from the file's start)."""

    lines: Sequence[tuple[int, PlainLine]]
    others: Sequence[tuple[int, bytes]]


class LineReader:
    """Tells plain lines from others; keeps no line."""

    def __init__(self, flow_instance_id: str) -> None:
        self._decode = msgspec.json.Decoder(PlainLine).decode
        self._own = {flow_instance_id, None, UNSET}

    def read(self, chunk: bytes, offset: int) -> PlainLines:
        """Split a chunk of whole lines; `offset` is where the chunk begins. Empty lines are neither."""
        plain: list[tuple[int, PlainLine]] = []
        others: list[tuple[int, bytes]] = []
        at = offset
        for line in chunk.split(b"\n"):
            place, at = at, at + len(line) + 1
            if not line or line.isspace():
                continue
            decoded = self._decoded(line)
            if decoded is None:
                others.append((place, line))
            else:
                plain.append((place, decoded))
        return PlainLines(plain, others)

    def _decoded(self, line: bytes) -> PlainLine | None:
        """The line's content, or None where only a careful reader can say what it is.

        What was decoded, written again, has a quotation mark less for each that was lost on the way.
        """
        if len(line) > LONGEST_PLAIN_LINE or (b"\\" in line and _NEEDS_CARE.search(line)):
            return None
        try:
            decoded = self._decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        if line.count(b'"') != _ENCODE(decoded).count(b'"') or decoded.flow_instance_id not in self._own:
            return None
        if line.count(b"[") + line.count(b"{") > DEEPEST_NESTING and _is_deep(decoded):
            return None
        return decoded


def _is_deep(line: PlainLine) -> bool:
    """Whether a part of free shape may be nested deeper than a document may be."""
    renderings = line.renderings or ()
    parts: list[object] = [line.offer_ids, line.profile]
    parts += [part for one in renderings for part in (one.selection, one.retrieval, one.rendition_request)]
    parts += [use.target_reference for one in renderings for use in one.uses or ()]
    return any(levels_of(part) > _DEEPEST_PART for part in parts)


def line_at(chunk: bytes, start: int) -> bytes:
    """The line that begins at a place of a chunk, without its end."""
    end = chunk.find(b"\n", start)
    return chunk[start:] if end < 0 else chunk[start:end]
