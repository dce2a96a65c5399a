"""The asset-use report read as columns: whole chunks of lines at once, exactly as they would be read one by one.

Here belong the typed shape of a plain line and what makes sure that it is one. A line is plain when every quotation
mark in it belongs to a key or text of the shape: then no key stands twice, and no field is unknown. Every other line,
and every line that decoding refuses, is handed to the reader of single lines (`streams.RunFileReader`), whose word
counts. Not here: what a row means, and files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, compress
from operator import attrgetter, not_
from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from assettrail.errors import RecordRejected
from ingest.strict import INT64_MAX

LONGEST_PLAIN_LINE: Final = 1 << 20
_NEEDS_CARE: Final = re.compile(rb'\\["\\]|\\u(?:00[01]|[dD][89a-fA-F])')

_Text = str | None | UnsetType
_Name = Annotated[str, Meta(min_length=1)]
_Whole = Annotated[int, Meta(ge=-INT64_MAX, le=INT64_MAX)]
_ABSENT: Final = Raw(b"")


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
    target_reference: Raw = _ABSENT


class PlainRendering(Struct, gc=False):
    """One communication in one channel; what is kept as JSON stays as it came."""

    rendering_id: _Name
    channel: _Name
    queue: _Text = UNSET
    queue_name: _Text = UNSET
    selection: Raw = _ABSENT
    retrieval: Raw = _ABSENT
    rendition_request: Raw = _ABSENT
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
    offer_ids: Raw = _ABSENT
    profile: Raw = _ABSENT
    renderings: list[PlainRendering] | UnsetType | None = UNSET


@dataclass(frozen=True)
class PlainLines:
    """The plain lines of a chunk and all others, each with its place (bytes from the file's start)."""

    lines: Sequence[tuple[int, PlainLine]]
    others: Sequence[tuple[int, bytes]]


class LineReader:
    """Tells plain lines from others; keeps no line."""

    def __init__(self, flow_instance_id: str, decode_part: Callable[[bytes], object]) -> None:
        """`decode_part` reads a part that is kept as it came, and raises RecordRejected when it is not sound."""
        self._decode = msgspec.json.Decoder(PlainLine).decode
        self._decode_part = decode_part
        self._own = {flow_instance_id, None, UNSET}

    def read(self, chunk: bytes, offset: int) -> PlainLines:
        """Split a chunk of whole lines; `offset` is where the chunk begins. Empty lines are neither."""
        plain: list[tuple[int, PlainLine]] = []
        marks: list[int] = []
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
                marks.append(line.count(b'"'))
        if sum(marks) == _quotation_marks([line for _, line in plain]):
            return PlainLines(plain, others)
        sound = [count == _quotation_marks([line]) for count, (_, line) in zip(marks, plain, strict=True)]
        unsound = [(place, line_at(chunk, place - offset)) for place, _ in compress(plain, map(not_, sound))]
        return PlainLines(list(compress(plain, sound)), sorted([*others, *unsound]))

    def _decoded(self, line: bytes) -> PlainLine | None:
        """The line's content, or None where only a careful reader can say what it is."""
        if len(line) > LONGEST_PLAIN_LINE or (b"\\" in line and _NEEDS_CARE.search(line)):
            return None
        try:
            decoded = self._decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        is_plain = decoded.flow_instance_id in self._own and self._has_sound_parts(decoded)
        return decoded if is_plain else None

    def _has_sound_parts(self, line: PlainLine) -> bool:
        """Whether each part that is kept as it came can be read; each, since no stream lands of a line that is not."""
        try:
            for part in _parts_of(line):
                if part:
                    self._decode_part(bytes(part))
        except RecordRejected:
            return False
        return True


def line_at(chunk: bytes, start: int) -> bytes:
    """The line that begins at a place of a chunk, without its end."""
    end = chunk.find(b"\n", start)
    return chunk[start:] if end < 0 else chunk[start:end]


def _parts_of(line: PlainLine) -> Iterator[Raw]:
    """The parts of a line that are kept as they came; absent ones are empty."""
    yield line.offer_ids
    yield line.profile
    for rendering in line.renderings or ():
        yield rendering.selection
        yield rendering.retrieval
        yield rendering.rendition_request
        for use in rendering.uses or ():
            yield use.target_reference


def renderings_of(lines: Sequence[PlainLine]) -> Iterator[PlainRendering]:
    """All renderings of lines, in order."""
    return chain.from_iterable(line.renderings or () for line in lines)


def uses_of(renderings: Sequence[PlainRendering]) -> Iterator[PlainUse]:
    """All asset uses of renderings, in order."""
    return chain.from_iterable(rendering.uses or () for rendering in renderings)


def _quotation_marks(lines: Sequence[PlainLine]) -> int:
    """How many quotation marks these lines have when no key stands twice and no field is unknown."""
    renderings = list(renderings_of(lines))
    uses = list(uses_of(renderings))
    references = [use.asset_reference for use in uses if type(use.asset_reference) is PlainReference]
    return (
        _marks(PlainLine, lines)
        + _marks(PlainRendering, renderings)
        + _marks(PlainUse, uses)
        + _marks(PlainReference, references)
    )


def _marks(kind: type[Struct], parts: Sequence[Struct]) -> int:
    """Two for each key that is there and each text, and those inside of what is kept as it came."""
    marks = 0
    for name in kind.__struct_fields__:
        values = list(map(attrgetter(name), parts))
        kinds = Counter(map(type, values))
        marks += 2 * (len(parts) - kinds[UnsetType] + kinds[str])
        if kinds[Raw]:
            found = list(map(bytes, values))
            marks += sum(raw.count(b'"') for raw in found) - 2 * found.count(b"")
    return marks
