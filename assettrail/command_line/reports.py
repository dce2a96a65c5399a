"""`assettrail reports`: the pages for people."""

from typing import Annotated

import typer

from assettrail.settings import load_settings

application = typer.Typer(help="The reports web application.", no_args_is_help=True)


@application.callback()
def _group() -> None:
    """Keep `reports` a group, so that later commands fit in."""


@application.command("serve")
def serve(
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that answer, beside each other.")] = 1,
) -> None:
    """Serve the reports of the current snapshot until Ctrl-C; a newer snapshot is picked up without a restart."""
    from reports.serve import serve as serve_reports

    serve_reports(load_settings(), workers)
