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
_BLOCK: Final = 64
_HASHED: Final = plh.col("entry").chash.sha2_256()


def sha256_of_each(entries: Sequence[bytes] | pa.BinaryArray) -> pa.StringArray:
    """The SHA-256 of each entry in lower-case hex, in order."""
    if not len(entries):
        return pa.array([], pa.string())
    column = entries if isinstance(entries, pa.BinaryArray) else pa.array(entries, pa.binary())
    hashed = pl.DataFrame({"entry": pl.Series(column)}).select(_HASHED).to_series()
    return hashed.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.string())


def hmac_of_each(key: bytes, messages: pa.BinaryArray) -> pa.StringArray:
    """The HMAC-SHA-256 (RFC 2104) of each message under one key in lower-case hex, in order."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in block) for pad in (0x36, 0x5C))
    within = _digests(sha256_of_each(pc.binary_join_element_wise(inner, messages, b"")))
    begun = np.broadcast_to(np.frombuffer(outer, dtype=np.uint8), (len(within), _BLOCK))
    return sha256_of_each(_column(np.concatenate([begun, within], axis=1)))


def digests_of_each(entries: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The SHA-256 of each row of a table of bytes, as rows of 32 bytes."""
    return _digests(sha256_of_each(_column(entries)))


def _column(entries: NDArray[np.uint8]) -> pa.BinaryArray:
    """The rows of a table of bytes as a column."""
    count, width = entries.shape
    offsets = np.arange(0, count * width + 1, width, dtype=np.int32)
    return pa.Array.from_buffers(pa.binary(), count, [None, pa.py_buffer(offsets), pa.py_buffer(entries)])


def _digests(hashes: pa.StringArray) -> NDArray[np.uint8]:
    """Hashes in hex as rows of 32 bytes."""
    if not len(hashes):
        return np.empty((0, HASH_SIZE), dtype=np.uint8)
    _, _, digits = hashes.buffers()
    return np.frombuffer(unhexlify(memoryview(digits)), dtype=np.uint8).reshape(-1, HASH_SIZE)
