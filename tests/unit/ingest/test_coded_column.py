"""A column by numbers: its values, and codes that an engine may look up whatever they stand for."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from ingest.exstream.coded_column import CodedColumn
from ingest.schema import TEXT

FEW, MANY = 3, 600


@pytest.mark.parametrize(
    "values",
    [
        [None, None],
        ["a", None, "b"],
        [None, *(f"v{number}" for number in range(FEW))],
        [*(f"v{number}" for number in range(MANY)), None],
    ],
    ids=["nothing", "few", "few after nothing", "many"],
)
def test_the_code_of_nothing_is_that_of_a_value(values: list[str | None]) -> None:
    """Harm prevented: Arrow reads beside a dictionary that it unites with others, and the ingest dies by a signal."""
    column = CodedColumn(TEXT)
    column.add(values)
    numbers = np.array([len(values) - 1, 0, len(values) - 1, 1, len(values)], dtype=np.int32)
    found = column.at(numbers)
    assert found.to_pylist() == [[*values, None][number] for number in numbers]
    codes = np.frombuffer(found.indices.buffers()[1], dtype=np.int32)[: len(found)]
    assert codes.min() >= 0
    assert codes.max() < len(found.dictionary)
    twice = pa.chunked_array([found, pa.array(["z"], TEXT).dictionary_encode()]).unify_dictionaries()
    assert twice.unify_dictionaries().to_pylist() == [*found.to_pylist(), "z"]
