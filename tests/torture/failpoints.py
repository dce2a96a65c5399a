"""Where a run is hurt: at each call that touches the disk, counted; and how: killed, stopped, or refused by the disk.

Here belongs the counting of calls in a forked process and the four injuries. What runs is `pipeline`; who hurts and
judges is `trial`. Calls are told by Python's audit events (open, rename, remove, mkdir …) and by wrapping `os.fsync`;
those outside of the home do not count. What native libraries write by themselves is reached by `tracing`.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from assettrail.errors import AssettrailError

Injury = Literal["SIGKILL", "SIGSTOP", "STALL", "ENOSPC", "EIO", "RESET", "none"]
"""What happens at a call. STALL is a SIGSTOP that lasts an hour by the process's own clock; RESET a lost connection."""
_EVENTS = frozenset(
    {"open", "os.rename", "os.remove", "os.mkdir", "os.symlink", "os.rmdir", "shutil.rmtree", "os.link"}
)
FINISHED, REFUSED, BROKE = 0, 3, 4


@dataclass(frozen=True)
class Told:
    """What a process told of itself while it ran.

    `calls` is the number of calls of one that was not killed; `call` and `path` (relative to the home) are where it
    was hurt; `error` is the last line of what ended it; `retried` are files that were flushed again after a refusal.
    `seen` are the calls of a process that was not to be hurt, in their order.
    """

    calls: int = 0
    call: str = ""
    path: str = ""
    error: str = ""
    retried: tuple[str, ...] = ()
    seen: tuple[tuple[str, str], ...] = ()


@dataclass
class Counter:
    """The calls so far in this process, and what happens at one of them; `after_stall` is called where it goes on.

    Two runs do not always make the same calls in the same order: where the injury cannot happen at the call of that
    number (`fits`), it happens at the next one where it can.
    """

    home: str
    injury: Injury
    at: int
    report: int
    calls: int = 0
    is_off: bool = False
    refused: set[tuple[int, int]] = field(default_factory=set)
    after_stall: Callable[[], None] = lambda: None
    fits: Callable[[str, str], bool] = lambda _name, _what: True
    is_hurt: bool = False

    def meet(self, name: str, path: str) -> None:
        """Count a call on a file, if it lies in the home; hurt the process when its number has come."""
        if path.startswith(self.home):
            self.count(name, path[len(self.home) :].lstrip("/"))

    def count(self, name: str, what: str) -> None:
        """Count a call; hurt the process when its number has come."""
        if self.is_off:
            return
        self.calls += 1
        if self.injury == "none":
            self.tell("seen", name, what)
        elif self.calls >= self.at and not self.is_hurt and self.fits(name, what):
            self.is_hurt = True
            self.tell("met", name, what)
            self._hurt(what)

    def flush(self, descriptor: int, real: Callable[[int], None]) -> None:
        """Count a flush; one that is refused is remembered, as the kernel forgets what it could not write."""
        status = os.fstat(descriptor)
        path = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        if (status.st_dev, status.st_ino) in self.refused:
            self.tell("retried", path)
        try:
            self.meet("fsync", path)
        except OSError:
            self.refused.add((status.st_dev, status.st_ino))
            raise
        real(descriptor)

    def tell(self, *words: str) -> None:
        """Write a line into the report, which is outside of the home."""
        os.write(self.report, ("\t".join(words).replace("\n", " ") + "\n").encode())

    def _hurt(self, path: str) -> None:
        if self.injury in {"SIGKILL", "SIGSTOP"}:
            os.kill(os.getpid(), getattr(signal, self.injury))
        elif self.injury == "STALL":
            os.kill(os.getpid(), signal.SIGSTOP)
            self.after_stall()
        elif self.injury == "RESET":
            raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        elif self.injury in {"ENOSPC", "EIO"}:
            code = getattr(errno, self.injury)
            raise OSError(code, os.strerror(code), path)


def forked(
    work: Callable[[], None],
    home: Path,
    injury: Injury,
    at: int,
    report: Path,
    watch: Callable[[Counter], None] = lambda _: None,
) -> int:
    """Start `work` in a forked process that is hurt at its call number `at`; return the process's number.

    What it tells of itself is read with `told`. `watch` has further calls counted than those that touch the home.
    """
    child = os.fork()
    if child:
        return child
    code = BROKE
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        file = os.open(report, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        counter = Counter(str(home), injury, at, file)
        _watch(counter)
        watch(counter)
        code = _ended(work, counter)
        counter.is_off = True
        counter.tell("calls", str(counter.calls))
    finally:
        os._exit(code)


def told(report: Path) -> Told:
    """What a process wrote into its report."""
    calls, call, path, error, retried = 0, "", "", "", []
    seen: list[tuple[str, str]] = []
    for line in report.read_text(encoding="utf-8").splitlines() if report.exists() else []:
        kind, *words = line.split("\t")
        if kind == "calls":
            calls = int(words[0])
        elif kind == "met":
            call, path = words
        elif kind == "seen":
            seen.append((words[0], words[1]))
        elif kind == "error":
            error = words[0]
        else:
            retried.append(words[0])
    return Told(calls, call, path, error, tuple(retried), tuple(seen))


def _ended(work: Callable[[], None], counter: Counter) -> int:
    """Run the work; an error of the house is a clean refusal, any other is told and judged."""
    try:
        work()
    except AssettrailError as error:
        counter.is_off = True
        counter.tell("error", f"{type(error).__name__}: {error.found}")
        return REFUSED
    except BaseException as error:
        counter.is_off = True
        where = traceback.extract_tb(error.__traceback__)[-1]
        ours = [frame for frame in traceback.extract_tb(error.__traceback__) if ".venv" not in frame.filename]
        last = ours[-1] if ours else where
        counter.tell("error", f"{type(error).__name__}: {error} at {last.filename}:{last.lineno} {last.name}")
        raise
    return FINISHED


def _watch(counter: Counter) -> None:
    real_fsync = os.fsync
    os.fsync = lambda descriptor: counter.flush(descriptor, real_fsync)  # type: ignore[assignment]
    sys.addaudithook(lambda event, arguments: _audit(counter, event, arguments))


def _audit(counter: Counter, event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _EVENTS or not arguments:
        return
    path = arguments[0]
    if isinstance(path, str | bytes | os.PathLike):
        counter.meet(event, os.fsdecode(path))
