"""Sealing of files of any size in constant memory: AES-256-GCM in segments that are bound together.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption, CRYPTO 2015). Here
belongs the sealing and opening of segments. Names, keys and places of files are `raw_store`.

Each segment is 1 MiB of what was received (the last one may be shorter, and is there also when it is empty) with its
own tag. A segment's nonce is 7 random bytes of the file, 4 bytes with its number, and 1 byte that is 1 for the last:
segments cannot be left out, put in another order, taken from another file, or cut at the end without being noticed.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SEGMENT_BYTES: Final = 1 << 20
PREFIX_BYTES: Final = 7
_TAG_BYTES: Final = 16


class Readable(Protocol):
    """What can be read piece by piece."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        ...


def seal(source: Readable, target: BinaryIO, cipher: AESGCM, bound: bytes) -> None:
    """Write the nonce's random part and all segments of `source` to `target`; `bound` is authenticated with each."""
    prefix = os.urandom(PREFIX_BYTES)
    target.write(prefix)
    segment = source.read(SEGMENT_BYTES)
    number = 0
    while True:
        following = source.read(SEGMENT_BYTES)
        target.write(cipher.encrypt(_nonce(prefix, number, is_last=not following), segment, bound))
        if not following:
            return
        segment, number = following, number + 1


def opened(source: Readable, cipher: AESGCM, bound: bytes) -> Iterator[bytes]:
    """Give what was sealed, segment by segment.

    Raises cryptography's InvalidTag for a segment that was changed, moved or cut off: what was given before it is not
    to be trusted as a whole.
    """
    prefix = source.read(PREFIX_BYTES)
    segment = source.read(SEGMENT_BYTES + _TAG_BYTES)
    number = 0
    while True:
        following = source.read(SEGMENT_BYTES + _TAG_BYTES)
        yield cipher.decrypt(_nonce(prefix.ljust(PREFIX_BYTES), number, is_last=not following), segment, bound)
        if not following:
            return
        segment, number = following, number + 1


class SealedReader(io.RawIOBase):
    """What was sealed, as a file that can seek; one segment is open at a time.

    `source` is the sealed file from its place on. Reading a segment that was changed, moved or cut off raises what
    `broken` makes. Closing it closes the source.
    """

    def __init__(self, source: BinaryIO, cipher: AESGCM, bound: bytes, broken: Callable[[], Exception]) -> None:
        super().__init__()
        self._source, self._cipher, self._bound, self._broken = source, cipher, bound, broken
        self._prefix = source.read(PREFIX_BYTES).ljust(PREFIX_BYTES)
        self._start = source.tell()
        sealed = source.seek(0, io.SEEK_END) - self._start
        self._segments = max(1, -(-sealed // (SEGMENT_BYTES + _TAG_BYTES)))
        self._size = max(0, sealed - self._segments * _TAG_BYTES)
        self._place = 0
        self._open: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """The place in what was sealed, in bytes."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place in what was sealed, and return it."""
        self._place = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence])
        return self._place

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        """Read on to the end of the segment at most; 0 at the end."""
        number, start = divmod(self._place, SEGMENT_BYTES)
        # An empty file has one segment, too: it is opened, so that one that was cut to nothing is noticed.
        if self._place >= self._size and (self._size or number or start):
            return 0
        piece = self._segment(number)[start : start + len(buffer)]
        buffer[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)

    def close(self) -> None:
        """Close the sealed file, too."""
        self._source.close()
        super().close()

    def _segment(self, number: int) -> bytes:
        if self._open[0] != number:
            self._source.seek(self._start + number * (SEGMENT_BYTES + _TAG_BYTES))
            sealed = self._source.read(SEGMENT_BYTES + _TAG_BYTES)
            nonce = _nonce(self._prefix, number, is_last=number == self._segments - 1)
            try:
                self._open = (number, self._cipher.decrypt(nonce, sealed, self._bound))
            except InvalidTag as error:
                raise self._broken() from error
        return self._open[1]


def _nonce(prefix: bytes, number: int, *, is_last: bool) -> bytes:
    return prefix + number.to_bytes(4) + bytes([is_last])
