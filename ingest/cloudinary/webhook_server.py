"""Serving the webhook receiver of one installation on this machine.

Here belong the socket, the server and its limits. The endpoint is `webhook`. Cloudinary calls from outside, so that a
proxy that ends TLS stands before it; it binds loopback unless told otherwise.
"""

from __future__ import annotations

import asyncio
import logging
import socket

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

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
REQUEST_SECONDS = 10.0
"""How long the line and the headers of a request may take."""


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
        server_of(receiver).run(sockets=[listening])


def server_of(receiver: Receiver) -> uvicorn.Server:
    """Return the server of a receiver, which takes a bounded number of connections and none that asks nothing."""
    return uvicorn.Server(
        uvicorn.Config(
            receiver.application(),
            http=ImpatientProtocol,
            server_header=False,
            proxy_headers=False,
            access_log=False,
            log_level="warning",
            lifespan="off",
            limit_concurrency=_CONNECTIONS,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
    )


class ImpatientProtocol(H11Protocol):
    """Closes a connection whose next request has not come whole within some seconds, bodies apart.

    uvicorn waits for ever for the first one, and for one that drips: so many of them, and the vendor is refused.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self._wait_for_request()

    def on_response_complete(self) -> None:
        """Begin to wait for the next one."""
        super().on_response_complete()
        self._wait_for_request()

    def _wait_for_request(self) -> None:
        self.loop.call_later(REQUEST_SECONDS, self._end_unless_asked, self.cycle)

    def _end_unless_asked(self, answered: object) -> None:
        if self.cycle is answered and not self.transport.is_closing():
            self.transport.close()


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
