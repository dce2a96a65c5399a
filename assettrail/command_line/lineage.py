"""`assettrail lineage`: what machines read of us, sent or shown."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assettrail.output import harmless, print_facts, print_json, print_table
from assettrail.settings import Settings, load_settings

if TYPE_CHECKING:
    from evidence.log_reader import LogReader

application = typer.Typer(
    help="Lineage for machines: OpenLineage events, columns, W3C PROV of one communication.", no_args_is_help=True
)
Start = Annotated[int | None, typer.Option("--from", min=0, help="Index of the first entry of the log.")]


@application.command("send")
def send(start: Start = None) -> None:
    """Send OpenLineage events of what was logged since the last time, to lineage.url or lineage.file.

    With --from everything from that entry on is sent, again where it was sent before: the same entry gives the same
    bytes, and a lineage service knows the run by its id.
    """
    from lineage.delivery import send as deliver

    settings = load_settings()
    done = deliver(settings, _log(settings), start)
    print_facts(
        {
            "events": done.events,
            "entries": f"{done.first_entry} up to and without {done.next_entry}",
            "to": done.backend,
        }
    )


@application.command("show")
def show(
    start: Start = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many events.")] = 10,
    json_output: Annotated[bool, typer.Option("--json", help="Print the events, one JSON document a line.")] = False,
) -> None:
    """Show the events that `send` would send next, or those from an entry on; nothing is sent."""
    from itertools import islice

    from lineage.delivery import events_of, next_entry

    settings = load_settings()
    first = next_entry(settings.home) if start is None else start
    found = list(islice(events_of(settings, _log(settings), first), limit))
    if json_output:
        for _, event in found:
            typer.echo(harmless(event.decode()))
        return
    rows = []
    for index, event in found:
        told = json.loads(event)
        outputs = ", ".join(each["name"] for each in told.get("outputs", [])[:3])
        rows.append((index, told["eventTime"], told["eventType"], told["job"]["name"], told["run"]["runId"], outputs))
    print_table(["log index", "logged at", "event", "job", "run", "outputs"], rows)


@application.command("prov")
def prov(
    communication: Annotated[str, typer.Argument(help="Communication id of Exstream.")],
    domain: Annotated[str, typer.Option(help="Exstream domain, where two have a communication of this id.")] = "",
    snapshot: Annotated[str | None, typer.Option(help="Name of a snapshot; the current one if absent.")] = None,
) -> None:
    """Print the W3C PROV-JSON document of one communication: what it carried, who approved and uploaded it."""
    from lineage.provenance import provenance_of
    from publish.reading import connect, current_snapshot, open_snapshot

    home: Path = load_settings().home
    opened = open_snapshot(home, snapshot) if snapshot else current_snapshot(home)
    with connect(opened) as connection:
        print_json(provenance_of(connection, opened, communication, domain))


def _log(settings: Settings) -> "LogReader":
    from evidence.keys import load_verification_key
    from evidence.log_reader import LogReader

    return LogReader(settings.home / "log", load_verification_key(settings.keys.folder))
