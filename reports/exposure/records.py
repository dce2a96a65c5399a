"""How the recorded approvals of an asset stand to what a live link served, in a plain sentence.

Here belongs the comparison of periods. It tells records: the verdict of the same bytes is the warehouse's, which knows
clocks, claims and edges; both stand side by side on the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from reports.dossier.rows import KnownApproval
from reports.exposure.rows import LiveVersion, Served
from reports.text import instant


def served_by(
    version: LiveVersion, composed_etag: str | None, approvals: Sequence[KnownApproval], until: datetime | None
) -> Served:
    """Return what is told of one version that was served, by the approvals of its asset, up to `until` at most."""
    # Approvals bind to bytes: those that were uploaded again under another number are approved as they were.
    mine = [approval for approval in approvals if approval.etag == version.etag]
    end = min((moment for moment in (version.served_to, until) if moment is not None), default=None)
    in_force = [(approval, *_in_force(approval)) for approval in mine]
    overlapping = [
        (approval, begins, ends)
        for approval, begins, ends in in_force
        if (end is None or begins < end) and (ends is None or ends > version.served_from)
    ]
    whole = [
        (approval, begins, ends)
        for approval, begins, ends in overlapping
        if begins <= version.served_from and (ends is None or (end is not None and ends >= end))
    ]
    is_approved = True if whole else None if overlapping else False
    return Served(
        version_number=version.version_number,
        etag=version.etag,
        served_from=version.served_from,
        served_to=version.served_to,
        is_other=None if composed_etag is None or version.etag is None else version.etag != composed_etag,
        is_approved=is_approved,
        approval_text=_words(is_approved, whole or overlapping),
        possibly_served_to=version.possibly_served_to,
        is_by_edge_only=version.is_by_edge_only,
        verdict=version.verdict,
        verdict_reason=version.verdict_reason,
        verdict_at=version.verdict_at,
        approval_key=version.approval_key,
        evidence_grade=version.evidence_grade,
    )


def _words(is_approved: bool | None, approvals: Sequence[tuple[KnownApproval, datetime, datetime | None]]) -> str:
    if not approvals:
        return "No approval of these bytes is recorded for this time."
    told = "; ".join(
        f"{approval.approver_id or 'someone not recorded'}, in force {instant(begins)} to {instant(ends, 'no end')}"
        for approval, begins, ends in approvals
    )
    return f"Approved all of this time: {told}." if is_approved else f"Approved for a part of this time only: {told}."


def _in_force(approval: KnownApproval) -> tuple[datetime, datetime | None]:
    ends = [end for end in (approval.ended_at, approval.valid_to) if end is not None]
    begins = [begin for begin in (approval.granted_at, approval.valid_from) if begin is not None]
    return max(begins), min(ends, default=None)
