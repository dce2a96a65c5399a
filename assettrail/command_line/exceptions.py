"""`assettrail exceptions`: what the controls hold, whose each exception is, and making dispositions of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from assettrail.clock import clock_from
from assettrail.errors import ConfigurationError
from assettrail.output import print_facts, print_json, print_table
from assettrail.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from corrections.dispositions import Disposition
    from reports.deciding.exceptions import Line, Together
    from reports.exception_list import Work

application = typer.Typer(help="Exceptions: list, show, dispose, history.", no_args_is_help=True)
Key = Annotated[str, typer.Argument(help="Exception key; the first characters are enough.")]
Keys = Annotated[list[str] | None, typer.Argument(help="Exception keys; the first characters are enough.")]
Control = Annotated[str, typer.Option("--control", help="Only exceptions of this control.")]
SnapshotName = Annotated[str | None, typer.Option("--snapshot", help="Name of a snapshot; the current one if absent.")]
JsonOutput = Annotated[bool, typer.Option("--json", help="Print JSON.")]
SHORT = 12
LISTED = 50


@application.command("list")
def list_all(
    control: Control = "",
    standing: Annotated[bool, typer.Option("--standing", help="Only those that stand now.")] = False,
    owner: Annotated[str, typer.Option("--owner", help="Only those that this person owns.")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose due day is over.")] = False,
    nobody: Annotated[bool, typer.Option("--nobody", help="Only those of which no disposition counts.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Rows to print at most; 0: all.")] = LISTED,
    snapshot: SnapshotName = None,
    json_output: JsonOutput = False,
) -> None:
    """List exceptions, the newest first, with the owner, due day and disposition that our store has now.

    When each was first seen, and how often it came back, is told by the snapshots that were published until this one.
    """
    from reports.attestation.current import opened
    from reports.exception_list import Filters, listing, tells_strength
    from reports.exceptions.made import all_made, keys_of
    from reports.exceptions.seen import NOT_TOLD, is_seen_told, seen_relation
    from reports.exports.written import json_value

    if nobody and (owner or overdue):
        raise _refused("--nobody beside --owner or --overdue", "one of them", "leave one of them out")
    settings = load_settings()
    today = clock_from(settings).now().date()
    work: Work = "overdue" if overdue else "nobody" if nobody else "all"
    filters = Filters(
        control=control,
        standing="standing" if standing else "all",
        owner=owner,
        work=work,
        keys=keys_of(settings, owner, work, today),
    )
    with opened(settings.home, snapshot) as (cursor, read):
        asked = listing(filters, all_made(settings, today), seen_relation(cursor), with_strength=tells_strength(cursor))
        rows = asked.reader(cursor).read_all().to_pylist()
        is_told = is_seen_told(cursor)
    if json_output:
        print_json(json_value(rows))
        return
    shown = rows[:limit] if limit else rows
    print_table(
        ["exception", "control", "subject", "stands", "first seen", "reopened", "disposition", "owner", "due"],
        [
            (
                row["exception_key"][:SHORT],
                row["control_name"],
                row["subject_id"],
                _standing(row["evidence_strength"], is_standing=row["is_standing"]),
                _first_seen(row["first_seen_at"], is_new=row["is_new"]),
                _reopened(row["times_reopened"], row["reopened_at"]),
                _in_words(row["disposition"], row["accepted_until"], is_over=row["disposition_counts"] is False),
                row["owner"] or "nobody",
                f"{row['due_on']}, overdue" if row["is_overdue"] else row["due_on"],
            )
            for row in shown
        ],
    )
    typer.echo(f"{len(shown)} of {len(rows)}, by the snapshot {read.name}; owners and due days are as of now")
    if not is_told:
        typer.echo(f"when they were first seen, and whether they came back, is {NOT_TOLD}")


def _standing(strength: str | None, *, is_standing: bool) -> str:
    words = "now" if is_standing else "no more"
    return words if strength in (None, "exact") else f"{words}, possible"


@application.command("show")
def show(key: Key, snapshot: SnapshotName = None, json_output: JsonOutput = False) -> None:
    """Show one exception, when it was seen, whose it is, and every disposition that was made of it."""
    from reports.attestation.current import opened
    from reports.deciding.exceptions import key_of, read_one, told_of
    from reports.exceptions.seen import read_seen
    from reports.exports.written import json_value

    settings = load_settings()
    today = clock_from(settings).now().date()
    with opened(settings.home, snapshot) as (cursor, read):
        whole = key_of(cursor, key)
        line, history = read_one(cursor, settings, whole, today)
        seen, words = read_seen(cursor, whole), told_of(cursor, whole)
    if json_output:
        told = vars(line.exception) | {"seen": vars(seen) if seen else None}
        print_json(json_value(told | {"dispositions": [vars(one) for one in history], "snapshot": read.name}))
        return
    print_facts(_facts(line) | words | {"by the snapshot": read.name})
    typer.echo("")
    _print_history(history)


@application.command("history")
def history(
    key: Annotated[str, typer.Argument(help="Exception key, whole where the snapshot does not hold it any more.")],
    json_output: JsonOutput = False,
) -> None:
    """Show when an exception was seen and every disposition of it, the oldest first; also of one that is gone."""
    from corrections.dispositions import history_of
    from reports.attestation.current import opened
    from reports.deciding.exceptions import ever_key_of, told_of

    settings = load_settings()
    found = history_of(settings, key)
    with opened(settings.home) as (cursor, read):
        whole = key if found else ever_key_of(cursor, key)
        words = told_of(cursor, whole)
    found = found or history_of(settings, whole)
    if json_output:
        print_json([vars(one) for one in found])
        return
    print_facts({"exception": whole} | words | {"by the snapshot": read.name})
    typer.echo("")
    _print_history(found)


@application.command("dispose")
def dispose(
    disposition: Annotated[str, typer.Option("--as", help="correct, accept_until, false_alarm or escalate.")],
    owner: Annotated[str, typer.Option("--owner", help="Whose it is from now on: a person of this installation.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; stands in the history and in the log.")],
    keys: Keys = None,
    due: Annotated[str, typer.Option("--due", help="Due day (UTC), as 2026-05-31: to correct or escalate.")] = "",
    until: Annotated[str, typer.Option("--until", help="Last day (UTC) of an acceptance.")] = "",
    every: Annotated[
        bool, typer.Option("--all", help="Many at once; without --set: show how many and a sample, and write nothing.")
    ] = False,
    control: Annotated[str, typer.Option("--control", help="With --all: only this control.")] = "",
    seen_set: Annotated[
        str | None, typer.Option("--set", help="With --all: hash of the set that was shown; refused if it is another.")
    ] = None,
) -> None:
    """Make a disposition of exceptions: of all that are named, or of none.

    Who decides is the owner of the personal token in ASSETTRAIL_TOKEN: an officer. With --all it is made of the
    standing exceptions of which no disposition counts, in the current snapshot, as far as the officer may see them.
    """
    from corrections import dispositions
    from corrections.people.acting import acting
    from reports.attestation.current import opened
    from reports.deciding.exceptions import key_of, read_together
    from reports.deciding.orders import read_order, refuse_other_set

    settings = load_settings()
    clock = clock_from(settings)
    _refuse_unclear(keys, seen_set, control, every=every)
    by = acting(settings, clock, "officer")
    order = read_order(disposition, owner, reason, due, until)
    with opened(settings.home, None, by.jurisdictions) as (cursor, _):
        if every:
            together = read_together(cursor, settings, control, clock.now().date())
            if seen_set is None:
                _show_together(together)
                return
            refuse_other_set(together, seen_set)
            chosen = list(together.keys)
        else:
            chosen = [key_of(cursor, key) for key in keys or ()]
    count = dispositions.dispose(settings, clock, chosen, by, order)
    typer.echo(f"of {count} exception(s) the disposition {order.kind} was written; {order.owner} owns them")


def _refuse_unclear(keys: list[str] | None, seen_set: str | None, control: str, *, every: bool) -> None:
    """Refuse keys beside --all, neither of them, and what only --all understands."""
    if bool(keys) == every:
        raise _refused(
            "both keys and --all" if every else "no key",
            "one or more exception keys, or --all",
            "`assettrail exceptions list` shows the keys",
        )
    if not every and (seen_set is not None or control):
        raise _refused("--set or --control without --all", "--all with them", "add --all, or leave them out")


def _show_together(together: Together) -> None:
    if not together.keys:
        typer.echo("no standing exception is without a disposition that counts; nothing was written")
        return
    typer.echo(f"{len(together.keys)} exception(s); a sample:\n")
    print_table(
        ["exception", "control", "subject", "stands", "reason"],
        [
            (
                line.exception.exception_key[:SHORT],
                line.exception.control_name,
                line.exception.subject_id,
                _standing(line.exception.evidence_strength, is_standing=line.exception.is_standing),
                line.exception.reason,
            )
            for line in together.sample
        ],
    )
    if together.beyond_count:
        typer.echo(f"\n{together.beyond_count} more stand that were not looked at: they come in the next turn")
    typer.echo(f"\nnothing was written; `--set {together.set_hash}` disposes of these {len(together.keys)}")


def _facts(line: Line) -> dict[str, object]:
    made = line.disposition
    return {
        "exception": line.exception.exception_key,
        "control": f"{line.exception.control_name}: {line.exception.title}",
        "subject": line.exception.subject_id,
        "reason": line.exception.reason,
        "stands": _standing(line.exception.evidence_strength, is_standing=line.exception.is_standing),
        "evidence": line.exception.evidence_strength or "not told by this snapshot",
        "disposition": _in_words(
            made.kind if made else None, made.accepted_until if made else None, is_over=line.has_come_back
        ),
        "owner": made.owner if made else "nobody",
        "due": None if made is None else f"{made.due_on}, overdue" if line.is_overdue else made.due_on,
    }


def _first_seen(first_seen_at: datetime | None, *, is_new: bool | None) -> str | None:
    if first_seen_at is None:
        return None
    return f"{first_seen_at:%Y-%m-%d %H:%M}{', new' if is_new else ''}"


def _reopened(times: int | None, last: datetime | None) -> str | None:
    if times is None:
        return None
    return f"{times}, last {last:%Y-%m-%d}" if times and last else "never"


def _in_words(kind: str | None, accepted_until: object, *, is_over: bool) -> str:
    if kind is None:
        return "none"
    told = f"{kind} {accepted_until}" if accepted_until else kind
    return f"{told}, has come back" if is_over else told


def _print_history(found: Sequence[Disposition]) -> None:
    print_table(
        ["when", "disposition", "owner", "due", "until", "by", "reason"],
        [
            (one.disposed_at, one.kind, one.owner, one.due_on, one.accepted_until, one.disposed_by, one.reason)
            for one in found
        ],
    )


def _refused(found: str, expected: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(tried="to work exceptions", found=found, expected=expected, remedy=remedy)
