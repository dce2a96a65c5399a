"""Hurting a run at its system calls, with strace: what DuckDB, pyarrow and polars write by themselves is reached, too.

Here belongs attaching strace to a forked run, the points that there are, and where one was hit. The ordinal of a point
is of one system call in one thread, as strace counts; a thread that gets there first is the one that is hurt. Judging
is `trial`.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.torture.failpoints import FINISHED, Told, forked, told
from tests.torture.pipeline import run, settings_in
from tests.torture.trial import Tried, Whole, fresh, is_stopped, judged, wait

LANE: Final = "strace"
CALLS: Final[Mapping[str, tuple[str, ...]]] = {
    "SIGKILL": ("write", "pwrite64", "ftruncate", "fsync", "fdatasync", "rename", "unlink", "mkdir", "symlink"),
    "EIO": ("write", "pwrite64", "ftruncate", "fdatasync"),
    "ENOSPC": ("write", "pwrite64", "ftruncate"),
}
"""Which system calls are hurt; errors only where Python's own events (see `failpoints`) do not reach."""

_LINE = re.compile(r"(?P<thread>\d+)\s+(?P<call>\w+)\((?P<rest>.*)")
_START_SECONDS = 30.0


def missing() -> str | None:
    """Why this machine cannot trace, in words; None where it can."""
    if shutil.which("strace") is None:
        return "strace is not installed (make torture-system installs it)"
    tried = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, text=True, check=False)
    return f"strace may not trace here: {tried.stderr.strip()}" if tried.returncode else None


def points(folder: Path) -> Iterator[tuple[str, str]]:
    """Give (injury, point) of all system calls of an undisturbed run that touch its home; a point is `call:ordinal`."""
    installation = fresh(folder, "hurt")
    yield from points_of(lambda: run(installation), settings_in(installation).home, folder)


def points_of(work: Callable[[], None], within: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Give (injury, point) of all system calls of this work on paths that begin so."""
    code, lines, _ = traced(work, within, folder, f"trace={','.join(CALLS['SIGKILL'])}")
    if code != FINISHED:
        raise SystemExit(f"the traced run ended with {code}")
    ordinals: dict[tuple[str, str], int] = {}
    found: dict[str, None] = {}
    for line in lines:
        if (match := _LINE.match(line)) is None:
            continue
        each = (match["thread"], match["call"])
        ordinals[each] = ordinals.get(each, 0) + 1
        if str(within) in match["rest"]:
            found[f"{match['call']}:{ordinals[each]}"] = None
    for injury, calls in CALLS.items():
        yield from ((injury, point) for point in found if point.partition(":")[0] in calls)


def tried(folder: Path, injury: str, point: str, whole: Whole) -> Tried | None:
    """Hurt a run at one system call, and judge; None when it was not reached, or reached by what is not of the home."""
    installation = fresh(folder, "hurt")
    met = hurt_at(lambda: run(installation), settings_in(installation).home, folder, injury, point)
    if met is None:
        return None
    code, said, path = met
    call = point.partition(":")[0]
    return Tried(LANE, injury, point, call, path, code, said.error, tuple(judged(installation, code, said, whole)))


def hurt_at(
    work: Callable[[], None], within: Path, folder: Path, injury: str, point: str
) -> tuple[int, Told, str] | None:
    """Hurt this work at one system call; give its exit code, what it told, and the path behind `within`.

    None when the call was not reached, or on another path.
    """
    call, _, ordinal = point.partition(":")
    how = "signal=KILL" if injury == "SIGKILL" else f"error={injury}"
    code, lines, said = traced(work, within, folder, f"inject={call}:{how}:when={ordinal}")
    path = _hit(lines, call, injury, within)
    return None if path is None else (code, said, path)


def traced(work: Callable[[], None], home: Path, folder: Path, expression: str) -> tuple[int, list[str], Told]:
    """Run under strace; give the exit code, what strace wrote, and what the run told."""
    report, output = folder / "report", folder / "traced"
    output.unlink(missing_ok=True)
    child = forked(lambda: _waiting(work), home, "none", 0, report)
    _until(lambda: is_stopped(child))
    words = ["strace", "-f", "-y", "-s", "0", "-p", str(child), "-o", str(output), "-e", expression]
    if expression.startswith("inject"):
        words += ["-e", "trace=" + expression.partition("=")[2].partition(":")[0]]
    tracer = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    _until(lambda: _has_tracer(child))
    os.kill(child, signal.SIGCONT)
    code = wait(child)
    tracer.wait()
    return code, output.read_text(errors="replace").splitlines(), told(report)


def _waiting(work: Callable[[], None]) -> None:
    """Stand still until the tracer is there, then work."""
    os.kill(os.getpid(), signal.SIGSTOP)
    work()


def _has_tracer(process: int) -> bool:
    status = Path(f"/proc/{process}/status").read_text()
    return "TracerPid:\t0\n" not in status


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit("strace did not attach within 30 s")
        time.sleep(0.002)


def _hit(lines: list[str], call: str, injury: str, home: Path) -> str | None:
    """The path in the home of the call that was hurt; None when there is none."""
    if injury == "SIGKILL":
        hurt = [line for line in lines if f" {call}(" in line][-1:] if _was_killed(lines) else []
    else:
        hurt = [line for line in lines if line.endswith("(INJECTED)")][:1]
    for line in hurt:
        found = re.search(re.escape(str(home)) + r"/?([^\">]*)", line)
        if found:
            return found[1]
    return None


def _was_killed(lines: list[str]) -> bool:
    return any("+++ killed by SIGKILL" in line for line in lines)
