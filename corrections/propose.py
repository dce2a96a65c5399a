"""Proposing: the corrections that a published snapshot asks for, brought into the outbox.

Here belongs comparing a snapshot's `marts.fct_proposed_corrections` with the outbox. Proposing again changes nothing;
what the snapshot no longer asks for is withdrawn while nothing was sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import duckdb
from sqlalchemy import select
from sqlalchemy.orm import Session

from assettrail.clock import Clock
from assettrail.errors import ContractBroken
from assettrail.settings import Settings
from corrections.approval import approve_by_policy
from corrections.difference import ADVICE, KINDS, MEASURED_KINDS, Difference, Rendition, Version
from corrections.people.names import PROPOSER
from corrections.store.database import open_store
from corrections.store.decision_log import log_decisions
from corrections.store.outbox import keep_difference, move
from corrections.store.records import CorrectionRecord, TransitionRecord
from corrections.store.states import State
from evidence.decision_leaves import CorrectionDecisionLeaf

_COLUMNS = (
    "correction_key",
    "kind",
    "exception_key",
    "subject_id",
    "community_id_trading_grid",
    "case_id_trading_grid",
    "publication_id_trading_grid",
    "asset_id_cloudinary",
    "public_id",
    "resource_type",
    "expected_version_number",
    "expected_etag",
    "desired_version_number",
    "desired_etag",
    "desired_format_code",
    "target_id",
    "target_version_number",
    "desired_rendition_name",
    "desired_region_code",
    "desired_language_code",
    "desired_device_code",
    "desired_transformation",
    "message_text",
    "reason",
    "is_in_effect",
)
_RENDITION = (
    "desired_rendition_name",
    "desired_region_code",
    "desired_language_code",
    "desired_device_code",
    "desired_transformation",
)
_OPEN: frozenset[State] = frozenset({"proposed", "approved"})
_ENDED: frozenset[State] = frozenset({"confirmed", "conflict", "rejected", "withdrawn"})


@dataclass(frozen=True)
class ProposeReport:
    """What one snapshot changed in the outbox. `asked_for` counts the snapshot's corrections, each once."""

    asked_for: int
    proposed: int
    changed: int
    withdrawn: int
    approved_by_policy: int
    confirmed_by_use: int = 0

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


@dataclass(frozen=True)
class Proposal:
    """One row of `marts.fct_proposed_corrections`; advice is in effect where later uses show it."""

    exception_key: str
    subject_id: str
    reason: str | None
    difference: Difference
    is_in_effect: bool = False


def propose(settings: Settings, clock: Clock, snapshot_database: Path, snapshot_name: str) -> ProposeReport:
    """Bring the corrections of a published snapshot into the outbox, all in one transaction.

    New ones are proposed, and approved at once where the policy of their kind is `automatic`. One whose difference
    changed before it was sent is proposed anew, so that an old approval does not cover it. One that is no longer
    asked for is withdrawn. Advice that was accepted and that later uses show is confirmed. Raises ContractBroken when
    the snapshot cannot be read or holds what is no correction.
    """
    found = read_proposals(snapshot_database)
    proposals = {key: proposal for key, proposal in found.items() if not proposal.is_in_effect}
    now = clock.now()
    proposed = changed = 0
    approvals: list[CorrectionDecisionLeaf] = []
    with open_store(settings) as outbox, outbox.begin() as session:
        records = {record.correction_key: record for record in session.scalars(select(CorrectionRecord))}
        for key, proposal in proposals.items():
            brought = bring_in(session, records.get(key), proposal, snapshot_name, now)
            proposed += brought == "proposed"
            changed += brought == "changed"
            if (approval := approve_by_policy(session, settings, key, now)) is not None:
                approvals.append(approval)
        # What a person proposed is theirs, what was measured is the measuring's: a snapshot never asks for it.
        own = {
            key: record
            for key, record in records.items()
            if record.proposed_by == PROPOSER and record.kind not in MEASURED_KINDS
        }
        confirmed = _confirm_by_use(session, own, found, snapshot_name, now)
        gone = [key for key, record in own.items() if key not in proposals and record.state in _OPEN]
        for key in gone:
            why = f"snapshot {snapshot_name} no longer asks for it"
            move(session, key, _OPEN, "withdrawn", at=now, who=PROPOSER, why=why)
        log_decisions(settings, approvals)
    return ProposeReport(len(proposals), proposed, changed, len(gone), len(approvals), confirmed)


def _confirm_by_use(
    session: Session,
    records: Mapping[str, CorrectionRecord],
    found: Mapping[str, Proposal],
    snapshot_name: str,
    now: datetime,
) -> int:
    """Confirm accepted advice that later uses show, as it was accepted; return how many."""
    shown = [
        key
        for key, proposal in found.items()
        if proposal.is_in_effect and key in records and records[key].approved_hash == proposal.difference.hash
    ]
    why = f"snapshot {snapshot_name} shows later uses of it"
    return sum(move(session, key, {"approved"}, "confirmed", at=now, who=PROPOSER, why=why) for key in shown)


def read_proposals(snapshot_database: Path) -> dict[str, Proposal]:
    """Return the snapshot's proposals by correction key. Raises ContractBroken."""
    query = f"select {', '.join(_COLUMNS)} from marts.fct_proposed_corrections order by correction_key"  # noqa: S608
    try:
        with duckdb.connect(str(snapshot_database), read_only=True) as connection:
            rows = connection.execute(query).fetchall()
    except duckdb.Error as error:
        raise ContractBroken(
            tried=f"to read marts.fct_proposed_corrections of {snapshot_database}",
            found=f"{type(error).__name__}: {str(error).splitlines()[0]}",
            expected="a published snapshot with the columns of the contract",
            remedy="publish again with `assettrail build`; the outbox is unchanged",
        ) from error
    return {proposal.difference.correction_key: proposal for proposal in _proposals(rows)}


def _proposals(rows: Iterable[tuple[Any, ...]]) -> Iterable[Proposal]:
    for row in rows:
        values = dict(zip(_COLUMNS, row, strict=True))
        if values["kind"] not in KINDS:
            raise ContractBroken(
                tried=f"to propose the correction {values['correction_key']}",
                found=f"the kind {values['kind']!r}",
                expected=f"one of {', '.join(KINDS)}",
                remedy="correct the model fct_proposed_corrections and publish again; the outbox is unchanged",
            )
        yield Proposal(
            exception_key=values["exception_key"],
            subject_id=values["subject_id"],
            reason=values["reason"],
            difference=Difference(
                correction_key=values["correction_key"],
                kind=values["kind"],
                community_id=values["community_id_trading_grid"],
                case_id=values["case_id_trading_grid"],
                publication_id=values["publication_id_trading_grid"],
                asset_id=values["asset_id_cloudinary"] or "",
                public_id=values["public_id"] or "",
                resource_type=values["resource_type"] or "",
                expected=Version(values["expected_version_number"], values["expected_etag"]),
                desired=Version(values["desired_version_number"], values["desired_etag"]),
                format_code=values["desired_format_code"],
                target_id=values["target_id"],
                rendition=_rendition(values),
                text=values["message_text"],
                target_version=values["target_version_number"],
            ),
            is_in_effect=bool(values["is_in_effect"]),
        )


def _rendition(values: Mapping[str, Any]) -> Rendition | None:
    """How the desired version shall be shown, None where the row leaves it to what is replaced."""
    shown = [values[name] for name in _RENDITION]
    return None if all(value is None for value in shown) else Rendition(*shown)


def insert(
    session: Session, proposal: Proposal, snapshot_name: str, now: datetime, proposed_by: str = PROPOSER
) -> None:
    """Add a correction that the outbox does not have, as proposed by the house or by a person."""
    difference = proposal.difference
    session.add(
        CorrectionRecord(
            correction_key=difference.correction_key,
            kind=difference.kind,
            state="proposed",
            attempt_count=0,
            settle_count=0,
            **_values(proposal, snapshot_name, now, proposed_by),
        )
    )
    session.flush()
    session.add(
        TransitionRecord(
            correction_key=difference.correction_key,
            at=now,
            from_state=None,
            to_state="proposed",
            who=proposed_by,
            why=proposal.reason or f"snapshot {snapshot_name} asks for it",
            difference_hash=difference.hash,
        )
    )
    keep_difference(session, difference)
    session.flush()


def bring_in(
    session: Session,
    record: CorrectionRecord | None,
    proposal: Proposal,
    snapshot_name: str,
    now: datetime,
    proposed_by: str = PROPOSER,
) -> Literal["proposed", "changed", "known"]:
    """Propose what the outbox does not have (`record` is None), and anew what it has otherwise; say which it was."""
    if record is None:
        insert(session, proposal, snapshot_name, now, proposed_by)
        return "proposed"
    if not _is_to_be_proposed_anew(record, proposal, snapshot_name):
        return "known"
    why = f"snapshot {snapshot_name} asks for it anew (difference {proposal.difference.hash[:12]})"
    propose_anew(session, proposal, _OPEN | _ENDED, snapshot_name, now, why, proposed_by)
    return "changed"


def _is_to_be_proposed_anew(record: CorrectionRecord, proposal: Proposal, snapshot_name: str) -> bool:
    """Say whether a known correction starts again.

    Another difference always does, unless a write of the old one may have happened. The same difference does when
    it was withdrawn, or met a conflict and a later snapshot has seen the object since. One that was confirmed or
    rejected does not: sending it again would repeat an answer that stands, or overrule a person. Advice that uses had
    confirmed does: they have gone back since.
    """
    if record.state in _OPEN or record.state in _ENDED:
        if record.difference_hash != proposal.difference.hash:
            return True
        if record.state == "conflict":
            return record.snapshot_name != snapshot_name
    return record.state == "withdrawn" or (record.state == "confirmed" and record.kind in ADVICE)


def propose_anew(
    session: Session,
    proposal: Proposal,
    from_states: Collection[State],
    snapshot_name: str,
    now: datetime,
    why: str,
    proposed_by: str = PROPOSER,
) -> None:
    """Propose a known correction again with its present difference; an approval of another one counts no more."""
    keep_difference(session, proposal.difference)
    move(
        session,
        proposal.difference.correction_key,
        from_states,
        "proposed",
        at=now,
        who=proposed_by,
        why=why,
        **_values(proposal, snapshot_name, now, proposed_by),
        approved_at=None,
        approved_by=None,
        approved_hash=None,
        approval_expires_at=None,
    )


def _values(proposal: Proposal, snapshot_name: str, now: datetime, proposed_by: str) -> dict[str, Any]:
    difference = proposal.difference
    return {
        "exception_key": proposal.exception_key,
        "subject_id": proposal.subject_id,
        "object_key": difference.object_key,
        "reason": proposal.reason,
        "difference": difference.to_json(),
        "difference_hash": difference.hash,
        "correlation_id": difference.correlation_id,
        "snapshot_name": snapshot_name,
        "proposed_at": now,
        "proposed_by": proposed_by,
    }
