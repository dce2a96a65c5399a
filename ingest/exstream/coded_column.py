"""One column of values that come again, by the numbers of what has them.

Here belongs keeping each value once and giving a column of many numbers with a dictionary. Which number stands for what
is `report_uses` and `known_addresses`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ingest.schema import WHOLE

_FEW: Final = 256
"""A dictionary of so many values is laid aside whole: picking those that occur costs more than it saves."""

_NO_VALUE: Final = -1

Numbers = NDArray[np.int32]


def but_for(values: NDArray[np.int32] | NDArray[np.int64], nothing: NDArray[np.bool_]) -> pa.Array:
    """Whole numbers as a column, NULL where there is nothing.

    `pyarrow.array` with a mask asks for each value by itself, which the processor cannot foresee.
    """
    is_there = np.packbits(~nothing, bitorder="little")
    return pa.Array.from_buffers(
        pa.from_numpy_dtype(values.dtype), len(values), [pa.py_buffer(is_there), pa.py_buffer(values)]
    )


class CodedColumn:
    """The values of one column, by the numbers of what has them; each value is kept once."""

    def __init__(self, kind: pa.DataType) -> None:
        self._kind = kind
        self._codes: dict[object, int] = {None: _NO_VALUE}
        self._code_of = np.array([_NO_VALUE], dtype=np.int32)
        self._values = pa.array([], kind)

    def add(self, values: Sequence[object]) -> None:
        """Keep the values of the next numbers."""
        codes = self._codes
        fresh = [value for value in dict.fromkeys(values) if value not in codes]
        codes.update(zip(fresh, count(len(codes) - 1)))
        new = np.fromiter(map(codes.__getitem__, values), dtype=np.int32, count=len(values))
        self._code_of = np.concatenate([self._code_of[:-1], new, self._code_of[-1:]])
        self._values = pa.array(list(codes)[1:], self._kind)

    def at(self, numbers: Numbers) -> pa.Array:
        """The values of numbers: texts by a dictionary of those that occur, whole numbers as they are.

        The number behind the last one has no value.
        """
        codes = self._code_of.take(numbers)
        nothing = codes < 0
        # The code of nothing is looked up, too, as where several dictionaries become one: it has to be that of a value.
        np.maximum(codes, 0, out=codes)
        if self._kind == WHOLE:
            values = self._values.to_numpy() if len(self._values) else np.zeros(1, np.int64)
            return but_for(values.take(codes), nothing)
        values = self._values if len(self._values) else pa.array([""], self._kind)
        if len(values) > _FEW:
            occurs = np.zeros(len(values), dtype=np.bool_)
            occurs[codes] = True
            codes = (np.cumsum(occurs, dtype=np.int32) - 1).take(codes)
            values = values.filter(pa.array(occurs))
        return pa.DictionaryArray.from_arrays(but_for(codes, nothing), values)
