"""Exstream's stand-in over real HTTP on a free port, with the sandbox's own controls in front."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from sandbox import credentials
from sandbox.clock import SandboxClock
from sandbox.exstream.service import ExstreamState, application
from sandbox.knobs import Knobs
from sandbox.request_log import RequestLog
from sandbox.server import with_controls
from tests.adapters.sandbox_exstream.driver_lines import RUNTIME, communication

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
            "client_id": credentials.EXSTREAM_CLIENT_ID,
            "client_secret": credentials.EXSTREAM_CLIENT_SECRET,
            "scope": credentials.EXSTREAM_SCOPE,
        }
        return self.http.post(credentials.EXSTREAM_TOKEN_PATH, data=right | form)

    def sign_in(self) -> None:
        """Fetch a token and send it with every call from here on."""
        self.http.headers["Authorization"] = f"Bearer {self.token_request().json()['access_token']}"

    def turn(self, **knobs: object) -> None:
        """Turn knobs of this service."""
        assert self.http.post("/_sandbox/knobs", json={"service": "exstream", **knobs}).status_code == 200

    def run_batch(self, lines: list[dict[str, Any]], channel: str = "statements", **headers: str) -> dict[str, Any]:
        """Compose driver lines and return the flow instance of the reply."""
        body = "\n".join(json.dumps(line) for line in lines)
        url = f"/orchestration/api/v1/inputs/batch/claims/{channel}"
        reply = self.http.post(url, content=body.encode(), headers=headers)
        assert reply.status_code == 200, reply.text
        instance: dict[str, Any] = reply.json()["data"][0]
        return instance

    def get(self, path: str, **query: object) -> Any:
        """Return the JSON of a runtime call that must succeed."""
        reply = self.http.get(f"{RUNTIME}/{path}", params=query)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def engine_step(self, flow_instance_id: str, **query: object) -> dict[str, Any]:
        """Return the communication step of a flow instance."""
        steps = self.get("flow-steps", filter=f"flowInstanceId:{flow_instance_id};stepTypes:communication", **query)
        assert steps["page"]["totalElements"] == 1
        step: dict[str, Any] = steps["data"][0]
        return step

    def file(self, step_id: str, name: str) -> httpx.Response:
        """Ask for a file of a flow step."""
        return self.http.get(f"{RUNTIME}/flow-steps/{step_id}/{name}")


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[Service]:
    """Serve an Exstream without runs, signed in."""
    clock, knobs, request_log = SandboxClock(START), Knobs(), RequestLog()
    app = application(ExstreamState.create(folder, clock), clock, knobs, request_log)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        configuration = uvicorn.Config(with_controls(app, clock, knobs, request_log), log_level="warning")
        server = uvicorn.Server(configuration)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx.Client(base_url=address, timeout=30, verify=False) as http:  # noqa: S501 - plain HTTP on loopback
            running = Service(http, clock, folder)
            running.sign_in()
            yield running
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Serve an Exstream of the test's own."""
    with serve(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def month_of_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serve an Exstream with one job a day for nine days at 23:00, the last one failed."""
    with serve(tmp_path_factory.mktemp("month")) as running:
        running.clock.advance(15 * 3600)
        for day in range(9):
            running.sign_in()
            running.run_batch(
                [communication(day)],
                channel="bills" if day % 2 else "statements",
                **{"X-Sandbox-Outcome": "error" if day == 8 else "complete"},
            )
            running.clock.advance(24 * 3600)
        running.sign_in()
        yield running


@pytest.fixture
def month(month_of_runs: Service) -> Iterator[Service]:
    """Return the shared month; knobs go back to rest after the test."""
    yield month_of_runs
    month_of_runs.turn(reset=True)
