"""`assettrail batches`: what landed, what is held, and a person's decision on it."""

from typing import TYPE_CHECKING, Annotated

import typer

from assettrail.output import print_facts, print_json, print_table, text_of
from assettrail.settings import load_settings

if TYPE_CHECKING:
    from ingest.landing_store import LandingStore

application = typer.Typer(help="Landed batches: list, show, accept or reject a held one.", no_args_is_help=True)
LoadId = Annotated[str, typer.Argument(help="The batch's load id.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; stands in the log for ever.")]


@application.command("list")
def list_all(
    held: Annotated[bool, typer.Option("--held", help="Only batches that wait for a decision.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List landed batches, the newest last."""
    from ingest.batches import list_batches

    batches = [batch for batch in list_batches(_store()) if not held or batch.outcome == "held"]
    if json_output:
        print_json([vars(batch) for batch in batches])
        return
    print_table(
        ["log index", "batch", "stream", "rows", "quarantined", "outcome", "landed"],
        [
            (b.log_index, b.load_id, f"{b.system}/{b.stream}", b.rows, b.quarantined, b.outcome, b.logged_at)
            for b in batches
        ],
    )


@application.command("show")
def show(load_id: LoadId) -> None:
    """Show one batch: its claim, what failed at the gate, and the rows concerned."""
    from ingest.batches import show_batch

    batch = show_batch(_store(), load_id)
    print_facts(
        {
            "batch": batch.load_id,
            "stream": f"{batch.system}/{batch.stream}",
            "rows": batch.rows,
            "quarantined": batch.quarantined,
            "outcome": batch.outcome,
            "window": f"{text_of(batch.window_from)} to {text_of(batch.window_to)}",
            "complete": f"{batch.is_complete} ({batch.how}: {batch.detail})",
        }
    )
    for failed in batch.failed:
        typer.echo(
            f"\nfailed: {failed.expectation} on {failed.column or 'the batch'}: {failed.unexpected_count} row(s)"
        )
        for row in batch.failing_rows:
            if row["_row_hash"] in failed.sample_row_hashes:
                typer.echo("  " + ", ".join(f"{name}={text_of(value)}" for name, value in row.items()))


@application.command("accept")
def accept(load_id: LoadId, reason: Reason) -> None:
    """Let a held batch into the warehouse; needs the token of an officer or engineer."""
    _decide(load_id, "accepted", reason)


@application.command("reject")
def reject(load_id: LoadId, reason: Reason) -> None:
    """Keep a held batch out of the warehouse; its rows may land again when the source is right.

    Needs the token of an officer or engineer.
    """
    _decide(load_id, "rejected", reason)


def _decide(load_id: str, decision: str, reason: str) -> None:
    from assettrail.clock import clock_from
    from corrections.people.acting import acting
    from ingest.batches import decide

    settings = load_settings()
    by = acting(settings, clock_from(settings), "officer", "engineer").name
    decide(_store(), load_id, decision, by, reason)
    typer.echo(f"{load_id}: {decision} by {text_of(by)}. Run `assettrail build` to see it in the reports.")


def _store() -> "LandingStore":
    from assettrail.clock import clock_from
    from ingest.landing_store import LandingStore

    settings = load_settings()
    return LandingStore.open(settings, clock_from(settings))
