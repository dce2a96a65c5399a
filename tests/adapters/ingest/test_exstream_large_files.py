"""Files of runs that are larger than the memory they may take: fetched, sealed and read, and nothing left behind."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

import ingest.http as http_client
import ingest.received as received_files
from assettrail.errors import AssettrailError, PermanentSourceError, TransientSourceError
from assettrail.settings import Settings
from ingest.client_credentials import ClientCredentials
from ingest.http import RestClient, RetryPolicy
from tests.adapters.ingest.stand_ins import ROOT, Sandbox
from tests.adapters.ingest.test_canary import environment
from tests.adapters.ingest.test_exstream_source import domain, letters
from tests.adapters.ingest.test_http import Server, drip, http

MIB = 1 << 20
SMALL, LARGE = 8 * MIB, 64 * MIB
FILLER = "x" * 16_000
MAPPING = """
system = "exstream"
name = "own"
file = "Own.jsonl"
format = "jsonlines"
streams = ["communications"]
[fields]
communication_id = "id"
generated_at = "at"
"""
READ_ALL = """
import json, re
from pathlib import Path
from assettrail.clock import clock_from
from assettrail.settings import load_settings
from ingest.landing_store import LandingStore
from ingest.sources import open_source
settings = load_settings()
source = open_source(settings, "exstream", LandingStore.open(settings, clock_from(settings)))
found = {}
for stream in ("delivery_outputs", "communications"):
    extract = source.extract(stream, None)
    found[stream] = extract.records
    assert not extract.more and extract.claim.complete, extract.claim
status = Path("/proc/self/status").read_text()
print(json.dumps({**found, "peak": int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) // 1024}))
"""
FETCH = """
import sys
from pathlib import Path
from pydantic import SecretStr
from ingest.client_credentials import ClientCredentials
from ingest.http import RestClient
address, spill = sys.argv[1:]
credentials = ClientCredentials(address + "/token", "client", SecretStr("s"))
RestClient("Vendor", "vendor", address, credentials, 60.0, spill=Path(spill)).get_file("/x")
"""


def write_files(output: Path, size: int) -> None:
    """Put files of about so many bytes where the run's delivery file and its own report lie."""
    count = max(2, size // len(FILLER))
    head = f'<?xml version="1.0"?><outputList customersProcessed="{count}"><queue name="archive">'
    with (output / "_STDDELIVERYFILE.xml").open("w", encoding="utf-8") as file:
        file.write(head)
        for number in range(count):
            file.write(f'<file name="/mnt/docgen/d/output/Queue_1_archive/{number}.pdf"><customer number="{number}">')
            file.write(f"<!--{FILLER}--></customer><pageCount>1</pageCount></file>")
        file.write("</queue></outputList>")
    own = output / "Report_9_own"
    own.mkdir(exist_ok=True)
    with (own / "Own.jsonl").open("w", encoding="utf-8") as file:
        for number in range(count):
            file.write(json.dumps({"id": f"C-{number}", "at": "2026-02-10T07:00:00Z", "note": FILLER}) + "\n")


def read_in_a_process(settings: Settings, sandbox: Sandbox, mapping: Path, home: Path) -> dict[str, int]:
    """Read the run over REST in a process that does nothing else: records by stream, and its peak in MiB."""
    told = environment(settings, sandbox) | {
        "ASSETTRAIL_HOME": str(home),
        "ASSETTRAIL_EXSTREAM__REPORT_MAPPINGS": json.dumps([str(mapping)]),
        "ASSETTRAIL_EXSTREAM__ASSET_USE_REPORT_ARTIFACT": "",
    }
    shown = subprocess.run(
        [sys.executable, "-c", READ_ALL], cwd=ROOT, env=os.environ | told, capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stderr
    found: dict[str, int] = json.loads(shown.stdout)
    return found


def test_large_files_over_rest_take_no_more_memory_than_small_ones(
    sandbox: Sandbox, settings: Settings, tmp_path: Path
) -> None:
    """Harm prevented: the one run of the year with every customer in it takes the machine down."""
    sandbox.run_exstream(domain(settings), "statements", letters("COM", 1))
    (manifest,) = Path(sandbox.endpoints["exstream"]["output_folder"]).rglob("_STDDELIVERYFILE.xml")
    (mapping := tmp_path / "own.toml").write_text(MAPPING, encoding="utf-8")
    peaks = []
    for size in (SMALL, LARGE):
        write_files(manifest.parent, size)
        found = read_in_a_process(settings, sandbox, mapping, tmp_path / f"home-{size}")
        peaks.append(found.pop("peak"))
        assert set(found.values()) == {size // len(FILLER)}
        assert list((tmp_path / f"home-{size}" / "spill").iterdir()) == []
    assert peaks[1] - peaks[0] < 40, peaks


@pytest.fixture
def slow_server() -> Iterator[tuple[Server, threading.Event]]:
    """A server that sends 32 of 64 MiB, tells so, and then nothing for as long as the test goes on."""
    half_sent, over = threading.Event(), threading.Event()

    def half(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\n\r\n".encode())
        for _ in range(32):
            connection.sendall(b"x" * MIB)
        half_sent.set()
        over.wait(60)

    server = Server([half])
    yield server, half_sent
    over.set()
    server.close()


def test_a_kill_while_a_file_is_fetched_leaves_none_behind(
    slow_server: tuple[Server, threading.Event], tmp_path: Path
) -> None:
    """Harm prevented: customers' data in clear stays on the disk because a process was killed at the wrong moment."""
    server, half_sent = slow_server
    spill = tmp_path / "spill"
    process = subprocess.Popen([sys.executable, "-c", FETCH, server.address, str(spill)], cwd=ROOT)
    try:
        assert half_sent.wait(60)
        held = [str(link.readlink()) for link in Path(f"/proc/{process.pid}/fd").iterdir() if link.is_symlink()]
        assert any(name.startswith(str(spill)) and name.endswith("(deleted)") for name in held), held
        assert list(spill.iterdir()) == []
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert list(spill.iterdir()) == []


@pytest.mark.parametrize(
    ("answers", "kind", "words"),
    [
        ([http("x" * 4000, length=5000)], TransientSourceError, "RemoteProtocolError"),
        ([drip], TransientSourceError, "not complete within"),
        ([http("x" * 10_001)], PermanentSourceError, "more than 10000 bytes"),
        ([http("", "503 Unavailable")], TransientSourceError, "HTTP 503"),
    ],
    ids=["cut", "drip", "too large", "refused"],
)
def test_a_file_that_does_not_come_whole_is_an_error_and_leaves_nothing(
    answers: list[bytes], kind: type[AssettrailError], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Harm prevented: half a manifest counts as all of it, or halves fill the disk night after night."""
    monkeypatch.setattr(received_files, "HELD_IN_MEMORY", 10)
    monkeypatch.setattr(http_client, "_TIMES_LONGER_FOR_A_FILE", 2)
    client = client_of(server := Server(list(answers)), tmp_path / "spill")
    with pytest.raises(kind, match=words):
        client.get_file("/x")
    server.close()
    assert list((tmp_path / "spill").glob("**/*")) == []


def test_a_file_comes_whole_at_the_second_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: a file is put together of two halves of two answers."""
    monkeypatch.setattr(received_files, "HELD_IN_MEMORY", 10)
    client = client_of(server := Server([http("y" * 4000, length=5000), http("x" * 5000)]), tmp_path / "spill")
    found = client.get_file("/x")
    server.close()
    assert found is not None
    with found.content as content:
        assert content.read() == b"x" * 5000
    assert (found.size, found.sha256) == (5000, hashlib.sha256(b"x" * 5000).hexdigest())


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
def test_a_file_that_is_gone_is_none(status: str) -> None:
    """Harm prevented: a file that the service has removed for good keeps all others from landing."""
    missing = Server([http("", status)])
    assert client_of(missing, None).get_file("/x") is None
    missing.close()


def test_a_file_may_take_longer_than_an_answer() -> None:
    """Harm prevented: a file of gigabytes never comes over a line that gives an answer in time."""

    def slowly(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n")
        for _ in range(8):
            time.sleep(0.1)
            connection.sendall(b"x")

    found = client_of(server := Server([slowly]), None).get_file("/x")
    server.close()
    assert found is not None
    assert found.size == 8


def client_of(server: Server, spill: Path | None) -> RestClient:
    """A client with a short deadline, two attempts, and files of at most 10,000 bytes."""
    return RestClient(
        name="Vendor",
        section="vendor",
        base_url=server.address,
        credentials=ClientCredentials(f"{server.address}/token", "client", SecretStr("secret")),
        deadline_seconds=0.5,
        file_cap_bytes=10_000,
        spill=spill,
        retry=RetryPolicy(attempts=2, first_pause_seconds=0.01),
    )
