"""Lines of a report cut into their values and what stands around them, many lines at once.

Engines write line after line with the same keys in the same order. What is left of a line when its texts are emptied
and its numbers are one digit is its shape; lines of one shape differ in values alone, so that what one of them means
tells where each value of all others stands. Here belong the cut, by whole columns of bytes, and what makes it exact:
without a backslash every quotation mark begins or ends a text, and a line with an even number of them begins outside
of texts. What a shape means is `shape_slots`; what is not cut here is read as ever (`plain_lines`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ingest.exstream.plain_lines import LONGEST_PLAIN_LINE

MOST_DIGITS: Final = 18
"""A whole number of so many digits fits into 64 bits, whatever they are."""
_BEHIND: Final = bytes(32)
"""Stands behind the lines, so that looking a few bytes further never leaves them."""
_LINE_END, _RETURN, _QUOTATION_MARK, _COLON, _SPACE, _ZERO, _NINE, _BACKSLASH = b'\n\r": 09\\'
_FIRST_OF_TEXTS: Final = 32
_BLOCK_BYTES: Final = 1 << 18
_A_TEXT, _A_NUMBER, _AN_UNUSUAL_NUMBER = range(3)

Places = NDArray[np.int32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class CutLines:
    """Lines that are cut.

    `edges` are the places at which each value of all lines begins and ends, in turns; value n is segment 2n + 1 of
    `segments`, what stands before it is segment 2n. `line_edges` are the places where lines begin, and the end.
    `firsts` are the numbers of each line's first value, and that of all values. `shapes` has each line's shape.
    `is_sound` is false for lines with a number that is written unusually, or is too large.
    """

    data: bytes
    edges: Places
    segments: pa.StringArray
    line_edges: Places
    firsts: Places
    shapes: pa.DictionaryArray
    is_sound: NDArray[np.bool_]

    def around(self, line: int) -> list[bytes]:
        """What stands before, between and behind the values of a line: one more than it has values."""
        first, behind = int(self.firsts[line]), int(self.firsts[line + 1])
        inner = self.edges[2 * first : 2 * behind]
        places = [int(self.line_edges[line]), *inner.tolist(), int(self.line_edges[line + 1])]
        return [self.data[start:end] for start, end in zip(places[::2], places[1::2], strict=True)]


@dataclass(frozen=True)
class MostLines:
    """Those of some lines that can be cut, and which of them they are; `line_edges` are those of all lines."""

    cut: CutLines
    numbers: Places
    line_edges: Places


def cut_most_lines(data: bytes) -> MostLines | None:
    """Cut lines but for those that only a reader of JSON can cut; None where there are no others."""
    cut = cut_lines(data)
    if cut is not None:
        return MostLines(cut, np.arange(len(cut.line_edges) - 1, dtype=np.int32), cut.line_edges)
    line_edges = _line_edges(data)
    numbers = np.flatnonzero(~_cannot_be_cut(data, line_edges)).astype(np.int32)
    cut = cut_lines(b"".join([data[line_edges[one] : line_edges[one + 1]] for one in numbers]))
    return None if cut is None else MostLines(cut, numbers, line_edges)


def _cannot_be_cut(data: bytes, line_edges: Places) -> NDArray[np.bool_]:
    """Of each line, whether it has a backslash, a control character, a quotation mark too many or is no UTF-8."""
    read = np.frombuffer(data + _BEHIND, dtype=np.uint8)[: len(data)]
    marks = np.flatnonzero(read == _QUOTATION_MARK)
    cannot: NDArray[np.bool_] = (np.diff(np.searchsorted(marks, line_edges)) & 1).astype(np.bool_)
    breaks = line_edges[1:][read[line_edges[1:] - 1] == _LINE_END] - 1
    returns = breaks[(breaks > 0) & (read[breaks - 1] == _RETURN)] - 1
    is_odd = (read < _FIRST_OF_TEXTS) | (read == _BACKSLASH)
    is_odd[breaks] = is_odd[returns] = False
    cannot[np.searchsorted(line_edges, np.flatnonzero(is_odd), side="right") - 1] = True
    if not _is_utf8(data):
        cannot |= [not _is_utf8(data[start:end]) for start, end in pairwise(line_edges.tolist())]
    return cannot


def cut_lines(data: bytes) -> CutLines | None:
    """Cut lines; None where only a reader of JSON can say where texts begin and end, or which bytes are no text."""
    if not data or b"\\" in data or not _is_utf8(data):
        return None
    read = np.frombuffer(data + _BEHIND, dtype=np.uint8)
    line_edges = _line_edges(data)
    blocks = [_values(read, line_edges[first : last + 1]) for first, last in _blocks(line_edges)]
    found = [block for block in blocks if block is not None]
    if len(found) < len(blocks):
        return None
    edges, kinds = (np.concatenate(parts) for parts in zip(*found, strict=True))
    firsts = np.searchsorted(edges[::2], line_edges).astype(np.int32)
    is_sound = _has_none(kinds == _AN_UNUSUAL_NUMBER, firsts) & (np.diff(line_edges) <= LONGEST_PLAIN_LINE)
    shapes = _shapes(read[: len(data)], edges, kinds != _A_TEXT, line_edges, firsts)
    return CutLines(data, edges, _segments(pa.string(), edges, data), line_edges, firsts, shapes, is_sound)


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _line_edges(data: bytes) -> Places:
    """The places where lines begin, and the end; the last line may have no line break."""
    edges = [0]
    end = data.find(b"\n") + 1
    while end:
        edges.append(end)
        end = data.find(b"\n", end) + 1
    if edges[-1] != len(data):
        edges.append(len(data))
    return np.array(edges, np.int32)


def _blocks(line_edges: Places) -> Iterator[tuple[int, int]]:
    """Groups of lines of about `_BLOCK_BYTES`, each by its first line and the one behind it.

    What is made of so many bytes stays close to the processor.
    """
    first, count = 0, len(line_edges) - 1
    while first < count:
        last = int(np.searchsorted(line_edges, line_edges[first] + _BLOCK_BYTES))
        last = min(max(last, first + 1), count)
        yield first, last
        first = last


def _values(read: Bytes, line_edges: Places) -> tuple[Places, Bytes] | None:
    """Where the values of some lines begin and end, and of which kind each of them is; None for what is no plain text.

    A value is a text that no colon follows, or a whole number directly behind a key; every other number is a part of
    the shape.
    """
    start, end = int(line_edges[0]), int(line_edges[-1])
    own = read[start:end]
    if np.count_nonzero(own < _FIRST_OF_TEXTS) != _line_breaks(own, line_edges - start):
        return None
    marks = np.flatnonzero(own == _QUOTATION_MARK)
    if (np.searchsorted(marks, line_edges - start) & 1).any():
        return None
    edges, kinds = _values_between(read[start : end + len(_BEHIND)], marks)
    return edges + np.int32(start), kinds


def _line_breaks(own: Bytes, line_edges: Places) -> int:
    """How many bytes of lines break them: the line feeds, and a carriage return before one."""
    feeds = line_edges[1:][own[line_edges[1:] - 1] == _LINE_END] - 1
    return len(feeds) + int(np.count_nonzero((feeds > 0) & (own[feeds - 1] == _RETURN)))


def _values_between(read: Bytes, marks: NDArray[np.int64]) -> tuple[Places, Bytes]:
    """Where values begin and end between quotation marks, and of which kind each of them is."""
    edges = marks.copy()
    edges[::2] += 1
    pairs = edges.reshape(-1, 2)
    ends = edges[1::2]
    is_value = read.take(ends + 1) != _COLON
    keys = np.flatnonzero(~is_value)
    places = ends.take(keys) + 2
    places += read.take(places) == _SPACE
    has_number = np.flatnonzero(_is_digit(read.take(places)))
    keys, numbers = keys.take(has_number), places.take(has_number)
    number_ends = numbers + 1
    for _ in range(MOST_DIGITS):
        goes_on = _is_digit(read.take(number_ends))
        if not goes_on.any():
            break
        number_ends += goes_on
    lengths = number_ends - numbers
    is_usual = (lengths <= MOST_DIGITS) & ((read.take(numbers) != _ZERO) | (lengths == 1))
    pairs[keys, 0], pairs[keys, 1], is_value[keys] = numbers, number_ends, True
    kinds = np.full(len(pairs), _A_TEXT, np.uint8)
    kinds[keys] = np.where(is_usual, _A_NUMBER, _AN_UNUSUAL_NUMBER)
    values = np.flatnonzero(is_value)
    return pairs.take(values, axis=0).reshape(-1).astype(np.int32), kinds.take(values)


def _shapes(
    read: Bytes, edges: Places, is_number: NDArray[np.bool_], line_edges: Places, firsts: Places
) -> pa.DictionaryArray:
    """The shape of each line: its bytes without values, but a zero for each number."""
    written = read.copy()
    written[edges[::2][is_number]] = _ZERO
    kept = edges.copy()
    kept[::2] += is_number
    around = _segments(pa.binary(), kept, pa.py_buffer(written))
    count = len(edges) // 2
    shapes = around.take(pa.array(np.arange(0, 2 * count + 1, 2, dtype=np.int32)))
    left_out = np.concatenate([np.zeros(1, np.int32), np.cumsum(kept[1::2] - kept[::2], dtype=np.int32)])
    offsets = line_edges - left_out[firsts]
    _, _, texts = shapes.buffers()
    lines = pa.Array.from_buffers(pa.binary(), len(line_edges) - 1, [None, pa.py_buffer(offsets), texts])
    return lines.dictionary_encode()


def _segments(kind: pa.DataType, edges: Places, data: bytes | pa.Buffer) -> pa.Array:
    """All bytes as values and what stands between them, in turns; nothing is copied."""
    buffer = pa.py_buffer(data)
    offsets = np.empty(len(edges) + 2, np.int32)
    offsets[0], offsets[1:-1], offsets[-1] = 0, edges, buffer.size
    return pa.Array.from_buffers(kind, len(offsets) - 1, [None, pa.py_buffer(offsets), buffer])


def _has_none(found: NDArray[np.bool_], firsts: Places) -> NDArray[np.bool_]:
    """Of each line, whether none of its values is one that was found."""
    before = np.concatenate([np.zeros(1, np.int32), np.cumsum(found, dtype=np.int32)])[firsts]
    has_none: NDArray[np.bool_] = before[1:] == before[:-1]
    return has_none


def _is_digit(read: Bytes) -> NDArray[np.bool_]:
    return (read >= np.uint8(_ZERO)) & (read <= np.uint8(_NINE))
