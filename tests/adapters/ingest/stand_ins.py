"""The running stand-ins as tests drive them, and landing what our sources read from them."""

from __future__ import annotations

import io
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloudinary import api, uploader
from PIL import Image

from ingest.cloudinary.webhook import PATH, Receiver
from ingest.cloudinary.webhook_server import server_of
from ingest.extract import Source
from ingest.landing import GateOutcome, LandedBatch
from ingest.landing_store import LandingStore
from ingest.run import ingest_stream
from ingest.schema import StreamSchema

ROOT = Path(__file__).parents[3]
NEEDED_EVENTS = ("upload", "delete", "rename", "resource_metadata_changed", "restore_asset_version")
EVENTS = (*NEEDED_EVENTS, "moderation", "move", "resource_display_name_changed", "access_control_changed")


def plain_client() -> httpx.Client:
    """A client of loopback: each one of `httpx` otherwise reads the certificates of the world, longer than it asks.

    No connection is kept: a fault of one answer must not meet the next request.
    """
    return httpx.Client(verify=False, limits=httpx.Limits(max_keepalive_connections=0))  # noqa: S501 - plain HTTP


@dataclass
class Sandbox:
    """The running stand-ins; times are the sandbox's clock."""

    endpoints: dict[str, Any]
    folder: Path
    http: httpx.Client = field(default_factory=plain_client)

    @property
    def cloudinary(self) -> dict[str, Any]:
        """The SDK's options for each call."""
        section = self.endpoints["cloudinary"]
        names = ("cloud_name", "api_key", "api_secret")
        return {name: section[name] for name in names} | {"upload_prefix": section["base_url"]}

    def reset(self) -> None:
        """Let the stand-ins forget everything that they were told; their clock stays."""
        self.http.post(f"{self.endpoints['cloudinary']['base_url']}/_sandbox/reset").raise_for_status()

    def set_clock(self, instant: str) -> None:
        """Set the clock of all three."""
        self.http.put(self.endpoints["clock_url"], json={"now": instant}).raise_for_status()

    def turn(self, service: str, **order: object) -> None:
        """Turn a knob, such as a fault."""
        base = self.endpoints[service]["base_url"]
        content = json.dumps({"service": service, **order})  # In ASCII: a lone surrogate stands for a raw byte.
        self.http.post(f"{base}/_sandbox/knobs", content=content).raise_for_status()

    def requests(self, service: str) -> dict[str, int]:
        """How often each address of a service was asked."""
        base = self.endpoints[service]["base_url"]
        counts: dict[str, dict[str, int]] = self.http.get(f"{base}/_sandbox/requests").json()
        return counts.get(service, {})

    def upload(self, public_id: str, colour: str, **options: Any) -> dict[str, Any]:
        """Upload a small real image."""
        image = io.BytesIO()
        Image.new("RGB", (8, 4), colour).save(image, "PNG")
        image.seek(0)
        made: dict[str, Any] = uploader.upload(image, public_id=public_id, **self.cloudinary, **options)
        return made

    def create_triggers(self, channel: str, events: Sequence[str] = EVENTS) -> None:
        """Create the poll triggers of a channel, without others said all that the README asks for."""
        for event in events:
            api.create_trigger(f"poll://{channel}", event, uri_type="poll", **self.cloudinary)

    def run_exstream(self, domain: str, channel: str, lines: list[Mapping[str, object]]) -> dict[str, Any]:
        """Hand driver data to the engine; the flow instance that it answers with."""
        section = self.endpoints["exstream"]
        headers = {"Authorization": f"Bearer {self.token('exstream')}"}
        address = f"{section['base_url']}/orchestration/api/v1/inputs/batch/{domain}/{channel}"
        body = "\n".join(json.dumps(line) for line in lines)
        answer = self.http.post(address, content=body, headers=headers, timeout=60)
        answer.raise_for_status()
        made: dict[str, Any] = answer.json()["data"][0]
        return made

    def write_trading_grid(self, path: str, body: Mapping[str, object]) -> None:
        """Create an object of Trading Grid."""
        base = self.endpoints["trading_grid"]["base_url"]
        headers = {"Authorization": f"Bearer {self.token('trading_grid')}"}
        self.http.post(f"{base}/api/v1/{path}", json=body, headers=headers).raise_for_status()

    def token(self, service: str) -> str:
        """A fresh bearer token."""
        section = self.endpoints[service]
        form = {"grant_type": "client_credentials", "scope": section.get("scope", "")}
        form |= {"client_id": section["client_id"], "client_secret": section["client_secret"]}
        return str(self.http.post(section["token_url"], data=form).raise_for_status().json()["access_token"])


@contextmanager
def running_sandbox(folder: Path) -> Iterator[Sandbox]:
    """A sandbox process on free ports, ended with the block."""
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "sandbox", "serve", "--folder", str(folder)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield Sandbox(await_endpoints(folder, process), folder)
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def serving(receiver: Receiver) -> Iterator[str]:
    """The receiver on a real server; the address to push to."""
    server = server_of(receiver)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}{PATH}"
        finally:
            server.should_exit = True
            thread.join(10)


def await_endpoints(folder: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The addresses of a sandbox process that is starting."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        written = folder / "endpoints.json"
        if written.exists():
            found: dict[str, Any] = json.loads(written.read_text())
            return found
        time.sleep(0.05)
    pytest.fail(f"the sandbox did not start: {(folder / 'log').read_text()}")


def accept(_schema: StreamSchema, _path: Path) -> GateOutcome:
    """A gate that lets everything pass: quality is tested elsewhere."""
    return GateOutcome("accepted", 0)


def land_all(source: Source, store: LandingStore) -> dict[str, list[LandedBatch]]:
    """Land every stream of a source."""
    return {stream: ingest_stream(source, stream, store, accept) for stream in source.streams()}


def landed_rows(store: LandingStore, system: str, stream: str) -> list[dict[str, Any]]:
    """All landed rows of a stream, in the order of their files."""
    import pyarrow.parquet as pq

    files = sorted(store.stream_folder(system, stream).glob("date=*/*.parquet"))
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]
