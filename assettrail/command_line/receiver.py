"""`assettrail sources cloudinary`: what only Cloudinary has, of which notifications that are pushed stand here."""

from typing import Annotated

import typer

from assettrail.settings import load_settings

application = typer.Typer(help="Cloudinary: receive pushed notifications, show the calls left.", no_args_is_help=True)


@application.callback()
def _group() -> None:
    """Keep `cloudinary` a group, so that later commands fit in."""


@application.command("receive")
def receive(
    host: Annotated[str, typer.Option(help="Address of this machine to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 8766,
) -> None:
    """Keep pushed notifications until the next ingest lands them; put a proxy that ends TLS before it."""
    from ingest.cloudinary.webhook_server import serve_receiver

    serve_receiver(load_settings(connects=True), host, port)
