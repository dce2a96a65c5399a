"""The cursor of a stream of a walk: what has been read and claimed, in a size that does not grow with the jobs.

Here belongs the cursor's form, and reading those of older installations. Not here: how it moves on (`source`), and
which jobs need not be walked into again (`settled`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeAlias

from ingest.exstream.records import Job, vendor_instant
from ingest.exstream.settled import bits_of, key_hash

Cursor: TypeAlias = Mapping[str, object]

_MOST_TOLD: Final = 40
_TOLD_DIGITS: Final = 16


@dataclass(frozen=True)
class Mark:
    """A stream's cursor.

    - `day`: jobs that started then or later are listed; None: all.
    - `complete_to`: the end of what has been claimed; a running job holds it back.
    - `settled_to`, `running`: jobs that had ended by then have been read, but for those that ran (`Settled`).
    - `doubted_to`: what was missing among them concerns times up to then, which no claim has told as yet.
    - `told`: hashes of jobs that are looked at again although a claim has told that something of them is missing.
    - `corrupt`, `attempts`: the job whose corrupt file is waited for, hashed, and how often it was read.
    """

    day: date | None = None
    complete_to: datetime | None = None
    settled_to: datetime | None = None
    running: int = 0
    doubted_to: datetime | None = None
    told: frozenset[str] = frozenset()
    corrupt: str | None = None
    attempts: int = 0

    @classmethod
    def read(cls, cursor: Cursor | None) -> Mark:
        """The cursor that `write` made; None means from the beginning.

        Cursors once named in `jobs` each one to read again, and not its day: then all jobs are listed once more. What
        else had ended by the end of the claim had been read.
        """
        content = cursor or {}
        if isinstance(jobs := content.get("jobs"), Mapping):
            named = [(domain, job_id) for domain, _, job_id in (name.partition("/") for name in jobs)]
            told = _instant(content, "complete_to")
            return cls(None if named else _day(content), complete_to=told, settled_to=told, running=bits_of(named))
        running, corrupt, attempts = content.get("running"), content.get("corrupt"), content.get("attempts")
        return cls(
            day=_day(content),
            complete_to=_instant(content, "complete_to"),
            settled_to=_instant(content, "settled_to"),
            running=int(running, 16) if isinstance(running, str) else 0,
            doubted_to=_instant(content, "doubted_to"),
            told=_hashes(content.get("told")),
            corrupt=corrupt if isinstance(corrupt, str) else None,
            attempts=attempts if isinstance(attempts, int) else 0,
        )

    def write(self) -> Cursor:
        """The mark as the cursor of a batch."""
        return {
            "day": self.day.isoformat() if self.day else None,
            "complete_to": _text(self.complete_to),
            "settled_to": _text(self.settled_to),
            "running": f"{self.running:x}",
            "doubted_to": _text(self.doubted_to),
            "told": "".join(sorted(self.told)),
            "corrupt": self.corrupt,
            "attempts": self.attempts,
        }

    def has_told(self, job: Job | None) -> bool:
        """Whether a claim has told what is missing of a job, so that the time of the next one is not doubted for it."""
        return job is not None and _told_hash(job) in self.told


def told_about(jobs: Iterable[Job]) -> frozenset[str]:
    """The jobs for a cursor's `told`, no more than have room in it: what is left out is told once more."""
    return frozenset(sorted({_told_hash(job) for job in jobs})[:_MOST_TOLD])


def _told_hash(job: Job) -> str:
    """A job up to its end: one that is processed again ends anew, and what is then missing is news."""
    end = key_hash((job.domain, job.job_id, job.end_at_raw or ""))
    return end.hex()[:_TOLD_DIGITS]


def _hashes(told: object) -> frozenset[str]:
    text = told if isinstance(told, str) else ""
    return frozenset(text[start : start + _TOLD_DIGITS] for start in range(0, len(text), _TOLD_DIGITS))


def _day(content: Cursor) -> date | None:
    day = content.get("day")
    return date.fromisoformat(day) if isinstance(day, str) else None


def _instant(content: Cursor, name: str) -> datetime | None:
    value = content.get(name)
    return vendor_instant(value) if isinstance(value, str) else None


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
