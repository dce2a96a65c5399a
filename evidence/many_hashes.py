"""SHA-256 of many short entries in one call, without an object of Python's for each.

Here belongs hashing of columns of bytes, by the plugin of polars that uses the processor's own instructions; single
hashes and what is hashed do not. Python's own hashing costs more for the call than for the bytes when an entry is a row
or a node of a tree.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl
import polars_hash as plh
import pyarrow as pa
from numpy.typing import NDArray

HASH_SIZE: Final = 32
_HASHED: Final = plh.col("entry").chash.sha2_256()


def sha256_of_each(entries: Sequence[bytes] | pa.BinaryArray) -> pa.StringArray:
    """The SHA-256 of each entry in lower-case hex, in order."""
    if not len(entries):
        return pa.array([], pa.string())
    column = entries if isinstance(entries, pa.BinaryArray) else pa.array(entries, pa.binary())
    hashed = pl.DataFrame({"entry": pl.Series(column)}).select(_HASHED).to_series()
    return hashed.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.string())


def digests_of_each(entries: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The SHA-256 of each row of a table of bytes, as rows of 32 bytes."""
    count, width = entries.shape
    offsets = np.arange(0, count * width + 1, width, dtype=np.int32)
    column = pa.Array.from_buffers(pa.binary(), count, [None, pa.py_buffer(offsets), pa.py_buffer(entries)])
    _, _, digits = sha256_of_each(column).buffers()
    return np.frombuffer(unhexlify(memoryview(digits)), dtype=np.uint8).reshape(-1, HASH_SIZE)
