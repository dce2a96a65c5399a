"""The files of one snapshot: the build's marts, controls and reports as a DuckDB file and as Parquet.

Here belongs reading a build file and writing a folder that nobody reads yet. When the folder gets its name, and which
one readers are led to, is the business of `publish.snapshot` and `publish.as_known`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb

from assettrail.errors import ContractBroken
from publish.content import SCHEMAS, published_tables, quoted, table_columns
from publish.coverage import SEED, stream_coverages
from publish.exceptions_seen import COLUMNS, DESCRIPTION, TABLE, Publication, write_exceptions_seen
from publish.reading import DATABASE
from publish.serving import SORTED_BY, write_serving

STORAGE_VERSION = "v1.4.0"
"""So that analysts' tools on DuckDB 1.4 and 1.5 open the file, too."""

EXCEPTIONS = "marts.fct_exceptions"


def build_file(home: Path) -> Path:
    """Return the path of the file that dbt builds; nobody reads it but the pipeline."""
    return home / "warehouse" / "build.duckdb"


class build_connection:  # noqa: N801 - reads as the context manager that it is
    """An in-memory connection with the build attached read-only as `build`, session zone UTC."""

    def __init__(self, home: Path) -> None:
        self._path = build_file(home)
        self._connection: duckdb.DuckDBPyConnection | None = None

    def __enter__(self) -> duckdb.DuckDBPyConnection:
        if not self._path.exists():
            raise ContractBroken(
                tried=f"to open the warehouse build {self._path}",
                found="no such file",
                expected="the file that dbt builds",
                remedy="run `assettrail build`",
            )
        self._connection = duckdb.connect(":memory:")
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute(f"ATTACH '{literal(self._path)}' AS build (READ_ONLY)")
        return self._connection

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()


def built_tables(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Return the tables of the attached build that readers see; raises ContractBroken where a needed one is missing."""
    tables = published_tables(connection, "build")
    missing = [EXCEPTIONS] * (EXCEPTIONS not in tables) + [SEED] * (not table_columns(connection, "build", SEED))
    if missing:
        raise ContractBroken(
            tried="to publish the warehouse build",
            found=f"{len(tables)} table(s) in the schemas {', '.join(SCHEMAS)}, but no {' and no '.join(missing)}",
            expected="a completed dbt build",
            remedy="run `assettrail build`; the last snapshot stays up until then",
        )
    return tables


def literal(path: Path) -> str:
    """Return a path for use between single quotes in SQL."""
    return str(path).replace("'", "''")


@dataclass(frozen=True)
class TableWords:
    """What a table and its columns mean, as the models' documentation says it."""

    description: str
    columns: Mapping[str, str]


SEEN_WORDS = TableWords(DESCRIPTION, {name: meaning for name, (_, meaning) in COLUMNS.items()})


def write_tables(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    tables: Sequence[str],
    words: Mapping[str, TableWords] = MappingProxyType({}),
    published: Sequence[Publication] = (),
) -> dict[str, dict[str, int]]:
    """Copy every table into the snapshot's DuckDB file and its Parquet twin, in the order pages look up by.

    The DuckDB file tells what tables and columns mean, as comments, and holds what `publish.serving` adds. Beside the
    tables stands what `published` says of exceptions; what stands beside them is returned with its rows.
    """
    (folder / "parquet").mkdir()
    target = literal(folder / DATABASE)
    connection.execute(f"ATTACH '{target}' AS snapshot (STORAGE_VERSION '{STORAGE_VERSION}')")
    for schema in SCHEMAS:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS snapshot.{quoted(schema)}")
    comments: list[str] = []
    for table in tables:
        schema, name = table.split(".", 1)
        columns = table_columns(connection, "build", table)
        order = SORTED_BY.get(table) or quoted(columns[0])
        connection.execute(
            f"CREATE TABLE {quoted('snapshot', schema, name)} AS "  # noqa: S608
            f"SELECT * FROM {quoted('build', schema, name)} ORDER BY {order}"
        )
        if table in words:
            comments += _comments(quoted("snapshot", schema, name), columns, words[table])
        parquet = literal(folder / "parquet" / f"{table}.parquet")
        connection.execute(f"COPY {quoted('snapshot', schema, name)} TO '{parquet}' (FORMAT parquet)")
    rows = write_exceptions_seen(connection, "snapshot", published, folder / "parquet" / f"{TABLE}.parquet")
    comments += _comments(quoted("snapshot", *TABLE.split(".")), tuple(COLUMNS), SEEN_WORDS)
    _execute_as_one(connection, comments)
    write_serving(connection, "snapshot")
    connection.execute("USE memory")
    connection.execute("DETACH snapshot")
    return {TABLE: {"rows": rows}}


def _comments(table: str, columns: Sequence[str], words: TableWords) -> list[str]:
    """Return the statements that tell in the file what a table and its columns mean; COMMENT takes no bound value."""
    told = [column for column in columns if words.columns.get(column)]
    return [
        f"COMMENT ON TABLE {table} IS {_text(words.description)}",
        *(f"COMMENT ON COLUMN {table}.{quoted(column)} IS {_text(words.columns[column])}" for column in told),
    ]


def _execute_as_one(connection: duckdb.DuckDBPyConnection, statements: Sequence[str]) -> None:
    """Execute statements in one transaction: DuckDB waits for the disk at the end of each, and these are thousands."""
    connection.execute("BEGIN TRANSACTION")
    for statement in statements:
        connection.execute(statement)
    connection.execute("COMMIT")


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def file_facts(folder: Path) -> dict[str, dict[str, Any]]:
    """Return size in bytes and SHA-256 of every file under a snapshot's folder, for whoever has a copy of one."""
    facts = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            facts[path.relative_to(folder).as_posix()] = {"bytes": path.stat().st_size, "sha256": digest}
    return facts


def data_until(connection: duckdb.DuckDBPyConnection, not_in_use: Sequence[str]) -> datetime | None:
    """Return the instant that the claims of all streams reach: the least of the ends of their last complete ones.

    None when a stream that a control in use needs has no complete claim at all: nothing is known until any instant.
    """
    if any(each.claimed_until is None for each in stream_coverages(connection, "build", not_in_use)):
        return None
    row = connection.execute(
        "SELECT min(reached) FROM (SELECT max(window_to) AS reached FROM build.marts.fct_claims "
        "WHERE is_complete AND outcome = 'accepted' GROUP BY system_code, stream_name)"
    ).fetchone()
    return row[0] if row else None


def fsync_tree(folder: Path) -> None:
    """Make every file of a snapshot's folder durable, then its folders."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as handle:
                os.fsync(handle.fileno())
    for path in (folder / "parquet", folder):
        fsync_folder(path)


def fsync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
