"""Design over REST: versions, history and links, which asset an image is, and a client that only reads."""

from __future__ import annotations

import inspect
import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from assettrail.settings import Settings
from ingest.exstream.client import ExstreamClient
from ingest.exstream.design import DESIGN_STREAMS
from ingest.landing import LandedBatch
from ingest.landing_store import LandingStore
from ingest.run import ingest_stream
from ingest.schema import STREAMS, StreamSchema
from ingest.sources import open_source
from tests.adapters.ingest.stand_ins import Sandbox, accept, land_all, landed_rows

Fresh = Callable[[str], str]


@pytest.fixture
def at(sandbox: Sandbox, settings: Settings) -> Settings:
    """The clock at 2026-02-10 08:00, and small pages."""
    sandbox.set_clock("2026-02-10T08:00:00Z")
    return changed(settings, page_size=2)


def changed(settings: Settings, **values: object) -> Settings:
    assert settings.exstream is not None
    return settings.model_copy(update={"exstream": settings.exstream.model_copy(update=values)})


def png(colour: str) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (8, 4), colour).save(content, "PNG")
    return content.getvalue()


class Designer:
    """Somebody who works in Design."""

    def __init__(self, sandbox: Sandbox, settings: Settings) -> None:
        assert settings.exstream is not None
        self._base = (
            f"{sandbox.endpoints['exstream']['base_url']}/design/api/v1/resources/{settings.exstream.domains[0]}"
        )
        self._sandbox = sandbox

    @property
    def _headers(self) -> dict[str, str]:
        """A fresh token for each call, since the clock moves on."""
        return {"Authorization": f"Bearer {self._sandbox.token('exstream')}", "X-Sandbox-Actor": "d.esigner"}

    def create(self, name: str, kind: str, content: bytes, **metadata: object) -> str:
        """Create a resource; its id."""
        answer = httpx.post(
            f"{self._base}/content",
            params={"name": name, "type": kind},
            files={"file": ("f", content, "application/octet-stream")},
            data={"metadata": json.dumps(metadata)},
            headers=self._headers,
        )
        return str(answer.raise_for_status().json()["data"]["id"])

    def move(self, resource_id: str, *states: str, comment: str = "") -> None:
        """Move a resource from state to state."""
        for state in states:
            body = {"state": state, "auditedComment": comment, "locked": False}
            httpx.put(f"{self._base}/{resource_id}/state", json=body, headers=self._headers).raise_for_status()


def land(settings: Settings, store: LandingStore) -> dict[str, LandedBatch]:
    source = open_source(settings, "exstream", store)
    return {stream: ingest_stream(source, stream, store, accept)[-1] for stream in DESIGN_STREAMS}


def newest(store: LandingStore, stream: str, of: str) -> list[Mapping[str, Any]]:
    """The rows of one resource as landed last, by version and ordinal."""
    rows = {
        (row["version"], row.get("ordinal")): row
        for row in landed_rows(store, "exstream", stream)
        if row["resource_id"] == of
    }
    return [rows[key] for key in sorted(rows, key=str)]


def test_resources_land_with_history_and_links_and_only_once(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """Who approved which version of a template image, and where it is used, is the design half of every answer."""
    designer = Designer(sandbox, at)
    image = designer.create(fresh("Logo"), "image", png("red"))
    page = designer.create(fresh("Page"), "exstrpage", json.dumps({"m_strCASId": image}).encode())
    designer.move(image, "REVIEW", "APPROVED", comment="ok for ACC-0001234")
    landed = land(at, store)
    assert all(batch.claim.complete and not batch.unreadable for batch in landed.values())
    (row,) = newest(store, "resources", image)
    assert (row["state"], row["approved_by"], row["resource_type"]) == ("APPROVED", "d.esigner", "image")
    assert (row["content_bytes"], len(row["content_sha256"]), len(row["content_md5"])) == (len(png("red")), 64, 32)
    history = [each for each in landed_rows(store, "exstream", "resource_history") if each["resource_id"] == image]
    assert [(each["history_type"], each["state"]) for each in history] == [
        ("CREATE", "DRAFT"),
        ("CONTENT", "DRAFT"),
        ("STATE", "REVIEW"),
        ("STATE", "APPROVED"),
    ]
    assert "0001234" not in str(history)
    links = {(each["subject_id"], each["object_id"]) for each in landed_rows(store, "exstream", "design_links")}
    assert (page, image) in links
    assert {stream: batch.rows for stream, batch in land(at, store).items()} == dict.fromkeys(DESIGN_STREAMS, 0)
    sandbox.set_clock("2026-02-15T08:00:00Z")
    designer.move(image, "DRAFT")
    later = land(at, store)
    # The new version, and the old one, which is the newest no longer, as long as the day of its change is read again.
    assert [each["version"] for each in newest(store, "resources", image)] == [1, 2]
    assert later["resource_history"].rows == 1
    assert later["resources"].claim.window_from == datetime(2026, 2, 10, 8, tzinfo=UTC)


def test_each_image_is_linked_by_the_first_way_that_finds_an_asset(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh, tmp_path: Path
) -> None:
    """An image that no way links must show: otherwise its letters are missing from a recall without anyone knowing."""
    designer, name = Designer(sandbox, at), fresh("img")
    uploaded = sandbox.upload(f"brand/{name}", "blue")
    land_all(open_source(at, "cloudinary", store), store)
    url = f"http://127.0.0.1/assettrail-sandbox/image/upload/v{uploaded['version']}/brand/{name}.png"
    images = {
        "tag": designer.create(f"{name}-tag", "image", png("green"), cloudinary=f"brand/{name}", cv="17"),
        "source": designer.create(f"{name}-source", "image", png("green"), originalSource=url),
        "name": designer.create(f"{name}-asset=brand~{name}", "image", png("green")),
        "table": designer.create(f"{name}-table", "image", png("green")),
        "bytes": designer.create(
            f"{name}-bytes", "image", png("blue"), originalSource="http://elsewhere.example/a.png"
        ),
        "none": designer.create(f"{name}-none", "image", png("yellow")),
    }
    html = designer.create(
        f"{name}-html", "exstrhtml5", f'<img src="{url}" alt="x"><img src="https://elsewhere.example/b.png">'.encode()
    )
    table = tmp_path / "images.csv"
    table.write_text(f"resource_id,public_id,version\n{images['table']},brand/{name},3\n{images['tag']},brand/other,\n")
    ruled = changed(
        at,
        link_public_id_tag="cloudinary",
        link_version_tag="cv",
        link_name_rule=r"asset=(?P<public_id>\S+)",
        link_cross_reference=table,
    )
    assert land(ruled, store)["resource_links"].claim.complete
    found = {key: newest(store, "resource_links", resource)[0] for key, resource in images.items()}
    assert {key: (row["way"], row["strength"]) for key, row in found.items()} == {
        "tag": ("metadata_tag", "declared"),
        "source": ("original_source", "declared"),
        "name": ("name_rule", "inferred"),
        "table": ("cross_reference", "declared"),
        "bytes": ("content_hash", "exact"),
        "none": ("unlinked", "none"),
    }
    assert (found["tag"]["public_id"], found["tag"]["asset_version"]) == (f"brand/{name}", 17)
    assert [each["way"] for each in json.loads(found["tag"]["findings"])] == ["metadata_tag", "cross_reference"]
    assert (found["source"]["public_id"], found["source"]["asset_version"]) == (f"brand/{name}", uploaded["version"])
    assert (found["bytes"]["asset_id"], found["bytes"]["etag"]) == (uploaded["asset_id"], uploaded["etag"])
    (in_html,) = newest(store, "resource_links", html)
    assert (in_html["way"], in_html["strength"], in_html["ordinal"]) == ("html_output", "observed", 1)
    sandbox.set_clock("2026-02-10T09:00:00Z")
    sandbox.upload(f"brand/{name}-late", "yellow")
    land_all(open_source(at, "cloudinary", store), store)
    assert land(ruled, store)["resource_links"].rows == 1
    assert newest(store, "resource_links", images["none"])[0]["public_id"] == f"brand/{name}-late"


def test_without_design_the_claims_say_so(sandbox: Sandbox, at: Settings, store: LandingStore) -> None:
    """An installation that may not read Design must not look as if it had no unapproved image."""
    before = sandbox.requests("exstream")
    landed = land(changed(at, read_design=False), store)
    assert {batch.claim.complete for batch in landed.values()} == {False}
    assert "read_design is off" in landed["resources"].claim.detail
    assert sandbox.requests("exstream") == before


def test_the_client_has_no_call_that_changes_anything(
    sandbox: Sandbox, at: Settings, store: LandingStore, fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warehouse that could stop a job or approve an image is a risk in itself; here there is no such call."""
    sent: list[tuple[str, str]] = []
    whole = httpx.Client.stream

    def noted(self: httpx.Client, method: str, url: Any, **options: Any) -> Any:
        sent.append((method, str(url)))
        return whole(self, method, url, **options)

    monkeypatch.setattr(httpx.Client, "stream", noted)
    Designer(sandbox, at).create(fresh("Logo"), "image", png("red"))
    use = {"ordinal": 1, "binding": "embedded", "asset_reference": {"asset_id": "a" * 32, "version": 1}}
    line = {
        "account_number": "ACC-1",
        "communication_id": fresh("COM"),
        "recipient_id": "C-1",
        "template_id": "T1",
        "renderings": [{"rendering_id": "r", "channel": "email", "queue_name": "email", "uses": [use]}],
    }
    assert at.exstream is not None
    sandbox.run_exstream(at.exstream.domains[0], "statements", [line])
    land_all(open_source(at, "exstream", store), store)
    posts = {url.rpartition("/")[2] for method, url in sent if method == "POST"}
    assert posts == {"token", "collection-details"}
    assert {method for method, _ in sent} == {"GET", "POST"}
    source = inspect.getsource(inspect.getmodule(ExstreamClient) or ExstreamClient)
    for verb in ("put(", "delete(", "patch(", "post(", "/stop", "/reprocessing", "/state", "/import"):
        assert f".{verb}" not in source if verb.endswith("(") else verb not in source
    calls = {name for name, _ in inspect.getmembers(ExstreamClient, inspect.isfunction) if not name.startswith("_")}
    assert calls == {
        "sign_in", "job_count", "jobs", "flow_instances", "flow_steps", "delivery_file", "message_file", "artifact",
        "customer_artifacts",
        "collection_ids", "collection_details", "resources", "resource_history", "resource_content", "links_of",
    }  # fmt: skip


def test_the_streams_of_design_are_in_the_schema() -> None:
    """A stream without a schema could not land."""
    assert all(isinstance(STREAMS["exstream", stream], StreamSchema) for stream in DESIGN_STREAMS)
