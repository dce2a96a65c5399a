"""The outbox: corrections, their states and their history.

Here belong the one way in which a state changes, and the views that the command line, the sensor and the reports print.
Opening the database is `database`; deciding is `propose` and `approval`; talking to a vendor is `send`.

Every change of state is one conditional UPDATE and one row of history in one transaction, so that two processes
cannot both make it.
"""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from assettrail.clock import SystemClock, clock_from
from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from corrections.difference import ADVICE, Difference
from corrections.in_words import after_of, before_of
from corrections.store.allowance import left_this_hour
from corrections.store.database import is_absent, open_store, send_lock_of
from corrections.store.records import CorrectionRecord, SendRunRecord, TransitionRecord
from corrections.store.states import UNCERTAIN, State
from evidence.file_lock import is_locked

MAXIMUM_SETTLE_ATTEMPTS = 5
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=1)
_ABANDONED_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Correction:
    """One correction as it stands in the outbox."""

    correction_key: str
    kind: str
    exception_key: str
    subject_id: str
    state: State
    reason: str | None
    difference: Difference
    difference_hash: str
    correlation_id: str
    snapshot_name: str
    proposed_at: datetime
    proposed_by: str
    approved_at: datetime | None
    approved_by: str | None
    approved_hash: str | None
    approval_expires_at: datetime | None
    attempt_count: int
    write_ends_at: datetime | None
    remote_id: str | None

    @property
    def owner(self) -> str:
        """Who let it be sent, or proposed it where nobody did yet: whom to ask about it."""
        return self.approved_by or self.proposed_by

    def as_dict(self) -> dict[str, object]:
        """Return the correction as plain values for JSON; instants as ISO 8601."""
        difference = self.difference
        return {
            "correction_key": self.correction_key,
            "kind": self.kind,
            "subject_id": self.subject_id,
            "state": self.state,
            "public_id": difference.public_id,
            "expected_version": difference.expected.number,
            "desired_version": difference.desired.number,
            "correlation_id": self.correlation_id,
            "difference_hash": self.difference_hash,
            "snapshot": self.snapshot_name,
            "proposed_at": self.proposed_at.isoformat(),
            "proposed_by": self.proposed_by,
            "approved_at": None if self.approved_at is None else self.approved_at.isoformat(),
            "approved_by": self.approved_by,
            "remote_id": self.remote_id,
        }


@dataclass(frozen=True)
class Transition:
    """One change of state."""

    at: datetime
    from_state: str | None
    to_state: str
    who: str
    why: str


@dataclass(frozen=True)
class ShownCorrection:
    """One correction with its history, oldest first."""

    correction: Correction
    history: tuple[Transition, ...]

    def facts(self) -> dict[str, object]:
        """Return named values, the exact difference included, in the order in which they are read."""
        correction, difference = self.correction, self.correction.difference
        return {
            "correction": correction.correction_key,
            "kind": correction.kind,
            "state": correction.state,
            "exception": correction.exception_key,
            "reason": correction.reason,
            "community": difference.community_id,
            "case": difference.case_id,
            "publication": difference.publication_id,
            "asset": difference.asset_id,
            "public id": difference.public_id,
            "expected version": difference.expected.number,
            "expected etag": difference.expected.etag,
            "desired version": difference.desired.number,
            "desired etag": difference.desired.etag,
            "before": before_of(difference),
            "after": after_of(difference),
            "file": None if difference.file is None else difference.file.sha256,
            "measured": None if difference.improvement is None else difference.improvement.trial_sha256,
            "difference hash": correction.difference_hash,
            "snapshot": correction.snapshot_name,
            "approved by": correction.approved_by,
            "approval expires": correction.approval_expires_at,
            "correlation id": correction.correlation_id,
            "attempts": correction.attempt_count,
            "written as": correction.remote_id,
        }

    def history_rows(self) -> list[tuple[object, ...]]:
        """Return (when, from, to, who, why) of every transition, oldest first."""
        return [(step.at, step.from_state, step.to_state, step.who, step.why) for step in self.history]


@dataclass(frozen=True)
class ApprovedBatch:
    """What waits for a run: how many corrections, and a key that differs for every run that should happen."""

    run_key: str
    count: int


def list_corrections(settings: Settings) -> list[Correction]:
    """Return all corrections, latest proposed first; none when there is no outbox yet."""
    if is_absent(settings):
        return []
    with open_store(settings) as outbox, outbox.begin() as session:
        query = select(CorrectionRecord).order_by(CorrectionRecord.proposed_at.desc(), CorrectionRecord.correction_key)
        return [to_correction(record) for record in session.scalars(query)]


def list_dead(settings: Settings) -> list[tuple[Correction, Transition]]:
    """Return corrections that nothing but a person moves any more, with the step that led there, the oldest first.

    A vendor refused them, their object is another than was approved, or their effect could not be read back in
    `MAXIMUM_SETTLE_ATTEMPTS` runs.
    """
    if is_absent(settings):
        return []
    table, steps = CorrectionRecord, TransitionRecord
    with open_store(settings) as outbox, outbox.begin() as session:
        last = select(func.max(steps.transition_id)).group_by(steps.correction_key)
        query = (
            select(table, steps)
            .join(steps, steps.correction_key == table.correction_key)
            .where(steps.transition_id.in_(last))
            .where(
                or_(
                    table.state == "conflict",
                    and_(table.state == "unknown", table.settle_count >= MAXIMUM_SETTLE_ATTEMPTS),
                    and_(table.state == "rejected", steps.from_state == "sending"),
                )
            )
            .order_by(steps.at, table.correction_key)
        )
        return [(to_correction(record), _step(step)) for record, step in session.execute(query).tuples()]


def show_correction(settings: Settings, key: str) -> ShownCorrection:
    """Return the correction whose key is or begins with `key`. Raises ConfigurationError for none or several."""
    with open_store(settings) as outbox, outbox.begin() as session:
        record = find(session, key)
        query = (
            select(TransitionRecord)
            .where(TransitionRecord.correction_key == record.correction_key)
            .order_by(TransitionRecord.transition_id)
        )
        history = tuple(_step(step) for step in session.scalars(query))
        return ShownCorrection(to_correction(record), history)


def approved_batch(settings: Settings) -> ApprovedBatch | None:
    """Return what waits for a sending run, or None; for the sensor, which only looks.

    While sending is paused, or the hour's allowance is used up, only what has to be read back waits.

    Nothing waits while a run is sending, nor for a growing pause (30 s to 1 h of this machine's time) after the
    second of several runs that failed. Corrections of unknown effect count until they were read back in vain five
    times.
    """
    if is_absent(settings) or is_locked(send_lock_of(settings)):
        return None
    with open_store(settings) as outbox, outbox.begin() as session:
        now = SystemClock().now()
        runs = session.scalars(select(SendRunRecord).order_by(SendRunRecord.send_run_id.desc()).limit(10)).all()
        failed = next((at for at, run in enumerate(runs) if run.is_finished), len(runs))
        if failed > 1 and now < runs[0].started_at + min(_FIRST_PAUSE * 2 ** (failed - 2), _LONGEST_PAUSE):
            return None
        is_allowed = left_this_hour(session, settings.corrections, clock_from(settings).now()) > 0
        sendable = sendable_keys(session) if is_allowed else []
        keys = [*sendable, *_keys_to_settle(session, sender_name(settings), now)]
    if not keys:
        return None
    number = runs[0].send_run_id if runs else 0
    digest = hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()
    return ApprovedBatch(run_key=f"send-{number + 1}-{digest[:16]}", count=len(keys))


def sendable_keys(session: Session, limit: int | None = None) -> list[str]:
    """Return keys of approved corrections whose object no uncertain correction blocks, oldest approval first.

    Advice that was accepted is none of them: there is nothing to send.
    """
    query = (
        select(CorrectionRecord.correction_key)
        .where(
            CorrectionRecord.state == "approved",
            CorrectionRecord.kind.not_in(ADVICE),
            CorrectionRecord.object_key.not_in(_blocked_objects()),
        )
        .order_by(CorrectionRecord.approved_at, CorrectionRecord.correction_key)
    )
    return list(session.scalars(query.limit(limit)))


def sender_name(settings: Settings) -> str:
    """Return the name of this installation as a sender; one run of it at a time holds the send lock."""
    return f"{socket.gethostname()}:{settings.home}"


def select_uncertain(sender: str, now: datetime) -> Select[tuple[CorrectionRecord]]:
    """Return the query of corrections of uncertain effect that no living run works on, by key.

    `sender`'s own are left by a dead run, as a run holds the lock. Another installation's are only taken up long
    after its write must have ended. `now` is this machine's time.
    """
    table = CorrectionRecord
    left = or_(table.sender == sender, table.write_ends_at <= now - _ABANDONED_AFTER)
    return select(table).where(table.state.in_(UNCERTAIN), left).order_by(table.correction_key)


def move(
    session: Session,
    key: str,
    from_states: Collection[State],
    to: State,
    *,
    at: datetime,
    who: str,
    why: str,
    **values: Any,
) -> bool:
    """Change the state of `key` to `to`, if it is one of `from_states`, and write the history.

    `values` are further columns to set. Returns False, with nothing changed, when another process was faster.
    """
    table = CorrectionRecord
    current = session.scalar(select(table.state).where(table.correction_key == key))
    if current is None or current not in from_states:
        return False
    changed = session.execute(
        update(table).where(table.correction_key == key, table.state == current).values(state=to, **values)
    )
    if cast("CursorResult[Any]", changed).rowcount != 1:
        return False
    session.add(TransitionRecord(correction_key=key, at=at, from_state=current, to_state=to, who=who, why=why))
    session.flush()
    return True


def claim(
    session: Session, key: str, *, at: datetime, sender: str, write_ends_at: datetime, examined: str | None = None
) -> bool:
    """Move `key` from approved to sending for this sender, unless an uncertain correction blocks the object.

    `examined` is the hash of the difference that was compared with the object. Returns False when another sender has
    it, the object is blocked, or a build has proposed another difference since, or its approval is of another one or
    over. To be committed before anything is written.
    """
    table = CorrectionRecord
    blocked = select(table.correction_key).where(table.correction_key == key, table.object_key.in_(_blocked_objects()))
    if session.scalar(blocked) is not None:
        return False
    if examined is not None:
        still = select(table.correction_key).where(
            table.correction_key == key,
            table.difference_hash == examined,
            table.approved_hash == examined,
            table.approval_expires_at > at,
        )
        if session.scalar(still) is None:
            return False
    return move(
        session,
        key,
        {"approved"},
        "sending",
        at=at,
        who=sender,
        why="the write begins",
        sender=sender,
        write_ends_at=write_ends_at,
        attempt_count=table.attempt_count + 1,
        settle_count=0,
        remote_id=None,
    )


def find(session: Session, key: str) -> CorrectionRecord:
    """Return the record whose key is or begins with `key`. Raises ConfigurationError for none or several."""
    table = CorrectionRecord
    query = select(table).where(table.correction_key.startswith(key, autoescape=True)).limit(3)
    records = list(session.scalars(query)) if key else []
    exact = [record for record in records if record.correction_key == key]
    if len(exact or records) != 1:
        raise ConfigurationError(
            tried=f"to find the correction {key!r}",
            found=f"{'several' if records else 'no'} corrections whose key begins so",
            expected="the key of one correction, or enough of its first characters",
            remedy="`assettrail corrections list` shows the keys",
        )
    return (exact or records)[0]


def _step(record: TransitionRecord) -> Transition:
    return Transition(record.at, record.from_state, record.to_state, record.who, record.why)


def to_correction(record: CorrectionRecord) -> Correction:
    """Return the plain value of a record."""
    return Correction(
        correction_key=record.correction_key,
        kind=record.kind,
        exception_key=record.exception_key,
        subject_id=record.subject_id,
        state=cast("State", record.state),
        reason=record.reason,
        difference=Difference.from_json(record.difference),
        difference_hash=record.difference_hash,
        correlation_id=record.correlation_id,
        snapshot_name=record.snapshot_name,
        proposed_at=record.proposed_at,
        proposed_by=record.proposed_by,
        approved_at=record.approved_at,
        approved_by=record.approved_by,
        approved_hash=record.approved_hash,
        approval_expires_at=record.approval_expires_at,
        attempt_count=record.attempt_count,
        write_ends_at=record.write_ends_at,
        remote_id=record.remote_id,
    )


def _blocked_objects() -> Any:
    other = CorrectionRecord.__table__.alias("uncertain")
    return select(other.c.object_key).where(other.c.state.in_(UNCERTAIN))


def _keys_to_settle(session: Session, sender: str, now: datetime) -> list[str]:
    records = session.scalars(select_uncertain(sender, now)).all()
    return [
        record.correction_key
        for record in records
        if record.settle_count < MAXIMUM_SETTLE_ATTEMPTS
        and (record.write_ends_at is None or record.write_ends_at <= now)
    ]
