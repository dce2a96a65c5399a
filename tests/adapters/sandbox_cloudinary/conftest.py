"""A served Cloudinary stand-in for the real SDK: one HTTP server for the module, a fresh account for every test."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import cloudinary
import httpx
import pytest
import uvicorn
from cloudinary import api
from PIL import Image

from sandbox import credentials
from sandbox.clock import SandboxClock
from sandbox.cloudinary.service import CloudinaryState, application
from sandbox.knobs import Knobs
from sandbox.request_log import RequestLog
from sandbox.server import with_controls

CHANNEL = "assettrail"
EVENT_TYPES = (
    "upload",
    "delete",
    "rename",
    "move",
    "eager",
    "moderation",
    "access_control_changed",
    "resource_display_name_changed",
    "resource_tags_changed",
    "resource_context_changed",
    "resource_metadata_changed",
    "restore_asset_version",
)


class _Switch:
    """An ASGI application that can be replaced while it is served."""

    def __init__(self) -> None:
        self.app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def _served() -> Iterator[tuple[_Switch, str]]:
    switch = _Switch()
    config = uvicorn.Config(switch, port=0, log_level="error", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield switch, f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@dataclass(frozen=True)
class Account:
    """What a test drives: the address, the clock, the knobs, and the queue of notifications."""

    base_url: str
    clock: SandboxClock
    request_log: RequestLog
    state: CloudinaryState

    def at(self, text: str) -> None:
        """Set the sandbox clock."""
        self.clock.set(datetime.fromisoformat(text))

    def turn(self, **order: object) -> None:
        """Turn knobs through the public interface."""
        answer = httpx.post(f"{self.base_url}/_sandbox/knobs", json={"service": "cloudinary", **order})
        assert answer.status_code == 200, answer.text

    def listen(self) -> None:
        """Create a poll trigger for every event type that is used."""
        for event_type in EVENT_TYPES:
            api.create_trigger(f"poll://{CHANNEL}", event_type, uri_type="poll")

    def heard(self) -> list[dict[str, Any]]:
        """Take every queued notification, acknowledge it, and return the payloads."""
        payloads = []
        while messages := api.notifications(channel=CHANNEL, max_messages=100, wait_seconds=0).get("messages"):
            payloads += [message["payload"] for message in messages]
            api.ack_notifications([message["receipt_handle"] for message in messages])
        return payloads


@pytest.fixture
def account(_served: tuple[_Switch, str], tmp_path: Path) -> Iterator[Account]:
    """A fresh account on the sandbox clock 2026-01-05T00:00:00Z, with the SDK configured for it."""
    switch, base_url = _served
    clock, knobs, request_log = SandboxClock(), Knobs(), RequestLog()
    state = CloudinaryState.create(tmp_path, clock)
    service = application(state, clock, knobs, request_log)
    switch.app = with_controls(service, clock, knobs, request_log)
    cloudinary.reset_config()
    cloudinary.config(
        cloud_name=credentials.CLOUDINARY_CLOUD_NAME,
        api_key=credentials.CLOUDINARY_API_KEY,
        api_secret=credentials.CLOUDINARY_API_SECRET,
        upload_prefix=base_url,
        secure=False,
        cname=base_url.removeprefix("http://"),
    )
    yield Account(base_url, clock, request_log, state)
    cloudinary.reset_config()


@pytest.fixture(scope="session")
def picture() -> Callable[..., bytes]:
    """Return a maker of small real images: `picture(colour, format="JPEG", size=(60, 40))`."""

    def make(colour: str, image_format: str = "JPEG", size: tuple[int, int] = (60, 40)) -> bytes:
        output = io.BytesIO()
        Image.new("RGB", size, colour).save(output, image_format)
        return output.getvalue()

    return make
