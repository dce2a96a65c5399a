"""The player against the real stand-ins: what they say happened is what the journal says."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cloudinary.api
import httpx
import pytest

from sandbox.scenario.__main__ import main
from sandbox.scenario.launch_life import HOW_MANY
from sandbox.scenario.plan import SMALLEST
from sandbox.trading_grid.requests import REQUEST_TYPES
from tests.oracle.naive import Oracle

SIZE = str(SMALLEST)
APPROVAL_STATUS = {"approve": "approved", "revoke": "revoked", "draft": "draft"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A sandbox with a whole scenario played into it, one stage per call as the demo does."""
    folder = tmp_path_factory.mktemp("sandbox")
    command = [sys.executable, "-m", "sandbox", "serve", "--folder", str(folder)]
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(Path.cwd())}) as process:
        try:
            until = time.monotonic() + 30
            while not (folder / "endpoints.json").exists():
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.05)
            for stage in "1234":
                assert play(folder, "--stage", stage) == 0
            yield folder
        finally:
            process.terminate()


def play(folder: Path, *options: str, seed: str = "1") -> int:
    return main(["--folder", str(folder), "--seed", seed, "--communications", SIZE, *options])


def records(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]


def endpoints(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "endpoints.json").read_text())
    return found


def test_oracle_agrees_on_what_was_played(folder: Path) -> None:
    """Ids and hashes that the player put in wrongly would make events.jsonl another story than the key's."""
    findings = Oracle(records(folder)).judge()
    key = json.loads((folder / "answer_key.json").read_text())
    assert findings.verdicts == key["verdicts"]
    assert findings.controls == key["controls"]
    assert findings.corrections == key["corrections"]
    assert findings.output_links == key["output_links"]
    assert findings.publications.reasons == key["publication_reasons"]
    assert findings.searches.by_topic == key["search_topics"]
    assert findings.readiness.required_assets == key["required_assets"]
    assert findings.readiness.launches == key["launches"]
    assert findings.readiness.silence == key["silence"]


def test_playing_again_changes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A repeated call that plays events twice would overwrite assets and open cases anew."""
    before = (folder / "events.jsonl").read_bytes()
    assert play(folder, "--stage", "2") == 0
    assert json.loads(capsys.readouterr().out)["events"] == {}
    assert play(folder) == 0
    assert (folder / "events.jsonl").read_bytes() == before
    assert play(folder, seed="2") == 1


def test_notifications_tell_the_same_story(folder: Path) -> None:
    """An event that the media service tells differently would be judged differently from the key."""
    came = list(_notifications(endpoints(folder)["cloudinary"]))
    told = list({one["request_id"] + one["notification_type"]: one for one in came}.values())
    stamps = [one["timestamp"] for one in came]
    assert stamps != sorted(stamps), "they come out of order"
    assert len(told) * 1.05 < len(came) < len(told) * 1.15, "some of them come twice"
    played = records(folder)
    start = next(record["occurred_at"] for record in played if record["kind"] == "create_triggers")
    covered = [record for record in played if record["occurred_at"] > start]
    uploads = Counter(
        (one["timestamp"], one["asset_id"], one["version"], one["etag"], one["public_id"])
        for one in told
        if one["notification_type"] == "upload"
    )
    assert uploads == Counter(
        (one["occurred_at"], one["asset_id"], one["version"], one["etag"], one["public_id"])
        for one in covered
        if one["kind"] == "upload"
    )
    statuses = Counter(
        (one["timestamp"], changed["asset_id"], changed["new_metadata"]["approval_status"])
        for one in told
        if one["notification_type"] == "resource_metadata_changed"
        for changed in one["resources"].values()
    )
    assert statuses == Counter(
        (one["occurred_at"], one["asset_id"], APPROVAL_STATUS[one["kind"]])
        for one in covered
        if one["kind"] in APPROVAL_STATUS
    )
    types = Counter(one["notification_type"] for one in told)
    kinds = Counter(one["kind"] for one in covered)
    same = {"rename": "rename", "delete": "delete", "move": "move", "restore_asset_version": "restore"}
    for told_as, kind in same.items():
        assert 0 < types[told_as] == kinds[kind], kind


def test_engine_and_communities_hold_everything(folder: Path) -> None:
    """A job or a publication that was refused silently would be missing from every later comparison."""
    played = Counter(record["kind"] for record in records(folder))
    found = endpoints(folder)
    assert httpx.get(found["clock_url"]).json()["now"] == "2026-05-05T00:00:00Z"
    grid = found["trading_grid"]
    token = _token(grid)
    counted = {
        "publish": "publications",
        "access": "accesses",
        "acknowledge": "acknowledgements",
        "open_case": "cases",
        "post_message": "thread-messages",
        "join_community": "members",
    }
    made = Counter(record["objects"] for record in records(folder) if record["kind"] == "create_object")
    assert min(made.values()) >= HOW_MANY
    for kind, name in counted.items():
        url = f"{grid['base_url']}/api/v1/{name}?limit=1"
        held = httpx.get(url, headers={"Authorization": f"Bearer {token}"}).json()["total"]
        deleted = played["delete_publication"] if kind == "publish" else 0
        assert held == played[kind] + made[name] - deleted, name
    for name in (one.path for one in REQUEST_TYPES):
        url = f"{grid['base_url']}/api/v1/{name}?limit=1"
        assert httpx.get(url, headers={"Authorization": f"Bearer {token}"}).json()["total"] == made[name]
    engine = found["exstream"]
    reports = Path(engine["output_folder"]).rglob("AssetUseReport.jsonl")
    told = [json.loads(line) for report in reports for line in report.read_text().splitlines()]
    assert len({one["communication_id"] for one in told}) == len(told) == played["compose"]


def _token(service: dict[str, Any]) -> str:
    form = {"grant_type": "client_credentials"} | {name: service[name] for name in ("client_id", "client_secret")}
    token: str = httpx.post(service["token_url"], data=form).json()["access_token"]
    return token


def _notifications(service: dict[str, Any]) -> Iterator[dict[str, Any]]:
    account = {name: service[name] for name in ("cloud_name", "api_key", "api_secret")}
    account["upload_prefix"] = service["base_url"]
    while True:
        answer = cloudinary.api.notifications(channel="assettrail", max_messages=100, wait_seconds=0, **account)
        messages = answer.get("messages") or []
        if not messages:
            return
        for message in messages:
            payload = message["payload"]
            yield json.loads(payload) if isinstance(payload, str) else payload
        cloudinary.api.ack_notifications([message["receipt_handle"] for message in messages], **account)
