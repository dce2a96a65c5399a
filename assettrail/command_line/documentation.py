"""`assettrail docs`: the documentation of the models in a browser."""

from functools import partial
from typing import Annotated

import typer

from assettrail.settings import load_settings

application = typer.Typer(help="dbt's documentation of every table, with columns and lineage.", no_args_is_help=True)


@application.command("build")
def build() -> None:
    """Make the site of the last build: one HTML file that needs no network, to open or to hand on."""
    from orchestration.documentation import write_documentation

    typer.echo(str(write_documentation(load_settings())))


@application.command("serve")
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on this machine; 0 takes a free one.")] = 8768,
) -> None:
    """Make the site of the last build and serve it on this machine until Ctrl-C."""
    from orchestration.documentation import write_documentation
    from reports.serve import serve_documentation

    settings = load_settings()
    serve_documentation(settings, partial(write_documentation, settings), port)
