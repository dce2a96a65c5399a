"""The shapes of a report's lines that are known, as tables by which the values of many lines are found at once.

Here belong which shapes are learned and remembered, and the step from lines to rows of communications, renderings and
uses. What one shape means is `shape_slots`; what the values become is `shaped_tables`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.exstream.line_shapes import CutLines, Places
from ingest.exstream.shape_slots import (
    COMMUNICATION_PARTS,
    COMMUNICATION_VALUES,
    NO_PART,
    NOWHERE,
    RENDERING_PARTS,
    RENDERING_VALUES,
    USE_VALUES,
    LineSlots,
    Part,
    Slots,
    line_slots,
)

MOST_SHAPES: Final = 256
"""So many shapes of lines that are cut together are known, the most frequent ones; lines of others are left.

Which lines are left must not depend on what was read before, as several processes read one report.
"""
MOST_REMEMBERED: Final = 20_000
_UNKNOWN: Final = -1
_FAR_BELOW: Final = -(1 << 30)


@dataclass(frozen=True)
class Rows:
    """Rows of one kind that lines have, in the lines' order.

    `lines` is the line of each row, counted among those that were asked for, and `parents` the rendering of each use,
    counted among theirs. `values` has by name the number of each row's value among all that were cut, or `NOWHERE`;
    `parts` by name where in the bytes each row's part begins and ends, or `NOWHERE`.
    """

    lines: Places
    parents: Places
    values: dict[str, Places]
    parts: dict[str, tuple[Places, Places]]


@dataclass(frozen=True)
class LineRows:
    """The rows of some lines: one communication each, and their renderings and uses."""

    communications: Rows
    renderings: Rows
    uses: Rows


class ShapeBook:
    """The shapes that were learned, each by a number."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._communications = _Kind(COMMUNICATION_VALUES, COMMUNICATION_PARTS)
        self._renderings = _Kind(RENDERING_VALUES, RENDERING_PARTS)
        self._uses = _Kind(USE_VALUES, ())

    def numbers_of(self, cut: CutLines) -> Places:
        """The shape of each line; -1 for those that are left, or have to be read with care."""
        found = cut.shapes.dictionary
        codes = cut.shapes.indices.to_numpy()
        if len(self._numbers) > MOST_REMEMBERED:
            self._begin()
        numbers = np.full(len(found), _UNKNOWN, np.int32)
        for code in np.argsort(-np.bincount(codes), kind="stable")[:MOST_SHAPES]:
            shape = found[code].as_py()
            if shape not in self._numbers:
                slots = line_slots(cut.around(int(np.argmax(codes == code))))
                self._numbers[shape] = _UNKNOWN if slots is None else self._add(slots)
            numbers[code] = self._numbers[shape]
        shapes: Places = numbers.take(codes)
        return shapes

    def rows(self, cut: CutLines, lines: Places, shapes: Places) -> LineRows:
        """The rows of some lines whose shapes are known."""
        return LineRows(
            self._communications.rows(cut, lines, shapes),
            renderings := self._renderings.rows(cut, lines, shapes),
            self._uses.rows(cut, lines, shapes, np.searchsorted(renderings.lines, np.arange(len(lines)))),
        )

    def _add(self, slots: LineSlots) -> int:
        self._renderings.add([(0, one.values, one.parts) for one in slots.renderings])
        self._uses.add([(at, use, ()) for at, one in enumerate(slots.renderings) for use in one.uses])
        return self._communications.add([(0, slots.values, slots.parts)])


class _Kind:
    """The rows of one kind that each shape has."""

    def __init__(self, values: Sequence[str], parts: Sequence[str]) -> None:
        self._names = values, parts
        self._counts: list[int] = []
        self._rows: list[tuple[int, Slots, tuple[Part, ...]]] = []
        self._tables: _KindTables | None = None

    def add(self, rows: Sequence[tuple[int, Slots, tuple[Part, ...]]]) -> int:
        """Add the rows of the next shape, each with its rendering's place in the line; return the shape's number."""
        self._counts.append(len(rows))
        self._rows += rows
        self._tables = None
        return len(self._counts) - 1

    def rows(self, cut: CutLines, lines: Places, shapes: Places, above: NDArray[np.int64] | None = None) -> Rows:
        """The rows of some lines; `above` is the first rendering of each."""
        tables = self._tables = self._tables or self._arrays()
        counts = tables.counts.take(shapes)
        own = np.repeat(np.arange(len(lines), dtype=np.int32), counts)
        within = np.arange(len(own), dtype=np.int32) - np.repeat(np.cumsum(counts, dtype=np.int32) - counts, counts)
        rows = tables.firsts.take(shapes).take(own) + within
        first_values = cut.firsts.take(lines).take(own)
        values, parts = self._names
        return Rows(
            own,
            tables.parents.take(rows) + (0 if above is None else above.take(own)),
            {name: _counted(slots.take(rows), first_values) for name, slots in zip(values, tables.values, strict=True)},
            {name: _placed(tables.parts[rows, at], first_values, cut.edges) for at, name in enumerate(parts)},
        )

    def _arrays(self) -> _KindTables:
        counts, rows, (values, parts) = np.array(self._counts, np.int32), self._rows, self._names
        return _KindTables(
            counts,
            np.cumsum(counts, dtype=np.int32) - counts,
            np.array([parent for parent, _, _ in rows], np.int32),
            _by_column([slots for _, slots, _ in rows], len(values)),
            np.array([found for _, _, found in rows], np.int32).reshape(len(rows), len(parts), len(NO_PART)),
        )


@dataclass(frozen=True)
class _KindTables:
    """What a `_Kind` has as arrays: by shape its number of rows and the first of them, and by row the rest.

    `values` has the slots of each column by row.
    """

    counts: Places
    firsts: Places
    parents: Places
    values: Places
    parts: Places


def _by_column(rows: Sequence[Slots], columns: int) -> Places:
    """The slots of each column by row; that of a value that is nowhere stays below zero whatever is added to it."""
    slots = np.array(rows, np.int32).reshape(len(rows), columns).T.copy()
    slots[slots == NOWHERE] = _FAR_BELOW
    return slots


def _counted(slots: Places, first_values: Places) -> Places:
    """The numbers of values among all that were cut."""
    numbers: Places = np.maximum(slots + first_values, NOWHERE)
    return numbers


def _placed(parts: Places, first_values: Places, edges: Places) -> tuple[Places, Places]:
    """Where parts begin and end."""
    start_edge, from_start, end_edge, from_end = parts.T
    nothing = start_edge == NOWHERE
    first_edges = 2 * first_values
    starts = edges[np.where(nothing, 0, start_edge + first_edges)] + from_start
    ends = edges[np.where(nothing, 0, end_edge + first_edges)] + from_end
    return np.where(nothing, NOWHERE, starts), np.where(nothing, NOWHERE, ends)
