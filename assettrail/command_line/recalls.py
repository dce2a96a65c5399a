"""`assettrail recall` and `assettrail recalls`: take an asset back everywhere, and follow it to the end."""

from typing import TYPE_CHECKING, Annotated

import typer

from assettrail.clock import clock_from
from assettrail.output import print_facts, print_json, print_table
from assettrail.settings import load_settings

if TYPE_CHECKING:
    from corrections.recall.report import Recall

application = typer.Typer(help="Recalls: list, show, certificate, end.", no_args_is_help=True)
RecallId = Annotated[str, typer.Argument(help="Id of the recall; the first characters are enough.")]


def recall(
    subject: Annotated[str, typer.Argument(help="Asset id, public id, etag, or SHA-256 of the bytes.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; stands in the log and in every proposal.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show who holds it; propose and write nothing.")] = False,
) -> None:
    """Recall an asset or certain bytes: propose every withdrawal, and follow all who hold it.

    A hash means every asset that holds these bytes, each with a recall of its own.

    Needs the token of a proposer or officer; another person approves the withdrawals.
    """
    from corrections.people.acting import acting
    from corrections.recall.holders import find_all_recalled, holders_of_each
    from corrections.recall.recalls import begin_recall
    from corrections.recall.report import find_recall
    from publish.reading import current_snapshot

    settings = load_settings()
    clock, snapshot = clock_from(settings), current_snapshot(settings.home)
    if dry_run:
        for recalled, holders in holders_of_each(
            snapshot.database, find_all_recalled(snapshot.database, subject)
        ).items():
            typer.echo(f"== {recalled.public_id} ({recalled.asset_id})")
            rows = [(one.holder_type, one.holder_id, one.place) for one in holders.found]
            print_table(["holder", "id", "place"], rows)
            typer.echo(_communications(holders.communications, holders.live_communications))
        return
    by = acting(settings, clock, "proposer", "officer")
    begun = begin_recall(settings, clock, snapshot.database, snapshot.name, subject, by, reason)
    recalls = _recalls()
    for recall_id in begun:
        _print(find_recall(recalls, recall_id))


@application.command("list")
def list_all(json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List recalls with how many holders are done."""
    found = _recalls()
    if json_output:
        print_json([one.as_dict() for one in found])
        return
    print_table(
        ["recall", "asset", "etag", "done", "of", "recalled", "by"],
        [
            (
                one.recall_id,
                one.recalled.public_id,
                one.recalled.etag,
                one.done,
                len(one.holders),
                one.recalled_at,
                one.recalled_by,
            )
            for one in found
        ],
    )


@application.command("show")
def show(recall_id: RecallId) -> None:
    """Show one recall: each holder and what is known of it."""
    from corrections.recall.report import find_recall

    _print(find_recall(_recalls(), recall_id))


@application.command("certificate")
def certificate(recall_id: RecallId) -> None:
    """Print the certificate of a recall as JSON; refused until every holder is done."""
    from corrections.recall.report import certificate as certificate_of
    from corrections.recall.report import find_recall

    print_json(certificate_of(find_recall(_recalls(), recall_id)))


@application.command("end")
def end(
    recall_id: RecallId,
    reason: Annotated[str, typer.Option("--reason", help="Why; stands in the log.")],
) -> None:
    """End a recall: what was not sent is withdrawn, and the asset may be given to partners again.

    Needs the token of an officer.
    """
    from corrections.people.acting import acting
    from corrections.recall.recalls import end_recall
    from corrections.recall.report import find_recall

    settings = load_settings()
    clock = clock_from(settings)
    by = acting(settings, clock, "officer")
    end_recall(settings, clock, find_recall(_recalls(), recall_id).recall_id, by, reason)
    typer.echo("ended")


def _recalls() -> "list[Recall]":
    from corrections.recall.report import recalls_by
    from publish.reading import current_snapshot

    settings = load_settings()
    snapshot = current_snapshot(settings.home)
    return recalls_by(settings, snapshot.database, snapshot.name)


def _print(found: "Recall") -> None:
    print_facts(
        {
            "recall": found.recall_id,
            "asset": f"{found.recalled.public_id} ({found.recalled.asset_id})",
            "etag": found.recalled.etag,
            "reason": found.reason,
            "recalled": found.recalled_at,
            "by": found.recalled_by,
            "snapshot": found.snapshot_name,
            "ended": found.ended_at,
            "same bytes elsewhere": ", ".join(found.by_snapshot.copies) or None,
            "done": f"{found.done} of {len(found.holders)}",
        }
    )
    typer.echo("")
    rows = [
        (
            one.holder_type,
            one.holder_id,
            one.place,
            one.state,
            one.correction_key[:12] if one.correction_key else None,
            one.waits_for,
        )
        for one in found.holders
    ]
    print_table(["holder", "id", "place", "state", "correction", "waits for"], rows)
    typer.echo(_communications(found.by_snapshot.communications, found.by_snapshot.live_communications))


def _communications(carried: int, by_address: int) -> str:
    return (
        f"{carried} communications carried it and cannot be taken back; {by_address} of them by an address, "
        "which serves what Cloudinary serves now"
    )
