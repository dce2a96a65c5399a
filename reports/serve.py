"""Serving the reports on this machine.

Here belong the socket and the server. The pages are `reports.application`. Where nobody signs in (the mode `local`)
only an address of this machine is bound. The pages are imported by whoever answers: the process that only watches over
workers does without them and what they need.
"""

from __future__ import annotations

import errno
import gc
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from assettrail.errors import ConfigurationError
from assettrail.settings import Settings, load_settings
from reports.headers import is_this_machine

PATIENCE_SECONDS = 60
"""How long a worker may be silent until it is replaced: on a busy machine starting alone takes longer than 5."""


SWITCH_SECONDS = 0.0005
"""How long a thread computes while another waits: what a page loses each time that DuckDB has answered it."""


def serve(settings: Settings, workers: int = 1) -> None:
    """Serve the reports on `settings.reports.host` and `port` (0: any free one) until the process is told to stop.

    More than one worker are processes of their own on the same socket; each reads the settings anew, follows the
    pointer to the newest snapshot itself, and is replaced when it dies. Raises ConfigurationError for a host that is
    not of this machine, and where the port cannot be had.
    """
    with bind(settings) as listening:
        sys.stderr.write(f"The reports are at {address_of(listening)} (stop them with Ctrl-C)\n")
        sys.stderr.flush()
        if workers == 1:
            server_for(settings).run(sockets=[listening])
        else:
            Multiprocess(_configuration("reports.serve:application_of_worker", workers), [listening]).run()


def application_of_worker() -> ASGIApp:
    """Return the reports as a worker process makes them: from the settings of its environment."""
    from reports.application import create_application
    from reports.turns import InTurns

    sys.setswitchinterval(SWITCH_SECONDS)
    application = create_application(load_settings())
    application.state.presenter.prepare()
    # What is there from the start stays: looking for cycles in it would hold up every answer for a tenth of a second.
    gc.collect()
    gc.freeze()
    return InTurns(application)


def serve_documentation(settings: Settings, make_site: Callable[[], Path], port: int) -> None:
    """Serve the documentation of the models (one file) on a port of its own, like the reports.

    It is made once the port is had, as that takes long. Raises as `serve` does, and what making it raises.
    """
    here = {"port": port, "mode": "local"}
    elsewhere = settings.model_copy(update={"reports": settings.reports.model_copy(update=here)})
    with bind(elsewhere, "the documentation", "choose another port with --port") as listening:
        server = documentation_server(make_site())
        sys.stderr.write(f"The documentation is at {address_of(listening)} (stop it with Ctrl-C)\n")
        sys.stderr.flush()
        server.run(sockets=[listening])


def server_for(settings: Settings) -> uvicorn.Server:
    """Return the server of the reports, not yet running; it tells nothing about itself in its answers."""
    from reports.application import create_application

    return _server(create_application(settings))


def documentation_server(site: Path) -> uvicorn.Server:
    """Return the server of the documentation, not yet running."""
    from reports.documentation import documentation

    return _server(documentation(site))


def _server(application: ASGIApp) -> uvicorn.Server:
    return uvicorn.Server(_configuration(application))


def _configuration(application: ASGIApp | str, workers: int = 1) -> uvicorn.Config:
    """Return how a server runs; a name of an application is that of what makes it in a worker.

    Of several workers the one that has time should answer (`turns`): a connection that is kept stays with the worker
    that took it, and one of two may hold them all.
    """
    return uvicorn.Config(
        application,
        factory=isinstance(application, str),
        loop="reports.turns:LoopInTurns" if workers > 1 else "auto",
        workers=workers,
        timeout_worker_healthcheck=PATIENCE_SECONDS,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        access_log=False,
        log_level="warning",
        lifespan="off",
        headers=[("Connection", "close")] if workers > 1 else [],
    )


def bind(
    settings: Settings, what: str = "the reports", elsewhere: str = "choose another port with ASSETTRAIL_REPORTS__PORT"
) -> socket.socket:
    """Return a socket that listens where the settings say.

    `what` is served there, `elsewhere` says how another port is chosen. Raises ConfigurationError for a host that is
    not of this machine, and where the port cannot be had.
    """
    host, port = settings.reports.host, settings.reports.port
    if settings.reports.mode == "local":
        refuse_other_machines(host)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        in_use = error.errno == errno.EADDRINUSE
        raise ConfigurationError(
            tried=f"to serve {what} on {host} port {port}",
            found="another process listens there" if in_use else f"{error.strerror}",
            expected="a port of this machine that is free",
            remedy=f"stop the other process, or {elsewhere} (0 takes a free one)",
        ) from error
    return listening


def refuse_other_machines(host: str) -> None:
    """Raise ConfigurationError unless the host is a loopback address: in the mode `local` nobody has to sign in."""
    if not is_this_machine(host):
        raise ConfigurationError(
            tried=f"to serve the reports on {host}",
            found="an address that other machines can reach",
            expected="a loopback address (127.0.0.1, ::1 or localhost), as nobody signs in in the mode local",
            remedy="set ASSETTRAIL_REPORTS__HOST=127.0.0.1, or choose ASSETTRAIL_REPORTS__MODE=oidc or proxy",
        )


def address_of(listening: socket.socket) -> str:
    """Return the address to open in a browser."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
