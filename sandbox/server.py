"""One process, one event loop, three services on loopback.

Belongs here: binding the ports, the `/_sandbox` pages that every port has, starting and stopping, and
`endpoints.json`. Does not belong here: anything that a single service does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import credentials
from sandbox.clock import SandboxClock, format_instant, parse_instant
from sandbox.knobs import SERVICES, KnobError, Knobs
from sandbox.request_log import RequestLog

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

HOST = "127.0.0.1"
CONTROL_PREFIX = "/_sandbox"
_FOLDERS = ("cloudinary", "exstream", "exstream-output", "trading-grid")
_BACKLOG = 256
_KEEP_ALIVE_SECONDS = 75
_STOP_SECONDS = 2


class PortInUseError(Exception):
    """A port that another process listens on; its text names service and port."""


@dataclass(frozen=True)
class Options:
    """What `serve` is asked for; port 0 means any free port."""

    folder: Path
    start: datetime
    ports: dict[str, int]


def serve(options: Options) -> None:
    """Serve the three vendors until SIGTERM or SIGINT.

    Writes `folder/endpoints.json` when all three listen and removes it when it stops.
    Raises PortInUseError before anything is written when a port is taken.
    """
    with contextlib.ExitStack() as stack:
        sockets = {name: stack.enter_context(_bind(name, options.ports.get(name, 0))) for name in SERVICES}
        options.folder.mkdir(parents=True, exist_ok=True)
        asyncio.run(_serve(options, sockets))


async def _serve(options: Options, sockets: dict[str, socket.socket]) -> None:
    applications = create_applications(options.folder, SandboxClock(options.start))
    servers = {name: _Server(_configuration(applications[name])) for name in SERVICES}
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, list(servers.values()))
    endpoints = options.folder / "endpoints.json"
    async with asyncio.TaskGroup() as group:
        for name, server in servers.items():
            group.create_task(server.serve(sockets=[sockets[name]]))
        while not all(server.started for server in servers.values()):  # noqa: ASYNC110 (uvicorn tells only so)
            await asyncio.sleep(0.01)
        ports = {name: sockets[name].getsockname()[1] for name in SERVICES}
        _write_atomically(endpoints, describe_endpoints(options.folder, ports))
    endpoints.unlink(missing_ok=True)


def create_applications(folder: Path, clock: SandboxClock) -> dict[str, ASGIApp]:
    """Return service name → complete ASGI application, all on one clock, one set of knobs, one request log."""
    vendors = _Vendors(folder, clock)
    shared = (clock, vendors.knobs, vendors.request_log, vendors.reset)
    return {name: with_controls(vendors.application(name), *shared) for name in SERVICES}


class _Vendors:
    """The three services; as a whole they can be made new, so that nothing of what they were told is left."""

    def __init__(self, folder: Path, clock: SandboxClock) -> None:
        self._folder = folder
        self._clock = clock
        self.knobs = Knobs()
        self.request_log = RequestLog()
        self._services = self._opened()

    def reset(self) -> None:
        """Forget every record, file, token, fault and count; clock, ports and credentials stay."""
        for name in _FOLDERS:
            shutil.rmtree(self._folder / name, ignore_errors=True)
        self.knobs.reset()
        self.request_log.clear()
        self._services = self._opened()

    def application(self, name: str) -> ASGIApp:
        """Return an application that is always the service as it is now."""

        async def current(scope: Scope, receive: Receive, send: Send) -> None:
            await self._services[name](scope, receive, send)

        return current

    def _opened(self) -> dict[str, ASGIApp]:
        from sandbox.cloudinary import service as cloudinary
        from sandbox.exstream import service as exstream
        from sandbox.trading_grid import service as trading_grid

        folder, common = self._folder, (self._clock, self.knobs, self.request_log)
        return {
            "cloudinary": cloudinary.application(cloudinary.CloudinaryState.create(folder, self._clock), *common),
            "exstream": exstream.application(exstream.ExstreamState.create(folder, self._clock), *common),
            "trading_grid": trading_grid.application(
                trading_grid.TradingGridState.create(folder, self._clock), *common
            ),
        }


def with_controls(
    app: ASGIApp, clock: SandboxClock, knobs: Knobs, request_log: RequestLog, reset: Callable[[], None] | None = None
) -> ASGIApp:
    """Return `app` with the sandbox's own pages under `/_sandbox` in front of it; those are never counted."""
    controls = _controls(clock, knobs, request_log, reset)

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        is_control = scope["type"] == "http" and scope["path"].startswith(CONTROL_PREFIX)
        await (controls if is_control else app)(scope, receive, send)

    return route


def _controls(
    clock: SandboxClock, knobs: Knobs, request_log: RequestLog, reset: Callable[[], None] | None
) -> Starlette:
    def show_clock() -> JSONResponse:
        return JSONResponse({"now": format_instant(clock.now())})

    async def read_clock(_request: Request) -> JSONResponse:
        return show_clock()

    async def set_clock(request: Request) -> JSONResponse:
        try:
            clock.set(parse_instant((await request.json())["now"]))
        except (ValueError, KeyError, TypeError) as error:
            return _refuse(f'Expected {{"now": "2026-01-05T00:00:00Z"}}: {error}')
        return show_clock()

    async def read_requests(_request: Request) -> JSONResponse:
        return JSONResponse(request_log.counts())

    async def clear_requests(_request: Request) -> JSONResponse:
        request_log.clear()
        return JSONResponse({})

    async def read_knobs(_request: Request) -> Response:
        # In ASCII, as a fault may hold a lone surrogate.
        return Response(json.dumps(knobs.as_json()), media_type="application/json")

    async def turn_knobs(request: Request) -> Response:
        try:
            knobs.turn(await request.json())
        except (KnobError, json.JSONDecodeError) as error:
            return _refuse(str(error))
        return await read_knobs(request)

    async def begin_anew(_request: Request) -> JSONResponse:
        if reset is None:
            return _refuse("This service stands alone and cannot be reset.")
        reset()
        return JSONResponse({})

    return Starlette(
        routes=[
            Route(f"{CONTROL_PREFIX}/reset", begin_anew, methods=["POST"]),
            Route(f"{CONTROL_PREFIX}/clock", read_clock, methods=["GET"]),
            Route(f"{CONTROL_PREFIX}/clock", set_clock, methods=["PUT"]),
            Route(f"{CONTROL_PREFIX}/requests", read_requests, methods=["GET"]),
            Route(f"{CONTROL_PREFIX}/requests", clear_requests, methods=["DELETE"]),
            Route(f"{CONTROL_PREFIX}/under-way", _under_way(request_log), methods=["GET"]),
            Route(f"{CONTROL_PREFIX}/knobs", read_knobs, methods=["GET"]),
            Route(f"{CONTROL_PREFIX}/knobs", turn_knobs, methods=["POST"]),
        ]
    )


def _under_way(request_log: RequestLog) -> Callable[[Request], Awaitable[Response]]:
    """The page that says for how many requests a service still works, whether or not somebody waits for the answer."""

    async def read_under_way(_request: Request) -> Response:
        return JSONResponse({"under_way": request_log.under_way})

    return read_under_way


def describe_endpoints(folder: Path, ports: dict[str, int]) -> dict[str, object]:
    """Return what `endpoints.json` holds: addresses and credentials of the three services, and the clock's."""
    base_urls = {name: f"http://{HOST}:{port}" for name, port in ports.items()}
    return {
        "pid": os.getpid(),
        "cloudinary": {
            "base_url": base_urls["cloudinary"],
            "cloud_name": credentials.CLOUDINARY_CLOUD_NAME,
            "api_key": credentials.CLOUDINARY_API_KEY,
            "api_secret": credentials.CLOUDINARY_API_SECRET,
        },
        "exstream": {
            "base_url": base_urls["exstream"],
            "token_url": base_urls["exstream"] + credentials.EXSTREAM_TOKEN_PATH,
            "client_id": credentials.EXSTREAM_CLIENT_ID,
            "client_secret": credentials.EXSTREAM_CLIENT_SECRET,
            "scope": credentials.EXSTREAM_SCOPE,
            "domain": credentials.EXSTREAM_DOMAIN,
            "output_folder": str(folder.absolute() / "exstream-output"),
        },
        "trading_grid": {
            "base_url": base_urls["trading_grid"],
            "token_url": base_urls["trading_grid"] + credentials.TRADING_GRID_TOKEN_PATH,
            "client_id": credentials.TRADING_GRID_CLIENT_ID,
            "client_secret": credentials.TRADING_GRID_CLIENT_SECRET,
        },
        "clock_url": f"{base_urls['cloudinary']}{CONTROL_PREFIX}/clock",
    }


class _Server(uvicorn.Server):
    """A uvicorn server that leaves the process's signals alone: three of them share one process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _configuration(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_STOP_SECONDS,
        server_header=False,
        ws="none",
    )


def _stop(servers: list[_Server]) -> None:
    for server in servers:
        server.should_exit = True


def _bind(service: str, port: int) -> socket.socket:
    # asyncio turns Nagle's delay (40 ms for each answer of two writes) off only where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        message = (
            f"Cannot serve {service} on {HOST}:{port}: {error.strerror}. "
            f"Stop the process that listens there, or choose another --{service.replace('_', '-')}-port "
            "(0: any free one)."
        )
        raise PortInUseError(message) from error
    return listener


def _write_atomically(path: Path, content: dict[str, object]) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    partial.replace(path)


def _refuse(message: str) -> JSONResponse:
    return JSONResponse({"error": {"message": message}}, status_code=400)
