"""How sending stands, for the command line and the reports: who paused it, which vendors are down, what waits.

Here belongs putting together what `allowance`, `breakers` and the outbox know. Reads only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from assettrail.clock import SystemClock
from assettrail.settings import Settings
from corrections.store.allowance import Pause, current_pause
from corrections.store.breakers import Breaker, list_breakers, waiting_kinds
from corrections.store.database import is_absent, open_store
from corrections.store.records import CorrectionRecord


@dataclass(frozen=True)
class SendingStatus:
    """How sending stands at `at` (this machine's time, UTC); `held` counts approved ones that wait for vendors."""

    at: datetime
    pause: Pause | None
    breakers: tuple[Breaker, ...]
    states: Mapping[str, int]
    held: int

    def as_dict(self) -> dict[str, object]:
        """Return the status as plain values for JSON; instants as ISO 8601."""
        paused = self.pause
        return {
            "at": self.at.isoformat(),
            "paused": None
            if paused is None
            else {"at": paused.paused_at.isoformat(), "by": paused.paused_by, "reason": paused.reason},
            "vendors": [one.as_dict(self.at) for one in self.breakers],
            "corrections": dict(self.states),
            "held_by_vendors": self.held,
        }

    def notes(self) -> list[str]:
        """Say what keeps corrections from being sent, a line each; empty when nothing does."""
        paused = [] if self.pause is None else [f"nothing is sent: {self.pause}"]
        return paused + [one.in_words(self.at) for one in self.breakers]


def sending_status(settings: Settings) -> SendingStatus:
    """Return how sending stands now. Raises ConfigurationError when the outbox cannot be opened."""
    now = SystemClock().now()
    if is_absent(settings):
        return SendingStatus(now, None, (), {}, 0)
    table = CorrectionRecord
    with open_store(settings) as store, store.begin() as session:
        counts = session.execute(select(table.state, func.count()).group_by(table.state).order_by(table.state)).tuples()
        waiting = select(func.count()).select_from(table).where(table.state == "approved")
        held = session.scalar(waiting.where(table.kind.in_(waiting_kinds(session, now))))
        return SendingStatus(now, current_pause(session), tuple(list_breakers(session)), dict(counts.all()), held or 0)
