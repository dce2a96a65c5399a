"""`assettrail keys`: the keys of log, raw store and pseudonyms."""

from enum import StrEnum
from typing import Annotated

import typer

from assettrail.settings import load_settings

application = typer.Typer(help="The keys of the log, the raw store and the pseudonyms.", no_args_is_help=True)


class Rotatable(StrEnum):
    """The keys that can be rotated; the log's key is its name and stays."""

    PSEUDONYM = "pseudonym"
    RAW = "raw"


@application.command("create")
def create() -> None:
    """Create the keys in the configured folder; existing ones are never replaced."""
    from evidence.keys import create_keys

    settings = load_settings()
    create_keys(settings.keys.folder, settings.evidence.log_origin)
    typer.echo(f"created the keys in {settings.keys.folder}: keep a copy of them apart from {settings.home}")


@application.command("rotate")
def rotate(what: Annotated[Rotatable, typer.Argument(help="The key to rotate.")]) -> None:
    """Put a new key in use for new batches; the old one stays live and the log tells of it.

    What landed is not changed: raw bytes open under the key that sealed them, a run of the engine that is read again
    keeps the pseudonyms that it has, and `assettrail recipients pseudonyms` looks under every live key.
    """
    from assettrail.clock import clock_from
    from evidence.keys import rotate_key
    from ingest.landing_store import LandingStore

    settings = load_settings()
    LandingStore.open(settings, clock_from(settings))  # Whatever is wrong with log or keys shows before the new key.
    rotation = rotate_key(settings.keys.folder, what.value)
    LandingStore.open(settings, clock_from(settings))  # Tells the log.
    typer.echo(
        f"{what}: {rotation.new_key_id} is in use for new batches; {rotation.old_key_id} stays live as "
        f"{what}.{rotation.old_key_id}.key. Keep a copy of both apart from {settings.home}"
    )
