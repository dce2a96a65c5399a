"""What lands of the store's tables that only grow: transitions, dispositions, accesses.

Here belongs one `OutboxStream` per table: what is read of a row, and what of that lands. Where a stream goes on is
`outbox_source`.

People who act in a role keep their names: they are evidence. What they typed may name customers: reasons of
dispositions land with identifiers masked, reasons of corrections and the texts of queries do not land.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from corrections.difference import OBJECT_TYPES, Difference
from corrections.store.access_records import AccessRecord
from corrections.store.disposition_records import DispositionRecord
from corrections.store.records import CorrectionRecord, DifferenceRecord, TransitionRecord
from ingest.pseudonym import mask_identifiers

TRANSITIONS: Final = "transitions"
DISPOSITIONS: Final = "dispositions"
ACCESSES: Final = "accesses"
Values = dict[str, object]


@dataclass(frozen=True)
class OutboxStream:
    """A table that only grows. `number` names the column that numbers its rows, `what` says what they are."""

    number: str
    what: str
    column: InstrumentedAttribute[int]
    read: Callable[[Session, int, int], list[Values]]
    """The next rows behind a number, at most so many, the oldest first."""
    landed: Callable[[Values], Values]
    """What of a row lands; the raw store keeps all of it, sealed."""

    def count(self, session: Session, after: int) -> int:
        """Return how many rows lie behind a number."""
        return session.scalar(select(func.count()).where(self.column > after)) or 0


def _transitions(session: Session, after: int, most: int) -> list[Values]:
    steps, corrections, differences = TransitionRecord, CorrectionRecord, DifferenceRecord
    query = (
        select(steps, corrections.kind, differences.difference)
        .join(corrections, corrections.correction_key == steps.correction_key)
        .join(differences, differences.difference_hash == steps.difference_hash, isouter=True)
        .where(steps.transition_id > after)
        .order_by(steps.transition_id)
        .limit(most)
    )
    return [_transition(step, kind, difference) for step, kind, difference in session.execute(query).tuples()]


def _transition(step: TransitionRecord, kind: str, difference: str | None) -> Values:
    values: Values = {
        "transition_id": step.transition_id,
        "correction_key": step.correction_key,
        "kind": kind,
        "from_state": step.from_state,
        "to_state": step.to_state,
        "at_raw": step.at.isoformat(),
        "made_by": step.who,
        "difference_hash": step.difference_hash,
    }
    return values if difference is None else values | _facts(Difference.from_json(difference))


def _facts(difference: Difference) -> Values:
    """What the difference writes, and where."""
    return {
        "correlation_id": difference.correlation_id,
        "object_type": OBJECT_TYPES[difference.kind],
        "object_id": difference.object_id,
        "community_id": difference.community_id,
        "asset_id": difference.asset_id or None,
        "public_id": difference.public_id or None,
        "new_public_id": None if difference.file is None else difference.file.new_public_id,
        "desired_version": difference.desired.number,
        "desired_etag": difference.desired.etag,
    }


def _dispositions(session: Session, after: int, most: int) -> list[Values]:
    table = DispositionRecord
    query = select(table).where(table.disposition_id > after).order_by(table.disposition_id).limit(most)
    return [
        {
            "disposition_id": row.disposition_id,
            "exception_key": row.exception_key,
            "disposition": row.disposition,
            "owner": row.owner,
            "due_on": None if row.due_on is None else row.due_on.isoformat(),
            "accepted_until": None if row.accepted_until is None else row.accepted_until.isoformat(),
            "reason": row.reason,
            "at_raw": row.disposed_at.isoformat(),
            "made_by": row.disposed_by,
        }
        for row in session.scalars(query)
    ]


def _accesses(session: Session, after: int, most: int) -> list[Values]:
    table = AccessRecord
    query = select(table).where(table.access_id > after).order_by(table.access_id).limit(most)
    return [
        {
            "access_id": row.access_id,
            "at_raw": row.at.isoformat(),
            "person_id": row.person_id,
            "person": row.person,
            "roles": row.roles,
            "kind": row.kind,
            "outcome": "refused" if row.kind == "refused" else "given",
            "subject": row.subject or None,
            "snapshot_name": row.snapshot_name,
            "detail": row.detail or None,
        }
        for row in session.scalars(query)
    ]


def _without_identifiers(values: Values) -> Values:
    return values | {"reason": mask_identifiers(str(values["reason"]))}


def _without_what_was_typed(values: Values) -> Values:
    """Leave out the text of a query, which is known by its hash, and mask whom somebody looked for in the log."""
    if values["kind"] == "query":
        return values | {"detail": None}
    if values["kind"] == "access_log" and values["subject"] is not None:
        return values | {"subject": mask_identifiers(str(values["subject"]))}
    return values


STREAMS: Final[Mapping[str, OutboxStream]] = MappingProxyType(
    {
        TRANSITIONS: OutboxStream(
            "transition_id", "changes of state", TransitionRecord.transition_id, _transitions, lambda values: values
        ),
        DISPOSITIONS: OutboxStream(
            "disposition_id", "dispositions", DispositionRecord.disposition_id, _dispositions, _without_identifiers
        ),
        ACCESSES: OutboxStream("access_id", "accesses", AccessRecord.access_id, _accesses, _without_what_was_typed),
    }
)
"""The streams by name, in landing order."""
