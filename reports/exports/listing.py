"""What a page hands over to be exported, and what every export says of itself.

Here belong the typed question, the rows of our own store, and the statement of origin. Writing the forms is
`reports.exports.written`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from itertools import islice
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Final, Literal, Protocol, get_args, get_origin, get_type_hints

import duckdb
import pyarrow as pa

from reports.rows import read_number

BATCH_ROWS: Final = 4096
"""Rows that are held in memory at once."""

_ARROW_TYPES: Final[Mapping[object, pa.DataType]] = MappingProxyType(
    {
        str: pa.string(),
        int: pa.int64(),
        float: pa.float64(),
        bool: pa.bool_(),
        datetime: pa.timestamp("us", tz="UTC"),
        date: pa.date32(),
    }
)


class Rows(Protocol):
    """All rows of a page, in an order that is always the same, whatever they are gathered from."""

    @property
    def name(self) -> str:
        """What begins the file's name; it is ours."""

    @property
    def grain(self) -> str:
        """What one row is."""

    @property
    def filters(self) -> Mapping[str, str]:
        """What the address asked for."""

    def reader(self, cursor: duckdb.DuckDBPyConnection) -> pa.RecordBatchReader:
        """Return the rows as a stream; `cursor` sees what the person may see."""

    def count(self, cursor: duckdb.DuckDBPyConnection) -> int:
        """Return how many there are."""


@dataclass(frozen=True)
class Listing:
    """All rows of a page as one bound question over the snapshot, in an order that is always the same.

    `name` begins the file's name and is ours; `grain` says what one row is; `filters` are what the address asked for.
    """

    name: str
    grain: str
    sql: str
    parameters: Mapping[str, object]
    filters: Mapping[str, str] = field(default_factory=dict)

    def reader(self, cursor: duckdb.DuckDBPyConnection) -> pa.RecordBatchReader:
        """Return the rows as a stream; a relation is not gathered before it is read, as an executed question is."""
        return cursor.sql(self.sql, params=dict(self.parameters)).to_arrow_reader(BATCH_ROWS)

    def count(self, cursor: duckdb.DuckDBPyConnection) -> int:
        """Return how many rows the question has."""
        return read_number(cursor, f"select count(*) from ({self.sql})", dict(self.parameters))  # noqa: S608 - ours


@dataclass(frozen=True)
class Deferred:
    """A question whose values are gathered when it is asked, as a page that is only looked at does not need them."""

    name: str
    grain: str
    make: Callable[[], Listing]
    filters: Mapping[str, str] = field(default_factory=dict)

    def reader(self, cursor: duckdb.DuckDBPyConnection) -> pa.RecordBatchReader:
        """Return the rows as a stream."""
        return self.make().reader(cursor)

    def count(self, cursor: duckdb.DuckDBPyConnection) -> int:
        """Return how many rows the question has."""
        return self.make().count(cursor)


@dataclass(frozen=True)
class Gathered:
    """Rows of our own store, each a dataclass of one `shape`, gathered when they are asked for.

    The columns are the shape's fields, of types that a column can have: texts, numbers, instants, days, lists of texts.
    """

    name: str
    grain: str
    shape: type[Any]
    rows: Callable[[], Iterator[Any]]
    filters: Mapping[str, str] = field(default_factory=dict)

    def reader(self, _cursor: duckdb.DuckDBPyConnection) -> pa.RecordBatchReader:
        """Return the rows as a stream."""
        schema = schema_of(self.shape)
        return pa.RecordBatchReader.from_batches(schema, self._batches(schema))

    def count(self, _cursor: duckdb.DuckDBPyConnection) -> int:
        """Return how many rows there are."""
        return sum(1 for _ in self.rows())

    def _batches(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        rows = iter(self.rows())
        while batch := list(islice(rows, BATCH_ROWS)):
            yield pa.RecordBatch.from_pylist(
                [{name: getattr(row, name) for name in schema.names} for row in batch], schema=schema
            )


def asked(bound: Mapping[str, object], *without: str) -> dict[str, str]:
    """Return what an address asked for of the values that a question is bound to, those `without` meaning left out."""
    return {name: str(value) for name, value in bound.items() if value not in ("", None) and name not in without}


def schema_of(shape: type[Any]) -> pa.Schema:
    """Return the columns of a dataclass. Raises KeyError for a field of a type that no column can have."""
    hints = get_type_hints(shape)
    return pa.schema([(each.name, _arrow_type(hints[each.name])) for each in fields(shape)])


def _arrow_type(hint: object) -> pa.DataType:
    parts: Sequence[object] = get_args(hint)
    if get_origin(hint) is UnionType:
        (hint,) = (part for part in parts if part is not NoneType)
    if get_origin(hint) is Literal:
        return _arrow_type(type(get_args(hint)[0]))
    if get_origin(hint) is tuple:
        return pa.list_(_arrow_type(parts[0]))
    return _ARROW_TYPES[hint]


@dataclass(frozen=True)
class Origin:
    """What stands with every export: the snapshot, how far its data reaches, what the claims cover, the address.

    `snapshot` is None for rows of our own store alone. `data_until` is ISO 8601 in UTC or None where the manifest does
    not tell it; `is_complete` says that every stream that the page rests on has one unbroken period and nothing
    incomplete, held or quarantined. `read_at` is when our own store was read, None where it was not.
    """

    snapshot: str | None
    data_until: str | None
    is_complete: bool
    completeness: Mapping[str, Any]
    address: str
    read_at: datetime | None = None

    @property
    def mark(self) -> str:
        """What tells files of the same rows apart: the snapshot, or when our store was read."""
        if self.snapshot is None and self.read_at is not None:
            return f"read-{self.read_at:%Y%m%dT%H%M%SZ}"
        return self.snapshot or "undated"

    def to_plain(self, listing: Rows) -> dict[str, Any]:
        """Return the statement as JSON can hold it."""
        return {
            "name": listing.name,
            "grain": listing.grain,
            "filters": dict(listing.filters),
            "address": self.address,
            "snapshot": self.snapshot,
            "data_until": self.data_until,
            "is_complete": self.is_complete,
            "completeness": dict(self.completeness),
        }
