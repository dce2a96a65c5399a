"""What changed between two snapshots: rows by their key, table by table.

Here belongs the comparison of content. Columns that end in `_log_index` say when we knew, not what is so, and are left
out as they are of content hashes. Which record changed it is `publish.late_records`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import duckdb

from assettrail.errors import ContractBroken
from publish.content import CLAIM_TABLES, NOT_CONTENT, published_tables, quoted, table_columns
from publish.files import literal
from publish.reading import Snapshot, unopened

What = Literal["added", "removed", "changed"]
WHATS: tuple[What, ...] = ("added", "removed", "changed")
FIRST_TOLD = ("marts.fct_asset_uses", "marts.fct_publications", "marts.fct_exceptions")
"""Verdicts and exceptions come before everything else that follows from them, and behind the rules that they follow."""
RULES = "rules."

Row = Mapping[str, Any]


@dataclass(frozen=True)
class RowDifference:
    """One row that is not the same: its key, and itself before and after (None where it was not, or is no more).

    A key of several columns stands as their values with ` / ` between them. `columns` names what changed of a row that
    is in both.
    """

    what: What
    key: str
    columns: tuple[str, ...]
    before: Row | None
    after: Row | None

    def values(self, column: str) -> tuple[Any, Any]:
        """Return a column's value before and after; None where the row, or the column, was not there."""
        return (self.before or {}).get(column), (self.after or {}).get(column)


@dataclass(frozen=True)
class TableDifference:
    """One table: its key, the rows that are not the same in order of the key, and columns only one side has.

    `key` is a column, or several with `, ` between them; None where neither manifest names one, or the table is in one
    snapshot only: then no row is compared.
    """

    table: str
    key: str | None
    rows: tuple[RowDifference, ...]
    columns_before: tuple[str, ...] = ()
    columns_after: tuple[str, ...] = ()
    note: str | None = field(default=None)

    def of(self, what: What) -> list[RowDifference]:
        """Return the rows that were added, removed or changed."""
        return [row for row in self.rows if row.what == what]

    def counts(self) -> dict[str, int]:
        """Return how many rows were added, removed and changed."""
        return {what: len(self.of(what)) for what in WHATS}


@contextmanager
def both_open(before: Snapshot, after: Snapshot) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection with the two snapshots attached read-only as `before` and `after`; session zone UTC.

    Raises the error of the house when one does not open.
    """
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, snapshot in (("before", before), ("after", after)):
            try:
                connection.execute(f"ATTACH '{literal(snapshot.database)}' AS {name} (READ_ONLY)")
            except duckdb.Error as error:
                raise unopened(snapshot, error) from error
        yield connection


def compare(connection: duckdb.DuckDBPyConnection, before: Snapshot, after: Snapshot) -> list[TableDifference]:
    """Return every table that is not the same in two snapshots that `both_open` opened, verdicts first.

    Tables that tell of the pipeline's own runs are left out: each run adds to them. Raises ContractBroken when a
    table's key does not name its rows.
    """
    keys = {**(before.manifest.get("keys") or {}), **(after.manifest.get("keys") or {})}
    here, there = (set(published_tables(connection, name)) for name in ("before", "after"))
    found = []
    for table in sorted((here | there) - CLAIM_TABLES, key=_order):
        if table not in here or table not in there:
            side = "second" if table in there else "first"
            found.append(TableDifference(table, None, (), note=f"only the {side} snapshot has this table"))
        elif table not in keys:
            found.append(TableDifference(table, None, (), note="no manifest names its key: not compared"))
        else:
            found.append(compare_table(connection, table, str(keys[table])))
    return [each for each in found if each.rows or each.note or each.columns_before or each.columns_after]


def compare_table(connection: duckdb.DuckDBPyConnection, table: str, key: str) -> TableDifference:
    """Compare one table that is attached as `before` and as `after`; ContractBroken when the key names no rows."""
    schema, name = table.split(".", 1)
    names = key.split(", ")
    mine, theirs = (table_columns(connection, side, table) for side in ("before", "after"))
    for side, columns in (("before", mine), ("after", theirs)):
        _refuse_other_key(connection, quoted(side, schema, name), table, names, columns)
    shared = [each for each in mine if each in theirs and not each.endswith(NOT_CONTENT) and each not in names]
    tests = [f"b.{quoted(column)} IS DISTINCT FROM a.{quoted(column)}" for column in shared] or ["false"]
    first, same = quoted(names[0]), " AND ".join(f"b.{quoted(each)} = a.{quoted(each)}" for each in names)
    cursor = connection.execute(
        f"SELECT b.*, a.*, [{', '.join(tests)}] FROM {quoted('before', schema, name)} AS b "  # noqa: S608 - quoted
        f"FULL JOIN {quoted('after', schema, name)} AS a ON {same} "
        f"WHERE b.{first} IS NULL OR a.{first} IS NULL OR {' OR '.join(tests)} "
        f"ORDER BY {', '.join(f'coalesce(b.{quoted(each)}, a.{quoted(each)})' for each in names)}"
    )
    rows = tuple(_row(values, names, mine, theirs, shared) for values in cursor.fetchall())
    return TableDifference(
        table,
        key,
        rows,
        tuple(column for column in mine if column not in theirs),
        tuple(column for column in theirs if column not in mine),
    )


def _row(
    values: tuple[Any, ...], names: Sequence[str], mine: Sequence[str], theirs: Sequence[str], shared: Sequence[str]
) -> RowDifference:
    before: Row | None = dict(zip(mine, values[: len(mine)], strict=True))
    after: Row | None = dict(zip(theirs, values[len(mine) : -1], strict=True))
    before = before if before and before[names[0]] is not None else None
    after = after if after and after[names[0]] is not None else None
    told = after or before or {}
    named = " / ".join(str(told[each]) for each in names)
    if before is None or after is None:
        return RowDifference("added" if before is None else "removed", named, (), before, after)
    changed = tuple(column for column, differs in zip(shared, values[-1], strict=False) if differs)
    return RowDifference("changed", named, changed, before, after)


def _refuse_other_key(
    connection: duckdb.DuckDBPyConnection, relation: str, table: str, names: Sequence[str], columns: Sequence[str]
) -> None:
    doubled = None
    if set(names) <= set(columns):
        named = ", ".join(quoted(each) for each in names)
        is_named = " AND ".join(f"{quoted(each)} IS NOT NULL" for each in names)
        doubled = connection.execute(
            f"SELECT count(*) - count(DISTINCT {named if len(names) == 1 else f'({named})'}) "  # noqa: S608 - quoted
            f"FILTER (WHERE {is_named}) FROM {relation}"
        ).fetchone()
    if doubled is None or doubled[0]:
        raise ContractBroken(
            tried=f"to compare the table {table} by its key {', '.join(names)}",
            found=f"{doubled[0]} rows that it does not name" if doubled else f"no such column in {relation}",
            expected="a key that names every row",
            remedy="run `assettrail log verify --all`: the snapshot was changed, or its manifest was",
        )


def _order(table: str) -> tuple[int, str]:
    if table.startswith(RULES):
        return -1, table
    return FIRST_TOLD.index(table) if table in FIRST_TOLD else len(FIRST_TOLD), table
