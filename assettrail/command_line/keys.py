"""`assettrail keys`: the keys of log, raw store and pseudonyms."""

import typer

from assettrail.settings import load_settings

application = typer.Typer(help="The keys of the log, the raw store and the pseudonyms.", no_args_is_help=True)


@application.callback()
def _group() -> None:
    """Keep `keys` a group, so that later commands fit in."""


@application.command("create")
def create() -> None:
    """Create the keys in the configured folder; existing ones are never replaced."""
    from evidence.keys import create_keys

    settings = load_settings()
    create_keys(settings.keys.folder, settings.evidence.log_origin)
    typer.echo(f"created the keys in {settings.keys.folder}: keep a copy of them apart from {settings.home}")
