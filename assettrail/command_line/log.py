"""`assettrail log`: the transparency log, verified and proven."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assettrail.output import print_facts, print_json
from assettrail.settings import load_settings

if TYPE_CHECKING:
    from evidence.log_reader import LogReader

application = typer.Typer(help="The transparency log: verify it, prove an entry.", no_args_is_help=True)


@application.command("verify")
def verify(
    everything: Annotated[
        bool,
        typer.Option("--all", help="Also what the log tells of: landed files, raw bytes, the current snapshot."),
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Recompute every hash of the log and its signature; exit code 1 names the first thing that is wrong.

    Needs the public key only. With --all every landed file is hashed anew, the raw bytes of every row must be there
    (they are not opened), and the current snapshot must be what was published.
    """
    from evidence.keys import load_verification_key
    from evidence.log_reader import LogReader
    from evidence.verify import verify_log
    from evidence.witness import known_checkpoints, refuse_older_log

    settings = load_settings()
    key = load_verification_key(settings.keys.folder)
    known = known_checkpoints(settings.home, key)
    rooted = [(each.size, each.root_hash) for each in known if each.root_hash is not None]
    report = verify_log(settings.home / "log", key, rooted)
    log = LogReader(settings.home / "log", key)
    refuse_older_log(log, known)
    facts: dict[str, object] = {
        "origin": report.origin,
        "entries": report.size,
        "root hash": report.root_hash,
        "known checkpoints": f"{report.known_checked} remembered outside the log, all prefixes of it",
        "result": "every entry, tile and the checkpoint's signature hold",
    }
    if everything:
        facts |= _all_else(settings.home, log)
    print_json(facts) if json_output else print_facts(facts)


def _all_else(home: Path, log: "LogReader") -> dict[str, object]:
    """Verify what the log tells of; raises EvidenceBroken at the first part that is not so."""
    from publish.reading import NoSnapshot, current_snapshot
    from publish.verification import publish_leaf, verify_snapshot
    from quality.whole_evidence import verify_landing

    landed = verify_landing(home, log)
    facts: dict[str, object] = {
        "batches": f"{landed.batches}, with {landed.landed_rows} rows as their leaves tell",
        "raw bytes": f"{landed.raw_files} files that rows refer to, all kept",
    }
    try:
        snapshot = current_snapshot(home)
    except NoSnapshot:
        return facts | {"current snapshot": "none"}
    tables = verify_snapshot(snapshot, publish_leaf((entry for _, entry in log.entries()), snapshot.name))
    return facts | {"current snapshot": f"{snapshot.name}: {tables} tables as they were published"}


@application.command("prove")
def prove(index: Annotated[int, typer.Argument(help="Index of the entry.", min=0)]) -> None:
    """Print the offline proof (C2SP tlog-proof) that an entry is in the log; needs the public key only."""
    from evidence.keys import load_verification_key
    from evidence.log_reader import LogReader

    settings = load_settings()
    log = LogReader(settings.home / "log", load_verification_key(settings.keys.folder))
    typer.echo(log.prove(index).to_text(), nl=False)
