"""A file of any size as chunks of whole lines, in bounded memory: plain or gzip.

Here belong decompression with its guards and the cutting between lines. What a line holds is read by
the systems' own readers. A line that is too long is never held: its place, length and hash are given.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

from isal import isal_zlib
from isal.igzip_lib import IsalError

from assettrail.errors import RecordRejected

LONGEST_LINE: Final = 4 << 20
BLOCK_BYTES: Final = 4 << 20
MOST_TIMES_LARGER: Final = 100
_SMALLEST_JUDGED: Final = 64 << 10
_USUAL_TIMES_LARGER: Final = 4
# The stubs of isal call the class an instance.
_ISAL_ERROR: Final = cast("type[Exception]", IsalError)
GZIP: Final = b"\x1f\x8b"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_GZIP_WINDOW: Final = 31


@dataclass(frozen=True)
class LongLine:
    """A line longer than `LONGEST_LINE`: where it begins in the (decompressed) file, its length and SHA-256."""

    offset: int
    length: int
    sha256: str


class FileBytes:
    """The bytes of a file in blocks of at most so many bytes, `BLOCK_BYTES` where nothing else is said.

    Of gzip at most `most_bytes` are unpacked, where that is said.
    """

    def __init__(self, file: BinaryIO, block_bytes: int | None = None, most_bytes: int | None = None) -> None:
        self._file = file
        self._block_bytes = block_bytes or BLOCK_BYTES
        self._most_bytes = most_bytes

    def blocks(self) -> Iterator[bytes]:
        """Give the report in blocks, decompressed when it begins as gzip does.

        Raises RecordRejected for gzip that is cut, damaged, more than 100 times larger than its file, or larger than
        `most_bytes`.
        """
        first = self._read()
        if not first.startswith(GZIP):
            while first:
                yield from _pieces(first, self._block_bytes)
                first = self._read()
            return
        yield from self._decompressed(first)

    def _read(self) -> bytes:
        return self._file.read(BLOCK_BYTES)

    def _decompressed(self, block: bytes) -> Iterator[bytes]:
        """Give what all members of the gzip file hold."""
        taken = given = 0
        member = isal_zlib.decompressobj(wbits=_GZIP_WINDOW)
        is_within = False
        try:
            while block:
                taken += len(block)
                # What is left of a piece when a block is full is copied: pieces are short.
                for piece in _pieces(block, self._block_bytes // _USUAL_TIMES_LARGER or 1):
                    rest = piece
                    while rest:
                        found = member.decompress(rest, self._block_bytes)
                        given += len(found)
                        if given > MOST_TIMES_LARGER * max(taken, _SMALLEST_JUDGED):
                            raise _refused(f"gzip that grows more than {MOST_TIMES_LARGER} times")
                        if self._most_bytes is not None and given > self._most_bytes:
                            raise _refused(f"gzip that unpacks to more than {self._most_bytes} bytes")
                        if found:
                            yield found
                        rest, is_within = member.unconsumed_tail, not member.eof
                        if member.eof:
                            rest = member.unused_data
                            member = isal_zlib.decompressobj(wbits=_GZIP_WINDOW)
                block = self._read()
        except _ISAL_ERROR as error:
            raise _refused(f"gzip that is damaged: {error}") from error
        if is_within:
            raise _refused("gzip that is cut before its end")


def _pieces(block: bytes, most: int) -> Iterator[bytes]:
    for start in range(0, len(block), most):
        yield block[start : start + most]


def chunks_of_lines(blocks: Iterator[bytes]) -> Iterator[tuple[int, bytes] | LongLine]:
    """Cut blocks between lines: (place, chunk) with at least one whole line, and lines that are too long alone.

    Places count from the report's first byte; a byte order mark there belongs to no line.
    """
    offset = 0
    rest = b""
    long_line: _Growing | None = None
    for number, block in enumerate(blocks):
        if number == 0 and block.startswith(_BYTE_ORDER_MARK):
            offset, block = len(_BYTE_ORDER_MARK), block[len(_BYTE_ORDER_MARK) :]
        if long_line is not None:
            end = block.find(b"\n") + 1
            long_line.add(block[: end or None])
            if not end:
                continue
            yield long_line.line()
            offset, block, long_line = long_line.end, block[end:], None
        cut = block.rfind(b"\n") + 1
        if cut:
            chunk = b"".join((rest, memoryview(block)[:cut]))
            yield offset, chunk
            offset, rest = offset + len(chunk), block[cut:]
        else:
            rest += block
        if len(rest) > LONGEST_LINE:
            long_line, rest = _Growing(offset, rest), b""
    if long_line is not None:
        yield long_line.line()
    elif rest:
        yield offset, rest


def lines_of(blocks: Iterator[bytes]) -> Iterator[tuple[int, bytes] | LongLine]:
    """Cut blocks into lines: (place, line with its end), as `chunks_of_lines` does; never more than a chunk is held."""
    for piece in chunks_of_lines(blocks):
        if isinstance(piece, LongLine):
            yield piece
            continue
        offset, chunk = piece
        start = 0
        while start < len(chunk):
            end = chunk.find(b"\n", start) + 1 or len(chunk)
            yield offset + start, chunk[start:end]
            start = end


class _Growing:
    """A long line of which only place, length and hash are kept."""

    def __init__(self, offset: int, beginning: bytes) -> None:
        self._offset = offset
        self._length = 0
        self._hash = hashlib.sha256()
        self.end = offset
        self.add(beginning)

    def add(self, data: bytes) -> None:
        line = data.removesuffix(b"\n")
        self._hash.update(line)
        self._length += len(line)
        self.end += len(data)

    def line(self) -> LongLine:
        return LongLine(self._offset, self._length, self._hash.hexdigest())


def _refused(found: str) -> RecordRejected:
    return RecordRejected(
        tried="to read an asset-use report",
        found=found,
        expected="a report, plain or as whole gzip",
        remedy="have the file written or sent again; nothing of it landed",
    )
