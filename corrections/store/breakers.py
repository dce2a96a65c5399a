"""A vendor that fails is left alone for a growing time: its circuit breaker, which outlives the runs.

Here belong what is known of each vendor's failures and when it is asked again. The first failure stops a run's work at
that vendor; from the second one in a row nobody asks it for 30 seconds, then a minute, up to an hour. When the time is
over, one correction is the probe: its success closes the breaker, its failure opens it for twice as long. Times are
this machine's, not the house clock's: it is real time that heals a vendor.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, cast

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from assettrail.settings import Settings
from corrections.difference import KINDS, Kind
from corrections.store.database import is_absent, open_store
from corrections.store.records import VendorFailureRecord
from corrections.vendors.names import NEEDED, VENDOR_NAMES, Vendor

_FIRST_PAUSE: Final = timedelta(seconds=30)
_LONGEST_PAUSE: Final = timedelta(hours=1)
_LONGEST_REASON: Final = 500
_MOST_DOUBLINGS: Final = 10

BreakerState = Literal["closed", "open", "half_open"]


@dataclass(frozen=True)
class Breaker:
    """One vendor that has failed and not answered since; instants of this machine, in UTC."""

    vendor: Vendor
    failures: int
    failed_at: datetime
    reason: str

    @property
    def asked_again_at(self) -> datetime:
        """The instant from which on one correction tries it."""
        if self.failures < 2:
            return self.failed_at
        doublings = min(self.failures - 2, _MOST_DOUBLINGS)
        return self.failed_at + min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)

    def state(self, now: datetime) -> BreakerState:
        """Return `closed` after a single failure, else `open` until it is asked again, then `half_open`."""
        if self.failures < 2:
            return "closed"
        return "open" if now < self.asked_again_at else "half_open"

    def as_dict(self, now: datetime) -> dict[str, object]:
        """Return the breaker as plain values for JSON; instants as ISO 8601."""
        return {
            "vendor": self.vendor,
            "state": self.state(now),
            "failures": self.failures,
            "failed_at": self.failed_at.isoformat(),
            "asked_again_at": self.asked_again_at.isoformat(),
            "reason": self.reason,
        }

    def in_words(self, now: datetime) -> str:
        """Say what is the matter with the vendor, on one line."""
        name, times = VENDOR_NAMES[self.vendor], f"{self.failures} time(s) in a row"
        told = f"{name} failed {times}, last at {self.failed_at:%Y-%m-%d %H:%M:%S} UTC: {self.reason}"
        if self.state(now) == "open":
            return f"{told}; it is asked again at {self.asked_again_at:%H:%M:%S} UTC"
        return f"{told}; the next run asks it again"


def breakers_of(settings: Settings) -> list[Breaker]:
    """Return the vendors that have failed and not answered since, by name; none when there is no outbox yet."""
    if is_absent(settings):
        return []
    with open_store(settings) as store, store.begin() as session:
        return list_breakers(session)


def list_breakers(session: Session) -> list[Breaker]:
    """Return the vendors that have failed and not answered since, by name."""
    records = session.scalars(select(VendorFailureRecord).order_by(VendorFailureRecord.vendor))
    return [Breaker(cast("Vendor", one.vendor), one.failures, one.failed_at, one.reason) for one in records]


def note_failure(session: Session, vendor: Vendor, reason: str, now: datetime) -> None:
    """Count one more failure in a row of a vendor; `now` is this machine's time."""
    record = session.get(VendorFailureRecord, vendor)
    failures = 1 if record is None else record.failures + 1
    told = " ".join(reason.split())[:_LONGEST_REASON]
    session.merge(VendorFailureRecord(vendor=vendor, failures=failures, failed_at=now, reason=told))
    session.flush()


def note_answer(session: Session, vendors: Collection[Vendor]) -> None:
    """Close the breakers of vendors that answer."""
    session.execute(delete(VendorFailureRecord).where(VendorFailureRecord.vendor.in_(vendors)))


def ask_again_now(settings: Settings, now: datetime) -> None:
    """Let the next run ask every vendor at once, as a person wants it; still by one correction first."""
    if is_absent(settings):
        return
    with open_store(settings) as store, store.begin() as session:
        for one in list_breakers(session):
            if one.state(now) == "open":
                past = now - (one.asked_again_at - one.failed_at)
                session.merge(
                    VendorFailureRecord(vendor=one.vendor, failures=one.failures, failed_at=past, reason=one.reason)
                )


def waiting_kinds(session: Session, now: datetime) -> list[Kind]:
    """Return the kinds that need a vendor whose breaker is open."""
    shut = {one.vendor for one in list_breakers(session) if one.state(now) == "open"}
    return [kind for kind in KINDS if shut & set(NEEDED[kind])]
