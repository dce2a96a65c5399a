"""A service's clock beside ours, by the header Date of its answers.

Here belongs what one answer tells of it, and how a claim and a report say it. Not here: asking, and what follows for
verdicts, which is `verdicts.clock_deviations`. Pure: whoever asked says when.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Protocol, runtime_checkable


@dataclass
class ServiceClock:
    """How far a service's clock was seen to be from ours at the most, and what verdicts count with.

    `sound_seconds` is what sound clocks may be apart, `allowed_seconds` what this service's may be off now. The header
    tells full seconds, of an instant between asking and the answer's end: what it says is what is sure, which for a
    slow answer is less than there is. `ahead_seconds` below zero is behind.
    """

    sound_seconds: float = 0.0
    allowed_seconds: float = 0.0
    ahead_seconds: float = 0.0
    is_seen: bool = False

    def see(self, date: str, sent_at: float, received_at: float) -> float:
        """Take in one answer's header; gives by how much that clock is ahead for sure (seconds of the epoch asked)."""
        told = _instant_of(date)
        if told is None:
            return 0.0
        ahead = max(told - received_at, 0.0) or min(told + 1.0 - sent_at, 0.0)
        self.is_seen = True
        if abs(ahead) > abs(self.ahead_seconds):
            self.ahead_seconds = ahead
        return ahead

    @property
    def is_farther_than_allowed(self) -> bool:
        """Whether verdicts rely on a clock that is farther off than they count with."""
        return abs(self.ahead_seconds) > self.allowed_seconds

    @property
    def in_words(self) -> str:
        """How the clock is beside ours."""
        if not self.is_seen:
            return "its answers do not tell"
        if abs(self.ahead_seconds) < 1.0:
            return "as ours"
        return f"{abs(self.ahead_seconds):.0f} seconds {'ahead of' if self.ahead_seconds > 0 else 'behind'} ours"

    @property
    def warning(self) -> str | None:
        """What to do about a clock that is farther off than verdicts count with; None where it is not."""
        if not self.is_farther_than_allowed:
            return None
        return (
            f"its clock is {self.in_words}, and verdicts count with {self.allowed_seconds:.0f} at the most: have the "
            "clocks corrected, and name the period in verdicts.clock_deviations"
        )

    @property
    def note(self) -> str:
        """What a claim says of the clock: nothing of a sound one."""
        if abs(self.ahead_seconds) <= self.sound_seconds:
            return ""
        most = f", where verdicts count with {self.allowed_seconds:.0f}" if self.is_farther_than_allowed else ""
        return f"the service's clock was {self.in_words}{most}"


@runtime_checkable
class TellsClock(Protocol):
    """A source whose service tells the time with its answers."""

    service_clock: ServiceClock


def _instant_of(date: str) -> float | None:
    """The header Date as seconds of the epoch; None where it is absent or cannot be read."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
