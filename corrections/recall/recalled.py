"""Is what a correction would give to partners being recalled?

Here belongs that one question, which approval by policy, sending and the dry run ask alike. Recalls themselves are
`recall`.
"""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from corrections.difference import Difference
from corrections.store.records import RecallRecord


def recalled_by(session: Session, difference: Difference) -> str | None:
    """Return who recalls the asset or the bytes that a difference would show, and why; None when nobody does."""
    table = RecallRecord
    record = session.scalar(
        select(table)
        .where(table.ended_at.is_(None), table.asset_id == difference.asset_id)
        .where(or_(table.etag.is_(None), table.etag == (difference.desired.etag or "").lower()))
        .limit(1)
    )
    return None if record is None else f"{record.recalled_by} recalls it ({record.recall_id}): {record.reason}"
