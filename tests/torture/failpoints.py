"""Where a run is hurt: at each call that touches the disk, counted; and how: killed, stopped, or refused by the disk.

Here belongs the counting of calls in a forked process and the four injuries. What runs is `pipeline`. Calls are told
by Python's audit events (open, rename, remove, mkdir …) and by wrapping `os.fsync`; those outside of the home do not
count.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Injury = Literal["SIGKILL", "SIGKILL after", "SIGSTOP", "ENOSPC", "EIO", "none"]
_EVENTS = frozenset(
    {"open", "os.rename", "os.remove", "os.mkdir", "os.symlink", "os.rmdir", "shutil.rmtree", "os.link"}
)
FINISHED, REFUSED, BROKE = 0, 3, 4


@dataclass
class Counter:
    """The calls so far in this process, and what happens at one of them."""

    home: str
    injury: Injury
    at: int
    calls: int = 0
    is_off: bool = False

    def meet(self, name: str) -> None:
        """Count a call; hurt the process when its number has come."""
        if self.is_off:
            return
        self.calls += 1
        if self.calls == self.at:
            self._hurt(name)

    def _hurt(self, name: str) -> None:
        if self.injury in {"SIGKILL", "SIGKILL after"}:
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.injury == "SIGSTOP":
            os.kill(os.getpid(), signal.SIGSTOP)
        elif self.injury in {"ENOSPC", "EIO"}:
            code = getattr(errno, self.injury)
            raise OSError(code, os.strerror(code), name)


def forked(work: Callable[[], None], home: Path, injury: Injury, at: int, report: Path) -> int:
    """Start `work` in a forked process that is hurt at its call number `at`; return the process's number.

    The number of calls is written to `report` at the end, if there is one.
    """
    child = os.fork()
    if child:
        return child
    code = BROKE
    try:
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, 2)
        counter = Counter(str(home), injury, at)
        _watch(counter)
        code = _ended(work)
        counter.is_off = True
        report.write_text(str(counter.calls))
    finally:
        os._exit(code)


def _ended(work: Callable[[], None]) -> int:
    from assettrail.errors import AssettrailError

    try:
        work()
    except AssettrailError:
        return REFUSED
    return FINISHED


def _watch(counter: Counter) -> None:
    real_fsync = os.fsync

    def fsync(descriptor: int) -> None:
        counter.meet("fsync")
        real_fsync(descriptor)

    os.fsync = fsync
    sys.addaudithook(lambda event, arguments: _audit(counter, event, arguments))


def _audit(counter: Counter, event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _EVENTS or not arguments:
        return
    path = arguments[0]
    if not isinstance(path, str | bytes | os.PathLike) or not os.fsdecode(path).startswith(counter.home):
        return
    counter.meet(event)
