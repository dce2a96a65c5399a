"""The sign-off of a period as a print: what is signed, by whom, what stood open, and what was restated later.

Here belong the typed content and the print. Who may sign, and where a sign-off is kept, is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.prints.document import Document, Section, Table
from reports.text import count_of, day, instant


@dataclass(frozen=True)
class OpenException:
    """One row per exception that stood open when the period was signed."""

    exception_key: str
    control: str
    subject: str
    occurred_at: datetime | None
    owner: str | None
    due_at: datetime | None
    reason: str | None


@dataclass(frozen=True)
class Restatement:
    """One row per later snapshot in which the period's content is another one, and what differs."""

    snapshot: str
    published_at: datetime
    difference: str


@dataclass(frozen=True)
class SignOff:
    """A period that a person signed. Instants are UTC; `until` is not in the period; `meaning` is what they signed."""

    scope: str
    since: datetime
    until: datetime
    signer: str
    role: str
    meaning: str
    signed_at: datetime
    completeness: str
    figures: Sequence[tuple[str, str]]
    open_exceptions: Sequence[OpenException]
    restatements: Sequence[Restatement] = ()


def sign_off_document(signed: SignOff) -> Document:
    """Return the print of a sign-off; the open exceptions stand in the text that is signed."""
    return Document(
        kind="Period sign-off",
        title=f"{signed.scope}, {day(signed.since)} until before {day(signed.until)}",
        lead=f"Signed by {signed.signer} ({signed.role}) on {instant(signed.signed_at)} UTC, with "
        f"{count_of(len(signed.open_exceptions), 'exception')} open"
        + (f"; restated {count_of(len(signed.restatements), 'time')} since." if signed.restatements else "."),
        facts=(
            ("Scope", signed.scope),
            ("Period (UTC)", f"{instant(signed.since)} until before {instant(signed.until)}"),
            ("Signed by", f"{signed.signer}, {signed.role}"),
            ("Signed (UTC)", instant(signed.signed_at)),
            ("Meaning", signed.meaning),
        ),
        sections=(
            Section("What is signed", sentences=(signed.meaning, signed.completeness), facts=tuple(signed.figures)),
            Section(
                "Open exceptions",
                sentences=() if signed.open_exceptions else ("None stood open for what the claims cover.",),
                tables=_exceptions(signed.open_exceptions),
            ),
            Section(
                "Restatements",
                sentences=() if signed.restatements else ("Nothing of this period was restated until this snapshot.",),
                tables=_restatements(signed.restatements),
            ),
        ),
    )


def _exceptions(rows: Sequence[OpenException]) -> tuple[Table, ...]:
    if not rows:
        return ()
    return (
        Table(
            caption="Exceptions that stood open, part of what is signed",
            columns=("Happened (UTC)", "Control", "Subject", "Owner and due", "Reason", "Key"),
            widths=(1.4, 1.8, 1.8, 1.4, 2.2, 1.6),
            rows=[
                (
                    instant(row.occurred_at),
                    row.control,
                    row.subject,
                    f"{row.owner or 'no owner'}, {day(row.due_at, 'no due date')}",
                    row.reason or "not recorded",
                    row.exception_key,
                )
                for row in rows
            ],
        ),
    )


def _restatements(rows: Sequence[Restatement]) -> tuple[Table, ...]:
    if not rows:
        return ()
    return (
        Table(
            caption="Later snapshots in which this period is told otherwise",
            columns=("Published (UTC)", "Snapshot", "Difference"),
            widths=(1.4, 1.8, 4.0),
            rows=[(instant(row.published_at), row.snapshot, row.difference) for row in rows],
        ),
    )
