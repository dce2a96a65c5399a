"""Columns together with how their values are written in the JSON of a row, and the rows put together of them.

Here belongs the canonical JSON that row hashes are taken of, made for all rows of a table at once: the same bytes as
`ingest.rows.rows_json` gives. What the columns hold is `shaped_tables`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.exstream.line_shapes import Places
from ingest.rows import constant
from ingest.schema import TEXT

NOT_WRITTEN: Final = pa.nulls(0, TEXT)
"""The words of a column that another one writes."""
_FEW: Final = 1024
_ENCODER: Final = msgspec.json.Encoder()


@dataclass(frozen=True)
class Written:
    """A column, and how its values are written: `words` are JSON, or with `quote` the texts within quotation marks.

    `codes` tell the word of each row, NULL where the column is; without them each row has its own word, or all rows
    have one that is a scalar. With `has_keys` words are whole members, of this column and of others that are
    `NOT_WRITTEN`, which follow it by their names.
    """

    column: pa.Array
    words: pa.StringArray | pa.StringScalar
    codes: pa.Array | None = None
    quote: str = ""
    has_keys: bool = False

    def at(self, rows: Places) -> Written:
        """The rows at these positions, of a column whose words are not one for all."""
        places = pa.array(rows)
        if self.codes is not None:
            return Written(self.column.take(places), self.words, self.codes.take(places), self.quote)
        return Written(self.column.take(places), self.words.take(places), quote=self.quote)

    def member(self, name: str, before: str, behind: str) -> Written:
        """Each member with what stands before and behind it; NULL stays NULL."""
        key = "" if self.has_keys else f'"{name}":'
        members = pc.binary_join_element_wise(before + key + self.quote, self.words, self.quote + behind, "")
        return Written(self.column, members, self.codes)

    def texts(self) -> pa.StringArray | pa.StringScalar:
        """What is written in each row, or in all."""
        if self.codes is None:
            return self.words
        return self.words.take(self.codes) if self.codes.null_count < len(self.codes) else pa.scalar(None, TEXT)

    def with_next(self, other: Written) -> Written | None:
        """What is written of two columns, one behind the other, by one code; None when that takes too many words."""
        if isinstance(self.words, pa.StringScalar) and isinstance(other.words, pa.StringScalar):
            return Written(self.column, pc.binary_join_element_wise(self.words, other.words, ""))
        if self.codes is None or other.codes is None or (len(self.words) + 1) * (len(other.words) + 1) > _FEW:
            return None
        own, others = [*self.words.to_pylist(), ""], [*other.words.to_pylist(), ""]
        words = [first + second for first in own for second in others]
        firsts, seconds = self.codes.fill_null(len(own) - 1), other.codes.fill_null(len(others) - 1)
        codes = firsts.to_numpy() * np.int32(len(others)) + seconds.to_numpy()
        return Written(self.column, pa.array(words, TEXT), pa.array(codes))


def same(value: str, count: int) -> Written:
    """A column of one text."""
    return Written(constant(value, count), pa.scalar(_ENCODER.encode(value).decode(), TEXT))


def as_written(texts: pa.StringArray | pa.DictionaryArray, kind: pa.DataType = TEXT) -> Written:
    """A column of texts that JSON writes as they are, or of whole numbers given by their digits."""
    quote = '"' if kind == TEXT else ""
    if isinstance(texts, pa.DictionaryArray):
        column = texts if kind == TEXT else texts.dictionary.cast(kind).take(texts.indices)
        return Written(column, texts.dictionary, texts.indices, quote)
    return Written(texts.cast(kind), texts, quote=quote)


def json_of(codes: pa.Array, values: Sequence[str | None]) -> Written:
    """A column of texts by their codes; NULL for a code that is NULL, or whose text is None."""
    found = pa.array(values, TEXT).dictionary_encode()
    own = found.indices.take(codes)
    # JSON has no line break within a value.
    words = _ENCODER.encode_lines(found.dictionary.to_pylist()).decode().split("\n")[:-1]
    return Written(pa.DictionaryArray.from_arrays(own, found.dictionary), pa.array(words, TEXT), own)


def row_json(columns: Mapping[str, Written], required: Collection[str]) -> pa.BinaryArray:
    """The canonical JSON of each row: columns by name, those that are NULL left out; one of them is never NULL."""
    names = sorted(name for name, column in columns.items() if column.words is not NOT_WRITTEN)
    certain = next(name for name in names if name in required)
    members: list[Written] = []
    for name in names:
        one = columns[name].member(name, "," if name > certain else "", "," if name < certain else "")
        both = members[-1].with_next(one) if members else None
        members = [*members, one] if both is None else [*members[:-1], both]
    rows = pc.binary_join_element_wise(
        "{", *(one.texts() for one in members), "}", "", null_handling="replace", null_replacement=""
    )
    return rows.cast(pa.binary())
