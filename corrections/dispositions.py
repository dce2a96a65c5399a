"""What people make of exceptions: who owns one, until when, and what is done about it.

Here belong the rules and the one way in which a disposition is written: to be corrected, accepted until a day, a false
alarm, or escalated, each with a reason and an owner. Each is a leaf of the log. An acceptance whose day is over counts
no more, so that the exception comes back. Which exceptions there are is the warehouse's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assettrail.clock import Clock
from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from corrections.people.register import Person, find_person, roles_now
from corrections.store.database import is_absent, open_store
from corrections.store.decision_log import log_decisions
from corrections.store.disposition_records import DispositionRecord
from evidence.decision_leaves import ExceptionDispositionLeaf

DispositionKind = Literal["correct", "accept_until", "false_alarm", "escalate"]
KINDS: Final[tuple[DispositionKind, ...]] = get_args(DispositionKind)
_BATCH: Final = 500


@dataclass(frozen=True)
class Order:
    """A disposition as it is asked for: days are of UTC."""

    kind: DispositionKind
    owner: str
    reason: str
    due_on: date | None = None
    accepted_until: date | None = None


@dataclass(frozen=True)
class Disposition:
    """A disposition that was made of an exception."""

    exception_key: str
    kind: str
    owner: str
    due_on: date | None
    accepted_until: date | None
    reason: str
    disposed_at: datetime
    disposed_by: str

    def counts_on(self, day: date) -> bool:
        """Tell whether it still counts: an acceptance does up to its last day, that day included."""
        return self.accepted_until is None or day <= self.accepted_until

    def is_overdue_on(self, day: date) -> bool:
        """Tell whether its due day is over."""
        return self.due_on is not None and day > self.due_on


def dispose(settings: Settings, clock: Clock, exception_keys: Sequence[str], by: Person, order: Order) -> int:
    """Make a disposition of exceptions, of all or of none; returns of how many.

    Raises ConfigurationError when `by` is no officer, the owner is nobody, a day or the reason is missing or past, or
    no exception is named; and what the log raises.
    """
    now = clock.now()
    keys = list(dict.fromkeys(exception_keys))
    with open_store(settings) as store, store.begin() as session:
        _refuse_person(session, by)
        _refuse_order(order, keys, now.date())
        owner = find_person(session, order.owner)
        if not owner.is_active:
            raise _refused(f"the owner {owner.name}, who is not active any more", "a person who is active")
        for key in keys:
            session.add(
                DispositionRecord(
                    exception_key=key,
                    disposition=order.kind,
                    owner=owner.name,
                    due_on=order.due_on,
                    accepted_until=order.accepted_until,
                    reason=order.reason.strip(),
                    disposed_at=now,
                    disposed_by=by.name,
                )
            )
        session.flush()
        log_decisions(settings, [_leaf(key, by, owner.name, order, now) for key in keys])
    return len(keys)


def latest_dispositions(settings: Settings, exception_keys: Collection[str]) -> dict[str, Disposition]:
    """Return the latest disposition of each of these exceptions that has one."""
    if is_absent(settings) or not exception_keys:
        return {}
    keys, found = sorted(exception_keys), {}
    with open_store(settings) as store, store.read() as session:
        for first in range(0, len(keys), _BATCH):
            table = DispositionRecord
            latest = (
                select(func.max(table.disposition_id))
                .where(table.exception_key.in_(keys[first : first + _BATCH]))
                .group_by(table.exception_key)
            )
            for record in session.scalars(select(table).where(table.disposition_id.in_(latest))):
                found[record.exception_key] = _disposition(record)
    return found


def count_disposed(settings: Settings) -> int:
    """Return of how many exceptions a disposition was made, also where it counts no more."""
    if is_absent(settings):
        return 0
    with open_store(settings) as store, store.read() as session:
        return session.scalar(select(func.count(DispositionRecord.exception_key.distinct()))) or 0


def owners_of(settings: Settings) -> tuple[str, ...]:
    """Return everybody who has, or had, an exception of their own, by name."""
    if is_absent(settings):
        return ()
    with open_store(settings) as store, store.read() as session:
        owner = DispositionRecord.owner
        return tuple(session.scalars(select(owner).distinct().order_by(owner)))


def counting_dispositions(
    settings: Settings, today: date, owner: str = "", *, is_overdue: bool = False
) -> tuple[Disposition, ...]:
    """Return the latest disposition of each exception whose one counts on a day, of one owner or of all.

    `is_overdue`: only those whose due day is over.
    """
    return tuple(
        made
        for made in every_latest(settings, owner)
        if made.counts_on(today) and (made.is_overdue_on(today) or not is_overdue)
    )


def every_latest(settings: Settings, owner: str = "") -> tuple[Disposition, ...]:
    """Return the latest disposition of each exception that has one, by exception; of one owner or of all."""
    if is_absent(settings):
        return ()
    with open_store(settings) as store, store.read() as session:
        table = DispositionRecord
        latest = select(func.max(table.disposition_id)).group_by(table.exception_key)
        query = select(table).where(table.disposition_id.in_(latest)).order_by(table.exception_key)
        if owner:
            query = query.where(table.owner == owner)
        return tuple(_disposition(record) for record in session.scalars(query))


def history_of(settings: Settings, exception_key: str) -> tuple[Disposition, ...]:
    """Return every disposition of an exception, the oldest first."""
    if is_absent(settings):
        return ()
    with open_store(settings) as store, store.read() as session:
        table = DispositionRecord
        query = select(table).where(table.exception_key == exception_key).order_by(table.disposition_id)
        return tuple(_disposition(record) for record in session.scalars(query))


def _refuse_person(session: Session, by: Person) -> None:
    roles = roles_now(session, by)
    if "officer" not in roles or by.person_id is None:
        raise _refused(f"{by.name}, with the roles {', '.join(sorted(roles)) or 'of nobody'}", "an officer")


def _refuse_order(order: Order, keys: Sequence[str], today: date) -> None:
    if not keys:
        raise _refused("no exception", "at least one exception that is chosen")
    if not order.reason.strip():
        raise _refused("no reason", "a reason, which stands in the history")
    if order.kind == "accept_until" and (order.accepted_until is None or order.accepted_until < today):
        raise _refused(
            f"the acceptance until {order.accepted_until or 'no day'}",
            f"the last day of the acceptance, {today} or later: then the exception comes back",
        )
    if order.kind != "accept_until" and order.accepted_until is not None:
        raise _refused(f"a last day for {order.kind}", "a last day for an acceptance only")
    if order.kind in ("correct", "escalate") and (order.due_on is None or order.due_on < today):
        raise _refused(f"the due day {order.due_on or 'that is missing'}", f"a due day, {today} or later")


def _refused(found: str, expected: str) -> ConfigurationError:
    return ConfigurationError(
        tried="to make a disposition of exceptions",
        found=found,
        expected=expected,
        remedy="correct it and try again; nothing was written",
    )


def _leaf(key: str, by: Person, owner: str, order: Order, now: datetime) -> ExceptionDispositionLeaf:
    return ExceptionDispositionLeaf(
        exception_key=key,
        disposition=order.kind,
        owner=owner,
        due_on=None if order.due_on is None else order.due_on.isoformat(),
        accepted_until=None if order.accepted_until is None else order.accepted_until.isoformat(),
        by=by.name,
        reason=order.reason.strip(),
        logged_at=now,
    )


def _disposition(record: DispositionRecord) -> Disposition:
    return Disposition(
        exception_key=record.exception_key,
        kind=record.disposition,
        owner=record.owner,
        due_on=record.due_on,
        accepted_until=record.accepted_until,
        reason=record.reason,
        disposed_at=record.disposed_at,
        disposed_by=record.disposed_by,
    )
