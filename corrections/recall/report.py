"""Recalls as they stand by a snapshot, for people, and the certificate that one is done. Reads only.

Here belong what is known of each holder and what a certificate needs: a snapshot that is later than the recall and
complete, by which nobody holds it, and nothing on its way that would show it again. Beginning and following a recall is
`recall`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from assettrail.clock import SystemClock
from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from corrections.difference import Difference
from corrections.recall.holders import Holders, Recalled, holders_of_each
from corrections.recall.recalls import known_holders, recalled_of
from corrections.store.database import is_absent, open_store
from corrections.store.records import CorrectionRecord, RecallHolderRecord, RecallRecord
from corrections.store.waiting import what_it_waits_for

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
    waits_for: str | None = None

    @property
    def in_words(self) -> str:
        """The holder and its state, with what an approved withdrawal waits for."""
        told = f"{self.holder_type} {self.holder_id} is {self.state}"
        return f"{told}, and {self.waits_for}" if self.waits_for else told


@dataclass(frozen=True)
class Recall:
    """One recall as it stands by a snapshot; instants in UTC.

    `on_the_way` are corrections that may still show the recalled bytes to partners; `copies` other assets with the same
    bytes: a recall of bytes has a recall for each of them, one of an asset leaves them alone.
    """

    recall_id: str
    recalled: Recalled
    reason: str
    recalled_at: datetime
    recalled_by: str
    ended_at: datetime | None
    snapshot_name: str
    holders: tuple[FollowedHolder, ...]
    by_snapshot: Holders
    on_the_way: tuple[str, ...]

    @property
    def done(self) -> int:
        """How many holders hold it no more, as the snapshot shows."""
        return sum(holder.state == "gone" for holder in self.holders)

    def doubts(self) -> list[str]:
        """Why it cannot be certified by this snapshot; empty when it can."""
        left = [one for one in self.holders if one.state != "gone"]
        doubts = [one.in_words for one in left]
        doubts += [f"the correction {key} may still show it" for key in self.on_the_way]
        covered = self.by_snapshot.covered
        for stream in ("trading_grid/publications", *sorted(covered.keys() - {"trading_grid/publications"})):
            known_to = covered.get(stream)
            if known_to is None or known_to <= self.recalled_at:
                doubts.append(f"{stream} is completely known up to {known_to or 'no instant'}, before the recall")
        return doubts

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
            "ended_at": None if self.ended_at is None else self.ended_at.isoformat(),
            "by_snapshot": self.snapshot_name,
            "holders": [vars(holder) for holder in self.holders],
            "done": self.done,
            "of": len(self.holders),
            "doubts": self.doubts(),
            "complete_to": {name: to and to.isoformat() for name, to in self.by_snapshot.covered.items()},
            "other_assets_with_the_same_bytes": list(self.by_snapshot.copies),
            "communications_that_carried_it": self.by_snapshot.communications,
            "of_these_by_address": self.by_snapshot.live_communications,
        }


def recalls_by(settings: Settings, database: Path, snapshot_name: str) -> list[Recall]:
    """Return all recalls as they stand by a snapshot, the latest first; nothing is written."""
    if is_absent(settings):
        return []
    with open_store(settings) as store:
        with store.begin() as session:
            query = select(RecallRecord).order_by(RecallRecord.recalled_at.desc(), RecallRecord.recall_id)
            records = list(session.scalars(query))
        holders = holders_of_each(database, map(recalled_of, records))
        with store.begin() as session:
            return [_report(session, one, holders[recalled_of(one)], snapshot_name) for one in records]


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
    """Return the certificate that nobody holds it any more. Raises ConfigurationError while that is not known."""
    doubts = recall.doubts()
    if doubts:
        raise ConfigurationError(
            tried=f"to certify the recall {recall.recall_id}",
            found=f"{recall.done} of {len(recall.holders)} holders are done\n  - " + "\n  - ".join(doubts[:50]),
            expected="a complete snapshot, later than the recall, by which every holder is done",
            remedy="follow what stands above, ingest and build, then ask again",
        )
    return recall.as_dict() | {
        "certified": f"by the snapshot {recall.snapshot_name} no publication, template or partner holds it; "
        "communications that carried it cannot be taken back"
    }


def _report(session: Session, record: RecallRecord, shown: Holders, snapshot_name: str) -> Recall:
    holding = {(one.holder_type, one.holder_id): one for one in shown.found}
    known = known_holders(session, record.recall_id)
    followed = [
        FollowedHolder(
            holder_type=one.holder_type,
            holder_id=one.holder_id,
            place=one.place,
            state=_state(session, one, is_holding=(one.holder_type, one.holder_id) in holding),
            correction_key=one.correction_key,
            waits_for=_waits_for(session, one),
        )
        for one in known
    ]
    new = holding.keys() - {(one.holder_type, one.holder_id) for one in known}
    followed += [
        FollowedHolder(one.holder_type, one.holder_id, one.place, "silent", None)
        for where, one in holding.items()
        if where in new
    ]
    return Recall(
        recall_id=record.recall_id,
        recalled=recalled_of(record),
        reason=record.reason,
        recalled_at=record.recalled_at,
        recalled_by=record.recalled_by,
        ended_at=record.ended_at,
        snapshot_name=snapshot_name,
        holders=tuple(followed),
        by_snapshot=shown,
        on_the_way=tuple(_on_the_way(session, recalled_of(record))),
    )


def _on_the_way(session: Session, recalled: Recalled) -> list[str]:
    """Corrections whose write may have happened, or may be about to, and that show what is recalled."""
    table = CorrectionRecord
    query = select(table).where(table.state.in_(("approved", "sending", "unknown"))).order_by(table.correction_key)
    found = []
    for record in session.scalars(query):
        difference = Difference.from_json(record.difference)
        is_shown = difference.asset_id == recalled.asset_id and difference.desired.number is not None
        if is_shown and recalled.etag in {None, (difference.desired.etag or "").lower()}:
            found.append(record.correction_key[:12])
    return found


def _waits_for(session: Session, holder: RecallHolderRecord) -> str | None:
    correction = session.get(CorrectionRecord, holder.correction_key) if holder.correction_key else None
    return None if correction is None else what_it_waits_for(session, correction, SystemClock().now())


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
