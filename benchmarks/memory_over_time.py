"""How much memory a command and all below it have, instant by instant.

Here belongs measuring it, so that a part of the command's work that is known by its start and end can be told what
stood in memory meanwhile. The highest memory of a whole run, in which shared pages count once, is
`assettrail.demo.processes.PeakMemory`.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

import psutil

_EVERY_SECONDS = 0.1


@dataclass(frozen=True)
class Sample:
    """Resident memory in MiB at an instant (UTC)."""

    at: datetime
    mib: float


class MemoryOverTime:
    """Samples the resident set sizes (RSS) of all processes below this one, ten times a second."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self.samples: list[Sample] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def peak_mib(self, start: datetime, end: datetime) -> float | None:
        """The most that was there from start to end; nothing where no sample fell between them."""
        return max((one.mib for one in self.samples if start <= one.at <= end), default=None)

    def _sample(self) -> None:
        me = psutil.Process()
        while not self._stop.wait(_EVERY_SECONDS):
            resident = sum(_resident_bytes(process) for process in me.children(recursive=True))
            self.samples.append(Sample(datetime.now(UTC), resident / 2**20))


def _resident_bytes(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return 0
