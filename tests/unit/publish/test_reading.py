"""Reading a snapshot: a query that was pasted from somewhere must reach the snapshot and nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from assettrail.errors import ContractBroken, TransientSourceError
from publish.reading import connect, current_snapshot
from publish.snapshot import point_to


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The open current snapshot of a small home."""
    folder = tmp_path / "snapshots" / "20260201T120000Z-00000001"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"name": folder.name}))
    with duckdb.connect(str(folder / "assettrail.duckdb")) as made:
        made.execute("CREATE SCHEMA marts; CREATE TABLE marts.t AS SELECT 1 AS a")
    point_to(tmp_path, folder.name)
    (tmp_path / "other.txt").write_text("other")
    with connect(current_snapshot(tmp_path)) as opened:
        yield opened


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1) TO '{home}/written.csv'",
        "EXPORT DATABASE '{home}/written'",
        "SELECT * FROM read_text('{home}/other.txt')",
        "SELECT * FROM glob('{home}/*')",
        "ATTACH '{home}/written.duckdb' AS other",
        "SET enable_external_access = true",
        "SET log_query_path = '{home}/written.log'",
        "INSTALL httpfs",
        "INSERT INTO marts.t VALUES (2)",
    ],
)
def test_a_statement_reaches_no_other_file(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, statement: str
) -> None:
    """A statement that overwrites the log's checkpoint, or reads a key, is no query of a snapshot."""
    with pytest.raises(duckdb.Error):
        connection.execute(statement.format(home=tmp_path))
    assert not list(tmp_path.glob("written*"))
    assert connection.execute("SELECT a FROM marts.t").fetchall() == [(1,)]


def test_a_snapshot_that_is_open_for_writing_is_told_in_words(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """An analyst's own tool has the file open: a traceback of DuckDB says neither which file nor what to do."""
    connection.close()
    snapshot = current_snapshot(tmp_path)
    with (
        duckdb.connect(str(snapshot.database)),
        pytest.raises(TransientSourceError, match=r"ConnectionException(.|\n)*close the program") as told,
    ):
        connect(snapshot)
    assert snapshot.name in told.value.tried
    snapshot.database.write_bytes(b"x" * 4096)
    with pytest.raises(ContractBroken, match="assettrail build"):
        connect(snapshot)
