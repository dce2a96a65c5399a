"""SHA-256 of many short entries in one call, without an object of Python's for each.

Here belongs hashing of columns of bytes, by the plugin of polars that uses the processor's own instructions; single
hashes and what is hashed do not. Python's own hashing costs more for the call than for the bytes when an entry is a row
or a node of a tree.
"""

from __future__ import annotations

import hashlib
from binascii import unhexlify
from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl
import polars_hash as plh
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

HASH_SIZE: Final = 32
_DIGITS: Final = 2 * HASH_SIZE
_BLOCK: Final = 64
_HASHED: Final = plh.col("entry").chash.sha2_256()


def sha256_of_each(entries: Sequence[bytes] | pa.BinaryArray) -> pa.StringArray:
    """The SHA-256 of each entry in lower-case hex, in order."""
    column = entries if isinstance(entries, pa.BinaryArray) else pa.array(entries, pa.binary())
    digits = b"".join(_digits(column))
    offsets = np.arange(0, _DIGITS * len(column) + 1, _DIGITS, dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), len(column), [None, pa.py_buffer(offsets), pa.py_buffer(digits)])


def hmac_of_each(key: bytes, messages: pa.BinaryArray) -> pa.StringArray:
    """The HMAC-SHA-256 (RFC 2104) of each message under one key in lower-case hex, in order."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in block) for pad in (0x36, 0x5C))
    within = _digests(_digits(pc.binary_join_element_wise(inner, messages, b"")))
    begun = np.broadcast_to(np.frombuffer(outer, dtype=np.uint8), (len(within), _BLOCK))
    return sha256_of_each(_column(np.concatenate([begun, within], axis=1)))


def digests_of_each(entries: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The SHA-256 of each row of a table of bytes, as rows of 32 bytes."""
    return _digests(_digits(_column(entries)))


def _column(entries: NDArray[np.uint8]) -> pa.BinaryArray:
    """The rows of a table of bytes as a column."""
    count, width = entries.shape
    offsets = np.arange(0, count * width + 1, width, dtype=np.int32)
    return pa.Array.from_buffers(pa.binary(), count, [None, pa.py_buffer(offsets), pa.py_buffer(entries)])


def _digits(column: pa.BinaryArray) -> list[pa.Buffer]:
    """The SHA-256 of each entry in hex, one behind the other, in the memory that the plugin has written them to."""
    if not len(column):
        return []
    hashed = pl.DataFrame({"entry": pl.Series(column)}).select(_HASHED).to_series()
    found = hashed.to_arrow(compat_level=pl.CompatLevel.newest())
    _, views, *written = found.buffers()
    # Each view ends with the number of its memory and the place in it. That they follow one another is how polars
    # gathers texts, and no promise of it.
    each = _DIGITS << 32
    expected = [np.arange(at, at + memory.size // _DIGITS * each, each) for at, memory in enumerate(written)]
    places = np.frombuffer(views, dtype=np.int64)[1::2]
    if not np.array_equal(places[found.offset :][: len(found)], np.concatenate(expected)):
        return [pa.py_buffer("".join(hashed.to_list()).encode())]
    return list(written)


def _digests(digits: Sequence[pa.Buffer]) -> NDArray[np.uint8]:
    """Hashes in hex as rows of 32 bytes."""
    return np.frombuffer(b"".join(map(unhexlify, digits)), dtype=np.uint8).reshape(-1, HASH_SIZE)
