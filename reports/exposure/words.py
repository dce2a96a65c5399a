"""What a page says of the exposure of a live link, in plain sentences.

Here belong sentences over the rows, without a question to the snapshot. What verdicts and reasons are called stands in
`reports.words`.
"""

from __future__ import annotations

from reports.exposure.rows import LinkVerdict
from reports.text import count_of, instant
from reports.words import sentence


def how_long(link: LinkVerdict) -> str:
    """Return until when the link counts as opened, and up to where it is judged."""
    if link.exposure_ends_at is None:
        return "How long it counts as opened is not known, as the moment of composition is not."
    counted = (
        f"It counts as opened for {count_of(link.exposure_days, 'day')}, until {instant(link.exposure_ends_at)} UTC"
    )
    if not link.is_open:
        return f"{counted}; all of that time is judged."
    if link.evaluated_to is None:
        return f"{counted}; nothing of that time is judged yet, as the records do not reach it."
    return f"{counted}, which is still to come; it is judged up to {instant(link.evaluated_to)} UTC."


def why(link: LinkVerdict) -> str:
    """Return why the exposure has its verdict."""
    if link.verdict == link.verdict_so_far:
        return _since(link)
    if link.is_open:
        return f"So far: {link.words_so_far.name.lower()}. {_since(link)} What it serves until then is not known yet."
    return sentence(link.verdict_reason)


def _since(link: LinkVerdict) -> str:
    if not link.is_worse_after_composition:
        return f"Nothing worse than at composition was served. {sentence(link.verdict_reason_so_far)}"
    version = f", version {link.worst_version_number}" if link.worst_version_number else ""
    return f"From {instant(link.worst_at)} UTC on{version}: {sentence(link.verdict_reason_so_far)}"


def edges(link: LinkVerdict) -> str:
    """Return for how long an edge may serve old bytes, as it was reckoned with."""
    minutes, seconds = divmod(link.cdn_uncertainty_seconds, 60)
    long = count_of(minutes, "minute") if not seconds else count_of(link.cdn_uncertainty_seconds, "second")
    return f"An edge of the CDN may go on serving other bytes for {long} after a change; that is reckoned with."
