"""What a snapshot of an earlier version has not: whether a table, or a column of it, is there to be asked for.

Here belongs only that question. What a page says without the column is the page's.
"""

from __future__ import annotations

import duckdb

from reports.remembered import once


def has(cursor: duckdb.DuckDBPyConnection, table: str, column: str = "1") -> bool:
    """Tell whether a table of ours, and a column of ours in it, is in the snapshot; asked once of each."""
    return once(cursor, ("has", table, column), lambda: _answers(cursor, table, column))


def _answers(cursor: duckdb.DuckDBPyConnection, table: str, column: str) -> bool:
    try:
        cursor.execute(f"select {column} from {table} limit 0")  # noqa: S608 - names of ours
    except (duckdb.CatalogException, duckdb.BinderException):
        return False
    return True
