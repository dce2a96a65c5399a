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

Numbers = NDArray[np.int32]


class CodedColumn:
    """The values of one column, by the numbers of what has them; each value is kept once."""

    def __init__(self, kind: pa.DataType) -> None:
        self._kind = kind
        self._codes: dict[object, int] = {None: -1}
        self._code_of = np.empty(0, dtype=np.int32)
        self._values = pa.array([], kind)

    def add(self, values: Sequence[object]) -> None:
        """Keep the values of the next numbers."""
        codes = self._codes
        fresh = [value for value in dict.fromkeys(values) if value not in codes]
        codes.update(zip(fresh, count(len(codes) - 1)))
        new = np.fromiter(map(codes.__getitem__, values), dtype=np.int32, count=len(values))
        self._code_of = np.concatenate([self._code_of, new])
        self._values = pa.array(list(codes)[1:], self._kind)

    def at(self, numbers: Numbers) -> pa.Array:
        """The values of numbers: texts by a dictionary of those that occur, whole numbers as they are."""
        codes = self._code_of[numbers]
        nothing = codes < 0
        if self._kind == WHOLE:
            return self._values.take(pa.array(codes, mask=nothing))
        # Where several dictionaries become one, the code of nothing is looked up, too: it has to be that of a value.
        codes[nothing] = 0
        values = self._values if len(self._values) else pa.array([""], self._kind)
        if len(values) <= _FEW:
            return pa.DictionaryArray.from_arrays(pa.array(codes, mask=nothing), values)
        occurs = np.zeros(len(values), dtype=np.bool_)
        occurs[codes] = True
        own = (np.cumsum(occurs, dtype=np.int32) - 1)[codes]
        return pa.DictionaryArray.from_arrays(pa.array(own, mask=nothing), values.filter(pa.array(occurs)))
