"""Recall: every withdrawal proposed at once, each holder followed to a confirmed state, silence being a state.

Here belong beginning a recall, what is known of each of its holders, and its certificate. Who holds an asset is
`holders`, how a publication is withdrawn `withdrawal`. A recall goes on finding: what holds the asset later is its
holder, too. Templates and partners cannot be corrected from here: they are followed until a snapshot shows them done.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from assettrail.clock import Clock
from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from corrections.decision_log import log_decisions
from corrections.difference import Difference, Version
from corrections.holders import Holder, Holders, Recalled, find_recalled, holders_of
from corrections.people import Person
from corrections.propose import Proposal, insert
from corrections.records import CorrectionRecord, RecallHolderRecord, RecallRecord
from corrections.store import is_absent, open_store
from evidence.decision_leaves import RecallLeaf

HolderState = Literal["gone", "confirmed", "sending", "approved", "proposed", "refused", "silent"]
"""`gone`: the snapshot shows that it holds it no more. `confirmed`: withdrawn and read back, not yet seen by a
snapshot. `refused`: the correction was rejected, or met a conflict. `silent`: it holds it, and nothing was heard."""


@dataclass(frozen=True)
class FollowedHolder:
    """One holder and what is known of it."""

    holder_type: str
    holder_id: str
    place: str
    state: HolderState
    correction_key: str | None


@dataclass(frozen=True)
class Recall:
    """One recall as it stands by a snapshot, with its holders; instants in UTC."""

    recall_id: str
    recalled: Recalled
    reason: str
    recalled_at: datetime
    recalled_by: str
    snapshot_name: str
    holders: tuple[FollowedHolder, ...]
    communications: int
    live_communications: int

    @property
    def done(self) -> int:
        """How many holders hold it no more, as a snapshot has seen."""
        return sum(holder.state == "gone" for holder in self.holders)

    @property
    def is_complete(self) -> bool:
        """Whether every holder is done."""
        return self.done == len(self.holders)

    def as_dict(self) -> dict[str, object]:
        """Return the recall as plain values for JSON; instants as ISO 8601."""
        return {
            "recall": self.recall_id,
            "asset_id": self.recalled.asset_id,
            "etag": self.recalled.etag,
            "public_id": self.recalled.public_id,
            "reason": self.reason,
            "recalled_at": self.recalled_at.isoformat(),
            "recalled_by": self.recalled_by,
            "by_snapshot": self.snapshot_name,
            "holders": [vars(holder) for holder in self.holders],
            "done": self.done,
            "of": len(self.holders),
            "is_complete": self.is_complete,
            "communications_that_carried_it": self.communications,
            "of_these_by_address": self.live_communications,
        }


def begin_recall(
    settings: Settings, clock: Clock, database: Path, snapshot_name: str, subject: str, by: Person, reason: str
) -> Recall:
    """Recall an asset or certain bytes of it: propose to withdraw each live publication, and follow all holders.

    The proposals are the person's, so that another one has to approve them. Raises ConfigurationError without a reason,
    for a subject that is none or several, and when it is being recalled already; and what the log raises.
    """
    recalled = find_recalled(database, subject)
    if not reason.strip():
        raise _refused(recalled, "no reason", "a reason, which everybody sees who is asked to approve it")
    holders, now = holders_of(database, recalled), clock.now()
    with open_store(settings) as store, store.begin() as session:
        for known in session.scalars(select(RecallRecord).where(RecallRecord.asset_id == recalled.asset_id)):
            if known.etag in {None, recalled.etag}:
                raise _refused(recalled, f"the recall {known.recall_id} of {known.recalled_by}", "one recall of it")
        record = RecallRecord(
            recall_id=secrets.token_hex(8),
            asset_id=recalled.asset_id,
            etag=recalled.etag,
            public_id=recalled.public_id,
            reason=reason.strip(),
            recalled_at=now,
            recalled_by=by.name,
            snapshot_name=snapshot_name,
        )
        session.add(record)
        session.flush()
        _add_holders(session, record, holders, snapshot_name, now)
        leaf = RecallLeaf(record.recall_id, recalled.asset_id, recalled.etag, by.name, reason.strip(), now)
        log_decisions(settings, clock, [leaf])
        return _followed(session, record, holders, snapshot_name)


def follow_recalls(settings: Settings, clock: Clock, database: Path, snapshot_name: str) -> list[Recall]:
    """Return all recalls as they stand by a snapshot, the latest first; holders that it shows newly are added."""
    if is_absent(settings):
        return []
    with open_store(settings) as store, store.begin() as session:
        found = []
        query = select(RecallRecord).order_by(RecallRecord.recalled_at.desc(), RecallRecord.recall_id)
        for record in session.scalars(query).all():
            holders = holders_of(database, Recalled(record.asset_id, record.etag, record.public_id))
            _add_holders(session, record, holders, snapshot_name, clock.now())
            found.append(_followed(session, record, holders, snapshot_name))
        return found


def find_recall(recalls: list[Recall], recall_id: str) -> Recall:
    """Return the recall whose id begins so. Raises ConfigurationError for none or several."""
    found = [recall for recall in recalls if recall_id and recall.recall_id.startswith(recall_id)]
    if len(found) != 1:
        raise ConfigurationError(
            tried=f"to find the recall {recall_id!r}",
            found=f"{len(found)} recalls whose id begins so",
            expected="the id of one recall, or enough of its first characters",
            remedy="`assettrail recalls list` shows them",
        )
    return found[0]


def certificate(recall: Recall) -> dict[str, object]:
    """Return the certificate that nothing holds it any more. Raises ConfigurationError while something does."""
    if not recall.is_complete:
        left = [f"{one.holder_type} {one.holder_id}: {one.state}" for one in recall.holders if one.state != "gone"]
        raise ConfigurationError(
            tried=f"to certify the recall {recall.recall_id}",
            found=f"{recall.done} of {len(recall.holders)} holders are done\n  - " + "\n  - ".join(left[:50]),
            expected="a snapshot by which every holder is done",
            remedy="follow the holders above, ingest and build, then ask again",
        )
    return recall.as_dict() | {"certified": "by the snapshot named above, nothing that can be corrected holds it"}


def _add_holders(session: Session, record: RecallRecord, holders: Holders, snapshot_name: str, now: datetime) -> None:
    """Add the holders that the recall does not know yet, and propose to withdraw the publications among them."""
    known = {(one.holder_type, one.holder_id) for one in _known(session, record)}
    for holder in holders.found:
        if (holder.holder_type, holder.holder_id) in known:
            continue
        proposal = _proposal(record, holder) if holder.holder_type == "publication" else None
        key = None if proposal is None else proposal.difference.correction_key
        if proposal is not None and session.get(CorrectionRecord, key) is None:
            insert(session, proposal, snapshot_name, now, proposed_by=record.recalled_by)
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


def _followed(session: Session, record: RecallRecord, holders: Holders, snapshot_name: str) -> Recall:
    holding = {(holder.holder_type, holder.holder_id) for holder in holders.found}
    return Recall(
        recall_id=record.recall_id,
        recalled=Recalled(record.asset_id, record.etag, record.public_id),
        reason=record.reason,
        recalled_at=record.recalled_at,
        recalled_by=record.recalled_by,
        snapshot_name=snapshot_name,
        holders=tuple(
            FollowedHolder(
                holder_type=one.holder_type,
                holder_id=one.holder_id,
                place=one.place,
                state=_state(session, one, is_holding=(one.holder_type, one.holder_id) in holding),
                correction_key=one.correction_key,
            )
            for one in _known(session, record)
        ),
        communications=holders.communications,
        live_communications=holders.live_communications,
    )


def _state(session: Session, holder: RecallHolderRecord, *, is_holding: bool) -> HolderState:
    if not is_holding:
        return "gone"
    correction = session.get(CorrectionRecord, holder.correction_key) if holder.correction_key else None
    if correction is None:
        return "silent"
    states: dict[str, HolderState] = {
        "proposed": "proposed",
        "approved": "approved",
        "sending": "sending",
        "unknown": "sending",
        "confirmed": "confirmed",
    }
    return states.get(correction.state, "refused")


def _known(session: Session, record: RecallRecord) -> list[RecallHolderRecord]:
    table = RecallHolderRecord
    query = select(table).where(table.recall_id == record.recall_id)
    return list(session.scalars(query.order_by(table.holder_type, table.holder_id)))


def _refused(recalled: Recalled, found: str, expected: str) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to recall {recalled.public_id} ({recalled.etag or recalled.asset_id})",
        found=found,
        expected=expected,
        remedy="`assettrail recalls list` shows recalls; nothing was proposed",
    )
