"""Trading Grid's streams against the stand-in, through the example contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import httpx
import pytest

from assettrail.settings import Settings
from assettrail.trading_grid_settings import TradingGridObject, TradingGridPaging
from ingest.client_credentials import ClientCredentials
from ingest.http import Parameters, RestClient
from ingest.landing_store import LandingStore
from ingest.received import Answer
from ingest.schema import stream_schema
from ingest.sources import open_source
from ingest.trading_grid.client import TradingGridClient
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
    control = {"controlNumbers": {"interchange": "000000905", "group": "905", "set": "0001"}}
    sandbox.write_trading_grid("documents", {"mailbox": "M1", "documentId": name, "documentType": "832", **control})
    image = {"fileName": f"{name}.jpg", "gtin": "4006381333931", "fileType": "JPG", "imageType": "SI"}
    where_from = {"purpose": "INT", "orientation": "F", "locationType": "URL", "externalLocation": url}
    sandbox.write_trading_grid("catalogue-images", {"item": name, **image, **where_from})
    write_a_launch(sandbox, name, where, {**asset, "url": url})
    return name


def write_a_launch(sandbox: Sandbox, name: str, where: Mapping[str, str], asset: Mapping[str, object]) -> None:
    """A launch with all that belongs to one, and what a partner looks for, needs, receives and reports."""
    launch, user = f"LAU-{name}", {"user": f"{name}.desk"}
    due = {"dueAt": "2026-03-20T08:00:00Z"}
    hers = {"launchId": launch, **where}
    note = {"text": "call me: +49 171 1234567"}
    dates = {"launchAt": "2026-03-22T08:00:00Z", "readinessDueAt": "2026-03-20T08:00:00Z"}
    launch_body = {"launchId": launch, "name": name, **dates, "communityIds": [name], "campaign": "spring"}
    sandbox.write_trading_grid("launches", launch_body)
    requirement = {"launchId": launch, "ordinal": 0, "communityId": name, "asset": asset, "market": "DE", **due}
    sandbox.write_trading_grid("launch-requirements", {**requirement, "format": "webp"})
    discussion = {"messageId": f"LMSG-{name}", "author": "Team", "authorRole": "team", "body": "Mail x@y.de"}
    sandbox.write_trading_grid(f"launches/{launch}/messages", discussion)
    sandbox.write_trading_grid("tasks", {"taskId": f"T-{name}", **hers, "kind": "confirm", **note, **due})
    sandbox.write_trading_grid("flags", {"flagId": f"F-{name}", **hers, "asset": asset, **note, **due})
    request = {"formatRequestId": f"FRQ-{name}", **hers, "asset": asset, "format": "webp", **note, **due}
    sandbox.write_trading_grid("format-requests", request)
    feedback = {"feedbackId": f"FB-{name}", **where, "category": "slow_loading", "asset": asset, "device": "phone"}
    sandbox.write_trading_grid("feedback", {**feedback, **note, "status": "answered"})
    search = {"searchId": f"S-{name}", **where, **user, "terms": "hero x@y.de", "resultCount": 0}
    sandbox.write_trading_grid("searches", search)
    for device in ("phone", "desktop"):
        need = {"communityId": name, "assetId": asset["assetId"], "region": "DE", "device": device}
        sandbox.write_trading_grid("community-needs", need)
    sent = {"distributionId": f"DIS-{name}", **where, "gtin": "04006381333931", "contentSha256": "ab" * 32}
    sandbox.write_trading_grid("distributions", {**sent, "asset": {**asset, "etag": "e" * 32}})


def test_every_kind_of_object_lands_once(settings: Settings, store: LandingStore, community: str) -> None:
    """Publications, receipts and cases are three different facts; one that is missing changes a report."""
    landed = land_all(open_source(settings, "trading_grid", store), store)
    ways = {stream: {(batch.claim.complete, batch.claim.how) for batch in found} for stream, found in landed.items()}
    assert ways.pop("object_absences") == {(True, "manifest")}
    assert set().union(*ways.values()) == {(True, "equal_counts")}
    assert landed_rows(store, "trading_grid", "object_absences") == []
    for stream in ways:
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


def test_launches_and_requests_keep_what_their_flows_need(
    settings: Settings, store: LandingStore, community: str
) -> None:
    """A launch without its instant or feedback without its asset cannot be judged; a telephone number must not stay."""
    land_all(open_source(settings, "trading_grid", store), store)

    def landed(stream: str) -> dict[str, object]:
        (row, *_) = [row for row in landed_rows(store, "trading_grid", stream) if community in str(row)]
        return row

    launch, need = landed("launches"), landed("community_needs")
    assert (launch["launch_at_raw"], launch["community_ids"]) == ("2026-03-22T08:00:00Z", f'["{community}"]')
    assert (need["asset_reference"], need["language"]) == ("a" * 32, "any")
    feedback, search = landed("feedback"), landed("searches")
    assert (feedback["public_id"], feedback["asset_version"]) == ("brand/hero", 1768032000)
    assert feedback["answered_at_raw"] == "2026-03-10T08:00:00Z"
    assert (search["result_count"], search["user_id"]) == (0, f"{community}.desk")
    assert "x@y.de" not in f"{search['terms']} {landed('launch_messages')['body']}"
    for stream in ("tasks", "flags", "format_requests", "feedback"):
        assert "1234567" not in str(landed(stream)["text"])


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


STYLES: Mapping[str, Mapping[str, object]] = {
    "offset": {},
    "page": {"paging": TradingGridPaging(style="page")},
    "cursor": {"paging": TradingGridPaging(style="cursor"), "records": "data.records", "more": "hasMore"},
    "link": {"paging": TradingGridPaging(style="link"), "records": "", "total": "header:X-Total-Count"},
}


class SeenPages(RestClient):
    """The real client, which lets a test act between two pages."""

    between: Callable[[int], None] = staticmethod(lambda _number: None)
    pages = 0

    def get_present(self, path: str, parameters: Parameters | None = None) -> Answer:
        """Count the page, let the test act, and ask."""
        self.pages += 1
        self.between(self.pages)
        return super().get_present(path, parameters)


def seen_pages(settings: Settings) -> SeenPages:
    section = settings.trading_grid
    assert section is not None
    base_url, token_url, client_id = section.service
    credentials = ClientCredentials(token_url, client_id, section.secret)
    return SeenPages("Trading Grid", "trading_grid", base_url, credentials, deadline_seconds=10)


@pytest.mark.parametrize("states_total", [True, False])
@pytest.mark.parametrize("style", STYLES)
def test_every_page_style_reads_every_object_once(
    sandbox: Sandbox, settings: Settings, fresh: Fresh, style: str, states_total: bool
) -> None:
    """An installation that pages in another way loses all but its first page, and its reports are green."""
    names = {fresh("styled") for _ in range(7)}
    for name in names:
        sandbox.write_trading_grid("partners", {"partnerId": name, "name": name})
    options = {**STYLES[style]} if states_total else {**STYLES[style], "total": None}
    mapped = TradingGridObject(path="/api/v1/partners", fields={"partner_id": "partnerId"}, **options)
    sandbox.turn("trading_grid", page_style=style, states_total=states_total)
    listing = TradingGridClient(seen_pages(settings), 3).listing(mapped, None, lambda item: item["partnerId"])
    read = [record["partnerId"] for page in listing.pages for record in page.records]
    assert len(read) == len(set(read))
    assert names <= set(read)
    assert listing.doubts == ()
    marked = style in {"cursor", "link"} and not states_total
    assert listing.how == ("end_marker" if marked else "equal_counts")


def test_an_object_that_moves_between_two_pages_is_not_lost(sandbox: Sandbox, settings: Settings, fresh: Fresh) -> None:
    """A partner that is changed while it is listed goes to the end; the one behind it slips onto the page before."""
    sandbox.set_clock("2026-03-11T08:00:00Z")
    names = [fresh("moves") for _ in range(6)]
    for name in names:
        sandbox.write_trading_grid("partners", {"partnerId": name, "name": name})
    mapped = TradingGridObject(path="/api/v1/partners", fields={"partner_id": "partnerId"})
    rest = seen_pages(settings)
    base = sandbox.endpoints["trading_grid"]["base_url"]

    def change_the_first(number: int) -> None:
        if number == 2:
            sandbox.set_clock("2026-03-11T08:05:00Z")
            headers = {"Authorization": f"Bearer {sandbox.token('trading_grid')}"}
            address = f"{base}/api/v1/partners/{names[0]}"
            httpx.patch(address, json={"name": "changed"}, headers=headers).raise_for_status()

    rest.between = change_the_first
    since = datetime(2026, 3, 11, 8, tzinfo=UTC)
    listing = TradingGridClient(rest, 4).listing(mapped, since, lambda item: item["partnerId"])
    assert listing.how == "equal_counts"
    assert {record["partnerId"] for page in listing.pages for record in page.records} == set(names)
