"""The sign-off of a period as a print: what was signed, by whom, every exception in it, and what was restated since.

Here belongs the print. What is stated and how it is compared is `reports.attestation`; who may sign is decided there,
too.
"""

from __future__ import annotations

from collections.abc import Sequence

from corrections.attestation.signatures import MEANINGS, Attestation
from reports.attestation.restatement import Restatement
from reports.attestation.statement import OpenException, Statement, VerdictCount
from reports.prints.document import Document, Section, Table
from reports.text import count_of, instant, number
from reports.words import control_words, stream_words, verdict_words


def sign_off_document(signed: Attestation, statement: Statement, since: Restatement) -> Document:
    """Return the print of a signature; the exceptions are those that stand in the text that was signed."""
    period, limited = statement.scope.period, statement.scope.jurisdictions
    scope = "all jurisdictions" if limited is None else ", ".join(limited) or "no jurisdiction"
    meaning = MEANINGS[signed.meaning]
    return Document(
        kind="Period sign-off",
        title=f"{period}: {period.first} until before {period.behind}",
        lead=f"Signed by {signed.signed_by} on {instant(signed.signed_at)} UTC, with "
        f"{count_of(len(statement.exceptions), 'exception')} in the signed text"
        + ("; restated since." if since.is_restated else "."),
        facts=(
            ("Scope", scope),
            ("Period (UTC)", f"{instant(period.starts_at)} until before {instant(period.ends_at)}"),
            ("Signed by", signed.signed_by),
            ("Signed (UTC)", instant(signed.signed_at)),
            ("Meaning", f"{signed.meaning}: {meaning}"),
            ("Reason", signed.reason),
            ("SHA-256 of the text", signed.statement_hash),
            ("Snapshot that was signed", statement.basis.snapshot_name),
        ),
        sections=(
            Section(
                "What is signed",
                sentences=(_reach(statement),),
                tables=(
                    *_counts("Asset uses by verdict at composition", statement.asset_uses),
                    *_counts("Publications by verdict when they were published", statement.publications),
                ),
            ),
            _gaps(statement),
            Section(
                "Exceptions of the period",
                sentences=() if statement.exceptions else ("None, as far as the claims cover the period.",),
                tables=_exceptions("Exceptions in the signed text", statement.exceptions),
            ),
            _since(since),
        ),
    )


def _reach(statement: Statement) -> str:
    uses = count_of(statement.asset_use_count, "asset use")
    return f"{count_of(statement.communication_count, 'communication')} with {uses}."


def _counts(caption: str, rows: Sequence[VerdictCount]) -> tuple[Table, ...]:
    if not rows:
        return ()
    told = [(verdict_words(row.verdict).name, number(row.count)) for row in rows]
    return (Table(caption=caption, columns=("Verdict", "Count"), widths=(3.0, 1.0), rows=told),)


def _gaps(statement: Statement) -> Section:
    """Return what is not known of the period; whoever signed has signed this, too."""
    if statement.is_complete:
        return Section("Completeness", sentences=("Complete, accepted claims of every stream cover the whole period.",))
    if not statement.streams:
        return Section("Completeness", sentences=("There is no claim at all: nothing is known of this period.",))
    told = [
        (
            stream_words(row.system, row.stream),
            instant(row.covered_until) if row.covered_until else "not from the beginning",
            number(row.held_count),
            number(row.quarantined_count),
        )
        for row in statement.gaps
    ]
    columns = ("Stream", "Known without a gap until (UTC)", "Held batches", "In quarantine")
    caption = f"{len(statement.gaps)} of {len(statement.streams)} streams do not cover the whole period"
    return Section("Completeness", tables=(Table(caption=caption, columns=columns, widths=(3, 2, 1, 1), rows=told),))


def _exceptions(caption: str, rows: Sequence[OpenException]) -> tuple[Table, ...]:
    if not rows:
        return ()
    told = [
        (
            instant(row.occurred_at) if row.occurred_at else "not recorded",
            control_words(row.control_name).title,
            row.subject_id,
            verdict_words(row.verdict).name if row.verdict else "none",
            row.disposition or "nothing yet",
            row.exception_key[:16],
        )
        for row in rows
    ]
    columns = ("Occurred (UTC)", "Control", "Subject", "Verdict", "What was made of it", "Key")
    return (Table(caption=caption, columns=columns, widths=(1.4, 1.8, 1.8, 1.2, 2.0, 1.4), rows=told),)


def _since(since: Restatement) -> Section:
    """Return what this snapshot states otherwise than what was signed."""
    if not since.is_restated and not since.has_moved_on:
        return Section("Since then", sentences=("This snapshot states the period as it was signed.",))
    counts = [(row.of, number(row.signed), number(row.now)) for row in since.counts]
    counts += [
        (stream_words(row.system, row.stream), _known(row.signed is not None and row.signed.is_covered),
         _known(row.now is not None and row.now.is_covered))
        for row in since.coverage
    ]  # fmt: skip
    told: tuple[Table, ...] = ()
    if counts:
        columns = ("What", "Signed", "Now")
        told = (Table(caption="What is stated otherwise", columns=columns, widths=(3.0, 1.0, 1.0), rows=counts),)
    for title, rows in (
        ("Found since, of the past", since.found_since),
        ("Gone since, of the past", since.gone_since),
        ("Opened since", since.opened_since),
        ("Cured since", since.cured_since),
        ("Decided since", since.decided_since),
    ):
        told += _exceptions(title, rows)
    first = "The past is known otherwise now than it was signed." if since.is_restated else "What stood has moved on."
    return Section("Since then", sentences=(first,), tables=told)


def _known(is_covered: bool) -> str:
    return "covered" if is_covered else "not covered"
