"""The Dagster graph: it must load anywhere, name what people look for, and really stop at the gates."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from ingest.backfill import SYSTEMS_WITH_WINDOWS
from ingest.schema import STREAMS
from orchestration.definitions import defs
from orchestration.keys import LINEAGE_EVENTS, POOL_WAREHOUSE, landing_key

ROOT = Path(__file__).resolve().parents[2]


def test_the_workspace_validates_with_an_empty_environment(tmp_path: Path) -> None:
    """Harm prevented: a code location that only loads where secrets are, and so fails in review and in CI."""
    shown = subprocess.run(
        [Path(sys.executable).with_name("dagster"), "definitions", "validate", "-w", "workspace.yaml"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "WARNING" not in shown.stdout + shown.stderr
    assert "Traceback" not in shown.stdout + shown.stderr


def test_every_stream_is_an_asset_with_a_gate() -> None:
    """Harm prevented: a stream that lands but is never scheduled, or that passes no gate."""
    keys = defs.resolve_asset_graph().get_all_asset_keys()
    checks = {key.asset_key for key in defs.resolve_asset_graph().asset_check_keys if key.name == "great_expectations"}
    for system, stream in STREAMS:
        key = dg.AssetKey(["landing", system, stream])
        assert key in keys
        assert key in checks


def test_every_asset_is_described() -> None:
    """Harm prevented: an engineer at night reads a name and has to guess what is in it."""
    graph = defs.resolve_asset_graph()
    silent = [
        key.to_user_string()
        for key in graph.materializable_asset_keys
        if not (graph.get(key).description or "").strip()
    ]
    assert not silent


@pytest.mark.parametrize(
    "job",
    [
        "ingest_cloudinary",
        "ingest_exstream",
        "ingest_trading_grid",
        "ingest_corrections",
        "build_warehouse",
        "build_as_known",
        "measure_renditions",
        "send_corrections",
        "send_lineage",
        "backfill_cloudinary",
        "backfill_exstream",
        "backfill_trading_grid",
    ],
)
def test_the_jobs_people_run_exist(job: str) -> None:
    """Harm prevented: a runbook that names a job that is gone."""
    assert defs.resolve_job_def(job).name == job


def test_past_days_are_read_by_day_and_by_no_other_job() -> None:
    """Harm prevented: a build that reads years of a vendor's history again, because an asset was added to "all"."""
    graph = defs.resolve_asset_graph()
    keys = {key for key in graph.get_all_asset_keys() if key.path[0] == "backfill"}
    assert keys
    for key in keys:
        assert isinstance(graph.get(key).partitions_def, dg.DailyPartitionsDefinition)
    for job in ("build_warehouse", "ingest_cloudinary", "ingest_exstream", "ingest_trading_grid", "send_corrections"):
        assert not keys & defs.resolve_job_def(job).asset_layer.selected_asset_keys, job


def test_the_build_waits_for_the_landing_gates() -> None:
    """Harm prevented: a held batch is ignored because its check runs in another job than dbt."""
    job = defs.resolve_job_def("build_warehouse")
    names = {node.name for node in job.nodes}
    assert {"check_cloudinary", "check_exstream", "check_trading_grid"} <= names


def test_sending_lineage_is_no_part_of_a_build() -> None:
    """Harm prevented: a lineage service that is down stops the reports."""
    build = defs.resolve_job_def("build_warehouse").asset_layer.selected_asset_keys
    assert LINEAGE_EVENTS not in build
    assert defs.resolve_job_def("send_lineage").asset_layer.selected_asset_keys == {LINEAGE_EVENTS}


def test_every_landed_column_is_explained() -> None:
    """Harm prevented: a page of bare column names, which each reader fills with another meaning."""
    graph = defs.resolve_asset_graph()
    silent = [
        f"{system}/{stream}.{column.name}"
        for system, stream in STREAMS
        for column in graph.get(landing_key(system, stream)).metadata["dagster/column_schema"].columns
        if not column.description
    ]
    assert not silent


def test_assets_outside_dbt() -> None:
    """Harm prevented: an asset comes, goes or is renamed unnoticed; saved links and history hang on the key."""
    graph = defs.resolve_asset_graph()
    ours = {key for key in graph.materializable_asset_keys if "dbt" not in graph.get(key).kinds}
    landed = {landing_key(system, stream) for system, stream in STREAMS}
    again = {key for key in ours if key.path[0] == "backfill"}
    assert {key.path[1] for key in again} == set(SYSTEMS_WITH_WINDOWS)
    assert {(key.path[1], key.path[2]) for key in again} <= STREAMS.keys()
    assert {key.to_user_string() for key in ours - landed - again} == {
        "warehouse/log_batches", "publish/snapshot", "corrections/proposed", "corrections/sent",
        "corrections/measured", "lineage/openlineage_events", "raw/expired",
    }  # fmt: skip


def test_who_opens_the_build_file_holds_it() -> None:
    """Harm prevented: two runs at once in one build file; a build that changes between checks and publish."""
    job = defs.resolve_job_def("build_warehouse")
    for node in job.nodes:
        holds = "build_file" in node.definition.required_resource_keys
        assert holds == (node.definition.pool == POOL_WAREHOUSE), node.name
    assert {node.name for node in job.nodes if node.definition.pool is None} == {
        "check_cloudinary", "check_exstream", "check_trading_grid", "check_trading_grid_documents",
        "check_trading_grid_launches", "check_trading_grid_requests", "check_trading_grid_answers",
        "check_trading_grid_absences",
        "check_corrections", "corrections__proposed", "raw__expired",
    }  # fmt: skip


def test_a_build_of_what_was_known_holds_the_build_file_too() -> None:
    """Harm prevented: two dbt at once on one machine, and a build that ends while another one is published."""
    job = defs.resolve_job_def("build_as_known")
    assert [(node.definition.pool, "build_file" in node.definition.required_resource_keys) for node in job.nodes] == [
        (POOL_WAREHOUSE, True)
    ]
    assert not job.asset_layer.executable_asset_keys, "it materializes nothing that readers are shown as of today"


def test_nothing_runs_by_itself_before_someone_turns_it_on() -> None:
    """Harm prevented: opening the pages calls the vendors, or sends corrections to partners."""
    repository = defs.get_repository_def()
    assert {schedule.name: schedule.cron_schedule for schedule in repository.schedule_defs} == {
        "ingest_cloudinary_schedule": "5 * * * *",
        "ingest_exstream_schedule": "15 * * * *",
        "ingest_trading_grid_schedule": "*/30 * * * *",
        "ingest_corrections_schedule": "5,35 * * * *",
        "build_warehouse_schedule": "40 * * * *",
    }
    assert {schedule.execution_timezone for schedule in repository.schedule_defs} == {"UTC"}
    assert {schedule.default_status for schedule in repository.schedule_defs} == {dg.DefaultScheduleStatus.STOPPED}
    assert {sensor.name for sensor in repository.sensor_defs} == {
        "outbox_sensor",
        "drop_folder_sensor",
        "lineage_sensor",
    }
    assert {sensor.default_status for sensor in repository.sensor_defs} == {dg.DefaultSensorStatus.STOPPED}


def test_groups() -> None:
    """Harm prevented: an asset that is in no group cannot be found in the pages."""
    graph = defs.resolve_asset_graph()
    assert {graph.get(key).group_name for key in graph.materializable_asset_keys} == {
        "cloudinary", "exstream", "trading_grid", "warehouse", "staging", "intermediate", "marts", "controls",
        "reports", "rules", "publish", "corrections", "lineage", "raw",
    }  # fmt: skip
