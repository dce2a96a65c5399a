"""SIGKILL in landing, in dbt, in publish and in sending: the next run completes, and the content is the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from assettrail.demo.installation import Installation, clean_installation, write_settings
from assettrail.demo.play import STAGES, SYSTEMS, advance_clock
from assettrail.demo.processes import run_for_json, sandbox_process
from publish.content import CLAIM_TABLES
from publish.reading import connect, current_snapshot, snapshot_names

ASSETTRAIL = Path(sys.executable).with_name("assettrail")
COMMUNICATIONS = int(os.environ.get("ASSETTRAIL_TEST_COMMUNICATIONS", "500"))
SEED = "2"
WRITE_SECONDS = 2
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


@dataclass(frozen=True)
class Reference:
    """The demo that nobody killed."""

    installation: Installation
    summary: dict[str, Any]


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


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """An undisturbed demo at another seed, from the command line, as a user runs it."""
    folder = tmp_path_factory.mktemp("reference") / "demo"
    words = ["demo", "--seed", SEED, "--communications", str(COMMUNICATIONS), "--folder", str(folder), "--json"]
    shown = subprocess.run([ASSETTRAIL, *words], capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr[-3000:]
    return Reference(Installation(folder), json.loads(shown.stdout))


def environment_of(installation: Installation, reference: Reference) -> dict[str, str]:
    """Return the environment in which child processes see the installation.

    Polls become visible again soon, and links name the reference's address, since content is compared.
    """
    settings = tomllib.loads(reference.installation.config.read_text(encoding="utf-8"))
    return {
        **os.environ,
        "ASSETTRAIL_CONFIG": str(installation.config),
        "ASSETTRAIL_CLOUDINARY__VISIBILITY_TIMEOUT_SECONDS": "5",
        "ASSETTRAIL_TRADING_GRID__TIMEOUT_SECONDS": "2",
        "ASSETTRAIL_CLOUDINARY__DELIVERY_HOSTS": json.dumps(settings["cloudinary"]["delivery_hosts"]),
    }


def run(*jobs: str, env: dict[str, str]) -> None:
    """Run jobs to their end in a process of their own."""
    code = "import sys; from orchestration.running import run_job; from assettrail.settings import load_settings\n"
    code += "for job in sys.argv[1:]: run_job(job, load_settings().home)"
    shown = subprocess.run([sys.executable, "-c", code, *jobs], env=env, capture_output=True, text=True, check=False)
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
def test_killed_everywhere_the_content_is_the_same(reference: Reference, tmp_path: Path) -> None:
    """Harm prevented: a machine that dies at night loses or doubles what a customer got."""
    installation = clean_installation(tmp_path / "killed")
    home = installation.home
    with sandbox_process(installation.sandbox) as endpoints:
        write_settings(installation, endpoints)
        env = environment_of(installation, reference)
        for stage in range(1, STAGES + 1):
            play = ["--folder", str(installation.sandbox), "--seed", SEED, "--stage", str(stage)]
            run_for_json(["sandbox.scenario", *play, "--communications", str(COMMUNICATIONS)])
            for job, target, when, nth in KILLS_BY_STAGE[stage]:
                kill(job, target, when, nth, env)
            run(*(f"ingest_{system}" for system in SYSTEMS), env=env)
        with Watcher(home) as watcher:
            kill_dbt(env, home, 1.0)
            kill_dbt(env, home, 5.0)
            run("build_warehouse", env=env)
            for target, when in KILLS_OF_PUBLISH:
                kill("build_warehouse", target, when, 1, env)
            kill("send_corrections", "corrections.trading_grid:TradingGrid.post_once", "after", 1, env)
            kill("send_corrections", "corrections.trading_grid:TradingGrid.post_once", "before", 2, env)
            # What was under way counts as unknown until its time limit has passed; only then may it be sent again.
            run("send_corrections", env=env)
            time.sleep(2 * WRITE_SECONDS + 1)
            run("send_corrections", env=env)
            run("send_corrections", env=env)
            advance_clock(endpoints["clock_url"], timedelta(minutes=10))
            run(*(f"ingest_{system}" for system in SYSTEMS), "build_warehouse", env=env)
        assert watcher.reads > 0
        assert not watcher.problems
        assert findings(home) == findings(reference.installation.home)


def findings(home: Path) -> dict[str, Any]:
    """Return what the warehouse says, without the keys that stem from a play's own message and installation ids."""
    snapshot = current_snapshot(home)
    uses = "SELECT asset_use_id, verdict, verdict_reason, asset_id_cloudinary, version_number, etag, approver_id"
    with connect(snapshot) as connection:
        return {
            "rows": {
                name: table["rows"] for name, table in snapshot.manifest["tables"].items() if name not in CLAIM_TABLES
            },
            "uses": connection.execute(f"{uses} FROM marts.fct_asset_uses ORDER BY ALL").fetchall(),
            "exceptions": connection.execute(
                "SELECT control_name, subject_id, reason FROM marts.fct_exceptions ORDER BY ALL"
            ).fetchall(),
        }
