"""Bound queries in, typed rows out.

Here belongs the one way a page asks the snapshot. Questions (the SQL) belong to the page that asks them; values are
always bound, never written into the text. Instants come out aware, in UTC, and the warehouse's sentinels of an open
start (1970-01-01) and an open end (9999-12-31) come out as None, so that no page shows them as if they were dates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import duckdb

Shape = TypeVar("Shape")
Parameters = Sequence[object] | Mapping[str, object]

OPEN_START = datetime(1970, 1, 1, tzinfo=UTC)
OPEN_END = datetime(9999, 12, 31, tzinfo=UTC)


MANY = 1_000
"""Texts that are kept as parsed; those of pages are some hundred, others have numbers or ever more marks in them."""
_parsed: dict[str, duckdb.Statement] = {}


def ask(cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters = ()) -> duckdb.DuckDBPyConnection:
    """Ask one question, parsed the first time only: that takes DuckDB as long as a quarter of what a page asks.

    What is kept is the tree of the text. It knows no table and no value, and so holds for every snapshot and person.
    """
    statement = _parsed.get(sql)
    if statement is None:
        (statement,) = cursor.extract_statements(sql)
        if len(_parsed) >= MANY:
            _parsed.clear()
        _parsed[sql] = statement
    return cursor.execute(statement, parameters)


def read(cursor: duckdb.DuckDBPyConnection, shape: type[Shape], sql: str, parameters: Parameters = ()) -> list[Shape]:
    """Return one `shape` per row of the query, in its order; the columns are named like the fields of `shape`."""
    return [shape(**entry) for entry in read_entries(cursor, sql, parameters)]


def read_entries(cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters = ()) -> list[dict[str, object]]:
    """Return each row of the query by the names of its columns, for a page that joins them itself."""
    answer = ask(cursor, sql, parameters)
    names = [column[0] for column in answer.description or ()]
    return [_entry(names, row) for row in answer.fetchall()]


def read_one(
    cursor: duckdb.DuckDBPyConnection, shape: type[Shape], sql: str, parameters: Parameters = ()
) -> Shape | None:
    """Return the first row of the query as `shape`, or None where there is none."""
    answer = ask(cursor, sql, parameters)
    names = [column[0] for column in answer.description or ()]
    row = answer.fetchone()
    return shape(**_entry(names, row)) if row is not None else None


def read_number(cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters = ()) -> int:
    """Return the single whole number that the query gives (a count, or a sum; an absent sum is 0)."""
    row = ask(cursor, sql, parameters).fetchone()
    return int(row[0] or 0) if row else 0


def from_structs(shape: type[Shape], found: Sequence[Mapping[str, object]] | None) -> tuple[Shape, ...]:
    """Return one `shape` per entry of a list in a row, its values as `read` gives them; none for an absent list."""
    return tuple(shape(**{name: _value(value) for name, value in entry.items()}) for entry in found or ())


def _entry(names: Sequence[str], row: Sequence[object]) -> dict[str, Any]:
    return {name: value if type(value) in _PLAIN else _value(value) for name, value in zip(names, row, strict=True)}


_PLAIN = frozenset({str, int, bool, float, type(None)})
"""Nearly all values: what comes out of DuckDB as it is."""


def _value(value: object) -> object:
    """Return an aware UTC instant for an instant, None for an open start or end, a tuple for a list."""
    if isinstance(value, datetime):
        moment = _in_utc(value)
        return None if moment in (OPEN_START, OPEN_END) else moment
    if isinstance(value, list):
        return tuple(value)
    return value


def _in_utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
