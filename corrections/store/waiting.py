"""What an approved correction waits for, in words: nothing of it is sent, and `approved` alone does not say why.

Here belongs that one question, which the history, the list of holders of a recall and its certificate ask alike.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from corrections.difference import ADVICE, Kind
from corrections.store.allowance import current_pause
from corrections.store.breakers import list_breakers
from corrections.store.records import CorrectionRecord
from corrections.store.states import UNCERTAIN
from corrections.vendors.names import NEEDED


def what_it_waits_for(session: Session, record: CorrectionRecord, now: datetime) -> str | None:
    """Return why an approved correction is not sent yet; None when the next run sends it, or it is not approved.

    `now` is this machine's time, by which vendors that are down are asked again.
    """
    kind = cast("Kind", record.kind)
    if record.state != "approved" or kind in ADVICE:
        return None
    table = CorrectionRecord
    blocking = session.scalar(
        select(table)
        .where(table.object_key == record.object_key, table.state.in_(UNCERTAIN))
        .where(table.correction_key != record.correction_key)
        .order_by(table.correction_key)
        .limit(1)
    )
    if blocking is not None:
        return (
            f"waits until it is known what became of {blocking.kind} {blocking.correction_key[:12]} "
            f"of the same object, which is {blocking.state}"
        )
    if (paused := current_pause(session)) is not None:
        return f"waits, as nothing is sent: {paused}"
    down = [one for one in list_breakers(session) if one.vendor in NEEDED[kind] and one.state(now) == "open"]
    return f"waits, as {down[0].in_words(now)}" if down else None
