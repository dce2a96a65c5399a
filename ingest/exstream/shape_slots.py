"""What a shape of lines means: where the values of a communication, its renderings and uses stand in each such line.

Here belongs learning a shape from one line: its values are replaced by numbers that tell them apart, and what the
strict reader of JSON then finds in each field tells which value stands there. A shape of which a single line would have
to be read with care is not learned. Cutting lines is `line_shapes`; what values become is `shaped_tables`.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from assettrail.errors import RecordRejected
from ingest.exstream.plain_lines import needs_care
from ingest.strict import JsonObject, decode_object, object_or_none, objects

COMMUNICATION_VALUES: Final = (
    *("communication_id", "generated_at", "flow_instance_id", "recipient_id", "document_type", "template_id"),
    *("template_version", "segment", "jurisdiction", "language"),
)
COMMUNICATION_PARTS: Final = ("offer_ids", "profile")
RENDERING_VALUES: Final = ("rendering_id", "channel", "queue_name")
RENDERING_PARTS: Final = ("selection", "retrieval", "rendition_request")
USE_VALUES: Final = (
    *("ordinal", "binding", "placeholder", "asset_id", "version", "etag", "public_id", "url", "target_reference"),
)
NOWHERE: Final = -1
"""The slot of a value that is null or absent."""
_REFERENCE: Final = frozenset({"asset_id", "version", "etag", "public_id"})
_REQUIRED: Final = frozenset({"communication_id", "generated_at", "rendering_id", "channel", "ordinal", "binding"})
WHOLE_VALUES: Final = ("ordinal", "version")
_TEXTS_OR_NUMBERS: Final = frozenset({"template_version"})
_FIRST_MARK: Final = 10**15
_SPACES: Final = re.compile(r"[ \t\r\n]*")
_DECODER: Final = json.JSONDecoder()

Slots = tuple[int, ...]
Part = tuple[int, int, int, int]
"""Where a part kept as JSON begins and ends: an edge of the line's values, and how far from it; twice."""
NO_PART: Final[Part] = (NOWHERE, 0, NOWHERE, 0)


@dataclass(frozen=True)
class RenderingSlots:
    """One rendering of a shape: slots of `RENDERING_VALUES`, the parts, and slots of `USE_VALUES` of each use."""

    values: Slots
    parts: tuple[Part, ...]
    uses: tuple[Slots, ...]


@dataclass(frozen=True)
class LineSlots:
    """A shape: slots of `COMMUNICATION_VALUES`, the parts, and its renderings. A slot counts a line's values."""

    values: Slots
    parts: tuple[Part, ...]
    renderings: tuple[RenderingSlots, ...]


def line_slots(around: Sequence[bytes]) -> LineSlots | None:
    """Learn a shape from what stands around the values of a line; None when its lines have to be read with care."""
    try:
        return _MarkedLine(around).slots()
    except RecordRejected:
        return None


class _MarkedLine:
    """A line with a number that tells it apart in place of each value."""

    def __init__(self, around: Sequence[bytes]) -> None:
        pieces = [around[0]]
        self._edges: list[int] = []
        at = len(around[0])
        for slot, piece in enumerate(around[1:]):
            mark = b"%d" % (_FIRST_MARK + slot)
            self._edges += (at, at + len(mark))
            pieces += (mark, piece)
            at += len(mark) + len(piece)
        self._data = b"".join(pieces)
        # A byte is a character, so that places in the text are places in the line; only known names are looked for.
        self._text = self._data.decode("latin-1")

    def slots(self) -> LineSlots:
        """Where each value stands. Raises RecordRejected when the lines of this shape have to be read with care."""
        line = decode_object(self._data, "a shape of lines")
        if sorted(_marks(line)) != list(range(len(self._edges) // 2)):
            raise needs_care()
        places = _members(self._text, _behind_spaces(self._text, 0))
        renderings = objects(line, "renderings")
        starts = _items(self._text, places["renderings"][0]) if renderings else []
        return LineSlots(
            _slots(line, COMMUNICATION_VALUES),
            (self._part(line, "offer_ids", list, places), self._part(line, "profile", dict, places)),
            tuple(self._rendering(one, start) for one, start in zip(renderings, starts, strict=True)),
        )

    def _rendering(self, found: JsonObject, start: int) -> RenderingSlots:
        places = _members(self._text, start)
        queue = {"queue_name": found.get("queue" if "queue" in found else "queue_name")}
        return RenderingSlots(
            _slots({**found, **queue}, RENDERING_VALUES),
            tuple(self._part(found, name, dict, places) for name in RENDERING_PARTS),
            tuple(_use(one) for one in objects(found, "uses")),
        )

    def _part(self, found: JsonObject, name: str, kind: type, places: dict[str, tuple[int, int]]) -> Part:
        value = found.get(name)
        if value is None:
            return NO_PART
        if not isinstance(value, kind):
            raise needs_care()
        start, end = places[name]
        return (*self._from_edge(start), *self._from_edge(end))

    def _from_edge(self, place: int) -> tuple[int, int]:
        """The last end of a value up to a place, or the first value's beginning, and how far the place is from it."""
        edge = max(0, 2 * bisect_right(self._edges[1::2], place) - 1)
        return edge, place - self._edges[edge]


def _use(found: JsonObject) -> Slots:
    reference = object_or_none(found, "asset_reference") or {}
    return _slots({**found, **{name: reference.get(name) for name in _REFERENCE}}, USE_VALUES)


def _slots(found: JsonObject, names: Sequence[str]) -> Slots:
    return tuple(_slot(found.get(name), name) for name in names)


def _slot(mark: object, name: str) -> int:
    """The value that stands in a field. Raises RecordRejected for another type than the field mostly has."""
    if mark is None and name not in _REQUIRED:
        return NOWHERE
    is_number = isinstance(mark, int)
    wanted = is_number if name in WHOLE_VALUES else isinstance(mark, str)
    if not wanted and not (is_number and name in _TEXTS_OR_NUMBERS):
        raise needs_care()
    return _slot_of(mark)


def _slot_of(mark: object) -> int:
    """The value that a mark stands for. Raises RecordRejected for what is no mark."""
    if isinstance(mark, bool) or not isinstance(mark, int | str) or int(mark) < _FIRST_MARK:
        raise needs_care()
    return int(mark) - _FIRST_MARK


def _marks(found: object) -> Iterator[int]:
    """The values that stand in a line. Raises RecordRejected for a number that is not one of them."""
    if isinstance(found, dict | list):
        for inner in found.values() if isinstance(found, dict) else found:
            yield from _marks(inner)
    elif found is not None and not isinstance(found, bool):
        yield _slot_of(found)


def _members(text: str, at: int) -> dict[str, tuple[int, int]]:
    """Where the value of each member of the object at a place begins and ends; the text is sound JSON."""
    found = {}
    at = _behind_spaces(text, at + 1)
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        start = _behind_spaces(text, _behind_spaces(text, at) + 1)
        _, end = _DECODER.raw_decode(text, start)
        found[name] = start, end
        at = _behind_comma(text, end)
    return found


def _items(text: str, at: int) -> list[int]:
    """Where each item of the list at a place begins; the text is sound JSON."""
    found = []
    at = _behind_spaces(text, at + 1)
    while text[at] != "]":
        found.append(at)
        _, end = _DECODER.raw_decode(text, at)
        at = _behind_comma(text, end)
    return found


def _behind_comma(text: str, at: int) -> int:
    at = _behind_spaces(text, at)
    return _behind_spaces(text, at + 1) if text[at] == "," else at


def _behind_spaces(text: str, at: int) -> int:
    found = _SPACES.match(text, at)
    return found.end() if found else at
