"""Several processes on one socket, and the documentation beside the pages."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from reports.headers import CONTENT_SECURITY_POLICY
from tests.browser.example_snapshot import LETTER, publish_example
from tests.browser.live_reports import client_of


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, httpx.Client, psutil.Process]]:
    """A home, a client of its reports in two processes, and the process that holds them."""
    home = tmp_path / "home"
    publish_example(home, letters=2)
    told = {"ASSETTRAIL_HOME": str(home), "ASSETTRAIL_REPORTS__PORT": "0", "ASSETTRAIL_KEYS__FOLDER": str(tmp_path)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASSETTRAIL_")}
    words = [str(Path(sys.executable).with_name("assettrail")), "reports", "serve", "--workers", "2"]
    process = subprocess.Popen(words, env=kept | told, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        address = re.search(r"http://\S+", process.stderr.readline())
        assert address is not None
        with httpx.Client(base_url=address[0], timeout=120) as client:
            yield home, client, psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def test_workers_follow_the_newest_snapshot_under_load(
    served: tuple[Path, httpx.Client, psutil.Process],
) -> None:
    """A worker that goes on with the old snapshot answers every second officer with yesterday."""
    home, client, _ = served
    paths = [f"/communications/{LETTER}", "/exceptions.json", "/health"]
    opened = client.get("/health")
    assert opened.status_code == 200
    assert opened.headers["connection"] == "close", "who is answered by a busy worker stays with it"
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(client.get, paths[number % 3]) for number in range(60)]
        for step in range(3):
            publish_example(home, f"2026050{5 + step}T060000Z-48{step:02}", letters=2)
        answers += [pool.submit(client.get, paths[number % 3]) for number in range(60)]
        assert {answer.result().status_code for answer in answers} == {200}
    assert {client.get("/health").json()["snapshot"] for _ in range(12)} == {"20260507T060000Z-4802"}


def test_the_documentation_stands_in_a_sandbox(tmp_path: Path) -> None:
    """A script in dbt's page that is of the reports' own site reads every dossier in the reader's name."""
    home = tmp_path / "home"
    publish_example(home, letters=2)
    with client_of(home) as client:
        assert "assettrail docs build" in client.get("/docs").text
        (home / "documentation").mkdir()
        (home / "documentation" / "index.html").write_text("<script>1</script>", encoding="utf-8")
        answer = client.get("/docs")
        assert answer.text == "<script>1</script>"
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("sandbox allow-scripts; default-src 'none'")
        assert "allow-same-origin" not in policy
        assert "connect-src 'none'" in policy
        assert client.get("/sql").headers["content-security-policy"] == CONTENT_SECURITY_POLICY
