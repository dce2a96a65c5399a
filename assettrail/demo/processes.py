"""Processes that the demo starts and ends, and the memory that all of them take.

Here belong starting, waiting, stopping and measuring. What the processes do is not known here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import psutil

from assettrail.errors import ContractBroken

START_SECONDS = 60.0
_PAUSES_PER_SAMPLE = 50
_PREFIX = "ASSETTRAIL_"


@contextmanager
def sandbox_process(folder: Path) -> Iterator[dict[str, Any]]:
    """Start the sandbox on free ports and give its endpoints; it is ended on the way out.

    Raises ContractBroken with the sandbox's own words when it does not come up.
    """
    endpoints = folder / "endpoints.json"
    errors = folder / "sandbox.log"
    with errors.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "serve", "--folder", str(folder)], stdout=log, stderr=log
        )
    try:
        _wait_for(endpoints, process, errors)
        yield json.loads(endpoints.read_text(encoding="utf-8"))
    finally:
        stop(process)


def _wait_for(endpoints: Path, process: subprocess.Popen[bytes], errors: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not endpoints.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise ContractBroken(
                tried="to start the sandbox",
                found=errors.read_text(encoding="utf-8", errors="replace").strip() or "no answer",
                expected=f"{endpoints} within {START_SECONDS:.0f} s",
                remedy="correct what it says above and run the demo again",
            )
        time.sleep(0.05)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process: politely, then for certain."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def run_for_json(arguments: Sequence[str]) -> dict[str, Any]:
    """Run a Python module; its last line on standard output is JSON, its progress goes to standard error.

    Raises ContractBroken when it ends with another exit code than 0.
    """
    process = subprocess.run([sys.executable, "-m", *arguments], stdout=subprocess.PIPE, check=False)
    if process.returncode != 0:
        raise ContractBroken(
            tried="to run " + " ".join(arguments),
            found=f"exit code {process.returncode}; its own words stand above",
            expected="exit code 0",
            remedy="correct the cause and run the demo again",
        )
    answer: dict[str, Any] = json.loads(process.stdout.decode().strip().splitlines()[-1])
    return answer


@contextmanager
def only_settings_of(config: Path) -> Iterator[None]:
    """Let a settings file alone say what counts, in this process and in what it starts.

    The caller's own `ASSETTRAIL_…` variables, which would win over the file, come back afterwards.
    """
    before = {name: value for name, value in os.environ.items() if name.startswith(_PREFIX)}
    _set_only({"ASSETTRAIL_CONFIG": str(config)})
    try:
        yield
    finally:
        _set_only(before)


def _set_only(variables: Mapping[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith(_PREFIX)]:
        del os.environ[name]
    os.environ.update(variables)


def computed_seconds() -> float:
    """Return the processor's seconds, user and system, of this process and of all below it, those that ended included.

    On a busy machine the clock tells what others do; this tells what we do.
    """
    me = psutil.Process()
    return sum(_processor_seconds(process) for process in [me, *me.children(recursive=True)])


def _processor_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


class PeakMemory:
    """The highest sum of proportional set sizes (PSS) over this process and all below it, in MiB.

    The kernel walks every page for a PSS. Where that takes long, samples are further apart: they take a fiftieth of the
    time at most, and what is measured works on.
    """

    def __init__(self, every_seconds: float = 0.5) -> None:
        self._every = every_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self.mib = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        me, pause = psutil.Process(), self._every
        while not self._stop.wait(pause):
            start = time.monotonic()
            total = sum(_pss_bytes(process) for process in [me, *me.children(recursive=True)])
            self.mib = max(self.mib, total / 2**20)
            pause = max(self._every, _PAUSES_PER_SAMPLE * (time.monotonic() - start))


def _pss_bytes(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return 0
