"""One point of torture: a new installation, a run that is hurt there, a reader, a run that is not hurt, the judge.

Here belongs what happens around one injury, and what is written down of it. This process starts no thread, as threads
do not survive a fork: all else is done by its children.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from assettrail.errors import AssettrailError
from tests.torture.failpoints import BROKE, FINISHED, Injury, Told, forked, told
from tests.torture.pipeline import half_published, prepare, published, run, settings_in, violations

STOPPED_SECONDS = 0.2
ATTEMPT_SECONDS = 60.0


@dataclass(frozen=True)
class Whole:
    """The undisturbed run: what it published, and how many calls of it touch its home."""

    content: dict[str, str]
    calls: int


@dataclass(frozen=True)
class Tried:
    """One point: in which lane (`failpoint` or `strace`) and how it was hurt, at which call on which path of the home.

    `code` is how the run ended, `found` is what did not hold.
    """

    lane: str
    injury: str
    point: str
    call: str
    path: str
    code: int
    error: str
    found: tuple[str, ...]


def undisturbed(folder: Path) -> Whole:
    """Run once without an injury, after what it loads was loaded here."""
    load_what(lambda: run(fresh(folder, "warm")), folder)
    home, report = fresh(folder, "whole"), folder / "report"
    code = wait(forked(lambda: run(home), settings_in(home).home, "none", 0, report))
    if code != FINISHED:
        raise SystemExit(f"the undisturbed run ended with {code}: {told(report).error}")
    content = in_child(lambda: json.dumps(published(settings_in(home).home)), folder / "content")
    return Whole(json.loads(content or "{}"), told(report).calls)


def load_what(work: Callable[[], None], folder: Path) -> None:
    """Do the work in a process of its own, and load here what it loaded: the runs to come need not do it each."""
    names = in_child(lambda: (work(), "\n".join(sys.modules))[1], folder / "loaded")  # type: ignore[func-returns-value]
    for name in (names or "").splitlines():
        with suppress(ImportError):  # Names that a package makes up for itself.
            importlib.import_module(name)


def tried(folder: Path, injury: Injury, at: int, whole: Whole) -> Tried:
    """Hurt a run at its call number `at`, and judge."""
    installation, report = fresh(folder, "hurt"), folder / "report"
    code, found = hurt(installation, injury, at, report)
    said = told(report)
    found += judged(installation, code, said, whole)
    return Tried("failpoint", injury, str(at), said.call, said.path, code, said.error, tuple(found))


def hurt(installation: Path, injury: Injury, at: int, report: Path) -> tuple[int, list[str]]:
    """Run until the injury, let another run come by where the first one stands still; give code and problems."""
    home = settings_in(installation).home
    child = forked(lambda: run(installation), home, injury, at, report)
    if injury != "SIGSTOP":
        return wait(child), []
    deadline = time.monotonic() + ATTEMPT_SECONDS
    while not is_stopped(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    beside = report.with_name("report_of_the_other")
    other = wait(forked(lambda: run(installation, STOPPED_SECONDS), home, "none", 0, beside))
    problems = seen(home, installation)
    os.kill(child, signal.SIGCONT)
    if other == BROKE:
        problems.append(f"I9: the other run broke: {told(beside).error}")
    return wait(child), problems


def judged(installation: Path, code: int, said: Told, whole: Whole) -> list[str]:
    """What does not hold after a run that was hurt: of its end, of what a reader sees, and after another run."""
    found = seen(settings_in(installation).home, installation)
    if code == BROKE:
        found.append(f"I9: the run ended with an error that is not one of ours: {said.error}")
    found += [f"I9: {path} was flushed again after the disk had refused it" for path in said.retried]
    if code == FINISHED:
        found += [f"said to have finished, but {one}" for one in _lines(_held(installation, whole), installation)]
    return found + _lines(lambda: _judgement(installation, whole), installation)


def seen(home: Path, installation: Path) -> list[str]:
    """What a reader sees that is not whole."""
    text = in_child(lambda: "\n".join(half_published(home)), installation / "seen")
    return text.splitlines() if text is not None else ["I5: a reader could not open what is published"]


def in_child(work: Callable[[], str], answer: Path) -> str | None:
    """What a function says in a process of its own; None where it broke."""
    answer.unlink(missing_ok=True)
    child = os.fork()
    if not child:
        try:
            answer.write_text(work())
        finally:
            os._exit(0)
    wait(child)
    return answer.read_text() if answer.exists() else None


def fresh(folder: Path, name: str) -> Path:
    """A new installation under a name, in place of the one before."""
    installation = folder / name
    shutil.rmtree(installation, ignore_errors=True)
    installation.mkdir()
    prepare(installation)
    return installation


def is_stopped(child: int) -> bool:
    """Whether a process stands still or has ended."""
    try:
        state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in {"T", "Z"}


def wait(child: int) -> int:
    """The exit code of a process, negative where a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _lines(work: Callable[[], list[str]], installation: Path) -> list[str]:
    text = in_child(lambda: "\n".join(work()), installation / "judgement")
    return text.splitlines() if text is not None else ["I1: what stands there could not be judged"]


def _held(installation: Path, whole: Whole) -> Callable[[], list[str]]:
    def judge() -> list[str]:
        try:
            return violations(installation, whole.content)
        except AssettrailError as error:
            return [f"I1: {type(error).__name__}: {error.found}"]

    return judge


def _judgement(installation: Path, whole: Whole) -> list[str]:
    """Run again to the end without an injury, and name what does not hold."""
    try:
        run(installation)
    except AssettrailError as error:
        return [f"I1: the next run: {type(error).__name__}: {error.found}"]
    return _held(installation, whole)()
