"""Content hashes: they must not depend on order or on when we knew, and must depend on everything else."""

from collections.abc import Iterator

import duckdb
import pytest

from publish.content import published_tables, table_content


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as opened:
        opened.execute("SET TimeZone = 'UTC'; ATTACH ':memory:' AS build; CREATE SCHEMA build.marts")
        yield opened


def _hash(connection: duckdb.DuckDBPyConnection, rows: str) -> str:
    connection.execute(
        f"CREATE OR REPLACE TABLE build.marts.t AS SELECT * FROM (VALUES {rows}) v(a, seen_at, _log_index)"
    )
    return table_content(connection, "build", "marts.t").content_hash


def test_order_and_log_index_do_not_matter(connection: duckdb.DuckDBPyConnection) -> None:
    """Harm prevented: the same records in another order of arrival look like other content."""
    one = _hash(connection, "('x', TIMESTAMPTZ '2026-01-01 00:00:00Z', 1), ('y', NULL, 2)")
    two = _hash(connection, "('y', NULL, 7), ('x', TIMESTAMPTZ '2026-01-01 01:00:00+01', 9)")
    assert one == two


def test_log_indexes_of_other_rows_do_not_matter(connection: duckdb.DuckDBPyConnection) -> None:
    """Harm prevented: a wide report that shows the log entry of a version looks changed by the order of arrival."""
    connection.execute("CREATE TABLE build.marts.w AS SELECT 'x' AS a, 1 AS _log_index, 2 AS _version_log_index")
    one = table_content(connection, "build", "marts.w")
    connection.execute(
        "CREATE OR REPLACE TABLE build.marts.w AS SELECT 'x' AS a, 3 AS _log_index, 4 AS _version_log_index"
    )
    assert table_content(connection, "build", "marts.w") == one


@pytest.mark.parametrize(
    "rows",
    [
        "('x', TIMESTAMPTZ '2026-01-01 00:00:00Z', 1)",
        "('x', TIMESTAMPTZ '2026-01-01 00:00:00.000001Z', 1), ('y', NULL, 2)",
        "('x', TIMESTAMPTZ '2026-01-01 00:00:00Z', 1), ('y', NULL, 2), ('y', NULL, 2)",
        "('x', NULL, 1), ('y', TIMESTAMPTZ '2026-01-01 00:00:00Z', 2)",
    ],
)
def test_every_change_of_content_changes_the_hash(connection: duckdb.DuckDBPyConnection, rows: str) -> None:
    """Harm prevented: a lost, doubled or changed row goes unseen."""
    base = _hash(connection, "('x', TIMESTAMPTZ '2026-01-01 00:00:00Z', 1), ('y', NULL, 2)")
    assert _hash(connection, rows) != base


def test_an_empty_table_has_a_hash_of_its_own(connection: duckdb.DuckDBPyConnection) -> None:
    """Harm prevented: a control without rows has no line in the manifest."""
    connection.execute("CREATE TABLE build.marts.t AS SELECT 1 AS a WHERE false")
    content = table_content(connection, "build", "marts.t")
    assert (content.rows, len(content.content_hash)) == (0, 64)
    assert published_tables(connection, "build") == ("marts.t",)


def test_what_a_killed_dbt_left_is_not_published(connection: duckdb.DuckDBPyConnection) -> None:
    """Harm prevented: a half-made or an old table of a model is shown beside the real one, under dbt's working name."""
    for name in ("fct_uses", "fct_uses__dbt_tmp", "fct_uses__dbt_backup"):
        connection.execute(f"CREATE TABLE build.marts.{name} AS SELECT 1 AS a")
    assert published_tables(connection, "build") == ("marts.fct_uses",)
