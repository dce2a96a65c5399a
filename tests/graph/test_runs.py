"""Runs beside each other and after one another: who holds the build file, and what a killed run leaves behind."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.launcher.base import WorkerStatus
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster_dbt import DbtCliResource

from assettrail.errors import ConfigurationError, TransientSourceError
from orchestration.build_lock import build_held, note_writer
from orchestration.event_log import OpenEventLog
from orchestration.resources import WarehouseDbt
from orchestration.run_launcher import LocalRunLauncher, end_dead_runs
from orchestration.running import open_instance
from publish.files import build_file

ROOT = Path(__file__).resolve().parents[2]
STARTED = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])


@contextmanager
def sleeping_run(home: Path) -> Iterator[subprocess.Popen[str]]:
    """A run in a process of its own that holds the build file; killed on the way out."""
    words = [sys.executable, "-m", "tests.graph.sleeping_run", str(home)]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "sleeping"
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_build_file_that_this_process_has_open_is_waited_for(tmp_path: Path) -> None:
    """Harm prevented: DuckDB's own words for it are taken for nothing, and dbt then fails without the remedy."""
    (tmp_path / "warehouse").mkdir()
    with (
        duckdb.connect(str(build_file(tmp_path))),
        pytest.raises(TransientSourceError, match="Connection Error"),
        build_held(tmp_path, 0.0),
    ):
        pass


def test_a_build_file_that_another_process_writes_is_waited_for_and_its_holder_named(tmp_path: Path) -> None:
    """Harm prevented: whoever is called at night does not learn which process keeps the build file."""
    (tmp_path / "warehouse").mkdir()
    code = "import duckdb, sys, time; held = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(300)"
    words = [sys.executable, "-c", code, str(build_file(tmp_path))]
    writer = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "held\n"
        with pytest.raises(TransientSourceError, match=f"PID {writer.pid}"), build_held(tmp_path, 0.3):
            pass
    finally:
        writer.kill()
        writer.wait()
    with build_held(tmp_path, 0.0):
        pass


def test_an_instance_is_private_and_forgets_old_ticks(tmp_path: Path) -> None:
    """Harm prevented: logs that every user of the machine reads; a look a minute, kept for ever."""
    with open_instance(tmp_path / "home") as instance:
        assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700
        for kind in (InstigatorType.SCHEDULE, InstigatorType.SENSOR):
            assert all(days > 0 for days in instance.get_tick_retention_settings(kind).values())


def test_a_killed_run_is_ended_and_holds_nothing(tmp_path: Path) -> None:
    """Harm prevented: after a kill the next build waits for ever, for a run that no longer is."""
    with sleeping_run(tmp_path) as process, open_instance(tmp_path) as instance:
        (run,) = instance.get_runs(STARTED)
        launcher = instance.run_launcher
        assert isinstance(launcher, LocalRunLauncher)
        assert end_dead_runs(instance) == []
        assert launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING
        with pytest.raises(TransientSourceError, match=f"process {process.pid}"), build_held(tmp_path, 0.0):
            pass
        process.kill()
        process.wait()
        assert launcher.check_run_worker_health(run).status is WorkerStatus.FAILED
        assert end_dead_runs(instance) == [run.run_id]
        assert instance.get_runs(STARTED) == []
        with build_held(tmp_path, 0.0):
            pass


def test_dbt_of_a_killed_run_is_ended(tmp_path: Path) -> None:
    """Harm prevented: the dbt that a kill left behind keeps the build file, and the next build fails on it."""
    (tmp_path / "warehouse").mkdir()
    orphan = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    try:
        note_writer(tmp_path, orphan.pid)
        with build_held(tmp_path, 0.0):
            orphan.wait(timeout=10)
    finally:
        orphan.kill()
        orphan.wait()


def test_a_number_that_another_process_got_is_left_alone(tmp_path: Path) -> None:
    """Harm prevented: after a restart of the machine, a build ends a stranger that has the old dbt's number."""
    (tmp_path / "warehouse").mkdir()
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    try:
        note_writer(tmp_path, stranger.pid)
        noted = tmp_path / "warehouse" / "dbt_process.json"
        noted.write_text(noted.read_text().replace('"started": ', '"started": 1'))
        with build_held(tmp_path, 0.0):
            time.sleep(0.1)
            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_note_that_the_disk_does_not_give_is_told(tmp_path: Path) -> None:
    """Harm prevented: a failing disk that reads like a fault of ours, or a build beside a dbt that still writes."""
    (tmp_path / "warehouse" / "dbt_process.json").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match=r"(?s)a killed run left .* bytes are free"), build_held(tmp_path, 0.0):
        pytest.fail("the build file was given")


def test_dagster_reads_the_events_that_we_write(tmp_path: Path) -> None:
    """Harm prevented: runs from the command line that Dagster's own pages do not show, or show without their events."""

    @dg.asset
    def thing() -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata={"number": 7})

    with open_instance(tmp_path) as ours:
        assert isinstance(ours.event_log_storage, OpenEventLog)
        run = dg.materialize([thing], instance=ours)
        written = [entry.message for entry in ours.all_logs(run.run_id)]
    with dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as theirs:
        assert not isinstance(theirs.event_log_storage, OpenEventLog)
        assert [entry.message for entry in theirs.all_logs(run.run_id)] == written
        event = theirs.get_latest_materialization_event(dg.AssetKey("thing"))
        assert event is not None
        assert event.run_id == run.run_id


@pytest.mark.parametrize(
    ("ours", "theirs", "name"),
    [
        (WarehouseDbt, DbtCliResource, "_cli_version"),
        (WarehouseDbt, DbtCliResource, "_initialize_dbt_core_adapter"),
        (OpenEventLog, SqliteEventLogStorage, "_connect"),
        (OpenEventLog, SqliteEventLogStorage, "_initdb"),
        (OpenEventLog, SqliteEventLogStorage, "has_table"),
    ],
)
def test_what_we_override_is_still_there(ours: type, theirs: type, name: str) -> None:
    """Harm prevented: a new Dagster renames what we override, and it silently does the slow or locking thing again."""
    assert issubclass(ours, theirs)
    assert hasattr(theirs, name)


def test_a_table_of_the_history_is_looked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: Dagster opens the history's file for each check; or a missing table is taken for there."""
    looked: list[str] = []
    look = SqliteEventLogStorage.has_table

    def noted(storage: SqliteEventLogStorage, name: str) -> bool:
        looked.append(name)
        return look(storage, name)

    with open_instance(tmp_path) as instance:
        monkeypatch.setattr(SqliteEventLogStorage, "has_table", noted)
        history = instance.event_log_storage
        assert isinstance(history, OpenEventLog)
        assert [history.has_table("event_logs") for _ in range(3)] == [True] * 3
        assert [history.has_table("elsewhere") for _ in range(2)] == [False] * 2
    assert looked.count("event_logs") <= 1
    assert looked.count("elsewhere") == 2
