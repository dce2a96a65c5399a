"""Sending: approved corrections written to the vendor once, and read back.

Here belongs the order of steps that keeps a correction from being lost or written twice:

1. settle what an earlier run left uncertain, by reading back its correlation id;
2. per approved correction: check the approval, read the object and compare it with what was expected, and see that
   Cloudinary serves the very bytes that were approved;
3. commit `sending`, then write once with the correlation id, then read it back. A write begins soon after its claim
   or not at all, as others count from the claim (docs/decisions/0034-a-late-sender-writes-nothing.md).

A kill at any moment leaves a state from which the next run goes on: before `sending` nothing was written, after it
the next run reads back. Nothing of unknown effect is ever written again before a complete reading, later than the
write could still have been under way, has shown that it is not there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import update

from assettrail.clock import Clock, SystemClock
from assettrail.errors import AssettrailError, ConfigurationError, PermanentSourceError, TransientSourceError
from assettrail.settings import Settings
from corrections.difference import Kind
from corrections.effects.by_kind import EFFECTS
from corrections.effects.effect import Absent, Begun, Conflict, Effect, Present, Ready
from corrections.effects.live_asset import LiveAssets
from corrections.recall.recalled import recalled_by
from corrections.store.allowance import left_this_hour
from corrections.store.breakers import note_answer, note_failure, waiting_kinds
from corrections.store.database import Store, open_store, send_lock_of
from corrections.store.outbox import (
    Correction,
    claim,
    move,
    select_uncertain,
    sendable_keys,
    sender_name,
    to_correction,
)
from corrections.store.records import CorrectionRecord, SendRunRecord
from corrections.store.states import UNCERTAIN, State
from corrections.vendors.names import NEEDED, VENDOR_NAMES, Vendor
from corrections.vendors.opened import Vendors, open_vendors
from corrections.vendors.writes import Accepted, NotSent, Refused, Uncertain, WriteOutcome
from evidence.file_lock import file_lock
from ingest.cloudinary.budget import BudgetUsedUp

_CLOUDINARY: Final = "cloudinary"
_WAIT_FOR_OTHER_RUN_SECONDS = 60.0


@dataclass(frozen=True)
class Sent:
    """What one run did with one correction: the state it is in now, and why."""

    correction_key: str
    kind: str
    subject_id: str
    state: State
    why: str


@dataclass(frozen=True)
class SendReport:
    """What one run did; a correction that was settled and then sent stands twice. `left` still waits."""

    outcomes: tuple[Sent, ...]
    left: int

    def as_dict(self) -> dict[str, int]:
        """Return how many corrections came into which state, and how many are left."""
        return {**dict(sorted(Counter(sent.state for sent in self.outcomes).items())), "left": self.left}


def send_approved(settings: Settings, clock: Clock) -> SendReport:
    """Settle what is uncertain, then send up to `corrections.max_per_run` approved corrections.

    One run at a time per installation; it asks Cloudinary once per distinct asset, within the hour's budget that ingest
    has, too. Raises ConfigurationError when a vendor is not connected or has other credentials, TransientSourceError
    when one does not answer, the hour's calls are used up or another run does not end; what was done until then stands
    in the outbox, and what was not sent stays approved. A vendor that fails is asked nothing more in this run; the
    corrections of the others are sent all the same, and its error is raised at the end. One that failed in earlier
    runs, too, is left alone until its breaker lets one correction try it.
    """
    with (
        file_lock(send_lock_of(settings), "the sending of corrections", _WAIT_FOR_OTHER_RUN_SECONDS),
        open_vendors(settings, clock) as vendors,
        open_store(settings) as outbox,
    ):
        with outbox.begin() as session:
            shut = frozenset(waiting_kinds(session, SystemClock().now()))
        sender = _Sender(settings, clock, outbox, vendors, LiveAssets(vendors.library), shut)
        with _recorded_run(outbox):
            sender.settle_all()
            sender.send_all()
        for error in sender.stopped.values():
            raise error
        with outbox.begin() as session:
            return SendReport(tuple(sender.outcomes), left=len(sendable_keys(session)))


@dataclass(frozen=True)
class _Claimed:
    """One attempt to write: its number, and the instant (this machine's clock) after which it must not begin."""

    attempt: int
    begins_until: datetime


@dataclass
class _Sender:
    """One run: what it needs, and what came of it."""

    settings: Settings
    clock: Clock
    outbox: Store
    vendors: Vendors
    live: LiveAssets
    shut: frozenset[Kind]
    outcomes: list[Sent] = field(default_factory=list)
    stopped: dict[Vendor, AssettrailError] = field(default_factory=dict)
    answered: set[Vendor] = field(default_factory=set)

    def settle_all(self) -> None:
        """Read back every correction of uncertain effect that no living sender works on."""
        for correction in self._uncertain():
            self._guarded(correction, self._settle)

    def send_all(self) -> None:
        """Send approved corrections, oldest approval first, up to what the run and the hour allow."""
        limits = self.settings.corrections
        with self.outbox.begin() as session:
            allowed = left_this_hour(session, limits, self.clock.now())
            keys = sendable_keys(session, min(limits.max_per_run, allowed), self.shut)
        for key in keys:
            correction = self._read(key)
            if correction.state == "approved":
                self._guarded(correction, self._send)

    def _guarded(self, correction: Correction, work: Callable[[Correction], None]) -> None:
        """Do the work, unless a vendor that it needs is left alone; a vendor's first failure in this run is kept.

        When the work has ended without one, the breakers of all who answered in it are closed.
        """
        kind = correction.difference.kind
        if kind in self.shut or not self.stopped.keys().isdisjoint(NEEDED[kind]):
            return
        self.answered.clear()
        with self._blaming(EFFECTS[kind].vendor) as vendor:
            self.vendors.connect(vendor)
            work(correction)
            with self.outbox.begin() as session:
                note_answer(session, self.answered - self.stopped.keys())

    @contextmanager
    def _blaming(self, vendor: Vendor) -> Iterator[Vendor]:
        """Keep a failure as the vendor's, and count it; nothing more is asked of it in this run.

        An hour's calls that are used up are ours, and count against nobody: the next run asks whether they are back.
        """
        try:
            yield vendor
        except BudgetUsedUp as error:
            self.stopped[vendor] = error
        except (ConfigurationError, TransientSourceError) as error:
            self.stopped[vendor] = error
            with self.outbox.begin() as session:
                note_failure(session, vendor, error.found, SystemClock().now())

    def _send(self, correction: Correction) -> None:
        now = self.clock.now()
        invalid = why_not_valid(correction, now)
        if invalid is not None:
            self._move(correction, {"approved"}, "proposed", who="assettrail", why=invalid, approved_hash=None)
            return
        effect = EFFECTS[correction.difference.kind]
        if effect.gives_bytes and (recall := self._recall_of(correction)) is not None:
            self._move(correction, {"approved"}, "conflict", who="assettrail", why=f"recalled: {recall}")
            return
        try:
            examined = effect.examine(self.vendors, correction.difference)
        except PermanentSourceError as error:
            self._move(correction, {"approved"}, "conflict", who=effect.vendor, why=f"it cannot be read: {error.found}")
            return
        self.answered.add(effect.vendor)
        if isinstance(examined, Conflict):
            self._move(correction, {"approved"}, "conflict", who=effect.vendor, why=examined.reason)
        elif isinstance(examined, Present):
            self._confirm(correction, effect, {"approved"}, examined)
        elif effect.gives_bytes and not self._is_served(correction):
            return
        elif (claimed := self._claim(correction, effect, vendor := examined.vendor or effect.vendor)) is not None:
            if SystemClock().now() > claimed.begins_until:
                why = "not sent: this process stood still between the claim and the write"
                self._move(correction, {"sending"}, "approved", who="assettrail", why=why, attempt=claimed.attempt)
                return
            outcome = self.vendors.write_once(vendor, examined.write)
            self._conclude(correction, effect, examined, outcome, claimed.attempt)

    def _is_served(self, correction: Correction) -> bool:
        """Whether Cloudinary serves the very bytes; where it does not answer, the correction stays approved."""
        with self._blaming(_CLOUDINARY):
            conflict = self.live.conflict_with(correction.difference)
            self.answered.add(_CLOUDINARY)
            if conflict is not None:
                self._move(correction, {"approved"}, "conflict", who=_CLOUDINARY, why=conflict.reason)
            return conflict is None
        return False

    def _claim(self, correction: Correction, effect: Effect, vendor: Vendor) -> _Claimed | None:
        now, begins = self.clock.now(), SystemClock().now()
        deadline = timedelta(seconds=self.vendors.deadline_seconds(vendor))
        key, name = correction.correction_key, sender_name(self.settings)
        with self.outbox.begin() as session:
            if not left_this_hour(session, self.settings.corrections, now):
                return None
            if effect.gives_bytes and recalled_by(session, correction.difference) is not None:
                return None
            ends, examined = begins + 2 * deadline, correction.difference.hash
            if not claim(session, key, at=now, sender=name, write_ends_at=ends, examined=examined):
                return None
            attempt = session.get_one(CorrectionRecord, key, populate_existing=True).attempt_count
        return _Claimed(attempt, begins + deadline)

    def _conclude(
        self, correction: Correction, effect: Effect, written: Ready, outcome: WriteOutcome, attempt: int
    ) -> None:
        """Bring a correction whose write has ended into its next state, unless others have taken it up meanwhile."""
        vendor = written.vendor or effect.vendor
        if isinstance(outcome, Refused):
            self._move(correction, {"sending"}, "rejected", who=vendor, why=outcome.reason, attempt=attempt)
        elif isinstance(outcome, NotSent):
            why = f"not sent: {outcome.reason}"
            self._move(correction, {"sending"}, "approved", who=vendor, why=why, attempt=attempt)
            with self._blaming(vendor):
                raise _does_not_take(correction, vendor, outcome.reason)
        else:
            self._read_back(correction, effect, written, outcome, attempt)

    def _read_back(
        self, correction: Correction, effect: Effect, written: Ready, outcome: Accepted | Uncertain, attempt: int
    ) -> None:
        accepted = outcome.remote_id if isinstance(outcome, Accepted) else None
        move_to = partial(self._move_own, correction, effect, attempt)
        said = outcome.reason if isinstance(outcome, Uncertain) else "accepted"
        try:
            found = effect.read_back(self.vendors, correction.difference)
        except AssettrailError as error:
            why = f"written ({said}), but reading back failed: {error.found}"
            move_to("unknown", why, remote_id=accepted)
            if not isinstance(error, PermanentSourceError):
                raise
            return
        if isinstance(found, Present):
            self._confirm(correction, effect, {"sending"}, found)
        elif isinstance(found, Conflict):
            move_to("conflict", found.reason, remote_id=accepted)
        elif isinstance(found, Begun) and found.step > written.step:
            why = f"request {written.step} of {written.steps} has taken effect"
            move_to("approved", why)
            self._send(self._read(correction.correction_key))
        else:
            why = f"written ({said}), but not seen when read back"
            move_to("unknown", why, remote_id=accepted)

    def _move_own(
        self, correction: Correction, effect: Effect, attempt: int, to: State, why: str, **values: str | None
    ) -> None:
        """Move what this run has written, while it is this run's attempt."""
        self._move(correction, {"sending"}, to, who=effect.vendor, why=why, attempt=attempt, **values)

    def _settle(self, correction: Correction) -> None:
        """Read back one correction of uncertain effect, and confirm it, free it, or leave it unknown.

        What was read says nothing of an attempt that another has begun meanwhile.
        """
        effect = EFFECTS[correction.difference.kind]
        with self.outbox.begin() as session:
            counted = update(CorrectionRecord).where(CorrectionRecord.correction_key == correction.correction_key)
            session.execute(counted.values(settle_count=CorrectionRecord.settle_count + 1))
        # The limit is compared before the reading begins: a write that was still under way may end meanwhile.
        is_over = correction.write_ends_at is None or SystemClock().now() >= correction.write_ends_at
        try:
            found = effect.read_back(self.vendors, correction.difference)
        except PermanentSourceError as error:
            self._leave_unknown(correction, effect, f"reading back failed: {error.found}")
            return
        self.answered.add(effect.vendor)
        if isinstance(found, Present):
            self._confirm(correction, effect, UNCERTAIN, found)
        elif isinstance(found, Conflict):
            own = correction.attempt_count
            self._move(correction, UNCERTAIN, "conflict", who=effect.vendor, why=found.reason, attempt=own)
        elif isinstance(found, Absent) and correction.remote_id is not None:
            self._leave_unknown(correction, effect, f"it was accepted as {correction.remote_id}, but is not seen")
        elif not is_over:
            self._leave_unknown(correction, effect, "it is not seen, but the write may still be under way")
        else:
            begun = f"request {found.step} was not made" if isinstance(found, Begun) else "it was not written"
            self._move(
                correction,
                UNCERTAIN,
                "approved",
                who=effect.vendor,
                why=f"read back completely: {begun}",
                attempt=correction.attempt_count,
                remote_id=None,
            )

    def _leave_unknown(self, correction: Correction, effect: Effect, why: str) -> None:
        self._move(correction, UNCERTAIN, "unknown", who=effect.vendor, why=why, attempt=correction.attempt_count)

    def _confirm(
        self, correction: Correction, effect: Effect, from_states: frozenset[State] | set[State], found: Present
    ) -> None:
        why = f"read back as {found.remote_id}"
        self._move(correction, from_states, "confirmed", who=effect.vendor, why=why, remote_id=found.remote_id)

    def _move(
        self,
        correction: Correction,
        from_states: frozenset[State] | set[State],
        to: State,
        *,
        who: str,
        why: str,
        attempt: int | None = None,
        **values: str | None,
    ) -> None:
        key, now = correction.correction_key, self.clock.now()
        with self.outbox.begin() as session:
            moved = move(session, key, from_states, to, at=now, who=who, why=why, attempt=attempt, **values)
        if moved:
            self.outcomes.append(Sent(key, correction.kind, correction.subject_id, to, why))

    def _recall_of(self, correction: Correction) -> str | None:
        with self.outbox.begin() as session:
            return recalled_by(session, correction.difference)

    def _read(self, key: str) -> Correction:
        with self.outbox.begin() as session:
            return to_correction(session.get_one(CorrectionRecord, key))

    def _uncertain(self) -> list[Correction]:
        query = select_uncertain(sender_name(self.settings), SystemClock().now())
        with self.outbox.begin() as session:
            return [to_correction(record) for record in session.scalars(query)]


def why_not_valid(correction: Correction, now: datetime) -> str | None:
    """Return why an approval does not cover the correction as it stands now, None when it does."""
    if correction.approved_hash != correction.difference.hash:
        return "the approval was for another difference"
    if correction.approval_expires_at is None or now >= correction.approval_expires_at:
        return "the approval has expired"
    return None


@contextmanager
def _recorded_run(outbox: Store) -> Iterator[None]:
    """Record that a run began, and that it came to its end; the sensor pauses after runs that did not."""
    with outbox.begin() as session:
        run = SendRunRecord(started_at=SystemClock().now(), is_finished=False)
        session.add(run)
        session.flush()
        number = run.send_run_id
    yield
    with outbox.begin() as session:
        session.execute(update(SendRunRecord).where(SendRunRecord.send_run_id == number).values(is_finished=True))


def _does_not_take(correction: Correction, vendor: Vendor, reason: str) -> TransientSourceError:
    return TransientSourceError(
        tried=f"to send the correction {correction.correction_key} to {VENDOR_NAMES[vendor]}",
        found=reason,
        expected="the service to take it",
        remedy="run again later; this and all further corrections stay approved",
    )
