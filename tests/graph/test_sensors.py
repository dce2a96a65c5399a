"""The sensors: each new thing is asked for once, a failed attempt again, and nothing without end."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from assettrail.run_layout_settings import RunLayout
from ingest.exstream.drop_folder import STREAMS
from lineage.delivery import send
from orchestration.definitions import defs
from orchestration.defs.exstream.drop_folder import state_of
from orchestration.sensing import BATCH_TAG, MOST_ATTEMPTS, next_run_key
from tests.unit.lineage.stores import batch, told_home

FILE_NAME = RunLayout().delivery_file
SENSOR = defs.resolve_sensor_def("drop_folder_sensor")


def engine_output(folder: Path, run: str) -> Path:
    """Put one run's delivery file into the folder."""
    path = folder / "claims" / "jobs" / "1" / run / "docgen" / "u" / "output" / FILE_NAME
    path.parent.mkdir(parents=True)
    path.write_text("<x/>", encoding="utf-8")
    return path


@pytest.fixture
def drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The drop folder of this process's settings."""
    monkeypatch.setenv("ASSETTRAIL_HOME", str(tmp_path / "home"))
    for name in ("BASE_URL", "TOKEN_URL", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.setenv(f"ASSETTRAIL_EXSTREAM__{name}", "http://127.0.0.1:9")
    monkeypatch.setenv("ASSETTRAIL_EXSTREAM__DOMAINS", '["claims"]')
    monkeypatch.setenv("ASSETTRAIL_EXSTREAM__DROP_FOLDER", str(tmp_path / "drop"))
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


def tick(instance: dg.DagsterInstance, cursor: str | None) -> tuple[list[dg.RunRequest], str | None]:
    """Evaluate the sensor once; return what it asks for and its new cursor."""
    with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
        data = SENSOR.evaluate_tick(context)
    return list(data.run_requests or []), data.cursor


def test_new_output_is_asked_for_once(drop: Path) -> None:
    """Harm prevented: engine output that is never landed, or landed every minute again."""
    with dg.DagsterInstance.ephemeral() as instance:
        assert tick(instance, None) == ([], None)
        engine_output(drop, "first")
        (request,), cursor = tick(instance, None)
        assert request.run_config == {"ops": {"land_exstream": {"config": {"folder": str(drop)}}}}
        assert {key.path[-1] for key in request.asset_selection or []} == set(STREAMS)
        assert len(request.asset_check_keys or []) == len(STREAMS)
        assert tick(instance, cursor) == ([], cursor)
        engine_output(drop, "second")
        assert len(tick(instance, cursor)[0]) == 1


def test_output_with_an_old_time_is_noticed(drop: Path) -> None:
    """Harm prevented: files that were copied with their times are older than what is there, and never land."""
    engine_output(drop, "first")
    before = state_of(drop, FILE_NAME)
    os.utime(engine_output(drop, "second"), (1, 1))
    assert state_of(drop, FILE_NAME) != before


def test_a_link_to_nothing_is_no_output(drop: Path) -> None:
    """Harm prevented: one broken link stops the sensor, or asks for runs that find no file."""
    broken = drop / "claims" / FILE_NAME
    broken.parent.mkdir()
    broken.symlink_to(drop / "gone")
    assert state_of(drop, FILE_NAME) is None
    (drop / FILE_NAME).mkdir()
    assert state_of(drop, FILE_NAME) is None, "a folder of that name is no output either"
    first = engine_output(drop, "first")
    before = state_of(drop, FILE_NAME)
    assert before is not None
    (first.parent / "loop").symlink_to("loop")
    (first.parent / "gone").symlink_to(drop / "gone")
    assert state_of(drop, FILE_NAME) == before


def test_a_name_that_is_no_text_stops_no_tick(tmp_path: Path) -> None:
    """One file with a name of another encoding would end each tick, and no run would be landed any more."""
    (tmp_path / FILE_NAME).write_text("<outputList/>", encoding="utf-8")
    before = state_of(tmp_path, FILE_NAME)
    (tmp_path / os.fsdecode(b"\xe9.pdf")).write_text("", encoding="utf-8")
    assert state_of(tmp_path, FILE_NAME) not in {before, None}


def test_a_failed_run_is_tried_again_but_not_for_ever() -> None:
    """Harm prevented: one failure stops a sensor for good, as Dagster keeps a failed run's key; or a run a minute."""
    with dg.DagsterInstance.ephemeral() as instance:
        keys = set()
        for _ in range(MOST_ATTEMPTS):
            key = next_run_key(instance, "a-batch")
            assert key is not None
            keys.add(key)
            create_run_for_test(instance, status=dg.DagsterRunStatus.FAILURE, tags={BATCH_TAG: "a-batch"})
        assert len(keys) == MOST_ATTEMPTS
        assert next_run_key(instance, "a-batch") is None
        assert next_run_key(instance, "another") == "another/1"


def test_a_missing_folder_is_told(drop: Path) -> None:
    """Harm prevented: a mistyped folder looks like one in which nothing comes in."""
    drop.rmdir()
    with dg.DagsterInstance.ephemeral() as instance, dg.build_sensor_context(instance=instance) as context:
        assert "is no folder" in str(SENSOR.evaluate_tick(context).skip_message)


def test_lineage_is_asked_for_while_entries_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: entries of the log that no lineage service ever hears of, or runs that have nothing to send."""
    home = told_home(tmp_path)
    monkeypatch.setenv("ASSETTRAIL_HOME", str(home.settings.home))
    monkeypatch.setenv("ASSETTRAIL_KEYS__FOLDER", str(home.settings.keys.folder))
    sensor = defs.resolve_sensor_def("lineage_sensor")

    def asked() -> list[str | None]:
        with dg.DagsterInstance.ephemeral() as instance, dg.build_sensor_context(instance=instance) as context:
            return [request.run_key for request in sensor.evaluate_tick(context).run_requests or []]

    assert asked() == [], "no backend is set"
    monkeypatch.setenv("ASSETTRAIL_LINEAGE__FILE", str(tmp_path / "events.jsonl"))
    assert asked() == ["lineage/0-6/1"]
    send(home.telling(file=tmp_path / "events.jsonl"), home.log)
    assert asked() == []
    home.append(batch(9))
    assert asked() == ["lineage/6-7/1"]
