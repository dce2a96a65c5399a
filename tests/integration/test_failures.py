"""What goes wrong outside: the message tells it, the exit code is 1, nothing is lost, the last snapshot is served."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from assettrail.demo.installation import Installation, write_settings
from assettrail.demo.play import SYSTEMS, Played
from assettrail.demo.processes import sandbox_process
from publish.reading import current_snapshot
from tests.browser.live_reports import client_of
from tests.integration.copied_home import (
    assettrail,
    content,
    copied,
    empty,
    endpoints_of,
    facts,
    fault,
    is_served,
    landed_rows,
    told,
)

CANARIES = {
    "cloudinary": ("api_secret", "canary-of-cloudinary-4711"),
    "exstream": ("client_secret", "canary-of-exstream-4712"),
    "trading_grid": ("client_secret", "canary-of-trading-grid-4713"),
}
MALFORMED_ETAG = "not-an-md5"

Shown = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def canary(played_demo: Played, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A copy whose vendor secrets are wrong, and easy to find wherever they should not be."""
    endpoints = endpoints_of(played_demo.installation)
    for system, (name, secret) in CANARIES.items():
        endpoints[system][name] = secret
    return copied(played_demo.installation, tmp_path_factory.mktemp("canary") / "copy", endpoints)


def leaks(installation: Installation, *shown: Shown) -> list[str]:
    """Return where a planted secret stands: outputs, and every file under home."""
    texts = {f"output {number}": (each.stdout + each.stderr).encode() for number, each in enumerate(shown)}
    files = {str(path): path.read_bytes() for path in installation.home.rglob("*") if path.is_file()}
    return [
        f"{secret} in {where}"
        for where, data in (texts | files).items()
        for _, secret in CANARIES.values()
        if secret.encode() in data
    ]


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def at(system: str, address: str) -> dict[str, str]:
    """Return the variables that move a vendor to another address."""
    names = ("UPLOAD_PREFIX",) if system == "cloudinary" else ("BASE_URL", "TOKEN_URL")
    return {f"{system.upper()}__{name}": address for name in names}


@pytest.mark.parametrize("system", SYSTEMS)
def test_wrong_credentials_are_told_and_not_shown(canary: Installation, system: str) -> None:
    """Harm prevented: a secret in a terminal, a log or Dagster's database because the vendor refused it."""
    before = facts(canary.home)
    shown = assettrail(canary, "ingest", system)
    message = told(shown, "ConfigurationError")
    assert "401" in message
    assert f"{system}." in message, "the message names the settings to look at"
    assert facts(canary.home) == before
    assert is_served(canary.home)
    assert not leaks(canary, shown)


def test_a_vendor_that_is_down_is_told(canary: Installation) -> None:
    """Harm prevented: at night a stack trace instead of the address that does not answer."""
    before, dead = facts(canary.home), f"http://127.0.0.1:{free_port()}"
    shown = [
        *everywhere(lambda system: assettrail(canary, "sources", "check", system, **at(system, dead))),
        assettrail(canary, "ingest", "trading_grid", **at("trading_grid", dead)),
    ]
    for each in shown:
        message = told(each, "TransientSourceError")
        assert dead in message
        assert "run again later" in message
    assert facts(canary.home) == before
    assert is_served(canary.home)
    assert not leaks(canary, *shown)


def test_other_commands_show_no_secret_either(canary: Installation) -> None:
    """Harm prevented: the check that people paste into tickets carries the secret that it checks."""
    shown = [
        assettrail(canary, "sources", "check"),
        assettrail(canary, "sources", "check", EXSTREAM__CLIENT_SECRET=CANARIES["exstream"][1]),
        assettrail(canary, "sources", "check", EXSTREAM=json.dumps({"client_secret": CANARIES["exstream"][1]})),
        assettrail(canary, "sources", "check", EXSTREAM=CANARIES["exstream"][1]),
        assettrail(canary, "ingest", "exstream", EXSTREAM__BASE_URL=f"http://me:{CANARIES['exstream'][1]}@127.0.0.1"),
        assettrail(canary, "corrections", "approve", "--all", "--reason", "x"),
    ]
    assert [each.returncode for each in shown[:5]] == [1] * 5
    assert not leaks(canary, *shown)


def test_the_token_service_refuses(played: Played) -> None:
    """Harm prevented: a locked OTDS tenant looks like an empty Exstream."""
    installation = played.installation
    endpoints = endpoints_of(installation)
    with fault(endpoints, "exstream", status=403, path="/oauth2/token", message="tenant is locked"):
        shown = assettrail(installation, "sources", "check", "exstream")
    message = told(shown, "ConfigurationError")
    assert endpoints["exstream"]["token_url"] in message
    assert "HTTP 403" in message


def test_a_vendor_that_fails_is_asked_again_and_then_told(played: Played) -> None:
    """Harm prevented: one bad minute of a vendor ends an ingest, or a bad hour hangs it."""
    with faults(played, status=503, times=2):
        assert [each.returncode for each in checks(played)] == [0, 0, 0]
    with faults(played, status=503):
        for system, shown in zip(SYSTEMS, checks(played), strict=True):
            message = told(shown, "TransientSourceError")
            assert "503" in message
            assert endpoints_of(played.installation)[system]["base_url"] in message


def test_an_answer_that_is_late_is_told(played: Played) -> None:
    """Harm prevented: a hanging vendor hangs the night's run."""
    with faults(played, delay_seconds=5):
        for shown in checks(played, **{f"{system.upper()}__TIMEOUT_SECONDS": "0.3" for system in SYSTEMS}):
            assert "0.3" in told(shown, "TransientSourceError")


def test_an_answer_that_is_cut_is_told(played: Played) -> None:
    """Harm prevented: half an answer counts as a whole one."""
    with faults(played, truncate_body_after=15):
        for shown in checks(played):
            told(shown, "TransientSourceError")
    with faults(played, truncate_body_after=15, truncate_silently=True):
        for system, shown in zip(SYSTEMS, checks(played), strict=True):
            told(shown, "TransientSourceError" if system == "cloudinary" else "PermanentSourceError")


def everywhere(command: Callable[[str], Shown]) -> list[Shown]:
    """Run a command for each system, all at once: they mostly wait."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(command, SYSTEMS))


def checks(played: Played, **settings: str) -> list[Shown]:
    """Check each system."""
    return everywhere(lambda system: assettrail(played.installation, "sources", "check", system, **settings))


@contextmanager
def faults(played: Played, **knobs: object) -> Iterator[None]:
    """Turn the same knobs of all services while the block runs."""
    endpoints = endpoints_of(played.installation)
    with ExitStack() as stack:
        for system in SYSTEMS:
            stack.enter_context(fault(endpoints, system, **knobs))
        yield


@contextmanager
def dripping() -> Iterator[str]:
    """Give the address of a vendor that sends a byte every tenth of a second: each read is in time, the whole never."""
    over = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def drip(connection: socket.socket) -> None:
        with connection:
            try:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n")
                while not over.wait(0.1):
                    connection.sendall(b" ")
            except OSError:
                return  # The client had enough.

    def accept() -> None:
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=drip, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        listener.close()


def test_a_slow_drip_does_not_outlive_the_deadline(played: Played) -> None:
    """Harm prevented: a vendor that sends a byte now and then keeps a run, and its locks, for ever."""
    with dripping() as address:
        shown = assettrail(
            played.installation,
            "sources",
            "check",
            "exstream",
            EXSTREAM__TIMEOUT_SECONDS="0.5",
            **at("exstream", address),
        )
    assert "within 0.5 s" in told(shown, "TransientSourceError")


def test_what_landed_before_a_failure_is_kept(played: Played, tmp_path: Path) -> None:
    """Harm prevented: an ingest that failed half-way loses its first half, or lands it twice the next time."""
    installation = empty(played.installation, tmp_path / "fresh")
    with fault(endpoints_of(played.installation), "trading_grid", status=503, path="/api/v1/accesses"):
        told(assettrail(installation, "ingest", "trading_grid"), "TransientSourceError")
    wanted = landed_rows(played.installation.home, "trading_grid")
    landed = landed_rows(installation.home, "trading_grid")
    assert {"communities", "partners", "publications"} <= set(landed) < set(wanted)
    shown = assettrail(installation, "ingest", "trading_grid")
    assert shown.returncode == 0, shown.stderr
    assert_latest_rows(landed_rows(installation.home, "trading_grid"), wanted)


def assert_latest_rows(found: Mapping[str, set[str]], wanted: Mapping[str, set[str]]) -> None:
    """Every row is one that the original landed, too; it has more only where it saw earlier states.

    Of what Design shows only the number is compared: a link tells which landed asset an image is, or that none has
    landed, and a version that was the latest one when it was read is not read again for having become an older one. A
    home that begins when an object is gone already never knew of it, and tells of no absence.
    """
    assert set(found) == set(wanted) - {"object_absences"}
    for stream, rows in found.items():
        if stream in {"resources", "resource_links"}:
            assert 0 < len(rows) <= len(wanted[stream]), stream
        else:
            assert rows <= wanted[stream], stream


def test_a_port_in_use_is_told(played: Played, tmp_path: Path) -> None:
    """Harm prevented: "address already in use" without the name of the setting that chooses another one."""
    endpoints = endpoints_of(played.installation)
    port = endpoints["exstream"]["base_url"].rsplit(":", 1)[1]
    message = told(assettrail(played.installation, "reports", "serve", REPORTS__PORT=port), "ConfigurationError")
    assert port in message
    assert "ASSETTRAIL_REPORTS__PORT" in message
    shown = subprocess.run(
        [sys.executable, "-m", "sandbox", "serve", "--folder", str(tmp_path / "second"), "--exstream-port", port],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert shown.returncode == 3
    assert len(shown.stderr.splitlines()) == 1
    assert f"exstream on 127.0.0.1:{port}" in shown.stderr
    assert "--exstream-port" in shown.stderr
    assert not (tmp_path / "second" / "endpoints.json").exists()


def test_every_wrong_setting_is_told_at_once(played: Played) -> None:
    """Harm prevented: ten starts for ten mistakes; a mistyped name that is silently ignored."""
    before = facts(played.installation.home)
    shown = assettrail(
        played.installation,
        "build",
        HOMEE="elsewhere",
        KEYS__FOLDER=str(played.installation.home / "keys"),
        CLOUDINARY__CLOUD_NAME="Upper",
        CLOUDINARY__API_SECRET="a second secret",
        CLOUDINARY__TIMEOUT_SECONDS="-1",
        EXSTREAM__TOKEN_URL="ftp://somewhere",
        EXSTREAM__PAGE_SIZE="0",
        TRADING_GRID__BASE_URL="http://[::1",
        TRADING_GRID__NONSENSE="1",
        VERDICTS__LATE_AFTER_HOURS="soon",
        REPORTS__PORT="http",
    )
    message = told(shown, "ConfigurationError")
    names = (
        "ASSETTRAIL_HOMEE: no such setting", "keys: ", "cloudinary.cloud_name: ", "cloudinary.api_secret: both",
        "cloudinary.timeout_seconds: ", "exstream.token_url: ", "exstream.page_size: ", "trading_grid.base_url: ",
        "trading_grid.nonsense: no such setting", "verdicts.late_after_hours: ", "reports.port: ",
    )  # fmt: skip
    assert [name for name in names if name not in message] == []
    assert f"{len(names)} mistake(s)" in message
    assert facts(played.installation.home) == before


def test_a_full_disk_stops_an_ingest_and_loses_nothing(played: Played, tmp_path: Path) -> None:
    """Harm prevented: a disk that fills up leaves half a batch that the next run takes for a whole one."""
    installation = empty(played.installation, tmp_path / "fresh")
    for largest_file in (60_000, 180_000):
        message = told(assettrail(installation, "ingest", "exstream", largest_file=largest_file), "ConfigurationError")
        assert "bytes are free on the disk of" in message
        assert "free space" in message
    shown = assettrail(installation, "ingest", "exstream")
    assert shown.returncode == 0, shown.stderr
    assert_latest_rows(landed_rows(installation.home, "exstream"), landed_rows(played.installation.home, "exstream"))


def test_a_full_disk_stops_a_build_and_a_rebuild_gives_the_same(played: Played, tmp_path: Path) -> None:
    """Harm prevented: a warehouse that broke off half-way is published, or cannot be made again from what landed."""
    installation = copied(played.installation, tmp_path / "copy", without=("warehouse", "dagster"))
    before = facts(installation.home)
    # More than dbt's state of the parsed project takes (7 MB), less than the build file (100 MB).
    shown = assettrail(installation, "build", largest_file=11_000_000)
    message = told(shown, "ConfigurationError")
    assert "File too large" in message
    assert f"bytes are free on the disk of {installation.home}" in message
    assert "Traceback" not in message
    log = installation.home / "dagster" / "logs" / "build_warehouse.log"
    assert log.stat().st_size < 1_000_000, "stack traces fill a disk that is full"
    assert "the last snapshot stays up" in message
    assert facts(installation.home) == before
    assert_pages_answer(installation)
    shutil.rmtree(installation.home / "warehouse")
    shutil.rmtree(installation.home / "snapshots")
    shown = assettrail(installation, "rebuild")
    assert shown.returncode == 0, shown.stderr
    assert content(installation.home) == content(played.installation.home)


def assert_pages_answer(installation: Installation) -> None:
    """The reports show the current snapshot, and the snapshot has what its manifest says."""
    assert is_served(installation.home)
    with client_of(installation.home) as client:
        page = client.get("/")
    assert page.status_code == 200
    assert current_snapshot(installation.home).name in page.text


def test_a_corrupt_delivery_file_is_told_and_read_again(played: Played, tmp_path: Path) -> None:
    """Harm prevented: a file that was cut off in transfer counts as read, and its letters as never delivered."""
    installation = empty(played.installation, tmp_path / "fresh")
    with fault(endpoints_of(played.installation), "exstream", corrupt_delivery_file=True):
        shown = assettrail(installation, "ingest", "exstream")
    message = told(shown, "RecordRejected")
    assert "exstream/delivery_outputs" in message
    assert "no closing tag </outputList>" in message
    assert "the rest landed" in message
    wanted = landed_rows(played.installation.home, "exstream")
    cut_off = {"delivery_outputs": set[str](), "output_links": set[str]()}
    assert_latest_rows({**landed_rows(installation.home, "exstream"), **cut_off}, wanted)
    reasons = pl.read_parquet(installation.home / "quarantine" / "exstream" / "delivery_outputs" / "*.parquet")[
        "reason"
    ]
    assert reasons.len() > 0
    assert reasons.str.contains("no closing tag").all()
    assert claims(installation, "exstream/delivery_outputs") == [False]
    assert set(claims(installation, "exstream/asset_uses")) == {True}
    shown = assettrail(installation, "ingest", "exstream")
    assert shown.returncode == 0, shown.stderr
    assert claims(installation, "exstream/delivery_outputs") == [False, True]
    assert landed_rows(installation.home, "exstream")["delivery_outputs"] == wanted["delivery_outputs"]


def batches(installation: Installation, *options: str) -> list[dict[str, Any]]:
    """Return what `assettrail batches list` says."""
    shown = assettrail(installation, "batches", "list", "--json", *options)
    assert shown.returncode == 0, shown.stderr
    listed: list[dict[str, Any]] = json.loads(shown.stdout)
    return listed


def claims(installation: Installation, stream: str) -> list[bool]:
    """Return whether the claims of a stream are complete, in log order."""
    return [each["is_complete"] for each in batches(installation) if f"{each['system']}/{each['stream']}" == stream]


class Desk:
    """A person at a Trading Grid of its own, so that what is posted stays out of the played one."""

    def __init__(self, endpoints: Mapping[str, Any]) -> None:
        grid = endpoints["trading_grid"]
        form = {"grant_type": "client_credentials", "client_id": grid["client_id"]}
        form["client_secret"] = grid["client_secret"]
        token = httpx.post(grid["token_url"], data=form, timeout=30).json()["access_token"]
        self._base = grid["base_url"]
        self._headers = {"Authorization": f"Bearer {token}"}
        self._post("communities", communityId="COM-HELD", name="Held", region="EU")

    def publish_malformed(self, publication_id: str) -> None:
        """Publish with an etag that is none."""
        asset = {"assetId": "a" * 32, "publicId": "held", "version": 1_760_000_000, "etag": MALFORMED_ETAG}
        self._post("publications", publicationId=publication_id, communityId="COM-HELD", asset=asset)

    def _post(self, path: str, **body: object) -> None:
        httpx.post(f"{self._base}/api/v1/{path}", json=body, headers=self._headers, timeout=30).raise_for_status()


@contextmanager
def second_trading_grid(played: Played, copy: Installation) -> Iterator[Desk]:
    """Point the copy to an empty Trading Grid of its own, at the same time of the sandbox's clock."""
    ours = endpoints_of(played.installation)
    folder = copy.folder / "second"
    folder.mkdir()
    with sandbox_process(folder) as theirs:
        now = httpx.get(ours["clock_url"], timeout=30).json()
        httpx.put(theirs["clock_url"], json=now, timeout=30).raise_for_status()
        write_settings(copy, {**ours, "trading_grid": theirs["trading_grid"]})
        yield Desk(theirs)


def test_a_held_batch_waits_for_a_person(played: Played, tmp_path: Path) -> None:
    """Harm prevented: rows that break the source's promise reach the pages, or a decision on them is lost.

    That what was accepted is built and what was rejected is not, `tests/graph/test_gates.py` shows.
    """
    copy = copied(played.installation, tmp_path / "copy")
    with second_trading_grid(played, copy) as desk:
        accepted = hold(copy, desk, "PUB-HELD-1")
        rejected = hold(copy, desk, "PUB-HELD-2")
        assert [batch["load_id"] for batch in batches(copy, "--held")] == [accepted, rejected]
        before = facts(copy.home)
        message = told(assettrail(copy, "build"), "ContractBroken")
        assert accepted in message
        assert rejected in message
        assert "assettrail batches accept" in message
        assert facts(copy.home) == before
        assert_pages_answer(copy)
        nobody = assettrail(copy, "batches", "accept", accepted, "--reason", "looked at it")
        assert "ASSETTRAIL_TOKEN" in told(nobody, "ConfigurationError")
        ada, bob = officers(copy)
        decide(copy, "accept", accepted, ada)
        decide(copy, "reject", rejected, ada)
        assert_decided(copy, "reject", accepted, bob, "accepted by Ada")
        assert_decided(copy, "reject", rejected, bob, "rejected by Ada")
        again = told(assettrail(copy, "ingest", "trading_grid"), "ContractBroken")
        assert rejected not in again, "what was rejected is read again, as a new batch"
        assert len(batches(copy, "--held")) == 1


def hold(copy: Installation, desk: Desk, publication_id: str) -> str:
    """Publish something malformed and ingest it; return the batch that is held, after it was shown to a person."""
    desk.publish_malformed(publication_id)
    message = told(assettrail(copy, "ingest", "trading_grid"), "ContractBroken")
    batch = batches(copy, "--held")[-1]
    load_id = str(batch["load_id"])
    assert (batch["stream"], batch["rows"], batch["outcome"]) == ("publications", 1, "held")
    assert f"assettrail batches show {load_id}" in message
    assert "etag is an MD5" in message
    shown = assettrail(copy, "batches", "show", load_id)
    assert shown.returncode == 0, shown.stderr
    assert f"publication_id={publication_id}" in shown.stdout
    assert f"etag={MALFORMED_ETAG}" in shown.stdout
    return load_id


def officers(copy: Installation) -> tuple[str, str]:
    """Add Ada and Bob, who may decide on held batches; return their tokens."""
    ada = assettrail(copy, "people", "begin", "Ada").stdout.strip()
    for words in (("grant", "Ada", "officer"), ("add", "Bob", "--role", "officer")):
        shown = assettrail(copy, "people", *words, TOKEN=ada)
        assert shown.returncode == 0, shown.stderr
    return ada, assettrail(copy, "people", "token", "Bob", TOKEN=ada).stdout.strip()


def decide(copy: Installation, decision: str, load_id: str, token: str) -> None:
    """Decide on a held batch as a person does."""
    shown = assettrail(copy, "batches", decision, load_id, "--reason", "looked at it", TOKEN=token)
    assert shown.returncode == 0, shown.stderr


def assert_decided(copy: Installation, decision: str, load_id: str, token: str, how: str) -> None:
    """A second decision is refused, says who took the first, and changes nothing."""
    before = facts(copy.home)
    shown = assettrail(copy, "batches", decision, load_id, "--reason", "thinks otherwise", TOKEN=token)
    assert how in told(shown, "ContractBroken")
    assert facts(copy.home) == before
