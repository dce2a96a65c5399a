"""Whether a build may add to the one before: to a whole one of the same rules whose batches are all there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.projection import BATCHES_SCHEMA
from orchestration.build_lock import WholeBuild, built_batches, mark, projection_sha256, unmark, whole_build
from orchestration.increments import Extent, built_batches_laid, extent_as_made, extent_of_build, extent_of_part
from publish.files import build_file
from publish.origin import MadeBy

MADE_BY = MadeBy("1", "1.11", "2.0", {"model.x": "a", "seed.grace_days": "b"}, {"late_after_hours": 24})
AT = datetime(2026, 2, 1, tzinfo=UTC)


def _batch(log_index: int, outcome: str = "accepted", **values: object) -> dict[str, object]:
    return {
        "log_index": log_index,
        "load_id": f"load-{log_index}",
        "system": "exstream",
        "stream": "asset_uses",
        "rows": 1,
        "quarantined": 0,
        "outcome": outcome,
        "window_from": None,
        "window_to": AT,
        "is_complete": True,
        "how": "manifest",
        "detail": "",
        "logged_at": AT,
        **values,
    }


def _project(home: Path, *batches: dict[str, object]) -> None:
    folder = home / "projection"
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(batches), schema=BATCHES_SCHEMA), folder / "log_batches.parquet")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a build file that is marked as whole: two batches accepted, one held."""
    build_file(tmp_path).parent.mkdir(parents=True)
    duckdb.connect(str(build_file(tmp_path))).close()
    _project(tmp_path, _batch(0), _batch(1), _batch(2, "held"))
    mark(tmp_path, WholeBuild(projection_sha256(tmp_path), 1, 0, 3, MADE_BY.to_manifest()))
    return tmp_path


def _extent(home: Path, versions: MadeBy = MADE_BY, *, is_full_asked: bool = False) -> Extent:
    return extent_of_build(home, whole_build(home), versions, is_full_asked=is_full_asked)


def test_what_came_since_is_added(home: Path) -> None:
    """Harm prevented: a day's records cost a build of all years, because nothing ever counts as covered."""
    _project(home, _batch(0), _batch(1), _batch(2, "rejected"), _batch(3))
    extent = _extent(home)
    assert extent.in_words() == "an increment: 1 batches are new and 1 decided since 3 were built"


def _other_file(home: Path) -> None:
    with duckdb.connect(str(build_file(home))) as connection:
        connection.execute("create table half_made as select 1 as one")


def _lost_batches(home: Path) -> None:
    built_batches(home).write_bytes(b"PAR1")


def _replaced_log(home: Path) -> None:
    _project(home, _batch(0))


def _rejected(home: Path) -> None:
    _project(home, _batch(0), _batch(1, "rejected"), _batch(2, "held"))


def _other_batch(home: Path) -> None:
    _project(home, _batch(0), _batch(1, load_id="another"), _batch(2, "held"))


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (_other_file, "not as its build left it"),
        (lambda home: build_file(home).write_bytes(b"half"), "not as its build left it"),
        (lambda home: build_file(home).unlink(), "gone"),
        (unmark, "broke off"),
        (lambda home: (home / "warehouse/whole_build.json").write_text('{"half'), "broke off"),
        (_lost_batches, "which batches"),
        (lambda home: built_batches(home).unlink(), "which batches"),
        (_replaced_log, "no longer there"),
        (_rejected, "outcome was accepted, is rejected"),
        (_other_batch, "load_id was load-1, is another"),
    ],
)
def test_what_cannot_be_told_to_be_covered_is_made_anew(home: Path, harm: Callable[[Path], Any], told: str) -> None:
    """Harm prevented: rows of a broken, foreign or outdated file are carried on for ever."""
    harm(home)
    extent = _extent(home)
    assert not extent.is_increment
    assert told in extent.why


@pytest.mark.parametrize(
    ("versions", "told"),
    [
        (replace(MADE_BY, rules=MADE_BY.rules | {"model.x": "c"}), "other texts of model.x"),
        (replace(MADE_BY, rules=MADE_BY.rules | {"seed.grace_days": "c"}), "other texts of seed.grace_days"),
        (replace(MADE_BY, settings={"late_after_hours": 48}), "late_after_hours 24 and 48"),
        (replace(MADE_BY, duckdb="1.5"), "DuckDB 2.0 and 1.5"),
    ],
)
def test_other_rules_and_settings_make_everything_anew(home: Path, versions: MadeBy, told: str) -> None:
    """Harm prevented: half of the verdicts by the grace days of before the change, half by those of after it."""
    extent = _extent(home, versions)
    assert not extent.is_increment
    assert told in extent.why


def test_everything_is_made_anew_where_it_is_asked_for(home: Path) -> None:
    """Harm prevented: whoever doubts the kept build has no way to be rid of it."""
    assert _extent(home, is_full_asked=True) == Extent(False, "it was asked for")


def test_an_increment_that_made_everything_anew_is_told_as_a_full_build(home: Path) -> None:
    """Harm prevented: whoever asks why a day's build took as long as all years finds that it was an increment."""
    with duckdb.connect(str(build_file(home))) as connection:
        connection.execute("create schema intermediate")
        connection.execute(
            "create table intermediate.int_increments__weighed as "
            "select 12000 as affected_count, 30000 as communication_count, true as is_all_made_anew"
        )
    made = extent_as_made(home, Extent(True, "1 batches are new"))
    assert made.in_words() == "a full build: an increment would have derived 12,000 of 30,000 communications anew"
    assert extent_as_made(home, Extent(False, "it was asked for")) == Extent(False, "it was asked for")
    with duckdb.connect(str(build_file(home))) as connection:
        connection.execute("update intermediate.int_increments__weighed set is_all_made_anew = false")
    assert extent_as_made(home, Extent(True, "1 batches are new")) == Extent(True, "1 batches are new")


def test_a_part_is_made_of_the_same_batches_or_of_all(home: Path) -> None:
    """Harm prevented: one model is made anew from the few rows of the last increment, and published as all."""
    kept = whole_build(home)
    assert kept is not None
    added = replace(kept, is_increment=True)
    other = Extent(False, "other texts of model.x")
    assert extent_of_part(Extent(True, ""), kept) == (
        Extent(True, "a part, of the batches of the kept build"),
        added,
    )
    assert extent_of_part(other, kept) == (other, kept)
    assert extent_of_part(other, added) == (other, None)
    assert extent_of_part(Extent(True, ""), None)[1] is None


def test_the_kept_batches_lie_there_for_an_increment_alone(home: Path) -> None:
    """Harm prevented: a dbt started by hand, or after a kill, adds to a file of which nobody knows the state."""
    laid = home / "projection" / "built_batches.parquet"
    laid.write_bytes(b"left by a killed build")
    with built_batches_laid(home, Extent(True, "")):
        assert laid.read_bytes() == built_batches(home).read_bytes()
    assert not laid.exists()
    laid.write_bytes(b"left by a killed build")
    with built_batches_laid(home, Extent(False, "")):
        assert not laid.exists()
        assert build_file(home).exists()


def test_a_file_that_cannot_be_read_is_removed_before_everything_is_made_anew(home: Path) -> None:
    """Harm prevented: a damaged file that no build gets past until somebody removes it by hand."""
    build_file(home).write_bytes(b"damaged " * 10_000)
    with built_batches_laid(home, Extent(False, "")):
        assert not build_file(home).exists()
