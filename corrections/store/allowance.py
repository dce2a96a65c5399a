"""How much may be sent now: nothing while a person has paused it, else what the run and the hour allow.

Here belong the kill switch and the limits. Both are looked at again before each single write, so that a pause stops a
run that is under way. What is sent, and in which order, is `send`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from assettrail.clock import Clock
from assettrail.errors import ConfigurationError
from assettrail.settings import CorrectionSettings, Settings
from corrections.people.register import Person
from corrections.store.database import is_absent, open_store
from corrections.store.decision_log import log_decisions
from corrections.store.records import PauseRecord, TransitionRecord
from evidence.decision_leaves import SendingLeaf

_AN_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Pause:
    """A time in which nothing is sent, that has not ended."""

    paused_at: datetime
    paused_by: str
    reason: str

    def __str__(self) -> str:
        return f"{self.paused_by} paused it at {self.paused_at:%Y-%m-%d %H:%M:%S} UTC: {self.reason}"


def pause(settings: Settings, clock: Clock, by: Person, reason: str) -> Pause:
    """Send nothing any more, from the next single write on.

    Raises ConfigurationError without a reason, or when it is paused already.
    """
    now = clock.now()
    if not reason.strip():
        raise _refused("no reason", "a reason, which everybody sees who asks why nothing is sent")
    with open_store(settings) as store, store.begin() as session:
        if (found := current_pause(session)) is not None:
            raise _refused(str(found), "corrections that are being sent")
        session.add(PauseRecord(paused_at=now, paused_by=by.name, reason=reason.strip()))
        session.flush()
        log_decisions(settings, [SendingLeaf("paused", by.name, reason.strip(), now)])
    return Pause(now, by.name, reason.strip())


def resume(settings: Settings, clock: Clock, by: Person, reason: str) -> None:
    """Let corrections be sent again. Raises ConfigurationError without a reason, or when nothing is paused."""
    now = clock.now()
    if not reason.strip():
        raise _refused("no reason", "a reason, which stands in the log")
    with open_store(settings) as store, store.begin() as session:
        record = _open_pause(session)
        if record is None:
            raise _refused("nothing that is paused", "a pause that has not ended")
        ended = update(PauseRecord).where(PauseRecord.resumed_at.is_(None))
        session.execute(ended.values(resumed_at=now, resumed_by=by.name))
        log_decisions(settings, [SendingLeaf("resumed", by.name, reason.strip(), now)])


def pause_of(settings: Settings) -> Pause | None:
    """Return the pause that there is now; None while corrections are sent."""
    if is_absent(settings):
        return None
    with open_store(settings) as store, store.begin() as session:
        return current_pause(session)


def current_pause(session: Session) -> Pause | None:
    """Return the pause that there is now; None while corrections are sent."""
    record = _open_pause(session)
    return None if record is None else Pause(record.paused_at, record.paused_by, record.reason)


def left_this_hour(session: Session, settings: CorrectionSettings, now: datetime) -> int:
    """Return how many writes may still begin in the hour that ends at `now`, by the house clock; 0 while paused."""
    if current_pause(session) is not None:
        return 0
    begun = select(func.count()).select_from(TransitionRecord)
    recent = begun.where(TransitionRecord.to_state == "sending", TransitionRecord.at > now - _AN_HOUR)
    return max(0, settings.max_per_hour - (session.scalar(recent) or 0))


def _open_pause(session: Session) -> PauseRecord | None:
    return session.scalar(select(PauseRecord).where(PauseRecord.resumed_at.is_(None)).limit(1))


def _refused(found: str, expected: str) -> ConfigurationError:
    return ConfigurationError(
        tried="to pause or resume the sending of corrections",
        found=found,
        expected=expected,
        remedy="`assettrail corrections list` tells whether sending is paused; nothing was changed",
    )
