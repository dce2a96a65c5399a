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
        codes = places if self.codes is None else self.codes.take(places)
        return Written(self.column.take(places), self.words, codes, self.quote)

    def members(self, name: str, before: str, behind: str) -> _Pieces:
        """Each member with what stands before and behind it; nothing for NULL."""
        key = "" if self.has_keys else f'"{name}":'
        words = pc.binary_join_element_wise(before + key + self.quote, self.words, self.quote + behind, "")
        if words.null_count:
            words = words.fill_null("")
        if self.codes is None:
            return _Pieces(words, np.arange(len(words), dtype=np.int32))
        if not self.codes.null_count:
            return _Pieces(words, self.codes.to_numpy())
        return _Pieces(pa.concat_arrays([words, pa.array([""], TEXT)]), self.codes.fill_null(len(words)).to_numpy())


@dataclass(frozen=True)
class _Pieces:
    """A piece of the JSON of each row, by codes; none of them is NULL."""

    words: pa.StringArray
    codes: Places

    def between(self, before: str, behind: str) -> _Pieces:
        """The same with a text before and one behind each."""
        if not before and not behind:
            return self
        return _Pieces(pc.binary_join_element_wise(before, self.words, behind, ""), self.codes)

    def with_next(self, other: _Pieces) -> _Pieces | None:
        """The pieces of both, one behind the other, by one code; None when that takes too many words."""
        if len(self.words) * len(other.words) > _FEW:
            return None
        others = other.words.to_pylist()
        words = [first + second for first in self.words.to_pylist() for second in others]
        return _Pieces(pa.array(words, TEXT), self.codes * np.int32(len(others)) + other.codes)


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
    """The canonical JSON of each row: columns by name, those that are NULL left out.

    One of the columns is never NULL, and one has more words than one for all rows.
    """
    names = sorted(name for name, column in columns.items() if column.words is not NOT_WRITTEN)
    certain = next(name for name in names if name in required)
    pieces: list[_Pieces] = []
    constant_text = "{"
    for name in names:
        column, before, behind = columns[name], "," if name > certain else "", "," if name < certain else ""
        if isinstance(column.words, pa.StringScalar):
            constant_text += f'{before}"{name}":{column.words.as_py()}{behind}'
            continue
        own = column.members(name, before, behind).between(constant_text, "")
        constant_text = ""
        both = pieces[-1].with_next(own) if pieces else None
        pieces = [*pieces, own] if both is None else [*pieces[:-1], both]
    return _one_behind_the_other([*pieces[:-1], pieces[-1].between("", constant_text + "}")])


def _one_behind_the_other(pieces: Sequence[_Pieces]) -> pa.BinaryArray:
    """The pieces of each row in one text: all of them are taken at once, so that those of one row lie together."""
    places = np.empty((len(pieces[0].codes), len(pieces)), np.int32)
    first = 0
    for at, one in enumerate(pieces):
        np.add(one.codes, np.int32(first), out=places[:, at])
        first += len(one.words)
    taken = pc.take(pa.concat_arrays([one.words for one in pieces]), pa.array(places.reshape(-1)), boundscheck=False)
    _, offsets, texts = taken.buffers()
    edges = np.frombuffer(offsets, np.int32)[: places.size + 1 : len(pieces)].copy()
    return pa.Array.from_buffers(pa.binary(), len(places), [None, pa.py_buffer(edges), texts])
