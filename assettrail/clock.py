"""What time it is: the one place that reads a clock.

Here belong clocks. Arithmetic with instants belongs where the rule is. All instants are aware and in UTC.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Protocol

import httpx

from assettrail.errors import TransientSourceError

if TYPE_CHECKING:
    from assettrail.settings import Settings


class Clock(Protocol):
    """Tells the present instant, aware and in UTC."""

    def now(self) -> datetime:
        """Return the present instant, in UTC."""
        ...


@dataclass(frozen=True)
class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the present instant of this machine, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands still, for replays and tests."""

    instant: datetime

    def now(self) -> datetime:
        """Return the instant that the clock stands at, in UTC."""
        return self.instant.astimezone(UTC)


@dataclass(frozen=True)
class RemoteClock:
    """The clock of the sandbox, so that months of vendor time pass in minutes.

    The address answers a GET with `{"now": "<ISO 8601 with offset>"}`.
    """

    url: str
    timeout_seconds: float = 10.0

    def now(self) -> datetime:
        """Return the present instant of the remote clock, in UTC.

        Raises TransientSourceError when the clock does not answer or answers something else.
        """
        try:
            answer = _connections().get(self.url, timeout=self.timeout_seconds)
            answer.raise_for_status()
            instant = datetime.fromisoformat(str(answer.json()["now"]))
        except (httpx.HTTPError, json.JSONDecodeError, KeyError, ValueError) as error:
            raise TransientSourceError(
                tried=f"to read the time from {self.url}",
                found=f"{type(error).__name__}: {error}",
                expected='an answer {"now": "<ISO 8601 instant>"}',
                remedy="start the sandbox, or unset ASSETTRAIL_CLOCK_URL to use this machine's clock",
            ) from error
        return instant.astimezone(UTC)


@cache
def _connections() -> httpx.Client:
    """Connections that are kept: to read the certificates and to connect takes longer than to ask the time."""
    return httpx.Client()


def clock_from(settings: Settings) -> Clock:
    """Return the clock that the settings name: the sandbox's where `clock_url` is set, else this machine's."""
    return RemoteClock(settings.clock_url) if settings.clock_url else SystemClock()
