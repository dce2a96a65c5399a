"""Whole snapshots as files: what the manifest says, the same bytes, and no other file of the machine."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import duckdb
import httpx
import pytest

from publish.files import file_facts
from reports.downloads.made_by import made_of
from tests.browser.example.names import RIGHT_TO_LEFT, key_of
from tests.browser.example.pipeline import MADE_BY
from tests.browser.example_snapshot import publish_example
from tests.browser.live_reports import client_of

TABLE = "marts.fct_cases"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a snapshot that has its Parquet file and manifest as publishing writes them."""
    folder = publish_example(tmp_path / "home")
    (folder / "parquet").mkdir()
    with duckdb.connect(str(folder / "assettrail.duckdb"), read_only=True) as connection:
        connection.execute(f"copy {TABLE} to '{folder}/parquet/{TABLE}.parquet' (format parquet)")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").unlink()
    manifest |= {"files": file_facts(folder), "tables": {TABLE: {"rows": 2, "content_hash": "ab" * 32}}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return tmp_path / "home"


def test_a_snapshot_is_taken_whole_in_parts_and_by_its_hash(home: Path) -> None:
    """A download of gigabytes that begins anew after each cut is never finished, and one of other bytes is no copy."""
    with client_of(home) as client:
        page = client.get("/snapshot").text
        told = {file["name"]: file for file in client.get("/snapshot.json").json()["files"]}
        for name in ("assettrail.duckdb", f"parquet/{TABLE}.parquet"):
            path = f"/snapshot/files/{name}"
            assert f'href="{path}?snapshot=20260504T060000Z-4711"' in page
            led = client.get(path)
            assert led.status_code == 303
            whole = client.get(led.headers["location"])
            assert hashlib.sha256(whole.content).hexdigest() == told[name]["sha256"]
            assert len(whole.content) == told[name]["size_bytes"]
            tag = whole.headers["etag"]
            half = len(whole.content) // 2
            rest = client.get(led.headers["location"], headers={"range": f"bytes={half}-", "if-range": tag})
            assert rest.status_code == 206
            assert whole.content[:half] + rest.content == whole.content
        manifest = client.get("/snapshot/manifest")
        assert manifest.json()["files"]["assettrail.duckdb"]["sha256"] == told["assettrail.duckdb"]["sha256"]
        assert told["assettrail.duckdb"]["sha256"] in page


def test_the_page_shows_by_what_the_snapshot_was_made(client: httpx.Client) -> None:
    """`diff` says that rules differ; which ones a snapshot has, an auditor must be able to read off it."""
    page = client.get("/snapshot").raise_for_status().text
    twin = client.get("/snapshot.json").raise_for_status().json()
    made = twin["made_by"]
    parts = {each["kind"]: each for each in made["parts"]}
    assert list(parts) == ["rules", "models", "macros", "project", "settings"]
    assert made["fingerprint"] == MADE_BY.fingerprint()
    for whole in (made["fingerprint"], *(each["hash"] for each in parts.values())):
        assert re.fullmatch("[0-9a-f]{64}", whole)
        assert f'<code title="{whole}">{whole[:16]}…</code>' in page
    assert len({each["hash"] for each in parts.values()}) == len(parts)
    assert [(each["name"], each["hash"]) for each in parts["rules"]["texts"]] == [
        ("seed.days_allowed", "fedcba9876543210"),
        ("seed.grace_days", "00ff00ff00ff00ff"),
    ]
    assert {each["name"]: each["value"] for each in parts["settings"]["texts"]} == {
        "cloud_name": json.dumps(RIGHT_TO_LEFT, ensure_ascii=False),
        "late_after_hours": "24",
    }
    assert "<code>seed.grace_days</code>" in page
    assert "00ff00ff00ff00ff" in page
    assert [each["name"] for each in parts["models"]["texts"]] == ["model.fct_asset_uses"]
    assert {"name": TABLE, "row_count": 2, "content_hash": key_of("cases")} in twin["tables"]


def test_a_part_has_another_hash_where_one_of_its_texts_is_another() -> None:
    """Two snapshots that a rule told apart must not look as if they were made alike."""
    other = replace(MADE_BY, rules={**MADE_BY.rules, "seed.grace_days": "00ff00ff00ff00fe"})
    one, two = (made_of({"made_by": each.to_manifest()}) for each in (MADE_BY, other))
    assert one is not None
    assert two is not None
    assert one.fingerprint != two.fingerprint
    differing = [mine.kind for mine, theirs in zip(one.parts, two.parts, strict=True) if mine.hash != theirs.hash]
    assert differing == ["rules"]


def test_an_older_manifest_tells_nothing_of_what_made_it(tmp_path: Path) -> None:
    """The page of a snapshot of before must open, and say so."""
    folder = publish_example(tmp_path / "home")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | {"made_by": None}), encoding="utf-8")
    with client_of(tmp_path / "home") as asked:
        page = asked.get("/snapshot").raise_for_status().text
        assert "no difference between it and another snapshot can be put down to rules or settings" in page
        assert asked.get("/snapshot.json").json()["made_by"] is None


def test_a_download_that_was_begun_goes_on_after_a_new_snapshot(home: Path) -> None:
    """Two halves of two snapshots are no database."""
    with client_of(home) as client:
        address = client.get("/snapshot/files/assettrail.duckdb").headers["location"]
        first = client.get(address).content
        publish_example(home, "20260505T060000Z-4800", letters=2)
        assert client.get(address).content == first
        assert "20260505" in client.get("/snapshot/files/assettrail.duckdb").headers["location"]


@pytest.mark.parametrize(
    "name",
    [
        "..%2F..%2F..%2Fkeys%2Flog.key",
        "%2e%2e/%2e%2e/assettrail.toml",
        "/etc/passwd",
        "manifest.json",
        "parquet%2F..%2Fassettrail.duckdb",
        "assettrail.duckdb.wal",
        "assettrail.duckdb%00",
        "nothing",
    ],
)
def test_no_other_file_is_given(client: httpx.Client, name: str) -> None:
    """A name that climbs out of the folder gives the keys of the house to whoever reads reports."""
    answer = client.get(f"/snapshot/files/{name}")
    assert answer.status_code == 404
    assert "content-disposition" not in answer.headers


def test_a_snapshot_that_is_not_kept_is_told(client: httpx.Client) -> None:
    """A copy of another snapshot than the one asked for would be taken for it."""
    assert client.get("/snapshot/files/assettrail.duckdb?snapshot=../keys").status_code == 404
    assert client.get("/snapshot?snapshot=20200101T000000Z-1").status_code == 404
