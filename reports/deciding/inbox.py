"""What the corrections inbox shows: the list with its counts, one correction with its history and its reach.

Here belongs reading and putting into words. Deciding is `corrections.approval`; the addresses are `inbox_pages`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from assettrail.settings import Settings
from corrections.bulk import ONE_BY_ONE, Bulk
from corrections.in_words import after_of, before_of
from corrections.people.names import plain_name
from corrections.people.register import Person
from corrections.recall.holders import Holder, Recalled, holders_of
from corrections.store.outbox import Correction, Transition, list_corrections, show_correction
from reports.correction_words import CORRECTION_PHRASES
from reports.exports.listing import Gathered, asked
from reports.words import plain

PAGE_SIZE: Final = 50
SHOWN_HOLDERS: Final = 50
_DECIDABLE: Final = frozenset({"proposed", "approved", "unknown"})


@dataclass(frozen=True)
class Line:
    """One correction in the list, in words; instants are of the house's clock, in UTC."""

    correction_key: str
    kind: str
    kind_words: str
    state: str
    subject_id: str
    asset: str
    before: str
    after: str
    reason: str | None
    proposed_at: datetime
    proposed_by: str
    difference_hash: str


@dataclass(frozen=True)
class Inbox:
    """One page of the list: what fits the filters, counted by state and by kind over all corrections."""

    lines: tuple[Line, ...]
    fitting_count: int
    total_count: int
    states: Mapping[str, int]
    kinds: Mapping[str, int]
    page_number: int
    page_count: int


@dataclass(frozen=True)
class Reach:
    """How far the asset of a correction reaches by the snapshot. `communication_count` is None for who may not know."""

    holders: tuple[Holder, ...]
    holder_count: int
    communication_count: int | None
    live_communication_count: int | None
    copies: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """One correction, whole."""

    line: Line
    correlation_id: str
    snapshot_name: str
    approved_at: datetime | None
    approved_by: str | None
    approval_expires_at: datetime | None
    is_expired: bool
    attempt_count: int
    remote_id: str | None
    history: tuple[Transition, ...]
    can_be_approved: bool
    can_be_rejected: bool
    is_own: bool


def listing(settings: Settings, state: str, kind: str) -> Gathered:
    """Return all corrections that fit, the latest proposed first, to be exported; an empty text lets all through."""
    return Gathered(
        name="corrections",
        grain="One row per correction: what it changes, and its state.",
        shape=Line,
        rows=lambda: map(line_of, _fitting(list_corrections(settings), state, kind)),
        filters=asked({"state": state, "kind": kind}),
    )


def read_inbox(settings: Settings, state: str, kind: str, page_number: int) -> Inbox:
    """Return one page of the list, the latest proposed first; empty texts let everything through."""
    everything = list_corrections(settings)
    fitting = _fitting(everything, state, kind)
    page_count = max(1, -(-len(fitting) // PAGE_SIZE))
    number = min(page_number, page_count)
    shown = fitting[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return Inbox(
        lines=tuple(line_of(one) for one in shown),
        fitting_count=len(fitting),
        total_count=len(everything),
        states=Counter(one.state for one in everything),
        kinds=dict(sorted(Counter(one.kind for one in everything).items())),
        page_number=number,
        page_count=page_count,
    )


def _fitting(everything: Sequence[Correction], state: str, kind: str) -> list[Correction]:
    return [one for one in everything if state in ("", one.state) and kind in ("", one.kind)]


def read_correction(settings: Settings, key: str, person: Person, now: datetime) -> Shown:
    """Return the correction whose key is or begins with `key`. Raises ConfigurationError for none or several."""
    shown = show_correction(settings, key)
    one = shown.correction
    mine = {plain_name(person.name), plain_name(person.token_issued_by or "")}
    is_own = plain_name(one.proposed_by) in mine
    expires = one.approval_expires_at
    return Shown(
        line=line_of(one),
        correlation_id=one.correlation_id,
        snapshot_name=one.snapshot_name,
        approved_at=one.approved_at,
        approved_by=one.approved_by,
        approval_expires_at=expires,
        is_expired=one.state == "approved" and expires is not None and expires <= now,
        attempt_count=one.attempt_count,
        remote_id=one.remote_id,
        history=shown.history,
        can_be_approved=one.state == "proposed" and not is_own,
        can_be_rejected=one.state in _DECIDABLE and not is_own,
        is_own=is_own,
    )


def asset_of(settings: Settings, key: str) -> Recalled:
    """Return the asset that a correction is about, as its reach is asked for."""
    difference = show_correction(settings, key).correction.difference
    return Recalled(difference.asset_id, None, difference.public_id)


def read_reach(database: Path, asset: Recalled, person: Person) -> Reach:
    """Return how far an asset reaches. Raises ContractBroken when the snapshot cannot be read."""
    found = holders_of(database, asset)
    is_restricted = person.jurisdictions is not None
    return Reach(
        holders=found.found[:SHOWN_HOLDERS],
        holder_count=len(found.found),
        communication_count=None if is_restricted else found.communications,
        live_communication_count=None if is_restricted else found.live_communications,
        copies=found.copies,
    )


def lines_of(bulk: Bulk) -> tuple[Line, ...]:
    """Return the sample of a bulk in words."""
    return tuple(line_of(one) for one in bulk.sample)


def one_by_one(kinds: Sequence[str]) -> tuple[str, ...]:
    """Return those of the kinds of which a person decides on each."""
    return tuple(kind for kind in kinds if kind in ONE_BY_ONE)


def line_of(one: Correction) -> Line:
    """Return a correction in words."""
    return Line(
        correction_key=one.correction_key,
        kind=one.kind,
        kind_words=kind_words(one.kind),
        state=one.state,
        subject_id=one.subject_id,
        asset=one.difference.public_id,
        before=before_of(one.difference),
        after=after_of(one.difference),
        reason=one.reason,
        proposed_at=one.proposed_at,
        proposed_by=one.proposed_by,
        difference_hash=one.difference_hash,
    )


def kind_words(kind: str) -> str:
    """Return the phrase of a kind of correction."""
    words = CORRECTION_PHRASES.get(kind, plain(kind).lower())
    return words[:1].upper() + words[1:]
