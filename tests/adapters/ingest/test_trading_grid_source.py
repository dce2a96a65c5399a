"""Trading Grid's streams against the stand-in, through the example contract."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from assettrail.settings import Settings
from ingest.landing import LandingStore
from ingest.schema import stream_schema
from ingest.sources import open_source
from tests.adapters.ingest.stand_ins import Sandbox, land_all, landed_rows

Fresh = Callable[[str], str]


@pytest.fixture
def community(sandbox: Sandbox, fresh: Fresh) -> str:
    """A community with a partner, a publication that was opened and acknowledged, and a case with an answer."""
    sandbox.set_clock("2026-03-10T08:00:00Z")
    name = fresh("nord")
    partner, publication, case = f"P-{name}", f"PUB-{name}", f"CASE-{name}"
    base = sandbox.endpoints["cloudinary"]["base_url"]
    url = f"{base}/assettrail-sandbox/image/upload/v1768035600/brand/hero.png"
    asset = {"assetId": "a" * 32, "publicId": "brand/hero", "version": 1768032000}
    where = {"communityId": name, "partnerId": partner}
    sandbox.write_trading_grid("communities", {"communityId": name, "name": name, "region": "DE", "language": "de"})
    sandbox.write_trading_grid("partners", {"partnerId": partner, "name": "Müller <b>GmbH</b>"})
    sandbox.write_trading_grid("members", {**where, "status": "Active"})
    publication_body = {
        "publicationId": publication,
        "communityId": name,
        "asset": {**asset, "etag": "e" * 32, "url": url},
    }
    sandbox.write_trading_grid("publications", {**publication_body, "publishedBy": "anna"})
    for kind in ("delivered", "opened"):
        access = {"accessId": f"{kind}-{name}", "publicationId": publication, "partnerId": partner, "kind": kind}
        sandbox.write_trading_grid("accesses", access)
    acknowledgement = {"acknowledgementId": f"ACK-{name}", "kind": "portal", "partnerId": partner}
    sandbox.write_trading_grid("acknowledgements", {**acknowledgement, "publicationId": publication})
    subject = {"subject": "call me: +49 171 1234567", "status": "open", "asset": {**asset, "url": url}}
    sandbox.write_trading_grid("cases", {"caseId": case, **where, **subject})
    message = {"author": "Team", "authorRole": "team", "body": f"Now at {url}. Mail x@y.de", "correlationId": case}
    sandbox.write_trading_grid(f"cases/{case}/messages", message)
    return name


def test_every_kind_of_object_lands_once(settings: Settings, store: LandingStore, community: str) -> None:
    """Publications, receipts and cases are three different facts; one that is missing changes a report."""
    landed = land_all(open_source(settings, "trading_grid", store), store)
    assert all(
        batch.claim.complete and batch.claim.how == "equal_counts" for found in landed.values() for batch in found
    )
    for stream in landed:
        (row, *_) = landed_rows(store, "trading_grid", stream)
        data = {column for column in row if not column.startswith("_")}
        assert data == set(stream_schema("trading_grid", stream).columns)
    again = land_all(open_source(settings, "trading_grid", store), store)
    assert {batch.rows for found in again.values() for batch in found} == {0}
    assert {batch.claim.window_from for found in again.values() for batch in found} == {
        datetime(2026, 3, 10, 8, tzinfo=UTC)
    }
    assert community in {row["community_id"] for row in landed_rows(store, "trading_grid", "communities")}


def test_free_text_is_masked_and_its_link_is_read(settings: Settings, store: LandingStore, community: str) -> None:
    """The link in a reply closes a case; the telephone number beside it is nobody's business."""
    land_all(open_source(settings, "trading_grid", store), store)
    messages = landed_rows(store, "trading_grid", "thread_messages")
    (message,) = [row for row in messages if row["case_id"] == f"CASE-{community}"]
    assert (message["linked_public_id"], message["linked_version"]) == ("brand/hero", 1768035600)
    assert "x@y.de" not in message["body"]
    cases = {row["case_id"]: row for row in landed_rows(store, "trading_grid", "cases")}
    assert "1234567" not in cases[f"CASE-{community}"]["subject"]


def test_a_change_lands_as_a_new_row_and_nothing_else_does(
    sandbox: Sandbox, settings: Settings, store: LandingStore, community: str
) -> None:
    """A case that was closed stays open in every report when changes are not read again."""
    land_all(open_source(settings, "trading_grid", store), store)
    sandbox.set_clock("2026-03-10T08:10:00Z")
    base = sandbox.endpoints["trading_grid"]["base_url"]
    headers = {"Authorization": f"Bearer {sandbox.token('trading_grid')}"}
    address = f"{base}/api/v1/cases/CASE-{community}"
    httpx.patch(address, json={"status": "closed"}, headers=headers).raise_for_status()
    again = land_all(open_source(settings, "trading_grid", store), store)
    assert {stream: sum(b.rows for b in found) for stream, found in again.items() if any(b.rows for b in found)} == {
        "cases": 1
    }
    assert landed_rows(store, "trading_grid", "cases")[-1]["status"] == "closed"


@pytest.mark.parametrize(
    "fault", [{"status": 503, "times": 2}, {"status": 429, "times": 1}, {"truncate_body_after": 9, "times": 1}]
)
def test_a_passing_fault_loses_nothing(
    sandbox: Sandbox, settings: Settings, store: LandingStore, community: str, fault: dict[str, object]
) -> None:
    """One cut page must not be taken for the last one."""
    sandbox.turn("trading_grid", path="/api/v1/accesses", **fault)
    landed = land_all(open_source(settings, "trading_grid", store), store)
    assert landed["accesses"][-1].claim.complete
    assert f"opened-{community}" in {row["access_id"] for row in landed_rows(store, "trading_grid", "accesses")}
