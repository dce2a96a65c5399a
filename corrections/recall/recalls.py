"""Recall: every withdrawal proposed at once, each holder followed to a confirmed state, silence being a state.

Here belong beginning, following and ending a recall. Who holds an asset is `holders`, how a publication is withdrawn
`withdrawal`, what is shown and certified `recall_report`. A recall goes on finding until it is ended: what holds the
asset later is its holder, too, and nothing that would show it is sent meanwhile (`recalled`). Templates and partners
cannot be corrected from here: they are followed until a snapshot shows them done.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from assettrail.clock import Clock
from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from corrections.difference import Difference, Version
from corrections.people.register import Person
from corrections.propose import Proposal, insert, propose_anew
from corrections.recall.holders import Holder, Recalled, find_all_recalled, holders_of_each, is_held
from corrections.store.database import is_absent, open_store
from corrections.store.decision_log import log_decisions
from corrections.store.outbox import move
from corrections.store.records import CorrectionRecord, RecallHolderRecord, RecallRecord, TransitionRecord
from corrections.store.states import State
from evidence.decision_leaves import RecallLeaf

_OPEN: frozenset[State] = frozenset({"proposed", "approved"})


def begin_recall(
    settings: Settings, clock: Clock, database: Path, snapshot_name: str, subject: str, by: Person, reason: str
) -> list[str]:
    """Recall an asset, or the bytes of a hash wherever they are held; return the ids: a recall per asset that holds it.

    Each live publication is proposed to be withdrawn, in the name of the person, so that another one has to approve.
    Assets of the hash that are being recalled already are left to their recall. Raises ConfigurationError without a
    reason, for a subject that is none or several, and when all of it is being recalled; and what the log raises.
    """
    found = find_all_recalled(database, subject)
    if not reason.strip():
        raise _refused(found[0], "no reason", "a reason, which everybody sees who is asked to approve it")
    holders, now = holders_of_each(database, found), clock.now()
    with open_store(settings) as store, store.begin() as session:
        known = {recalled: _recall_that_covers(session, recalled) for recalled in found}
        new = [recalled for recalled in found if known[recalled] is None]
        if not new:
            first = known[found[0]]
            told = f"the recall {first.recall_id} of {first.recalled_by}" if first else ""
            raise _refused(found[0], told, "one recall of it")
        records = [_record(recalled, by.name, reason.strip(), snapshot_name, now) for recalled in new]
        session.add_all(records)
        session.flush()
        for recalled, record in zip(new, records, strict=True):
            _add_holders(session, record, holders[recalled].found, snapshot_name, now)
        log_decisions(settings, [_leaf(record, "begun", by.name, reason, now) for record in records])
        return [record.recall_id for record in records]


def _record(recalled: Recalled, by: str, reason: str, snapshot_name: str, now: datetime) -> RecallRecord:
    return RecallRecord(
        recall_id=secrets.token_hex(8),
        asset_id=recalled.asset_id,
        etag=recalled.etag,
        public_id=recalled.public_id,
        reason=reason,
        recalled_at=now,
        recalled_by=by,
        snapshot_name=snapshot_name,
    )


def _recall_that_covers(session: Session, recalled: Recalled) -> RecallRecord | None:
    """The recall that goes on and takes these back already: of the whole asset, or of the same bytes of it."""
    for known in session.scalars(_open_recalls().where(RecallRecord.asset_id == recalled.asset_id)):
        if known.etag in {None, recalled.etag}:
            return known
    return None


def follow_recalls(settings: Settings, clock: Clock, database: Path, snapshot_name: str) -> int:
    """Bring what a published snapshot shows into all recalls that have not ended; return how many these are.

    Holders that it shows newly are added, and assets that hold recalled bytes by now are recalled as well, in the same
    person's name; where the recall of one was ended, it stays ended. A publication that still holds is proposed again
    where its withdrawal met a conflict, was refused by the vendor, or was confirmed before it came back; what a person
    rejected stays rejected.
    """
    if is_absent(settings):
        return 0
    now = clock.now()
    with open_store(settings) as store:
        with store.begin() as session:
            found = {one.recall_id: recalled_of(one) for one in session.scalars(_open_recalls())}
        etags = {recalled.etag for recalled in found.values() if recalled.etag is not None}
        copies = {etag: find_all_recalled(database, etag) for etag in etags if is_held(database, etag)}
        with store.begin() as session:
            begun = _recall_copies(session, copies, snapshot_name, now)
            found |= {one.recall_id: recalled_of(one) for one in begun}
            log_decisions(settings, [_leaf(one, "begun", one.recalled_by, one.reason, now) for one in begun])
        holders = holders_of_each(database, found.values())
        with store.begin() as session:
            for record in session.scalars(_open_recalls().where(RecallRecord.recall_id.in_(found))).all():
                _add_holders(session, record, holders[found[record.recall_id]].found, snapshot_name, now)
    return len(found)


def _recall_copies(
    session: Session, copies: Mapping[str, list[Recalled]], snapshot_name: str, now: datetime
) -> list[RecallRecord]:
    """Begin the recalls of assets that hold recalled bytes and were not recalled for them since these were."""
    begun = []
    for original in session.scalars(_open_recalls().where(RecallRecord.etag.is_not(None))).all():
        for copy in copies.get(original.etag or "", []):
            since = select(RecallRecord.recall_id).where(
                RecallRecord.asset_id == copy.asset_id,
                or_(RecallRecord.etag.is_(None), RecallRecord.etag == copy.etag),
                or_(RecallRecord.ended_at.is_(None), RecallRecord.recalled_at >= original.recalled_at),
            )
            if session.scalar(since.limit(1)) is None:
                record = _record(copy, original.recalled_by, original.reason, snapshot_name, now)
                session.add(record)
                session.flush()
                begun.append(record)
    return begun


def end_recall(settings: Settings, clock: Clock, recall_id: str, by: Person, reason: str) -> None:
    """End a recall: what was not sent is withdrawn, and the asset may be given to partners again.

    `recall_id` is whole. Raises ConfigurationError without a reason, and for a recall that there is not, or that ended.
    """
    now = clock.now()
    with open_store(settings) as store, store.begin() as session:
        record = session.get(RecallRecord, recall_id)
        if record is None or record.ended_at is not None or not reason.strip():
            found = "no reason" if record is not None and record.ended_at is None else "no such recall that goes on"
            raise ConfigurationError(
                tried=f"to end the recall {recall_id!r}",
                found=found,
                expected="the id of a recall that goes on, and a reason",
                remedy="`assettrail recalls list` shows recalls; nothing was changed",
            )
        record.ended_at, record.ended_by = now, by.name
        for holder in known_holders(session, record.recall_id):
            if holder.correction_key is not None:
                move(session, holder.correction_key, _OPEN, "withdrawn", at=now, who=by.name, why="the recall ended")
        log_decisions(settings, [_leaf(record, "ended", by.name, reason, now)])


def recalled_of(record: RecallRecord) -> Recalled:
    """What a record recalls."""
    return Recalled(record.asset_id, record.etag, record.public_id)


def known_holders(session: Session, recall_id: str) -> list[RecallHolderRecord]:
    """The holders that a recall has found, by type and id."""
    table = RecallHolderRecord
    query = select(table).where(table.recall_id == recall_id)
    return list(session.scalars(query.order_by(table.holder_type, table.holder_id)))


def _open_recalls() -> Select[tuple[RecallRecord]]:
    return select(RecallRecord).where(RecallRecord.ended_at.is_(None)).order_by(RecallRecord.recall_id)


def _leaf(record: RecallRecord, change: Literal["begun", "ended"], by: str, reason: str, now: datetime) -> RecallLeaf:
    return RecallLeaf(record.recall_id, change, record.asset_id, record.etag, by, reason.strip(), now)


def _add_holders(
    session: Session, record: RecallRecord, holders: Iterable[Holder], snapshot_name: str, now: datetime
) -> None:
    """Add the holders that the recall does not know yet, and propose to withdraw the publications among all."""
    known = {(one.holder_type, one.holder_id) for one in known_holders(session, record.recall_id)}
    for holder in holders:
        key = None
        if holder.holder_type == "publication":
            key = _propose(session, record, _proposal(record, holder), snapshot_name, now)
        if (holder.holder_type, holder.holder_id) not in known:
            session.add(
                RecallHolderRecord(
                    recall_id=record.recall_id,
                    holder_type=holder.holder_type,
                    holder_id=holder.holder_id,
                    place=holder.place,
                    correction_key=key,
                    found_at=now,
                )
            )
    session.flush()


def _propose(session: Session, record: RecallRecord, proposal: Proposal, snapshot_name: str, now: datetime) -> str:
    """Propose a withdrawal, anew where an earlier one is over and the publication still holds; return its key."""
    key, own = proposal.difference.correction_key, record.recalled_by
    found = session.get(CorrectionRecord, key, populate_existing=True)
    if found is None:
        insert(session, proposal, snapshot_name, now, proposed_by=own)
    elif _is_over(session, found, proposal, snapshot_name):
        propose_anew(
            session,
            proposal,
            {"proposed", "approved", "conflict", "rejected", "confirmed"},
            snapshot_name,
            now,
            f"snapshot {snapshot_name} still shows what is recalled",
            proposed_by=own,
        )
    return key


def _is_over(session: Session, found: CorrectionRecord, proposal: Proposal, snapshot_name: str) -> bool:
    """Whether a withdrawal has to be proposed again, as a later snapshot shows the publication live."""
    if found.snapshot_name == snapshot_name:
        return False
    if found.state in _OPEN:
        return found.difference_hash != proposal.difference.hash
    if found.state == "rejected":
        steps = TransitionRecord
        last = select(steps.from_state).where(steps.correction_key == found.correction_key)
        return session.scalar(last.order_by(steps.transition_id.desc()).limit(1)) == "sending"
    return found.state in {"conflict", "confirmed"}


def _proposal(record: RecallRecord, holder: Holder) -> Proposal:
    text = f"withdraw_recalled/{holder.holder_id}/{record.recall_id}"
    return Proposal(
        exception_key=record.recall_id,
        subject_id=holder.holder_id,
        reason=f"recalled: {record.reason}",
        difference=Difference(
            correction_key=hashlib.sha256(text.encode()).hexdigest(),
            kind="withdraw_recalled",
            community_id=holder.place.removeprefix("community "),
            case_id=None,
            publication_id=holder.holder_id,
            asset_id=record.asset_id,
            public_id=record.public_id,
            resource_type="",
            expected=Version(holder.version, holder.etag),
            desired=Version(None, None),
            format_code=None,
        ),
    )


def _refused(recalled: Recalled, found: str, expected: str) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to recall {recalled.public_id} ({recalled.etag or recalled.asset_id})",
        found=found,
        expected=expected,
        remedy="`assettrail recalls list` shows recalls; nothing was proposed",
    )
