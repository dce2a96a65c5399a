"""The Dagster graph: it must load anywhere, name what people look for, and really stop at the gates."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from ingest.schema import STREAMS
from orchestration.definitions import defs

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
    "job", ["ingest_cloudinary", "ingest_exstream", "ingest_trading_grid", "build_warehouse", "send_corrections"]
)
def test_the_jobs_people_run_exist(job: str) -> None:
    """Harm prevented: a runbook that names a job that is gone."""
    assert defs.resolve_job_def(job).name == job


def test_the_build_waits_for_the_landing_gates() -> None:
    """Harm prevented: a held batch is ignored because its check runs in another job than dbt."""
    job = defs.resolve_job_def("build_warehouse")
    names = {node.name for node in job.nodes}
    assert {"check_cloudinary", "check_exstream", "check_trading_grid"} <= names


def test_groups_and_sensors() -> None:
    """Harm prevented: an asset that is in no group cannot be found in the pages, and a lost sensor sends nothing."""
    graph = defs.resolve_asset_graph()
    groups = {graph.get(key).group_name for key in graph.materializable_asset_keys}
    assert groups == {
        "cloudinary", "exstream", "trading_grid", "warehouse", "staging", "intermediate", "marts", "controls",
        "reports", "seeds", "publish", "corrections",
    }  # fmt: skip
    repository = defs.get_repository_def()
    assert {sensor.name for sensor in repository.sensor_defs} == {"outbox_sensor", "drop_folder_sensor"}
    assert {schedule.name for schedule in repository.schedule_defs} >= {"ingest_exstream_schedule"}
