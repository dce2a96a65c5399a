"""`assettrail corrections`: what is proposed, a person's approval, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from assettrail.clock import clock_from
from assettrail.errors import ConfigurationError
from assettrail.output import print_facts, print_json, print_table, text_of
from assettrail.settings import Settings, load_settings

if TYPE_CHECKING:
    from corrections.store.outbox import Correction

application = typer.Typer(help="Corrections: list, show, approve, reject, send, pause.", no_args_is_help=True)
Keys = Annotated[list[str] | None, typer.Argument(help="Correction keys; the first characters are enough.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; stands in the history.")]


@application.command("list")
def list_all(
    state: Annotated[str | None, typer.Option(help="Only corrections in this state.")] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List corrections with their kind, subject and state; says whether sending is paused."""
    from corrections.store.allowance import pause_of
    from corrections.store.outbox import list_corrections

    settings = load_settings()
    rows = [row for row in list_corrections(settings) if state in {None, row.state}]
    if json_output:
        print_json([row.as_dict() for row in rows])
        return
    print_table(
        ["correction", "kind", "subject", "state", "proposed", "by"],
        [
            (row.correction_key[:12], row.kind, row.subject_id, row.state, row.proposed_at, row.proposed_by)
            for row in rows
        ],
    )
    if (paused := pause_of(settings)) is not None:
        typer.echo(f"nothing is sent: {text_of(str(paused))}")


@application.command("dead")
def dead() -> None:
    """List corrections that only a person can move on: refused, in conflict, or of an effect that was never seen."""
    from corrections.store.outbox import list_dead

    settings = load_settings()
    now = clock_from(settings).now()
    print_table(
        ["correction", "kind", "subject", "state", "days", "owner", "why"],
        [
            (row.correction_key[:12], row.kind, row.subject_id, row.state, (now - step.at).days, row.owner, step.why)
            for row, step in list_dead(settings)
        ],
    )


@application.command("pause")
def pause(reason: Reason) -> None:
    """Send nothing any more, from the next single write on, also in a run that is under way.

    Needs the token of an engineer, approver or administrator. What was written is still read back.
    """
    from corrections.people.acting import acting
    from corrections.store import allowance

    settings = load_settings()
    clock = clock_from(settings)
    allowance.pause(settings, clock, acting(settings, clock, "engineer", "approver", "administrator"), reason)
    typer.echo("paused; `assettrail corrections resume` lets corrections be sent again")


@application.command("resume")
def resume(reason: Reason) -> None:
    """Let corrections be sent again; needs the token of an approver or administrator."""
    from corrections.people.acting import acting
    from corrections.store import allowance

    settings = load_settings()
    clock = clock_from(settings)
    allowance.resume(settings, clock, acting(settings, clock, "approver", "administrator"), reason)
    typer.echo("resumed; the outbox sensor or `assettrail corrections send` sends what is approved")


@application.command("show")
def show(
    key: Annotated[str, typer.Argument(help="Correction key; the first characters are enough.")],
) -> None:
    """Show one correction: the exact difference, what was expected, and every step of its history."""
    from corrections.store.outbox import show_correction

    shown = show_correction(load_settings(), key)
    print_facts(shown.facts())
    typer.echo("")
    print_table(["when", "from", "to", "who", "why"], shown.history_rows())


@application.command("approve")
def approve(
    reason: Reason,
    keys: Keys = None,
    every: Annotated[
        bool, typer.Option("--all", help="Many at once; without --set: show how many and a sample, and decide nothing.")
    ] = False,
    kind: Annotated[str | None, typer.Option("--kind", help="With --all: only this kind.")] = None,
    seen_set: Annotated[
        str | None, typer.Option("--set", help="With --all: hash of the set that was shown; refused if it is another.")
    ] = None,
    difference: Annotated[
        str | None,
        typer.Option("--difference", help="Difference hash that `show` printed; refused if it is another by now."),
    ] = None,
) -> None:
    """Approve proposed corrections; each approval is bound to the hash of the exact difference and expires.

    Who decides is the owner of the personal token in ASSETTRAIL_TOKEN: an approver, and never who proposed it.
    With --difference one correction is approved only as it was shown: a build may have changed it meanwhile.
    What partners searched for in vain is decided one by one, never by --all.
    """
    from corrections import approval
    from corrections.people.acting import acting

    settings = load_settings()
    clock = clock_from(settings)
    chosen = _chosen(keys, every)
    by = acting(settings, clock, "approver")
    if every and seen_set is None:
        _show_bulk(settings, kind)
        return
    approved = approval.approve(
        settings, clock, chosen, by, reason, difference_hash=difference, kind=kind, seen_set=seen_set
    )
    typer.echo(f"approved {len(approved)} correction(s); the outbox sensor or `assettrail corrections send` sends them")


def _show_bulk(settings: Settings, kind: str | None) -> None:
    from corrections.bulk import bulk_of

    bulk = bulk_of(settings, kind)
    print_table(["kind", "corrections"], list(bulk.counts.items()))
    if not bulk.counts:
        return
    typer.echo("\na sample:\n")
    rows = [
        (one.correction_key[:12], one.kind, one.subject_id, one.difference.public_id, _versions(one), one.reason)
        for one in bulk.sample
    ]
    print_table(["correction", "kind", "subject", "asset", "from → to", "reason"], rows)
    typer.echo(f"\nnothing was decided; `--set {bulk.set_hash}` approves these {sum(bulk.counts.values())}")


def _versions(correction: Correction) -> str:
    expected, desired = correction.difference.expected.number, correction.difference.desired.number
    return f"{expected or '–'} → {desired or '–'}"


@application.command("reject")
def reject(reason: Reason, keys: Keys = None) -> None:
    """Reject proposed corrections."""
    from corrections import approval
    from corrections.people.acting import acting

    settings = load_settings()
    clock = clock_from(settings)
    chosen = _chosen(keys, every=False) or []
    rejected = approval.reject(settings, clock, chosen, acting(settings, clock, "approver"), reason)
    typer.echo(f"rejected {len(rejected)} correction(s)")


@application.command("send")
def send(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read the vendors and show what would be written; write nothing.")
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="With --dry-run: print JSON, bodies included.")] = False,
) -> None:
    """Send approved corrections now, in the same run that the sensor would ask for."""
    from corrections.store.outbox import list_corrections
    from orchestration.running import run_job

    settings = load_settings(connects=True)
    if dry_run:
        _preview(settings, json_output=json_output)
        return
    run_job("send_corrections", settings.home)
    states: dict[str, int] = {}
    for row in list_corrections(settings):
        states[row.state] = states.get(row.state, 0) + 1
    print_facts(dict(sorted(states.items())))


def _preview(settings: Settings, *, json_output: bool) -> None:
    from corrections.preview import preview
    from publish.reading import current_snapshot

    found = preview(settings, clock_from(settings), current_snapshot(settings.home).database)
    if json_output:
        names = ("outcome", "why", "before", "after", "reach", "request")
        print_json([one.correction.as_dict() | {name: getattr(one, name) for name in names} for one in found])
        return
    print_table(
        ["correction", "kind", "subject", "now", "then", "held by", "outcome", "why"],
        [
            (
                one.correction.correction_key[:12],
                one.correction.kind,
                one.correction.subject_id,
                one.before,
                one.after,
                one.reach,
                one.outcome,
                one.why,
            )
            for one in found
        ],
    )


def _chosen(keys: list[str] | None, every: bool) -> list[str] | None:
    """Return the keys, or None for all; refuses both and neither."""
    if bool(keys) == every:
        raise ConfigurationError(
            tried="to decide on corrections",
            found="both keys and --all" if every else "no key",
            expected="one or more correction keys, or --all",
            remedy="`assettrail corrections list --state proposed` shows the keys",
        )
    return None if every else keys
