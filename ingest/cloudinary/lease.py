"""The lease on the poll queue: so that a killed poll does not make the queue look empty.

Messages that a killed process had claimed stay invisible until their visibility ends. Before polling, the end
of that time is written durably; the next process waits for it. Real time, since the vendor's queue runs on
it. Here belongs that one small file and nothing else.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from evidence.durable import write_durably


@dataclass
class PollLease:
    """A file with the real second until which messages claimed by its writer may be invisible."""

    path: Path
    visibility_seconds: float
    pause: Callable[[float], None] = time.sleep
    real_now: Callable[[], float] = time.time
    _is_mine: bool = field(default=False, init=False)

    def wait_for_unfinished(self) -> float:
        """Wait until another process' claims have ended, at most one visibility time; return the seconds waited."""
        if self._is_mine:
            return 0.0
        rest = min(self._until() - self.real_now(), self.visibility_seconds)
        if rest <= 0:
            return 0.0
        self.pause(rest)
        return rest

    def renew(self) -> None:
        """Write down, before a poll, until when what it claims may be invisible."""
        until = {"until": self.real_now() + self.visibility_seconds}
        write_durably(self.path, json.dumps(until).encode())
        self._is_mine = True

    def release(self) -> None:
        """Everything claimed is acknowledged: the next process need not wait."""
        self.path.unlink(missing_ok=True)
        self._is_mine = False

    def _until(self) -> float:
        """The written end; a file that cannot be read may have been written just now."""
        try:
            content = json.loads(self.path.read_bytes())
            return float(content["until"])
        except FileNotFoundError:
            return 0.0
        except (ValueError, KeyError, TypeError):
            return self.real_now() + self.visibility_seconds
