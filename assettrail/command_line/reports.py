"""`assettrail reports`: the pages for people."""

import typer

from assettrail.settings import load_settings

application = typer.Typer(help="The reports web application.", no_args_is_help=True)


@application.callback()
def _group() -> None:
    """Keep `reports` a group, so that later commands fit in."""


@application.command("serve")
def serve() -> None:
    """Serve the reports of the current snapshot on loopback until Ctrl-C."""
    from reports.serve import serve as serve_reports

    serve_reports(load_settings())
