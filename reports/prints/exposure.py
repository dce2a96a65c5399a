"""What a printed dossier says of its live links after composition: the same sentences and figures as its page.

Here belongs what is printed of exposures. The figures are those of `reports.exposure`.
"""

from __future__ import annotations

from collections.abc import Sequence

from reports.exposure.rows import Exposure, LinkVerdict, Served
from reports.exposure.words import edges, how_long, why
from reports.prints.document import Table
from reports.text import count_of, instant
from reports.words import phrase


def exposure_lead(exposed: Exposure) -> str:
    """Return the sentence about the live links of a letter; an empty text where there is no verdict to tell."""
    if not exposed.is_judged:
        return ""
    worst = f"{exposed.worst.words.name} is the worst verdict over exposure of its"
    links = count_of(exposed.link_count, "live link")
    until = f"exposure until {instant(exposed.ends_at, 'a moment that is not known')}"
    evaluated = f"evaluated until {instant(exposed.evaluated_to, 'no moment yet')}"
    return f" {worst} {links}; {until}, {evaluated}; {exposed.open_count} may still be opened."


def exposure_sentences(link: LinkVerdict | None) -> tuple[str, ...]:
    """Return what is said of one live link; nothing of a use without an exposure."""
    if link is None:
        return ()
    return (f"Over exposure: {link.words.name}. {why(link)} {how_long(link)}", edges(link))


def exposure_facts(link: LinkVerdict | None) -> tuple[tuple[str, str], ...]:
    """Return the codes of the verdict over exposure."""
    if link is None:
        return ()
    return (
        ("Verdict over exposure", f"{link.verdict} / {link.verdict_reason}"),
        ("So far", f"{link.verdict_so_far} / {link.verdict_reason_so_far}"),
    )


def served_tables(served: Sequence[Served]) -> tuple[Table, ...]:
    """Return what a link served, where the snapshot has verdicts of it."""
    rows = [
        (
            f"version {one.version_number}" if one.version_number else "version not known",
            _when(one),
            f"{one.words.name}: {phrase(one.verdict_reason)}, {instant(one.verdict_at)}{_grade(one)}",
            f"{one.approval_text} Key {one.approval_key}." if one.approval_key else one.approval_text,
        )
        for one in served
        if one.verdict is not None
    ]
    if not rows:
        return ()
    return (
        Table(
            caption="What the link served during its exposure; instants are UTC",
            columns=("Version", "Served", "Verdict of these bytes", "Approval of these bytes"),
            widths=(1.5, 2.2, 2.8, 3.5),
            rows=rows,
        ),
    )


def _grade(one: Served) -> str:
    return f"; grade: {phrase(one.evidence_grade)}" if one.evidence_grade else ""


def _when(one: Served) -> str:
    if one.is_by_edge_only:
        return f"perhaps by an edge, until {instant(one.possibly_served_to)}"
    return f"{instant(one.served_from)} to {instant(one.served_to, 'no end')}"
