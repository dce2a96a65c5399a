"""`assettrail log`: the transparency log, verified and proven."""

from typing import Annotated

import typer

from assettrail.output import print_facts, print_json
from assettrail.settings import load_settings

application = typer.Typer(help="The transparency log: verify it, prove an entry.", no_args_is_help=True)


@application.command("verify")
def verify(json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Recompute every hash of the log and its signature; exit code 1 names the first thing that is wrong."""
    from evidence.keys import load_verification_key
    from evidence.verify import verify_log
    from publish.reading import open_snapshot, snapshot_names

    settings = load_settings()
    known = [
        (manifest["log"]["size"], manifest["log"]["root_hash"])
        for manifest in (open_snapshot(settings.home, name).manifest for name in snapshot_names(settings.home))
    ]
    report = verify_log(settings.home / "log", load_verification_key(settings.keys.folder), known)
    facts = {
        "origin": report.origin,
        "entries": report.size,
        "root hash": report.root_hash,
        "known checkpoints": f"{report.known_checked} of published snapshots, all prefixes of this log",
        "result": "every entry, tile and the checkpoint's signature hold",
    }
    print_json(facts) if json_output else print_facts(facts)


@application.command("prove")
def prove(index: Annotated[int, typer.Argument(help="Index of the entry.", min=0)]) -> None:
    """Print the offline proof (C2SP tlog-proof) that an entry is in the log."""
    from assettrail.clock import clock_from
    from ingest.landing import LandingStore

    settings = load_settings()
    store = LandingStore.open(settings, clock_from(settings))
    typer.echo(store.log.prove(index).to_text(), nl=False)
