"""The three stand-ins as one real process, and an installation of our own that reads them."""

from __future__ import annotations

import io
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloudinary import api, uploader
from PIL import Image

from assettrail.clock import clock_from
from assettrail.settings import (
    CloudinarySettings,
    ExstreamSettings,
    KeySettings,
    Settings,
    TradingGridSettings,
)
from evidence.keys import create_keys
from ingest.extract import Source
from ingest.landing import GateOutcome, LandedBatch, LandingStore
from ingest.run import ingest_stream
from ingest.schema import StreamSchema

ROOT = Path(__file__).parents[3]
EVENTS = ("upload", "delete", "rename", "resource_metadata_changed")
_NUMBERS = itertools.count(1)


@dataclass
class Sandbox:
    """The running stand-ins; times are the sandbox's clock."""

    endpoints: dict[str, Any]
    folder: Path

    @property
    def cloudinary(self) -> dict[str, Any]:
        """The SDK's options for each call."""
        section = self.endpoints["cloudinary"]
        names = ("cloud_name", "api_key", "api_secret")
        return {name: section[name] for name in names} | {"upload_prefix": section["base_url"]}

    def set_clock(self, instant: str) -> None:
        """Set the clock of all three."""
        httpx.put(self.endpoints["clock_url"], json={"now": instant}).raise_for_status()

    def turn(self, service: str, **order: object) -> None:
        """Turn a knob, such as a fault."""
        base = self.endpoints[service]["base_url"]
        httpx.post(f"{base}/_sandbox/knobs", json={"service": service, **order}).raise_for_status()

    def requests(self, service: str) -> dict[str, int]:
        """How often each address of a service was asked."""
        base = self.endpoints[service]["base_url"]
        counts: dict[str, dict[str, int]] = httpx.get(f"{base}/_sandbox/requests").json()
        return counts[service]

    def upload(self, public_id: str, colour: str, **options: Any) -> dict[str, Any]:
        """Upload a small real image."""
        image = io.BytesIO()
        Image.new("RGB", (8, 4), colour).save(image, "PNG")
        image.seek(0)
        made: dict[str, Any] = uploader.upload(image, public_id=public_id, **self.cloudinary, **options)
        return made

    def create_triggers(self, channel: str) -> None:
        """Create the poll triggers of a channel."""
        for event in EVENTS:
            api.create_trigger(f"poll://{channel}", event, uri_type="poll", **self.cloudinary)

    def run_exstream(self, domain: str, channel: str, lines: list[Mapping[str, object]]) -> dict[str, Any]:
        """Hand driver data to the engine; the flow instance that it answers with."""
        section = self.endpoints["exstream"]
        headers = {"Authorization": f"Bearer {self.token('exstream')}"}
        address = f"{section['base_url']}/orchestration/api/v1/inputs/batch/{domain}/{channel}"
        body = "\n".join(json.dumps(line) for line in lines)
        answer = httpx.post(address, content=body, headers=headers, timeout=60)
        answer.raise_for_status()
        made: dict[str, Any] = answer.json()["data"][0]
        return made

    def write_trading_grid(self, path: str, body: Mapping[str, object]) -> None:
        """Create an object of Trading Grid."""
        base = self.endpoints["trading_grid"]["base_url"]
        headers = {"Authorization": f"Bearer {self.token('trading_grid')}"}
        httpx.post(f"{base}/api/v1/{path}", json=body, headers=headers).raise_for_status()

    def token(self, service: str) -> str:
        """A fresh bearer token."""
        section = self.endpoints[service]
        form = {"grant_type": "client_credentials", "scope": section.get("scope", "")}
        form |= {"client_id": section["client_id"], "client_secret": section["client_secret"]}
        return str(httpx.post(section["token_url"], data=form).raise_for_status().json()["access_token"])


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox process for a module, on free ports."""
    folder = tmp_path_factory.mktemp("sandbox")
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "sandbox", "serve", "--folder", str(folder)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield Sandbox(_endpoints(folder, process), folder)
        finally:
            process.terminate()
            process.wait(20)


def _endpoints(folder: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        written = folder / "endpoints.json"
        if written.exists():
            found: dict[str, Any] = json.loads(written.read_text())
            return found
        time.sleep(0.05)
    pytest.fail(f"the sandbox did not start: {(folder / 'log').read_text()}")


@pytest.fixture
def sandbox(stand_ins: Sandbox) -> Iterator[Sandbox]:
    """The stand-ins without faults, before and after the test."""
    services = ("cloudinary", "exstream", "trading_grid")
    for service in services:
        stand_ins.turn(service, reset=True)
    yield stand_ins
    for service in services:
        stand_ins.turn(service, reset=True)


@pytest.fixture
def fresh() -> Callable[[str], str]:
    """Names that no other test uses, since the stand-ins keep what they are told."""
    return lambda stem: f"{stem}-{next(_NUMBERS)}"


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path, fresh: Callable[[str], str]) -> Settings:
    """An installation connected to the stand-ins, with its own poll channel and keys."""
    keys = tmp_path / "keys"
    exstream = dict(sandbox.endpoints["exstream"])
    names = ("base_url", "token_url", "client_id", "client_secret", "scope")
    made = Settings(
        home=tmp_path / "home",
        keys=KeySettings(folder=keys),
        clock_url=sandbox.endpoints["clock_url"],
        cloudinary=CloudinarySettings(
            **sandbox.cloudinary,
            delivery_hosts=("127.0.0.1",),
            visibility_timeout_seconds=2,
            poll_channel=fresh("channel"),
            timeout_seconds=10,
        ),
        exstream=ExstreamSettings(
            **{name: exstream[name] for name in names}, domains=(exstream["domain"],), timeout_seconds=10
        ),
        trading_grid=TradingGridSettings(**sandbox.endpoints["trading_grid"], timeout_seconds=10, page_size=3),
    )
    create_keys(keys, made.evidence.log_origin)
    return made


@pytest.fixture
def store(settings: Settings) -> LandingStore:
    """The installation's landing, on the sandbox's clock."""
    return LandingStore.open(settings, clock_from(settings))


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
