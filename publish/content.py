"""Content hashes of tables: equal content, equal hash, whatever the order of rows or of arrival.

Here belongs the hashing of a table's rows. Log indexes say when we knew, not what is so: columns that end in
`_log_index` stay out, so that the same records in another order of arrival give the same hash.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

SCHEMAS = ("marts", "controls", "reports", "rules")
NOT_CONTENT = "_log_index"
CLAIM_TABLES = frozenset({"marts.fct_claims", "marts.fct_claim_stretches"})
"""Tables that tell of the pipeline's own runs: they grow with every run, also where nothing new arrived."""


@dataclass(frozen=True)
class TableContent:
    """What a table holds: its number of rows and the hash of its content."""

    rows: int
    content_hash: str


def published_tables(connection: duckdb.DuckDBPyConnection, catalog: str) -> tuple[str, ...]:
    """Return `schema.table` of every table that readers may see in the attached catalog, sorted.

    Tables under the names by which dbt works beside the real one are what a killed dbt left, and nobody's to see.
    """
    rows = connection.execute(
        "SELECT table_schema || '.' || table_name FROM information_schema.tables "
        "WHERE table_catalog = ? AND list_contains(?, table_schema) "
        "AND NOT regexp_matches(table_name, '__dbt_(tmp|backup)$') ORDER BY 1",
        [catalog, list(SCHEMAS)],
    ).fetchall()
    return tuple(str(row[0]) for row in rows)


def quoted(*parts: str) -> str:
    """Return the identifier parts quoted for SQL and joined with dots."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def table_columns(connection: duckdb.DuckDBPyConnection, catalog: str, table: str) -> tuple[str, ...]:
    """Return the column names of `schema.table` in their order; none where there is no such table.

    The table is asked, not the information schema, which looks through all columns of all files for each question.
    """
    try:
        connection.execute(f"SELECT * FROM {quoted(catalog, *table.split('.', 1))} LIMIT 0")  # noqa: S608
    except duckdb.CatalogException:
        return ()
    return tuple(str(column[0]) for column in connection.description or ())


def table_content(connection: duckdb.DuckDBPyConnection, catalog: str, table: str) -> TableContent:
    """Return rows and content hash of `schema.table`: SHA-256 over the sorted SHA-256 of each row as JSON.

    The connection's session zone must be UTC, since instants are written as text.
    """
    schema, name = table.split(".", 1)
    columns = [column for column in table_columns(connection, catalog, table) if not column.endswith(NOT_CONTENT)]
    packed = ", ".join(f"{quoted(column)} := {quoted(column)}" for column in sorted(columns))
    row = connection.execute(
        "SELECT count(*), sha256(coalesce(string_agg(row_hash, '' ORDER BY row_hash), '')) "  # noqa: S608
        f"FROM (SELECT sha256(CAST(to_json(struct_pack({packed})) AS VARCHAR)) AS row_hash "
        f"FROM {quoted(catalog, schema, name)})"
    ).fetchone()
    if row is None:
        raise AssertionError("an aggregate without GROUP BY always gives one row")
    return TableContent(rows=int(row[0]), content_hash=str(row[1]))
