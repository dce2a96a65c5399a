"""Serving the webhook receiver of one installation on this machine.

Here belong the socket, the server and its limits. The endpoint is `webhook`. Cloudinary calls from outside, so that a
proxy that ends TLS stands before it; it binds loopback unless told otherwise.
"""

from __future__ import annotations

import logging
import socket

import uvicorn

from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from evidence.durable import make_home
from evidence.keys import load_keys, remember_keys
from evidence.raw_store import RawStore
from ingest.cloudinary.signature import NotificationKeys
from ingest.cloudinary.webhook import PATH, Receiver
from ingest.cloudinary.webhook_inbox import WebhookInbox, inbox_folder

_CONNECTIONS = 64
_KEEP_ALIVE_SECONDS = 5


def open_receiver(settings: Settings) -> Receiver:
    """Open the receiver of this installation.

    Raises ConfigurationError without a section [cloudinary], its secret, or the keys of this home.
    """
    section = settings.cloudinary
    if section is None:
        raise ConfigurationError(
            tried="to receive notifications of Cloudinary",
            found="no section [cloudinary] in the settings",
            expected="its cloud name and secret",
            remedy="see docs/settings.md",
        )
    NotificationKeys.from_settings(section)
    keys = load_keys(settings.keys.folder)
    make_home(settings.home)
    remember_keys(settings.home, keys)
    inbox = WebhookInbox(
        inbox_folder(settings.home), RawStore(settings.home / "raw", keys.raw_key, keys.older_raw_keys)
    )
    return Receiver(inbox, lambda: NotificationKeys.from_settings(section), section.webhook_bytes_cap)


def serve_receiver(settings: Settings, host: str, port: int) -> None:
    """Receive notifications on `host` and `port` (0: any free one) until the process is told to stop.

    Raises ConfigurationError where the installation is not whole or the port cannot be had.
    """
    receiver = open_receiver(settings)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    log = logging.getLogger("assettrail.receiver")
    log.setLevel(logging.INFO)
    with _listening(host, port) as listening:
        bound_host, bound_port = listening.getsockname()[:2]
        shown = f"[{bound_host}]" if ":" in bound_host else bound_host
        log.info("Notifications are received at http://%s:%d%s (stop with Ctrl-C)", shown, bound_port, PATH)
        uvicorn.Server(
            uvicorn.Config(
                receiver.application(),
                server_header=False,
                proxy_headers=False,
                access_log=False,
                log_level="warning",
                lifespan="off",
                limit_concurrency=_CONNECTIONS,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            )
        ).run(sockets=[listening])


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError) as error:
        raise ConfigurationError(
            tried=f"to receive notifications on {host} port {port}",
            found=f"{type(error).__name__}: {error}",
            expected="an address of this machine and a port that is free",
            remedy="stop the other process, or choose another --port (0 takes a free one)",
        ) from error
