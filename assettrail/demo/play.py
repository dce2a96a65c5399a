"""The demo's play: stages of the scenario, each followed by the jobs; then corrections, and the jobs again.

Here belongs the order of steps. Each step is a job or a command of the house, or a process of the sandbox.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from assettrail.demo.answer_key import (
    answers_of,
    found_answers,
    found_controls,
    found_corrections,
    found_publications,
    found_verdicts,
    planted_publications,
    publications_of,
    scores,
)
from assettrail.demo.installation import Installation, clean_installation, write_settings
from assettrail.demo.processes import (
    PeakMemory,
    computed_seconds,
    only_settings_of,
    run_for_json,
    sandbox_process,
    stop,
)
from assettrail.demo.summary import Examples, examples, progress, snapshot_facts
from assettrail.settings import load_settings

STAGES = 4
SYSTEMS = ("cloudinary", "exstream", "trading_grid")
DAGSTER_ADDRESS = "http://127.0.0.1:3000"


@dataclass
class Played:
    """A demo that was played, with the sandbox still up."""

    installation: Installation
    summary: dict[str, Any]
    examples: Examples

    def keep_running(self) -> None:
        """Serve reports and Dagster until Ctrl-C."""
        command = str(Path(sys.executable).with_name("assettrail"))
        children = [subprocess.Popen([command, *words]) for words in (["reports", "serve"], ["dagster"])]
        progress(f"reports: {self.examples.reports_address}   Dagster: {DAGSTER_ADDRESS}   Ctrl-C ends all three")
        try:
            signal.pause()
        except KeyboardInterrupt:
            progress("stopping")
        finally:
            for child in children:
                stop(child)


@dataclass
class Steps:
    """The seconds that each step took, on the clock and of processors, shown while they pass."""

    seconds: dict[str, float] = field(default_factory=dict)
    computed: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step; a step that comes several times adds up."""
        progress(f"▸ {name} …")
        start, computed_before = time.monotonic(), computed_seconds()
        yield
        took, computed = time.monotonic() - start, computed_seconds() - computed_before
        self.seconds[name] = round(self.seconds.get(name, 0.0) + took, 2)
        self.computed[name] = round(self.computed.get(name, 0.0) + computed, 2)
        progress(f"  {name}: {took:.1f} s, of processors {computed:.1f} s")


@contextmanager
def play_demo(folder: Path, seed: int, communications: int) -> Iterator[Played]:
    """Play the whole path and give the result while the sandbox is still up."""
    steps = Steps()
    with ExitStack() as stack:
        memory = stack.enter_context(PeakMemory())
        with steps.step("clean start and sandbox"):
            installation = clean_installation(folder)
            endpoints = stack.enter_context(sandbox_process(installation.sandbox))
            write_settings(installation, endpoints)
            stack.enter_context(only_settings_of(installation.config))
        play_and_ingest(installation, steps, seed, communications)
        with steps.step("build and publish"):
            _run("build_warehouse", installation)
        before = findings(installation)
        with steps.step("measure renditions"):
            _run("measure_renditions", installation)
        with steps.step("send corrections"):
            _send_corrections(installation)
        with steps.step("play the reviewer in Exstream"):
            _play_scenario(installation, seed, communications, "--reviews")
        advance_clock(endpoints["clock_url"], timedelta(minutes=10))
        with steps.step("ingest again"):
            _ingest(installation)
        with steps.step("build and publish again"):
            _run("build_warehouse", installation)
        calls = httpx.get(endpoints["clock_url"].replace("/clock", "/requests"), timeout=30).json()
        summary = _summary(installation, before, steps, calls, memory)
        yield Played(installation, summary, examples(installation.home))


def serve_sandbox(folder: Path) -> None:
    """Start an empty sandbox and Dagster's pages on it, until Ctrl-C."""
    with ExitStack() as stack:
        installation = clean_installation(folder)
        endpoints = stack.enter_context(sandbox_process(installation.sandbox))
        write_settings(installation, endpoints)
        stack.enter_context(only_settings_of(installation.config))
        progress(f"sandbox up; settings in {installation.config}; Dagster opens on {DAGSTER_ADDRESS}")
        child = subprocess.Popen([str(Path(sys.executable).with_name("assettrail")), "dagster"], env=dict(os.environ))
        try:
            child.wait()
        except KeyboardInterrupt:
            progress("stopping")
        finally:
            stop(child)


def play_and_ingest(installation: Installation, steps: Steps, seed: int, communications: int) -> None:
    """Play all stages, and ingest what each brought."""
    for _ in played_stages(installation, steps, seed, communications):
        pass


def played_stages(installation: Installation, steps: Steps, seed: int, communications: int) -> Iterator[int]:
    """Play stage after stage; give each when it is ingested, while the sandbox's clock stands at its end."""
    for stage in range(1, STAGES + 1):
        with steps.step("play the scenario"):
            _play_scenario(installation, seed, communications, "--stage", str(stage))
        with steps.step("ingest"):
            _ingest(installation)
        yield stage


def _play_scenario(installation: Installation, seed: int, communications: int, *part: str) -> None:
    run_for_json(
        [
            "sandbox.scenario",
            *("--folder", str(installation.sandbox)),
            *("--seed", str(seed)),
            *("--communications", str(communications)),
            *part,
        ]
    )


def _ingest(installation: Installation) -> None:
    if installation.drops.is_dir():
        _ingest_drops(installation)
    for system in SYSTEMS:
        _run(f"ingest_{system}", installation)
    _run("ingest_corrections", installation)


def _ingest_drops(installation: Installation) -> None:
    """Land what partners dropped as files, before what the portal's service tells: its claim is the last."""
    from orchestration.keys import landing_key
    from orchestration.running import run_job

    run_job(
        "ingest_trading_grid",
        installation.home,
        selection=[landing_key("trading_grid", "acknowledgements")],
        config={"land_trading_grid": {"config": {"folder": str(installation.drops)}}},
    )


def _run(job: str, installation: Installation) -> None:
    from orchestration.running import run_job

    run_job(job, installation.home)


def _send_corrections(installation: Installation) -> None:
    """Ask the outbox sensor, as the Dagster daemon does, and run what it asks for."""
    from orchestration.running import requested_runs, run_job

    while requests := requested_runs("outbox_sensor", installation.home):
        for request in requests:
            run_job("send_corrections", installation.home, tags=request.tags)


def advance_clock(clock_url: str, by: timedelta) -> None:
    """Move the sandbox's clock on."""
    now = datetime.fromisoformat(httpx.get(clock_url, timeout=30).json()["now"])
    httpx.put(clock_url, json={"now": (now + by).isoformat()}, timeout=30).raise_for_status()


@dataclass(frozen=True)
class Findings:
    """What a snapshot found, as sets of subjects.

    Exceptions by control, uses by verdict at composition, all that has an answer of its own by answer, publications by
    verdict, and corrections by kind.
    """

    controls: dict[str, set[str]]
    verdicts: dict[str, set[str]]
    answers: dict[str, set[str]]
    publications: dict[str, set[str]]
    corrections: dict[str, set[str]]


def findings(installation: Installation) -> Findings:
    """Return what the current snapshot of an installation found."""
    from publish.reading import connect, current_snapshot

    with connect(current_snapshot(installation.home)) as connection:
        return Findings(
            found_controls(connection),
            found_verdicts(connection),
            found_answers(connection),
            found_publications(connection),
            found_corrections(connection),
        )


def _summary(
    installation: Installation, before: Findings, steps: Steps, calls: dict[str, Any], memory: PeakMemory
) -> dict[str, Any]:
    from corrections.difference import MEASURED_KINDS
    from corrections.store.outbox import list_corrections

    key = json.loads((installation.sandbox / "answer_key.json").read_text(encoding="utf-8"))
    after = findings(installation)
    corrections: dict[str, dict[str, int]] = {}
    measured: set[str] = set()
    for row in list_corrections(load_settings()):
        states = corrections.setdefault(row.kind, {})
        states[row.state] = states.get(row.state, 0) + 1
        if row.kind in MEASURED_KINDS:
            measured.add(row.subject_id)
    found = before.corrections | dict.fromkeys(MEASURED_KINDS, measured)
    return {
        **snapshot_facts(installation.home),
        "verdicts": {name: len(uses) for name, uses in sorted(after.verdicts.items())},
        "exceptions": {name: len(subjects) for name, subjects in sorted(after.controls.items())},
        "exceptions_before_corrections": {n: len(subjects) for n, subjects in sorted(before.controls.items())},
        "corrections": corrections,
        "answer_key": {
            **scores(key["controls"], before.controls),
            **scores(answers_of(key), before.answers),
        },
        "answer_key_of_corrections": {
            kind: scores({kind: subjects}, {kind: found.get(kind, ())})[kind]
            for kind, subjects in key["corrections"].items()
        },
        "answer_key_after_corrections": {
            **scores(key["after_corrections"], after.controls),
            **scores(publications_of(key, is_corrected=True), planted_publications(key, after.publications)),
        },
        "seconds": _with_total(steps.seconds),
        "processor_seconds": _with_total(steps.computed),
        "calls": {service: sum(counts.values()) for service, counts in calls.items()},
        "peak_mib": round(memory.mib),
    }


def _with_total(seconds: dict[str, float]) -> dict[str, float]:
    return {**seconds, "total": round(sum(seconds.values()), 2)}
