"""The outbox as a source of landing: every change of a correction's state, with the difference that it was made with.

Here belongs reading the outbox for the warehouse, which compares with it what the vendors tell of changes in our name.
Reasons that people wrote do not land: they may name customers. How a source lands is `ingest.run`.

A write is made after the row that says that it begins was committed, so that whatever a vendor shows up to the end of
a claim has its row in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assettrail.errors import ContractBroken
from assettrail.settings import Settings
from corrections.difference import OBJECT_TYPES, Difference
from corrections.store.database import is_absent, open_store
from corrections.store.records import CorrectionRecord, DifferenceRecord, TransitionRecord
from evidence.leaves import canonical_json
from ingest.extract import Claim, Extract, Row
from ingest.landing_store import LandingStore

TRANSITIONS = "transitions"
_URI = "outbox://corrections/transitions"
_AFTER, _UNTIL = "transition_id", "window_to"


@dataclass
class OutboxSource:
    """The stream of transitions, oldest first; reads only."""

    settings: Settings
    store: LandingStore
    name: str = "corrections"

    def streams(self) -> tuple[str, ...]:
        """Return the streams in landing order."""
        return (TRANSITIONS,)

    def extract(self, stream: str, since: Mapping[str, object] | None) -> Extract:
        """Return the transitions behind the cursor, as the outbox has them in one transaction.

        The window ends at the house clock's time before that transaction. Raises ContractBroken for another stream,
        ConfigurationError when the outbox cannot be opened.
        """
        if stream != TRANSITIONS:
            raise ContractBroken(
                tried=f"to read the stream {stream} of the outbox",
                found="no such stream",
                expected=TRANSITIONS,
                remedy="correct the name",
            )
        after, start = _place_of(since)
        until = self.store.clock.now()
        found = [] if is_absent(self.settings) else self._behind(after)
        raw = canonical_json(found)
        raw_hash = self.store.put_raw(raw) if found else ""
        rows = [Row(values, f"{_URI}/{values['transition_id']}", raw_hash) for values in found]
        newest = max((int(str(values["transition_id"])) for values in found), default=after)
        detail = f"{len(rows)} changes of state behind number {after}, read and counted"
        claim = Claim(start, max(until, start or until), complete=True, how="equal_counts", detail=detail)
        return Extract(rows, (), claim, {_AFTER: newest, _UNTIL: claim.window_to.isoformat()})

    def _behind(self, after: int) -> list[dict[str, object]]:
        steps = TransitionRecord
        with open_store(self.settings) as outbox, outbox.begin() as session:
            counted = session.scalar(select(func.count()).select_from(steps).where(steps.transition_id > after))
            found = _transitions(session, after)
        if len(found) != counted:
            raise ContractBroken(
                tried="to read the changes of state of corrections",
                found=f"{len(found)} of {counted} with their correction",
                expected="a correction behind each of them",
                remedy="restore the outbox's database from its backup; nothing was landed",
            )
        return found


def _place_of(since: Mapping[str, object] | None) -> tuple[int, datetime | None]:
    """The number of the last transition that has landed, and the end of its claim."""
    if since is None:
        return 0, None
    return int(str(since[_AFTER])), datetime.fromisoformat(str(since[_UNTIL]))


def _transitions(session: Session, after: int) -> list[dict[str, object]]:
    steps, corrections, differences = TransitionRecord, CorrectionRecord, DifferenceRecord
    query = (
        select(steps, corrections.kind, differences.difference)
        .join(corrections, corrections.correction_key == steps.correction_key)
        .join(differences, differences.difference_hash == steps.difference_hash, isouter=True)
        .where(steps.transition_id > after)
        .order_by(steps.transition_id)
    )
    return [_values(step, kind, difference) for step, kind, difference in session.execute(query).tuples()]


def _values(step: TransitionRecord, kind: str, difference: str | None) -> dict[str, object]:
    values: dict[str, object] = {
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


def _facts(difference: Difference) -> dict[str, object]:
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
