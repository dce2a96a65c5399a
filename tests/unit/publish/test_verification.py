"""Verifying a published snapshot: whoever edits what officers read must be named at the next verification."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from assettrail.errors import EvidenceBroken, TransientSourceError
from evidence.leaves import PublishLeaf
from publish.content import published_tables, table_content
from publish.reading import Snapshot
from publish.verification import leaf_of, verify_snapshot

NAME = "20260201T120000Z-00000009"
AT = datetime(2026, 2, 1, 12, tzinfo=UTC)


@pytest.fixture
def published(tmp_path: Path) -> tuple[Snapshot, PublishLeaf]:
    """A snapshot of two tables in both forms, and its leaf."""
    folder = tmp_path / NAME
    (folder / "parquet").mkdir(parents=True)
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"SET TimeZone = 'UTC'; ATTACH '{folder / 'assettrail.duckdb'}' AS made")
        connection.execute("CREATE SCHEMA made.marts; CREATE SCHEMA made.controls")
        connection.execute(
            "CREATE TABLE made.marts.fct_asset_uses AS SELECT 'U-' || i AS use_id, 'EXPIRED' AS verdict, "
            "TIMESTAMPTZ '2026-01-05 10:00:00.000001Z' AS generated_at, ['a', NULL] AS offers_list, i AS _log_index "
            "FROM range(3) t(i)"
        )
        connection.execute("CREATE TABLE made.controls.ctl_expired AS SELECT 1 AS a WHERE false")
        contents = {table: table_content(connection, "made", table) for table in published_tables(connection, "made")}
        for table in contents:
            connection.execute(f"COPY made.{table} TO '{folder}/parquet/{table}.parquet' (FORMAT parquet)")
    tables = {table: asdict(content) for table, content in contents.items()}
    manifest = {"name": NAME, "tables": json.loads(json.dumps(tables))}
    return Snapshot(NAME, folder, folder / "assettrail.duckdb", manifest), PublishLeaf(NAME, tables, (), (), AT)


def test_what_was_published_holds_in_both_forms(published: tuple[Snapshot, PublishLeaf]) -> None:
    """An alarm about a snapshot that is whole would teach people to ignore the alarm."""
    assert verify_snapshot(*published) == 2


def _edited(statement: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        with duckdb.connect(str(folder / "assettrail.duckdb")) as connection:
            connection.execute(statement)

    return edit


def _parquet_edited(folder: Path) -> None:
    path = folder / "parquet" / "marts.fct_asset_uses.parquet"
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"CREATE TABLE p AS FROM read_parquet('{path}'); UPDATE p SET verdict = 'PROVEN'")
        connection.execute(f"COPY p TO '{path}' (FORMAT parquet)")


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (_edited("UPDATE marts.fct_asset_uses SET verdict = 'PROVEN' WHERE use_id = 'U-1'"), "marts.fct_asset_uses"),
        (_edited("DELETE FROM marts.fct_asset_uses WHERE use_id = 'U-1'"), "marts.fct_asset_uses"),
        (_edited("DROP TABLE controls.ctl_expired"), "controls.ctl_expired"),
        (_edited("CREATE TABLE marts.extra AS SELECT 1 AS a"), "marts.extra"),
        (_parquet_edited, "parquet/marts.fct_asset_uses.parquet"),
        (lambda folder: (folder / "parquet" / "controls.ctl_expired.parquet").unlink(), "controls.ctl_expired"),
        (lambda folder: (folder / "assettrail.duckdb").write_bytes(b"x" * 4096), "assettrail.duckdb"),
        (lambda folder: (folder / "parquet" / "marts.fct_asset_uses.parquet").write_bytes(b"x"), "parquet"),
    ],
)
def test_an_edited_snapshot_is_named(
    published: tuple[Snapshot, PublishLeaf], edit: Callable[[Path], None], named: str
) -> None:
    """Turning EXPIRED into PROVEN in the file that officers read must not pass unseen."""
    snapshot, leaf = published
    edit(snapshot.folder)
    with pytest.raises(EvidenceBroken) as broken:
        verify_snapshot(snapshot, leaf)
    assert named in broken.value.found


def test_a_snapshot_that_is_open_for_writing_is_not_called_changed(published: tuple[Snapshot, PublishLeaf]) -> None:
    """An alarm of tampering, where an analyst only left a program open, teaches people to ignore the alarm."""
    with duckdb.connect(str(published[0].database)), pytest.raises(TransientSourceError, match="close the program"):
        verify_snapshot(*published)


@pytest.mark.parametrize("manifest", [{}, {"tables": []}, {"tables": {"marts.fct_asset_uses": {"rows": 3}}}])
def test_a_manifest_that_says_otherwise_is_named(
    published: tuple[Snapshot, PublishLeaf], manifest: dict[str, object]
) -> None:
    """Whoever edits a table edits the manifest beside it; the log is what they cannot edit."""
    snapshot, leaf = published
    with pytest.raises(EvidenceBroken, match=r"manifest\.json"):
        verify_snapshot(Snapshot(snapshot.name, snapshot.folder, snapshot.database, manifest), leaf)


def test_a_snapshot_that_the_log_never_published_is_told(published: tuple[Snapshot, PublishLeaf]) -> None:
    """A folder that somebody made by hand looks like any other."""
    leaf = published[1]
    other = replace(leaf, snapshot="20260201T120000Z-00000008", tables={})
    assert leaf_of([other, leaf], NAME).tables == leaf.tables
    with pytest.raises(EvidenceBroken, match="no entry of it"):
        leaf_of([other, leaf], "20260201T120000Z-00000010")
