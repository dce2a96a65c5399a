"""Reconciliation: every way in which warehouse, log and bytes can part is found and named."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from ingest.batches import decide
from ingest.landing import land
from ingest.landing_store import LandingStore
from ingest.projection import project_log
from ingest.schema import STREAMS
from quality.reconciliation import reconcile
from tests.unit.landing.stores import EVENTS, accept, access, extract_of, hold, open_store

RAW_VIEW = """
create or replace view raw_{system}.{stream} as
select landed.*, batches.log_index as _log_index
from read_parquet('{landing}/{system}/{stream}/**/*.parquet', union_by_name = true, hive_partitioning = false) as landed
inner join raw_log.batches as batches on landed._load_id = batches.load_id
where batches.outcome = 'accepted'
"""


def build(store: LandingStore, path: Path) -> Path:
    """Write the projection and a build file with the views that dbt makes."""
    projection = project_log(store)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema raw_log")
        connection.execute(f"create view raw_log.batches as select * from '{projection}'")
        for system, stream in STREAMS:
            connection.execute(f"create schema if not exists raw_{system}")
            connection.execute(RAW_VIEW.format(system=system, stream=stream, landing=store.folder))
    return path


@pytest.fixture
def store(tmp_path: Path) -> LandingStore:
    """A store with an accepted, a held and a quarantining batch and a claim without rows."""
    store = open_store(tmp_path)
    land(store, EVENTS, extract_of([access(n) for n in range(5)]), accept)
    land(store, EVENTS, extract_of([access(7)]), hold)
    land(store, EVENTS, extract_of([access(8), access(9, kind=1)]), accept)
    land(store, EVENTS, extract_of([]), accept)
    return store


def test_a_sound_warehouse_passes(store: LandingStore, tmp_path: Path) -> None:
    """Otherwise nothing would ever be published."""
    report = reconcile(store, build(store, tmp_path / "build.duckdb"), recompute_row_hashes=True)
    assert report.as_dict() | {"differences": None} == {
        "batches": 4,
        "landed_rows": 7,
        "accepted_rows": 6,
        "warehouse_rows": 6,
        "warehouse_until": 3,
        "differences": None,
        "passed": True,
    }
    assert report.passed


def test_a_landing_that_goes_on_during_the_build_is_no_difference(store: LandingStore, tmp_path: Path) -> None:
    """A scheduled ingest beside a build must not block the publish; nor must a decision in between."""
    build_file = build(store, tmp_path / "build.duckdb")
    land(store, EVENTS, extract_of([access(20)]), accept)
    held = next(batch for batch in store.ledger.batches() if batch.standing == "held")
    decide(store, str(held.leaf.load_id), "accepted", "Ada", "looked at")
    assert reconcile(store, build_file).differences == ()


def landed(store: LandingStore, number: int = 0) -> Path:
    leaf = store.ledger.batches()[number].leaf
    return store.landed_path(leaf.system, leaf.stream, str(leaf.load_id))


def change_a_value(store: LandingStore) -> None:
    frame = pl.read_parquet(landed(store), hive_partitioning=False)
    frame.with_columns(kind=pl.lit("downloaded")).write_parquet(landed(store))


def drop_a_row(store: LandingStore) -> None:
    pl.read_parquet(landed(store), hive_partitioning=False).head(4).write_parquet(landed(store))


def copy_a_file(store: LandingStore) -> None:
    (landed(store).parent / "copy.parquet").write_bytes(landed(store).read_bytes())


def let_a_held_batch_in(store: LandingStore) -> None:
    path = store.home / "projection" / "log_batches.parquet"
    pl.read_parquet(path).with_columns(outcome=pl.lit("accepted")).write_parquet(path)


def forget_a_batch(store: LandingStore) -> None:
    path = store.home / "projection" / "log_batches.parquet"
    pl.read_parquet(path).filter(pl.col("log_index") != 0).write_parquet(path)


def complete_a_claim(store: LandingStore) -> None:
    """Turn what is not known into "nothing happened", in one file that no leaf commits to."""
    path = store.home / "projection" / "log_batches.parquet"
    pl.read_parquet(path).with_columns(is_complete=pl.lit(value=True)).write_parquet(path)


def widen_a_window(store: LandingStore) -> None:
    path = store.home / "projection" / "log_batches.parquet"
    frame = pl.read_parquet(path)
    frame.with_columns(window_from=frame["window_to"] - timedelta(days=2000)).write_parquet(path)


def change_quarantine(store: LandingStore) -> None:
    (path,) = store.quarantine_folder("trading_grid", "accesses").iterdir()
    path.write_bytes(path.read_bytes() + b" ")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (change_a_value, "SHA-256"),
        (drop_a_row, "4 rows"),
        (lambda store: landed(store).unlink(), "No such file"),
        (lambda store: landed(store).write_bytes(b"PAR1 nothing"), "cannot be read"),
        (copy_a_file, "10 rows"),
        (let_a_held_batch_in, "raw_log.batches"),
        (forget_a_batch, "raw_log.batches"),
        (complete_a_claim, "is_complete True"),
        (widen_a_window, "window_from 2020"),
        (change_quarantine, "SHA-256"),
    ],
    ids=["value", "row", "gone", "garbage", "copy", "held", "forgotten", "complete", "window", "quarantine"],
)
def test_every_difference_is_found(
    store: LandingStore, tmp_path: Path, change: Callable[[LandingStore], object], found: str
) -> None:
    """A snapshot of changed, lost or doubled rows would carry our signature."""
    build_file = build(store, tmp_path / "build.duckdb")
    change(store)
    report = reconcile(store, build_file)
    assert not report.passed
    assert any(found in f"{each.subject} {each.stored}" for each in report.differences), report.differences


def test_a_consistent_forgery_of_rows_is_found_by_recomputing(store: LandingStore, tmp_path: Path) -> None:
    """With the data changed under unchanged row hashes, proofs of single rows would vouch for other rows."""
    build_file = build(store, tmp_path / "build.duckdb")
    change_a_value(store)
    report = reconcile(store, build_file, recompute_row_hashes=True)
    assert any("do not give their _row_hash" in each.stored for each in report.differences)


def test_a_missing_build_or_view_is_a_difference(store: LandingStore, tmp_path: Path) -> None:
    """A check that cannot look must not pass."""
    assert not reconcile(store, tmp_path / "none.duckdb").passed
    build_file = build(store, tmp_path / "build.duckdb")
    with duckdb.connect(str(build_file)) as connection:
        connection.execute("drop view raw_exstream.jobs")
    (difference,) = reconcile(store, build_file).differences
    assert difference.subject == "raw_exstream.jobs"
