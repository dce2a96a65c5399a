"""`assettrail sign-off`: what a snapshot states of a period, signing it, and what has changed since it was signed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from assettrail.clock import clock_from
from assettrail.errors import PermanentSourceError
from assettrail.output import print_facts, print_json, print_table
from assettrail.settings import load_settings

if TYPE_CHECKING:
    from corrections.attestation.signatures import Attestation
    from reports.attestation.periods import Period
    from reports.attestation.restatement import Restatement
    from reports.attestation.statement import OpenException, Scope, Statement, StreamStatement

application = typer.Typer(help="Periods signed off: show, sign, list, compare.", no_args_is_help=True)
PeriodText = Annotated[str, typer.Argument(help="2026, 2026-Q2, 2026-04, or 2026-04-01..2026-05-01 (exclusive).")]
Jurisdictions = Annotated[
    list[str] | None, typer.Option("--jurisdiction", help="Only this jurisdiction; may be given several times.")
]
JsonOutput = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@application.command("show")
def show(
    period: PeriodText,
    jurisdiction: Jurisdictions = None,
    snapshot: Annotated[str | None, typer.Option(help="Name of a snapshot; the current one if absent.")] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print the exact text that is signed.")] = False,
) -> None:
    """Show what is stated of a period, with the hash that is signed."""
    made = _statement(_scope(period, jurisdiction), snapshot)
    if json_output:
        typer.echo(made.text.decode("utf-8"), nl=False)
        return
    _print_statement(made)


@application.command("sign")
def sign(
    period: PeriodText,
    statement: Annotated[str, typer.Option("--statement", help="The statement's hash, as `sign-off show` printed it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; stands beside the signature, in the log, too.")],
    meaning: Annotated[str, typer.Option("--meaning", help="What it means: reviewed, or attested.")] = "attested",
    jurisdiction: Jurisdictions = None,
) -> None:
    """Sign what the current snapshot states of a period. Needs the token of an officer."""
    from corrections.attestation import signatures
    from corrections.people.acting import acting

    settings = load_settings()
    clock = clock_from(settings)
    by = acting(settings, clock, "officer")
    made = _statement(_scope(period, jurisdiction), None)
    signed = signatures.sign(
        settings,
        clock,
        made.text,
        statement,
        by,
        meaning,
        reason,
        period=str(made.scope.period),
        snapshot_name=made.basis.snapshot_name,
    )
    _print_signatures([signed])


@application.command("list")
def list_all(json_output: JsonOutput = False) -> None:
    """List the signatures, the latest first."""
    from corrections.attestation.signatures import attestations

    found = attestations(load_settings())
    if json_output:
        print_json([_facts(one) for one in found])
        return
    _print_signatures(found)


@application.command("compare")
def compare(
    signature: Annotated[str, typer.Argument(help="Id of the signature; the first characters are enough.")],
    snapshot: Annotated[str | None, typer.Option(help="Name of a snapshot; the current one if absent.")] = None,
) -> None:
    """Show what a later snapshot states otherwise than what was signed."""
    from reports.attestation.current import opened, restated_by
    from reports.attestation.statement import from_text

    settings = load_settings()
    signed = _found(signature)
    with opened(settings.home, snapshot) as (cursor, later):
        found = restated_by(cursor, later, from_text(signed.text), settings)
    print_facts(_facts(signed) | {"compared with": later.name, "restated": "yes" if found.is_restated else "no"})
    _print_differences(found)


def _scope(period: str, jurisdictions: list[str] | None) -> Scope:
    from reports.attestation.periods import Period
    from reports.attestation.statement import Scope

    return Scope(Period.from_text(period), tuple(sorted(set(jurisdictions))) if jurisdictions else None)


def _statement(scope: Scope, snapshot: str | None) -> Statement:
    from reports.attestation.current import opened, statement_of

    settings = load_settings()
    with opened(settings.home, snapshot) as (cursor, current):
        return statement_of(cursor, current, scope, settings)


def _found(signature: str) -> Attestation:
    from corrections.attestation.signatures import attestations, find_attestation

    known = attestations(load_settings())
    found = find_attestation(known, signature)
    if found is None:
        raise PermanentSourceError(
            tried=f"to find the signature {signature[:40]!r}",
            found=f"none, or several, of {len(known)}",
            expected="the id of one signature, or how it begins",
            remedy="`assettrail sign-off list` shows them",
        )
    return found


def _print_statement(made: Statement) -> None:
    from corrections.attestation.signatures import hash_of

    limited = made.scope.jurisdictions
    print_facts(
        {
            "period": _days(made.scope.period),
            "jurisdictions": "all" if limited is None else ", ".join(limited),
            "snapshot": made.basis.snapshot_name,
            "communications": made.communication_count,
            "asset uses": made.asset_use_count,
            "exceptions": len(made.exceptions),
            "exceptions without a jurisdiction": made.unplaced_exception_count if limited is not None else None,
            "complete": "yes" if made.is_complete else f"no: {len(made.gaps)} of {len(made.streams)} streams",
            "statement": hash_of(made.text),
        }
    )
    typer.echo("")
    rows = [("asset uses", row.verdict, row.count) for row in made.asset_uses]
    rows += [("publications", row.verdict, row.count) for row in made.publications]
    print_table(["of", "verdict", "count"], rows)
    if made.gaps:
        typer.echo("")
        print_table(
            ["not covered", "stream", "known until", "held", "quarantined"],
            [(row.system, row.stream, row.covered_until, row.held_count, row.quarantined_count) for row in made.gaps],
        )
    if made.exceptions:
        typer.echo("")
        print_table(["exception", "control", "subject", "verdict", "occurred"], _exception_rows(made.exceptions))


def _exception_rows(rows: Iterable[OpenException]) -> list[tuple[object, ...]]:
    return [(row.exception_key[:12], row.control_name, row.subject_id, row.verdict, row.occurred_at) for row in rows]


def _print_signatures(found: Iterable[Attestation]) -> None:
    print_table(
        ["signature", "period", "signed", "by", "meaning", "statement", "snapshot"],
        [
            (
                one.attestation_id[:12],
                one.period,
                one.signed_at,
                one.signed_by,
                one.meaning,
                one.statement_hash[:12],
                one.snapshot_name,
            )
            for one in found
        ],
    )


def _facts(one: Attestation) -> dict[str, object]:
    return {
        "signature": one.attestation_id,
        "period": one.period,
        "statement": one.statement_hash,
        "snapshot": one.snapshot_name,
        "signed at": one.signed_at,
        "signed by": one.signed_by,
        "meaning": one.meaning,
        "reason": one.reason,
    }


def _print_differences(found: Restatement) -> None:
    rows: list[tuple[object, ...]] = [(row.of, row.signed, row.now) for row in found.counts]
    rows += [(f"{row.system} {row.stream}", _known(row.signed), _known(row.now)) for row in found.coverage]
    if rows:
        typer.echo("")
        print_table(["restated", "signed", "now"], rows)
    for title, exceptions in (
        ("found since", found.found_since),
        ("gone since", found.gone_since),
        ("opened since", found.opened_since),
        ("cured since", found.cured_since),
    ):
        if exceptions:
            typer.echo("")
            print_table([title, "control", "subject", "verdict", "occurred"], _exception_rows(exceptions))


def _known(row: StreamStatement | None) -> str:
    return "–" if row is None else "covered" if row.is_covered else "not covered"


def _days(period: Period) -> str:
    return f"{period} ({period.first} until {period.behind}, exclusive, UTC)"
