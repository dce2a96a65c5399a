"""The sandbox's own clock, shared by the three services.

Belongs here: the clock and the text form of its instants. Does not belong here: real time, which the services
read themselves where a client's own clock is concerned (signing time stamps, poll visibility).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

DEFAULT_START = datetime(2026, 1, 5, tzinfo=UTC)


class SandboxClock:
    """A clock that stands still until it is told to move; every instant is aware and in UTC."""

    def __init__(self, start: datetime = DEFAULT_START) -> None:
        self._now = _in_utc(start)

    def now(self) -> datetime:
        """Return the present instant of the sandbox."""
        return self._now

    def set(self, instant: datetime) -> datetime:
        """Move to `instant` (backwards too: clock faults are tested so) and return it.

        Raises ValueError when the instant has no time zone.
        """
        self._now = _in_utc(instant)
        return self._now

    def advance(self, seconds: float) -> datetime:
        """Move by `seconds` and return the new instant."""
        self._now += timedelta(seconds=seconds)
        return self._now

    def epoch_seconds(self) -> int:
        """Return whole seconds since 1970-01-01T00:00:00Z, fractions cut off."""
        return int(self._now.timestamp())


def format_instant(instant: datetime) -> str:
    """Return ISO 8601 text in UTC with `Z`; fractions of a second only when there are any."""
    return _in_utc(instant).isoformat().replace("+00:00", "Z")


def parse_instant(text: str) -> datetime:
    """Read ISO 8601 text with a zone and return the instant in UTC.

    Raises ValueError for text that is not ISO 8601 or has no zone.
    """
    return _in_utc(datetime.fromisoformat(text))


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        message = f"The sandbox clock needs an instant with a time zone, found {instant.isoformat()}; write …Z."
        raise ValueError(message)
    return instant.astimezone(UTC)
