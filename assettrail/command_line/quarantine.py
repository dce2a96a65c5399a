"""`assettrail quarantine`: records that could not be read: where they lie, why, and reading them again."""

from typing import TYPE_CHECKING, Annotated

import typer

from assettrail.errors import ConfigurationError
from assettrail.output import harmless, print_facts, print_json, print_table
from assettrail.settings import load_settings

if TYPE_CHECKING:
    from assettrail.settings import Settings
    from ingest.landing_store import LandingFolders
    from ingest.ledger import Ledger
    from ingest.quarantine import QuarantinedRecord

application = typer.Typer(help="Records that could not be read: list, show, replay.", no_args_is_help=True)
Stream = Annotated[str | None, typer.Option("--stream", help="One stream, as system/stream; all if absent.")]


@application.command("list")
def list_all(
    stream: Stream = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only records that nobody has read since.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List refused records with their place, reason and state; needs the public key only."""
    found = [record for record in _records(load_settings(), stream) if not open_only or record.state == "open"]
    if json_output:
        print_json([vars(record) for record in found])
        return
    print_table(
        ["record", "stream", "state", "since", "where", "offset", "reason"],
        [
            (each.record_id, each.label, each.state, each.quarantined_at, each.source_uri, each.offset, each.reason)
            for each in found
        ],
    )


@application.command("show")
def show(
    record_id: Annotated[str, typer.Argument(help="The record's id; the first characters are enough.")],
) -> None:
    """Open the sealed raw object of one record and print what was refused, with identifiers masked.

    Needs the raw key.
    """
    from evidence.keys import load_raw_keys
    from evidence.raw_removals import RemovedRaw
    from evidence.raw_store import RawStore
    from ingest.quarantine import find_record, list_quarantine, show_record

    settings = load_settings()
    folders, ledger = _landing(settings)
    record = find_record(list_quarantine(folders, ledger), record_id)
    keys = load_raw_keys(settings.keys.folder)
    gone = RemovedRaw(settings.home, ledger.removals())
    shown = show_record(record, RawStore(settings.home / "raw", keys[0], keys[1:]), gone)
    print_facts(
        {
            "record": record.record_id,
            "stream": record.label,
            "state": record.state,
            "quarantined": record.quarantined_at,
            "batch": record.load_id,
            "replayed": record.replayed_at,
            "landed with": record.replayed_with,
            "where": record.source_uri,
            "offset": record.offset,
            "raw object": f"{record.raw_hash} ({shown.raw_bytes} bytes)",
            "reason": record.reason,
        }
    )
    typer.echo("")
    if shown.excerpt is None:
        typer.echo("(what was refused is a row made of the raw object, and no part of it that could be shown alone)")
    else:
        typer.echo(harmless(shown.excerpt))


@application.command("replay")
def replay(
    record_ids: Annotated[
        list[str] | None, typer.Argument(help="Ids of records; all open ones of --stream, or of all, if absent.")
    ] = None,
    stream: Stream = None,
) -> None:
    """Read open records again with the readers and settings of today, and land what is readable now, once.

    No vendor is called: the sealed raw bytes are read. The claim of the window stays incomplete.
    """
    from assettrail.clock import clock_from
    from ingest.landing_store import LandingStore
    from ingest.quarantine import find_record
    from ingest.quarantine_readers import reader_of
    from ingest.quarantine_replay import replay as replay_records
    from quality.gate import great_expectations_gate

    settings = load_settings()
    records = _records(settings, stream)
    chosen = [find_record(records, each) for each in record_ids] if record_ids else records
    open_now = [record for record in chosen if record.state == "open"]
    if not open_now:
        typer.echo("nothing to replay: no record is open")
        return
    store = LandingStore.open(settings, clock_from(settings))
    done = replay_records(store, open_now, reader_of(settings, store), great_expectations_gate)
    print_table(
        ["stream", "quarantined by", "readable now", "still unreadable", "new rows", "outcome"],
        [
            (
                f"{each.system}/{each.stream}",
                each.quarantine,
                each.readable,
                each.unreadable,
                each.landed.rows if each.landed else 0,
                each.landed.outcome if each.landed else None,
            )
            for each in done
        ],
    )
    for each in done:
        if each.why_not:
            typer.echo(f"{each.system}/{each.stream}, {each.quarantine}: {harmless(each.why_not)}", err=True)


def _records(settings: "Settings", stream: str | None) -> "list[QuarantinedRecord]":
    from ingest.quarantine import list_quarantine
    from ingest.schema import STREAMS

    if stream is not None and tuple(stream.split("/")) not in STREAMS:
        raise ConfigurationError(
            tried=f"to look into the quarantine of {stream!r}",
            found="no stream of that name",
            expected="one of " + ", ".join("/".join(name) for name in STREAMS),
            remedy="write it as system/stream",
        )
    return [record for record in list_quarantine(*_landing(settings)) if stream in {None, record.label}]


def _landing(settings: "Settings") -> "tuple[LandingFolders, Ledger]":
    """The folders of the landing and what the log says of it, with the public key only."""
    from evidence.keys import load_verification_key
    from evidence.log_reader import LogReader
    from ingest.landing_store import LandingFolders
    from ingest.ledger import Ledger

    log = LogReader(settings.home / "log", load_verification_key(settings.keys.folder))
    return LandingFolders(settings.home), Ledger(log)
