"""What a dossier says of a use in plain sentences: why it has its verdict, and whether its version was the live one.

Here belong sentences over the evidence rows, without a question to the snapshot. What verdicts and reasons are called
is `reports.words`.
"""

from __future__ import annotations

from datetime import datetime

from reports.dossier.rows import Communication, Use
from reports.text import instant, span
from reports.words import sentence

NOT_WATCHED = frozenset(
    {"window_not_covered", "history_not_covered", "not_yet_evaluated", "version_in_doubt", "version_not_notified"}
)

SEVERAL_MEANT = frozenset({"several_candidates", "address_in_doubt"})
"""Reasons behind which more than one version, or asset, may be meant."""


def was_current(use: Use, uncertainty_seconds: int) -> bool | None:
    """Tell whether the version was the live one at composition; None where the clocks or the records cannot say."""
    if use.version_live_from is None or use.generated_at is None or use.verdict_reason in NOT_WATCHED | SEVERAL_MEANT:
        return None
    after_start = (use.generated_at - use.version_live_from).total_seconds()
    before_end = (
        float("inf") if use.version_live_to is None else (use.version_live_to - use.generated_at).total_seconds()
    )
    nearest = min(after_start, before_end)
    if abs(nearest) <= uncertainty_seconds:
        return None
    return nearest > 0


def current_text(use: Use, is_current: bool | None) -> str:
    """Return a sentence about the version being the live one at composition or not."""
    if is_current is None:
        return _not_known(use)
    if is_current:
        return f"Yes, the live version since {instant(use.version_live_from)} UTC."
    if use.generated_at and use.version_live_from and use.generated_at < use.version_live_from:
        return f"No, it was uploaded only at {instant(use.version_live_from)} UTC."
    how = "it had been replaced" if use.is_version_replaced else "the asset had been deleted"
    return f"No, {how} at {instant(use.version_live_to)} UTC."


def _not_known(use: Use) -> str:
    if use.generated_at is None:
        return "Not known: the moment of composition is not known."
    if use.verdict_reason == "address_in_doubt":
        return "Cannot be told: the address can be read in several ways."
    if use.rests_on_several or use.verdict_reason in SEVERAL_MEANT:
        return "Cannot be told: several versions fit the reference."
    if use.version_live_from is None:
        return "Not known: no record of when this version was live."
    if use.verdict_reason in NOT_WATCHED:
        return "Not known: the complete records do not cover it, so that an upload may have been missed."
    return f"Cannot be told: it changed within the uncertainty of the clocks, at {instant(_change(use))} UTC."


def _change(use: Use) -> datetime | None:
    """Return the end of the live interval that lies nearest to the composition."""
    ends = [end for end in (use.version_live_from, use.version_live_to) if end is not None]
    moment = use.generated_at
    return min(ends, key=lambda end: abs(end - moment), default=None) if moment is not None else None


def why(communication: Communication, use: Use) -> str:
    """Return one or two plain sentences that say why the use has its verdict."""
    sentences = {
        "PROVEN": _in_force(use),
        "PROVEN_LATE": _late(use),
        "SUPERSEDED": _superseded(use),
        "NOT_ELIGIBLE": not_eligible(communication, use),
        "EXPIRED": _expired(use),
    }
    if use.verdict in sentences:
        return f"{_approved(use)} {sentences[use.verdict]}"
    if use.verdict == "NOT_APPROVED":
        return _not_approved(use)
    if use.verdict_reason == "version_unknown" and _is_before_upload(use):
        return f"{sentence(use.verdict_reason)} They were uploaded only at {instant(use.version_live_from)} UTC."
    return sentence(use.verdict_reason) or use.words.meaning


def _is_before_upload(use: Use) -> bool:
    live_from, moment = use.version_live_from, use.generated_at
    return live_from is not None and moment is not None and moment < live_from


def _in_force(use: Use) -> str:
    it = "Each" if use.rests_on_several else "It"
    return f"{it} was in force, and no newer version had replaced it beyond the grace days."


def _approved(use: Use) -> str:
    if use.rests_on_several:
        return "The reference fits several versions, and each of them was approved."
    if use.granted_at is None:
        return "These bytes were approved."
    return f"Approved by {use.approver_id or 'someone not recorded'} on {instant(use.granted_at)} UTC."


def _late(use: Use) -> str:
    if use.recorded_at is None or use.generated_at is None:
        return "A record that proves it entered the log late."
    delay = span(use.recorded_at - use.generated_at)
    return f"The last record that proves it entered the log at {instant(use.recorded_at)} UTC, {delay} later."


def _superseded(use: Use) -> str:
    if use.superseding_version_number is None:
        return "A newer approved version had been in force for longer than the grace days allow."
    newer = f"Version {use.superseding_version_number}"
    return f"{newer} was newer, approved, and in force for longer than the grace days allow."


def not_eligible(communication: Communication, use: Use) -> str:
    """Return which of segment, jurisdiction and offer did not fit, with what the approval allows."""
    misfits = [
        f"{what} {given or 'not recorded'}, and the approval allows {', '.join(allowed)}"
        for what, given, allowed in (
            ("segment", communication.segment_code, use.segments),
            ("jurisdiction", communication.jurisdiction_code, use.jurisdictions),
        )
        if allowed and given not in allowed
    ]
    if use.approval_offers and not set(use.approval_offers) & set(communication.offers or ()):
        offers = ", ".join(communication.offers or ()) or "none"
        misfits.append(f"offers {offers}, and the approval allows {', '.join(use.approval_offers)}")
    if not misfits:
        return "The approval does not extend to this customer's segment, jurisdiction or offer."
    return f"This communication has {'; '.join(misfits)}."


def _expired(use: Use) -> str:
    if use.valid_to is None or use.generated_at is None:
        return "The approval had ended before this was composed."
    ago = span(use.generated_at - use.valid_to)
    return f"The approval ended by its own date on {instant(use.valid_to)} UTC, {ago} before this was composed."


def _not_approved(use: Use) -> str:
    moment = use.generated_at
    if moment is None or use.granted_at is None:
        return "No approval of exactly these bytes was in force when this was composed."
    if use.granted_at > moment:
        return f"{_approved(use)} That was {span(use.granted_at - moment)} after this was composed."
    if use.ended_at is not None and use.ended_at <= moment:
        how = "It was revoked" if use.ended_by == "revoked" else "It had ended"
        ago = span(moment - use.ended_at)
        return f"{_approved(use)} {how} on {instant(use.ended_at)} UTC, {ago} before this was composed."
    if use.valid_from is not None and use.valid_from > moment:
        return f"{_approved(use)} It begins to be valid only on {instant(use.valid_from)} UTC."
    return "No approval of exactly these bytes was in force when this was composed."
