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
from itertools import chain, pairwise
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ingest.exstream.plain_lines import LONGEST_PLAIN_LINE

MOST_DIGITS: Final = 18
"""A whole number of so many digits fits into 64 bits, whatever they are."""
_BEHIND: Final = bytes(32)
"""Stands behind the lines, so that looking a few bytes further never leaves them."""
_LINE_END, _RETURN, _QUOTATION_MARK, _COLON, _SPACE, _ZERO, _NINE, _BACKSLASH = b'\n\r": 09\\'
_FIRST_OF_TEXTS: Final = 32
_BLOCK_BYTES: Final = 1 << 18

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
    if not data:
        return None
    read = np.empty(len(data) + len(_BEHIND), np.uint8)
    read[len(data) :] = 0
    blocks: list[_Block] = []
    for start, end in _blocks(data):
        block = _cut_block(data, read, start, end)
        if block is None:
            return None
        blocks.append(block)
    if not all(block.is_ascii for block in blocks) and not _is_utf8(data):
        return None
    edges = np.concatenate([block.edges for block in blocks])
    line_edges = np.array([0, *chain.from_iterable(block.line_ends for block in blocks)], np.int32)
    firsts = np.searchsorted(edges[::2], line_edges).astype(np.int32)
    numbers = np.flatnonzero(np.concatenate([block.is_number for block in blocks]))
    starts = edges.take(2 * numbers)
    lengths = _lengths_of_numbers(read, starts)
    edges[2 * numbers + 1] = starts + lengths
    is_usual = (lengths <= MOST_DIGITS) & ((read.take(starts) != _ZERO) | (lengths == 1))
    is_sound = np.diff(line_edges) <= LONGEST_PLAIN_LINE
    is_sound[np.searchsorted(firsts, numbers[~is_usual], side="right") - 1] = False
    read[starts] = _ZERO
    kept = edges.copy()
    kept[2 * numbers] += 1
    shapes = _shapes(read[: len(data)], kept, line_edges, firsts)
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
    return np.array([0, *_line_ends(data, 0, len(data))], np.int32)


def _line_ends(data: bytes, start: int, end: int) -> list[int]:
    """The places behind lines, from the beginning of a line to the end of one."""
    ends = []
    at = data.find(b"\n", start, end) + 1
    while at:
        ends.append(at)
        at = data.find(b"\n", at, end) + 1
    if not ends or ends[-1] != end:
        ends.append(end)
    return ends


def _blocks(data: bytes) -> Iterator[tuple[int, int]]:
    """Where groups of lines begin and end, of at most `_BLOCK_BYTES`, or of one line.

    What is made of so many bytes stays close to the processor, which reads no byte from afar twice.
    """
    start = 0
    while start < len(data):
        end = data.rfind(b"\n", start, start + _BLOCK_BYTES) + 1 if start + _BLOCK_BYTES < len(data) else len(data)
        end = end or data.find(b"\n", start) + 1 or len(data)
        yield start, end
        start = end


@dataclass(frozen=True)
class _Block:
    """Some lines: where they end, where their values begin and end, and whether each of these is a number.

    A number ends behind its first digit here.
    """

    line_ends: list[int]
    edges: Places
    is_number: NDArray[np.bool_]
    is_ascii: bool


def _cut_block(data: bytes, read: Bytes, start: int, end: int) -> _Block | None:
    """Cut some lines; their bytes are put into `read`. None for what is no plain text."""
    if data.find(b"\\", start, end) >= 0:
        return None
    read[start:end] = np.frombuffer(data, np.uint8, end - start, start)
    read[end : end + len(_BEHIND)] = 0
    own = read[start:end]
    line_ends = _line_ends(data, start, end)
    ends = np.array(line_ends) - start
    breaks = _line_breaks(own, ends)
    # Bytes beyond ASCII are less than zero here: most lines have none, and one look tells of both.
    is_ascii = np.count_nonzero(own.view(np.int8) < _FIRST_OF_TEXTS) == breaks
    if not is_ascii and np.count_nonzero(own < _FIRST_OF_TEXTS) != breaks:
        return None
    marks = np.flatnonzero(own == _QUOTATION_MARK)
    if (np.searchsorted(marks, ends) & 1).any():
        return None
    edges, is_number = _values_between(read[start : end + len(_BEHIND)], marks)
    edges += np.int32(start)
    return _Block(line_ends, edges, is_number, is_ascii)


def _line_breaks(own: Bytes, ends: NDArray[np.int64]) -> int:
    """How many bytes of lines that end there break them: the line feeds, and a carriage return before one."""
    feeds = ends[own[ends - 1] == _LINE_END] - 1
    return len(feeds) + int(np.count_nonzero((feeds > 0) & (own[feeds - 1] == _RETURN)))


def _values_between(read: Bytes, marks: NDArray[np.int64]) -> tuple[Places, NDArray[np.bool_]]:
    """Where values begin and end between quotation marks, and whether each is a number; `marks` are changed.

    A value is a text that no colon follows, or a whole number directly behind a key; every other number is a part of
    the shape.
    """
    texts = marks.reshape(-1, 2)
    ends = texts[:, 1].copy()
    is_key = read[1:].take(ends) == _COLON
    keys = np.flatnonzero(is_key)
    places = ends.take(keys)
    places += 2
    places += read.take(places) == _SPACE
    has_number = np.flatnonzero(_is_digit(read.take(places)))
    keys, numbers = keys.take(has_number), places.take(has_number)
    texts[keys, 0], texts[keys, 1] = numbers - 1, numbers + 1
    is_value = ~is_key
    is_value[keys] = True
    values = np.flatnonzero(is_value)
    edges = texts.take(values, axis=0).astype(np.int32)
    edges[:, 0] += 1
    return edges.reshape(-1), is_key.take(values)


def _lengths_of_numbers(read: Bytes, starts: Places) -> Places:
    """How many digits each number has that begins somewhere; one more than `MOST_DIGITS` for all that have more."""
    lengths = np.ones(len(starts), np.int32)
    long, ends = np.arange(len(starts)), starts.astype(np.int64)
    for _ in range(MOST_DIGITS):
        ends += 1
        goes_on = np.flatnonzero(_is_digit(read.take(ends)))
        if not len(goes_on):
            break
        long, ends = long.take(goes_on), ends.take(goes_on)
        lengths[long] += 1
    return lengths


def _shapes(written: Bytes, kept: Places, line_edges: Places, firsts: Places) -> pa.DictionaryArray:
    """The shape of each line: what is written but for what stands between the edges that are kept."""
    around = _segments(pa.binary(), kept, pa.py_buffer(written))
    every_second = pa.array(np.arange(0, len(kept) + 1, 2, dtype=np.int32))
    shapes = pc.take(around, every_second, boundscheck=False)
    left_out = np.zeros(len(kept) // 2 + 1, np.int32)
    np.cumsum(kept[1::2] - kept[::2], out=left_out[1:])
    offsets = line_edges - left_out.take(firsts)
    _, _, texts = shapes.buffers()
    lines = pa.Array.from_buffers(pa.binary(), len(line_edges) - 1, [None, pa.py_buffer(offsets), texts])
    return lines.dictionary_encode()


def _segments(kind: pa.DataType, edges: Places, data: bytes | pa.Buffer) -> pa.Array:
    """All bytes as values and what stands between them, in turns; nothing is copied."""
    buffer = pa.py_buffer(data)
    offsets = np.empty(len(edges) + 2, np.int32)
    offsets[0], offsets[1:-1], offsets[-1] = 0, edges, buffer.size
    return pa.Array.from_buffers(kind, len(offsets) - 1, [None, pa.py_buffer(offsets), buffer])


def _is_digit(read: Bytes) -> NDArray[np.bool_]:
    # What is less than zero wraps around.
    return read - np.uint8(_ZERO) <= _NINE - _ZERO
