"""The frame around the three services: starting, stopping, clock, knobs, request log."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloudinary import api, exceptions, uploader

Picture = Callable[..., bytes]
COMMAND = [sys.executable, "-m", "sandbox", "serve"]


def _started(folder: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while not (folder / "endpoints.json").exists():
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < deadline, "the sandbox did not start within 30 s"
        time.sleep(0.05)
    endpoints: dict[str, Any] = json.loads((folder / "endpoints.json").read_text())
    return endpoints


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_serve_tells_where_and_stops_in_order(tmp_path: Path, stop: signal.Signals) -> None:
    """The demo waits for endpoints.json and stops the sandbox by signal; both have to be reliable."""
    arguments = ["--folder", str(tmp_path), "--start", "2026-03-01T12:00:00Z"]
    process = subprocess.Popen([*COMMAND, *arguments], stderr=subprocess.PIPE)
    try:
        endpoints = _started(tmp_path, process)
        assert endpoints["pid"] == process.pid
        assert httpx.get(endpoints["clock_url"]).json() == {"now": "2026-03-01T12:00:00Z"}
        for name in ("cloudinary", "exstream", "trading_grid"):
            clock = httpx.get(f"{endpoints[name]['base_url']}/_sandbox/clock").json()
            assert clock == {"now": "2026-03-01T12:00:00Z"}
        httpx.put(f"{endpoints['exstream']['base_url']}/_sandbox/clock", json={"now": "2026-03-02T00:00:00+01:00"})
        assert httpx.get(endpoints["clock_url"]).json() == {"now": "2026-03-01T23:00:00Z"}
        process.send_signal(stop)
        assert process.wait(timeout=15) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert not (tmp_path / "endpoints.json").exists()
    finally:
        process.kill()
        process.wait()


def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    """A stack trace would not tell the newcomer that another demo is still running."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        arguments = ["--folder", str(tmp_path / "f"), "--exstream-port", str(port)]
        result = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 3
    assert result.stderr.count("\n") == 1
    assert f"127.0.0.1:{port}" in result.stderr
    assert "--exstream-port" in result.stderr
    assert not (tmp_path / "f").exists()


def test_clock_refuses_what_is_no_instant(account: Any) -> None:
    """A clock that took a time without a zone would shift every event by hours."""
    bodies: list[object] = [{"now": "2026-01-05T00:00:00"}, {"now": "soon"}, {}, []]
    for body in bodies:
        assert httpx.put(f"{account.base_url}/_sandbox/clock", json=body).status_code == 400
    assert httpx.get(f"{account.base_url}/_sandbox/clock").json() == {"now": "2026-01-05T00:00:00Z"}


def test_requests_are_counted_by_route(account: Any, picture: Picture) -> None:
    """The demo reports the calls to each vendor; ids in the labels would make every call its own line."""
    uploader.upload(picture("red"), public_id="f/a")
    api.resource("f/a")
    api.resources()
    api.resources(max_results=5)
    account.turn(status=503, times=1)
    httpx.get(f"{account.base_url}/stopped/before/any/route")
    counts = httpx.get(f"{account.base_url}/_sandbox/requests").json()["cloudinary"]
    assert counts == {
        "POST /v1_1/{cloud}/{resource_type}/upload": 1,
        "GET /v1_1/{cloud}/resources/{resource_type}/{type}/{public_id}": 1,
        "GET /v1_1/{cloud}/resources/{name}": 2,
        "GET /stopped/before/any/…": 1,
    }
    httpx.delete(f"{account.base_url}/_sandbox/requests")
    assert httpx.get(f"{account.base_url}/_sandbox/requests").json() == {}


def test_injected_status_hits_only_its_path_and_number(account: Any, picture: Picture) -> None:
    """A fault that outlived its test would fail others."""
    account.turn(status=503, times=2, path="/ping", message="maintenance")
    assert uploader.upload(picture("red"), public_id="a")["public_id"] == "a"
    for _ in range(2):
        with pytest.raises(exceptions.GeneralError, match="maintenance"):
            api.ping()
    assert api.ping()["status"] == "ok"
    account.turn(status=500)
    account.turn(reset=True)
    assert api.ping()["status"] == "ok"


def test_injected_delay_and_cut_bodies(account: Any) -> None:
    """Slow and cut answers are what deadlines and completeness checks are for."""
    url = f"{account.base_url}/v1_1/assettrail-sandbox/ping"
    credentials = (api.cloudinary.config().api_key, api.cloudinary.config().api_secret)
    account.turn(delay_seconds=0.3, times=1)
    started = time.monotonic()
    assert httpx.get(url, auth=credentials).status_code == 200
    assert time.monotonic() - started >= 0.3
    account.turn(truncate_body_after=5, times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(url, auth=credentials)
    account.turn(truncate_body_after=5, times=1, truncate_silently=True)
    assert httpx.get(url, auth=credentials).content == b'{"sta'
    assert httpx.get(url, auth=credentials).json() == {"status": "ok"}


def test_work_can_be_done_and_told_as_failed_or_done_too_late(account: Any, picture: Callable[..., bytes]) -> None:
    """A vendor that lies, or goes on when its client has left, is what corrections have to survive."""
    account.turn(status=500, is_done=True, method="POST", times=1)
    with pytest.raises(exceptions.GeneralError):
        uploader.upload(picture("red"), public_id="told-as-failed")
    assert api.resource("told-as-failed")["format"] == "jpg"
    account.turn(delay_seconds=0.5, method="POST", times=1)
    with pytest.raises(exceptions.Error):
        uploader.upload(picture("red"), public_id="late", timeout=0.1)
    while httpx.get(f"{account.base_url}/_sandbox/under-way").json()["under_way"]:
        time.sleep(0.05)
    assert api.resource("late")["format"] == "jpg"


@pytest.mark.parametrize(
    "order",
    [
        {"service": "nobody", "status": 503},
        {"service": "cloudinary", "colour": "red"},
        {"service": "cloudinary", "times": 3},
        {"service": "cloudinary", "backups": "yes"},
        {"service": "exstream", "backups": True},
        [],
    ],
)
def test_wrong_knobs_are_refused(account: Any, order: Any) -> None:
    """A misspelt knob that was ignored would make a fault test pass without its fault."""
    answer = httpx.post(f"{account.base_url}/_sandbox/knobs", json=order)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]
    assert httpx.get(f"{account.base_url}/_sandbox/knobs").json()["cloudinary"]["faults"] == []
