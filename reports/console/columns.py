"""What can be asked: the tables and columns of a snapshot with their explanations, and the worked queries.

Here belongs reading them. Explanations are those of the models' documentation, as publishing wrote them into the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import duckdb

from reports.remembered import read_once
from reports.rows import read

QUERIES = Path(__file__).parent / "queries.md"
"""Where a wheel has the worked queries; in a checkout they are the page of docs/."""


@dataclass(frozen=True)
class Column:
    """One row per column of a published table."""

    table_name: str
    table_comment: str | None
    column_name: str
    data_type: str
    comment: str | None


@dataclass(frozen=True)
class TableWords:
    """A table with its grain and its columns."""

    name: str
    comment: str | None
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Starter:
    """A worked query: its question, its statement, and how its answer is read."""

    title: str
    sql: str


@read_once
def read_tables(cursor: duckdb.DuckDBPyConnection) -> tuple[TableWords, ...]:
    """Return the tables of the snapshot by name, columns in their order."""
    rows = read(
        cursor,
        Column,
        """
        select
            columns.schema_name || '.' || columns.table_name as table_name,
            tables.comment as table_comment,
            columns.column_name,
            columns.data_type,
            columns.comment
        from duckdb_columns() as columns
        inner join duckdb_tables() as tables using (database_name, schema_name, table_name)
        where columns.database_name = current_database() and not columns.internal
        order by 1, columns.column_index
        """,
    )
    return tuple(
        TableWords(name, mine[0].table_comment, tuple(mine))
        for name, group in groupby(rows, key=lambda row: row.table_name)
        for mine in [list(group)]
    )


def read_starters() -> tuple[Starter, ...]:
    """Return the worked queries in their order; none where the page is not installed."""
    path = QUERIES if QUERIES.exists() else Path(__file__).parents[2] / "docs" / "queries.md"
    if not path.exists():
        return ()
    return starters_of(path.read_text(encoding="utf-8"))


def starters_of(page: str) -> tuple[Starter, ...]:
    """Return the worked queries of a page: each a heading with the statement that follows it."""
    parts = re.split(r"^## (?=\d)", page, flags=re.MULTILINE)[1:]
    found = [
        (part.partition("\n")[0], re.search(r"^```sql\n(.*?)^```", part, re.MULTILINE | re.DOTALL)) for part in parts
    ]
    return tuple(Starter(title.strip(), sql[1].strip()) for title, sql in found if sql)
