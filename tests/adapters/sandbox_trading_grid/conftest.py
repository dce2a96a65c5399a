"""Trading Grid's stand-in over real HTTP on a free port, with the sandbox's own controls in front."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import uvicorn

from sandbox import credentials
from sandbox.clock import SandboxClock
from sandbox.knobs import Knobs
from sandbox.request_log import RequestLog
from sandbox.server import with_controls
from sandbox.trading_grid.service import TradingGridState, application

START = datetime(2026, 1, 10, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Service:
    """A running service: an HTTP client with a token, the clock, and the folder that it keeps its state in."""

    http: httpx.Client
    clock: SandboxClock
    folder: Path

    def token_request(self, **form: str) -> httpx.Response:
        """Ask for a token with the right credentials, changed by the given form fields."""
        right = {
            "grant_type": "client_credentials",
            "client_id": credentials.TRADING_GRID_CLIENT_ID,
            "client_secret": credentials.TRADING_GRID_CLIENT_SECRET,
        }
        return self.http.post(credentials.TRADING_GRID_TOKEN_PATH, data=right | form)

    def sign_in(self) -> None:
        """Fetch a token and send it with every call from here on."""
        self.http.headers["Authorization"] = f"Bearer {self.token_request().json()['access_token']}"

    def create(self, objects: str, **body: object) -> dict[str, object]:
        """Create an object and return it; anything but 201 fails the test."""
        reply = self.http.post(f"/api/v1/{objects}", json=body)
        assert reply.status_code == 201, reply.text
        created: dict[str, object] = reply.json()
        return created


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Serve an empty Trading Grid, signed in."""
    clock, knobs, request_log = SandboxClock(START), Knobs(), RequestLog()
    app = application(TradingGridState.create(tmp_path, clock), clock, knobs, request_log)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(with_controls(app, clock, knobs, request_log), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx.Client(base_url=address, timeout=10, verify=False) as http:  # noqa: S501 - plain HTTP on loopback
            running = Service(http, clock, tmp_path)
            running.sign_in()
            yield running
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture
def community(service: Service) -> str:
    """Return the id of a community with one partner, PAR-1."""
    service.create("partners", partnerId="PAR-1", name="Nordlicht Makler", gln="4012345000009")
    return str(service.create("communities", communityId="COM-1", name="Brokers", region="DE")["communityId"])
