"""SIGKILL of dbt alone, as the kernel does when memory runs out: the run ends by itself, and the next one builds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration.build_lock import whole_build
from orchestration.running import open_instance, run_job
from publish.files import build_file
from publish.reading import current_snapshot
from tests.graph.small_home import SmallHome, small_home

ALARM_SECONDS = 60.0
BUILD = """
import sys
from pathlib import Path
from orchestration.running import run_job
run_job("build_warehouse", Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallHome]:
    """A small installation with one published build."""
    with small_home(tmp_path_factory.mktemp("killed_dbt")) as made:
        run_job("build_warehouse", made.home)
        yield made


def test_a_run_whose_dbt_was_killed_ends_and_the_next_one_builds(home: SmallHome) -> None:
    """Harm prevented: a run that waits for ever for a dbt that is gone, or that publishes what it had written.

    What was killed is an increment; the next build adds nothing to what it left.
    """
    published = current_snapshot(home.home)
    home.land_communities(1, 2)
    before = whole_build(home.home)
    assert before is not None
    run = subprocess.Popen([sys.executable, "-c", BUILD, str(home.home)], stderr=subprocess.PIPE, text=True)
    os.kill(_writing_dbt(home.home), signal.SIGKILL)
    _, said = run.communicate(timeout=ALARM_SECONDS)
    assert run.returncode != 0
    assert "tried: to run the job build_warehouse" in said
    assert whole_build(home.home) is None
    assert current_snapshot(home.home).name == published.name
    with open_instance(home.home) as instance:
        (last,) = instance.get_runs(limit=1)
        assert last.status is dg.DagsterRunStatus.FAILURE
    run_job("build_warehouse", home.home)
    build = whole_build(home.home)
    assert build is not None
    assert (build.is_increment, "broke off" in build.why) == (False, True)
    tables = current_snapshot(home.home).manifest["tables"]
    assert tables["marts.dim_communities"]["rows"] == 2
    assert set(tables) == set(published.manifest["tables"])


def test_what_a_killed_dbt_left_in_the_build_file_reaches_no_reader(home: SmallHome) -> None:
    """Harm prevented: tables that dbt was renaming when it was killed, of models that are no more, are published."""
    tables = set(current_snapshot(home.home).manifest["tables"])
    left = [f"marts.{name}__dbt_{kind}" for name in ("fct_claims", "fct_gone") for kind in ("tmp", "backup")]
    with duckdb.connect(str(build_file(home.home))) as connection:
        for table in left:
            connection.execute(f"CREATE TABLE {table} AS SELECT 1 AS half_made")
    run_job("build_warehouse", home.home)
    build = whole_build(home.home)
    assert build is not None
    assert (build.is_increment, build.why) == (False, "the build file is not as its build left it")
    assert set(current_snapshot(home.home).manifest["tables"]) == tables


def _writing_dbt(home: Path) -> int:
    """The process of the dbt that a run has just started and noted, once it has the build file open."""
    noted, file = build_file(home).with_name("dbt_process.json"), str(build_file(home))
    old = noted.read_text(encoding="utf-8")
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        text = noted.read_text(encoding="utf-8")
        if text != old and file in _open_files(pid := int(json.loads(text)["pid"])):
            return pid
        time.sleep(0.05)
    raise AssertionError("no dbt opened the build file within 300 s")


def _open_files(pid: int) -> set[str]:
    found = set()
    for descriptor in Path(f"/proc/{pid}/fd").glob("*"):
        try:
            found.add(str(descriptor.readlink()))
        except OSError:  # Closed meanwhile.
            continue
    return found
