"""Sealing of files of any size in constant memory: AES-256-GCM in segments that are bound together.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption, CRYPTO 2015). Here
belongs the sealing and opening of segments. Names, keys and places of files are `raw_store`.

Each segment is 1 MiB of what was received (the last one may be shorter, and is there also when it is empty) with its
own tag. A segment's nonce is 7 random bytes of the file, 4 bytes with its number, and 1 byte that is 1 for the last:
segments cannot be left out, put in another order, taken from another file, or cut at the end without being noticed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO, Final, Protocol

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


def _nonce(prefix: bytes, number: int, *, is_last: bool) -> bytes:
    return prefix + number.to_bytes(4) + bytes([is_last])
