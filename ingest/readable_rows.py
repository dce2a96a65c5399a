"""Rows of one stream that can land: tables, in memory or laid aside, and which of their rows are taken.

Here belong going through such rows table by table, so that no more of them is held than one part, and what is asked of
all of them: their hashes, their root, their number. What makes a row readable, and which ones are new, is
`ingest.rows`.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from assettrail.errors import EvidenceBroken
from evidence.merkle import HASH_SIZE, root_of_hashes
from ingest.extract import Quarantined
from ingest.laid_aside import LandableTable, opened
from ingest.schema import ROW_HASH

Positions = NDArray[np.int64]


class ReadableRows:
    """Rows that keep the stream's types, in Arrow tables, and those that do not, refused.

    Each table has the shape of `StreamSchema.hashed_schema`: data columns, then `_source_uri`, `_raw_hash` and
    `_row_hash`. A text column may have a dictionary in some of them.
    """

    def __init__(
        self, parts: Sequence[LandableTable], refused: Sequence[Quarantined] = (), taken: Positions | None = None
    ) -> None:
        self._parts = parts
        self._taken = taken
        self.refused = refused

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(int(part.num_rows) for part in self._parts) if self._taken is None else len(self._taken)

    @cached_property
    def hashes(self) -> bytes:
        """The row hashes, 32 bytes each, one behind the other in the order of the rows."""
        return b"".join(_hash_bytes(chunk) for table in self.tables() for chunk in table.column(ROW_HASH).chunks)

    @property
    def root(self) -> str:
        """The root (lower-case hex) of RFC 6962 over the row hashes."""
        return root_of_hashes(self.hashes).hex()

    @property
    def table(self) -> pa.Table:
        """All rows as one table: for few of them, as it is held in memory."""
        return joined(list(self.tables()), self.coded)

    @cached_property
    def coded(self) -> frozenset[str]:
        """The columns that have a dictionary in one of the tables."""
        return frozenset(
            field.name for part in self._parts for field in opened(part).schema if pa.types.is_dictionary(field.type)
        )

    @cached_property
    def shape(self) -> pa.Schema:
        """The columns of all rows, with a dictionary where one of the tables has one."""
        return joined([opened(self._parts[0]).schema.empty_table()], self.coded).schema

    def tables(self) -> Iterator[pa.Table]:
        """The rows, table by table; none of them is held on to."""
        first = 0
        for part in self._parts:
            behind = first + part.num_rows
            table = opened(part)
            if self._taken is not None:
                start, end = np.searchsorted(self._taken, (first, behind))
                if end - start < part.num_rows:
                    table = table.take(pa.array(self._taken[start:end] - first, pa.int64()))
            yield table
            first = behind

    def row(self, at: int, names: Sequence[str]) -> list[object]:
        """The values of the row at a position in some columns."""
        for table in self.tables():
            if at < table.num_rows:
                return [table.column(name)[at].as_py() for name in names]
            at -= table.num_rows
        raise IndexError(at)

    def take(self, positions: Positions) -> ReadableRows:
        """The rows at these positions, ascending and each once, with nothing refused."""
        if len(positions) == self.count:
            own = ReadableRows(self._parts, taken=self._taken)
            own.hashes = self.hashes
            return own
        own = ReadableRows(self._parts, taken=positions if self._taken is None else self._taken[positions])
        own.hashes = np.frombuffer(self.hashes, dtype=np.uint8).reshape(-1, HASH_SIZE)[positions].tobytes()
        return own


def joined(tables: Sequence[pa.Table], coded: frozenset[str]) -> pa.Table:
    """Tables of one stream behind one another; text columns of these names get a dictionary where they have none."""
    return pa.concat_tables([_coded(table, coded) for table in tables])


def _coded(table: pa.Table, names: frozenset[str]) -> pa.Table:
    for at, field in enumerate(table.schema):
        if field.name in names and not pa.types.is_dictionary(field.type):
            column = pc.dictionary_encode(table.column(at))
            table = table.set_column(at, field.with_type(column.type), column)
    return table


def plain(table: pa.Table) -> pa.Table:
    """The table without dictionaries."""
    fields = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in table.schema]
    return table.cast(pa.schema(fields))


def _hash_bytes(column: pa.StringArray) -> bytes:
    """The bytes of hashes that stand as 64 hex digits each, straight from the column's own memory."""
    if not len(column):
        return b""
    lengths = pc.min_max(pc.binary_length(column)).as_py()
    if (lengths["min"], lengths["max"]) != (2 * HASH_SIZE, 2 * HASH_SIZE) or column.null_count:
        raise EvidenceBroken(
            tried="to read the row hashes of landed rows",
            found=f"texts of {lengths['min']} to {lengths['max']} characters, {column.null_count} of them NULL",
            expected="64 hex digits each",
            remedy="run `assettrail log verify --all`, which names the changed file, and restore it from a copy",
        )
    _, offsets, data = column.buffers()
    start = int(np.frombuffer(offsets, dtype=np.int32)[column.offset])
    return unhexlify(memoryview(data)[start : start + 2 * HASH_SIZE * len(column)])
