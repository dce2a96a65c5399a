"""SIGKILL in landing, in dbt, in publish and in sending: the next run completes, and the content is the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Self

import pytest

from assettrail.demo.installation import Installation, clean_installation, write_settings
from assettrail.demo.play import STAGES, SYSTEMS, Played, _advance_clock
from assettrail.demo.processes import run_for_json, sandbox_process
from publish.content import CLAIM_TABLES
from publish.reading import connect, current_snapshot, snapshot_names
from tests.integration.conftest import COMMUNICATIONS

KILLS_BY_STAGE = {
    1: [
        ("ingest_cloudinary", "evidence.log:Log.append", "before", 2),
        ("ingest_cloudinary", "evidence.log:Log.append", "after", 2),
        ("ingest_exstream", "ingest.landing:_write_rows", "after", 4),
    ],
    2: [
        ("ingest_cloudinary", "ingest.landing:_write_rows", "before", 1),
        ("ingest_exstream", "evidence.log:Log.append", "after", 8),
        ("ingest_trading_grid", "evidence.log:Log.append", "before", 3),
    ],
    3: [
        ("ingest_exstream", "evidence.durable:write_durably", "after", 20),
        ("ingest_trading_grid", "evidence.log:Log.append", "after", 5),
    ],
    4: [("ingest_exstream", "evidence.raw_store:RawStore.put", "after", 9)],
}
KILLS_OF_PUBLISH = [
    ("publish.snapshot:_write_tables", "after"),
    ("publish.snapshot:_fsync_tree", "after"),
    ("evidence.log:Log.append", "before"),
    ("publish.snapshot:point_to", "before"),
    ("publish.snapshot:point_to", "after"),
]


class Watcher:
    """A reader that opens the current snapshot again and again and compares it with its manifest."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.reads = 0
        self.problems: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.2):
            if not snapshot_names(self._home) or not (self._home / "snapshots" / "current").is_symlink():
                continue
            snapshot = current_snapshot(self._home)
            with connect(snapshot) as connection:
                for table, content in snapshot.manifest["tables"].items():
                    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
                    if row is None or row[0] != content["rows"]:
                        self.problems.append(f"{snapshot.name}: {table} has {row}, not {content['rows']}")
            self.reads += 1


@contextmanager
def environment_of(installation: Installation) -> Iterator[dict[str, str]]:
    """Give the environment in which child processes see the installation; polls become visible again soon."""
    yield {
        **os.environ,
        "ASSETTRAIL_CONFIG": str(installation.config),
        "ASSETTRAIL_CLOUDINARY__VISIBILITY_TIMEOUT_SECONDS": "5",
    }


def run(job: str, env: dict[str, str]) -> None:
    """Run a job to its end in a process of its own."""
    code = "from orchestration.running import run_job; from assettrail.settings import load_settings; "
    code += f"run_job({job!r}, load_settings().home)"
    shown = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr[-3000:]


def kill(job: str, target: str, when: str, nth: int, env: dict[str, str]) -> None:
    """Run a job and SIGKILL it at the named call; it must really have died there."""
    words = [sys.executable, "-m", "tests.integration.killed_run", job, target, when, str(nth)]
    shown = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    assert shown.returncode == -signal.SIGKILL, f"{job} was not killed at {target}: {shown.stderr[-2000:]}"


def kill_dbt(env: dict[str, str], home: Path, after_seconds: float) -> None:
    """Run the build and SIGKILL its whole process group while dbt writes the build file."""
    code = "from orchestration.running import run_job; from assettrail.settings import load_settings; "
    code += "run_job('build_warehouse', load_settings().home)"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    build = home / "warehouse" / "build.duckdb"
    deadline = time.monotonic() + 120
    while not build.exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    time.sleep(after_seconds)
    assert process.poll() is None, "the build ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.timeout(3600)
def test_killed_everywhere_the_content_is_the_same(played: Played, tmp_path: Path) -> None:
    """Harm prevented: a machine that dies at night loses or doubles what a customer got."""
    installation = clean_installation(tmp_path / "killed")
    home = installation.home
    with sandbox_process(installation.sandbox) as endpoints, environment_of(installation) as env:
        write_settings(installation, endpoints)
        for stage in range(1, STAGES + 1):
            run_for_json(
                [
                    "sandbox.scenario",
                    "--folder",
                    str(installation.sandbox),
                    "--seed",
                    "1",
                    "--communications",
                    str(COMMUNICATIONS),
                    "--stage",
                    str(stage),
                ]
            )
            for job, target, when, nth in KILLS_BY_STAGE[stage]:
                kill(job, target, when, nth, env)
            for system in SYSTEMS:
                run(f"ingest_{system}", env)
        with Watcher(home) as watcher:
            kill_dbt(env, home, 2.0)
            kill_dbt(env, home, 6.0)
            run("build_warehouse", env)
            for target, when in KILLS_OF_PUBLISH:
                kill("build_warehouse", target, when, 1, env)
            kill("send_corrections", "corrections.trading_grid:TradingGridWriter.post_message", "after", 1, env)
            run("send_corrections", env)
            _advance_clock(endpoints["clock_url"], timedelta(minutes=10))
            for system in SYSTEMS:
                run(f"ingest_{system}", env)
            run("build_warehouse", env)
        assert watcher.reads > 0
        assert not watcher.problems
        ours = current_snapshot(home).manifest["tables"]
        theirs = current_snapshot(played.installation.home).manifest["tables"]
        different = [
            name
            for name in theirs
            if name not in CLAIM_TABLES and ours[name]["content_hash"] != theirs[name]["content_hash"]
        ]
        assert not different
