"""SIGKILL in landing, in dbt, in publish and in sending: the next run completes, and the content is the same."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from assettrail.demo.answer_key import answers_of, found_answers, found_controls, scores
from assettrail.demo.installation import Installation, clean_installation, write_settings
from assettrail.demo.play import STAGES, SYSTEMS, advance_clock
from assettrail.demo.processes import run_for_json, sandbox_process
from publish.reading import connect, current_snapshot, snapshot_names
from tests.integration.copied_home import content

COMMUNICATIONS = int(os.environ.get("ASSETTRAIL_TEST_COMMUNICATIONS", "500"))
SEED = "2"
WRITE_SECONDS = 2
MINIMUM_LINKS = 5
MOST_SECONDS_OF_A_PROCESS = 900
INGEST = tuple(f"ingest_{system}" for system in (*SYSTEMS, "corrections"))
KILLS_BY_STAGE = {
    1: [
        ("ingest_cloudinary", "evidence.log:Log.append", "before", 2),
        ("ingest_cloudinary", "evidence.log:Log.append", "after", 2),
        ("ingest_exstream", "ingest.landing:write_rows", "after", 4),
    ],
    2: [
        ("ingest_cloudinary", "ingest.landing:write_rows", "before", 1),
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
    ("publish.snapshot:write_tables", "after"),
    ("publish.snapshot:fsync_tree", "after"),
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


def second_reader(first: Installation, folder: Path, endpoints: Mapping[str, Any]) -> Installation:
    """Make an installation that reads the same sandbox with the same keys, and lands in a home of its own."""
    second = clean_installation(folder)
    shutil.rmtree(second.keys)
    shutil.copytree(first.keys, second.keys)
    write_settings(second, endpoints)
    return second


def environment_of(installation: Installation, channel: str) -> dict[str, str]:
    """Return the environment in which child processes see the installation; killed polls are visible again soon.

    What is compiled is kept: where the shell forbids it, each of some forty processes would compile the libraries anew.
    """
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **own,
        "ASSETTRAIL_CONFIG": str(installation.config),
        "ASSETTRAIL_CLOUDINARY__POLL_CHANNEL": channel,
        "ASSETTRAIL_CLOUDINARY__VISIBILITY_TIMEOUT_SECONDS": "5",
        "ASSETTRAIL_TRADING_GRID__TIMEOUT_SECONDS": str(WRITE_SECONDS),
    }


def run(*jobs: str, env: dict[str, str]) -> None:
    """Run jobs to their end in a process of their own."""
    code = "import sys; from orchestration.running import run_job; from assettrail.settings import load_settings\n"
    code += "for job in sys.argv[1:]: run_job(job, load_settings().home)"
    shown = ended([sys.executable, "-c", code, *jobs], env)
    assert shown.returncode == 0, shown.stderr[-3000:]


def land_drops(folder: Path, env: dict[str, str]) -> None:
    """Land what partners dropped as files, if anything, before what the portal's service tells, as the demo does."""
    if not folder.is_dir():
        return
    code = "import sys; from orchestration.running import run_job; from orchestration.keys import landing_key; "
    code += "from assettrail.settings import load_settings; config = {'config': {'folder': sys.argv[1]}}; "
    code += "chosen = [landing_key('trading_grid', 'acknowledgements')]; home = load_settings().home; "
    code += "run_job('ingest_trading_grid', home, selection=chosen, config={'land_trading_grid': config})"
    shown = ended([sys.executable, "-c", code, str(folder)], env)
    assert shown.returncode == 0, shown.stderr[-3000:]


def ended(words: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a process to its end, or say which one has none."""
    return subprocess.run(
        words, env=env, capture_output=True, text=True, check=False, timeout=MOST_SECONDS_OF_A_PROCESS
    )


def kill(job: str, target: str, when: str, nth: int, env: dict[str, str], *assets: str) -> None:
    """Run a job, or some assets of it, and SIGKILL it at the named call; it must really have died there."""
    words = [sys.executable, "-m", "tests.integration.killed_run", job, target, when, str(nth), *assets]
    shown = ended(words, env)
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
    began = time.time()
    deadline = time.monotonic() + MOST_SECONDS_OF_A_PROCESS
    while not is_written_since(build, began) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    time.sleep(after_seconds)
    assert process.poll() is None, "the build ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def is_written_since(build: Path, began: float) -> bool:
    """Whether dbt has written the build file, or beside it, since a second of this machine's clock."""
    beside = (build, build.with_name(f"{build.name}.wal"))
    return any(path.exists() and path.stat().st_mtime >= began for path in beside)


@pytest.mark.timeout(3600)
def test_killed_everywhere_the_content_is_the_same(tmp_path: Path) -> None:
    """Harm prevented: a machine that dies at night loses or doubles what a customer got.

    Two installations read one play of the scenario with the same keys. One is never disturbed, the other is killed
    in landing, dbt and publish; then the content of all tables is the same. At last the other is killed in sending.
    """
    undisturbed = clean_installation(tmp_path / "undisturbed")
    with sandbox_process(undisturbed.sandbox) as endpoints:
        write_settings(undisturbed, endpoints)
        killed = second_reader(undisturbed, tmp_path / "killed", endpoints)
        calm, env = environment_of(undisturbed, "undisturbed"), environment_of(killed, "killed")
        for stage in range(1, STAGES + 1):
            play_stage(undisturbed.sandbox, stage)
            land_drops(undisturbed.drops, calm)
            run(*INGEST, env=calm)
            land_drops(undisturbed.drops, env)
            for job, target, when, nth in KILLS_BY_STAGE[stage]:
                kill(job, target, when, nth, env)
            run(*INGEST, env=env)
        run("build_warehouse", env=calm)
        with Watcher(killed.home) as watcher:
            kill_dbt(env, killed.home, 1.0)
            kill_dbt(env, killed.home, 5.0)
            first, *others = KILLS_OF_PUBLISH
            kill("build_warehouse", *first, 1, env)
            for target, when in others:  # The build is whole by now: publishing it takes no further one.
                kill("build_warehouse", target, when, 1, env, "publish/snapshot")
            run("build_warehouse", env=env)
            assert content(killed.home) == content(undisturbed.home)
            assert_found(killed.home, undisturbed.sandbox)
            run("measure_renditions", env=env)
            send_with_kills(env)
            play(undisturbed.sandbox, "--reviews")
            advance_clock(endpoints["clock_url"], timedelta(minutes=10))
            land_drops(undisturbed.drops, env)
            run(*INGEST, "build_warehouse", env=env)
        assert watcher.reads > 0
        assert not watcher.problems
        assert_corrected_once(killed.home, undisturbed.sandbox)


def play_stage(sandbox: Path, stage: int) -> None:
    """Play a stage of the scenario; both installations' poll channels are notified."""
    play(sandbox, "--stage", str(stage), "--channel", "undisturbed", "--channel", "killed")


def play(sandbox: Path, *part: str) -> None:
    """Play a part of the scenario."""
    words = ["--folder", str(sandbox), "--seed", SEED, "--communications", str(COMMUNICATIONS)]
    run_for_json(["sandbox.scenario", *words, *part])


def send_with_kills(env: dict[str, str]) -> None:
    """Send all corrections, killed once behind and once before a write.

    What was under way counts as unknown until its time limit has passed; only then may it be sent again.
    """
    kill("send_corrections", "corrections.vendors.trading_grid:TradingGrid.write_once", "after", 1, env)
    kill("send_corrections", "corrections.vendors.trading_grid:TradingGrid.write_once", "before", 2, env)
    run("send_corrections", env=env)
    time.sleep(2 * WRITE_SECONDS + 1)
    run("send_corrections", env=env)
    run("send_corrections", env=env)


def assert_found(home: Path, sandbox: Path) -> None:
    """Everything is as the answer key says while the clock stands at the scenario's end: later, links have closed."""
    key = json.loads((sandbox / "answer_key.json").read_text(encoding="utf-8"))
    with connect(current_snapshot(home)) as connection:
        told = scores(key["controls"], found_controls(connection))
        told |= scores(answers_of(key), found_answers(connection))
    assert not_right(told) == {}


def not_right(told: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the scores of which precision or recall is not 1.0."""
    return {name: value for name, value in told.items() if (value["precision"], value["recall"]) != (1.0, 1.0)}


def assert_corrected_once(home: Path, sandbox: Path) -> None:
    """Every correction worked, as the answer key says, and no case thread has one twice."""
    key = json.loads((sandbox / "answer_key.json").read_text(encoding="utf-8"))
    with connect(current_snapshot(home)) as connection:
        told = scores(key["after_corrections"], found_controls(connection))
        sent = connection.execute(
            "SELECT correlation_id, count(*) FROM marts.fct_case_messages WHERE correlation_id IS NOT NULL GROUP BY 1"
        ).fetchall()
    assert not_right(told) == {}
    assert len(sent) >= MINIMUM_LINKS
    assert [row for row in sent if row[1] > 1] == []
