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

    settings = load_settings()
    report = verify_log(settings.home / "log", load_verification_key(settings.keys.folder))
    facts = {
        "origin": report.origin,
        "entries": report.size,
        "root hash": report.root_hash,
        "result": "every entry, tile and the checkpoint's signature hold",
    }
    print_json(facts) if json_output else print_facts(facts)


@application.command("prove")
def prove(index: Annotated[int, typer.Argument(help="Index of the entry.", min=0)]) -> None:
    """Print the offline proof (C2SP tlog-proof) that an entry is in the log."""
    from assettrail.clock import clock_from
    from evidence.inclusion_proof import write_proof
    from ingest.landing import LandingStore

    settings = load_settings()
    store = LandingStore.open(settings, clock_from(settings))
    typer.echo(write_proof(store.log.prove(index)), nl=False)
