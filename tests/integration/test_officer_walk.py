"""A complaint, from the communication id to the signed period, in a real browser; then a late record restates it.

It plays into the sandbox and builds three times, so that it belongs to `make verify` and to no other test's demo.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import cloudinary.uploader
import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from assettrail.clock import Clock, clock_from
from assettrail.demo.play import SYSTEMS, Played, advance_clock
from assettrail.settings import Settings, load_settings
from corrections.people import register
from corrections.people.register import Person, Role
from orchestration.running import requested_runs, run_job
from publish.reading import connect, current_snapshot
from reports.serve import address_of, bind, server_for
from tests.browser.conftest import CHROMIUM
from tests.integration.copied_home import endpoints_of

ADA = Person("Ada Admin", frozenset({"administrator"}))
OFFICER, APPROVER = "Olga Officer", "Arno Approver"
PERIOD = "2026-04"
WEEK = timedelta(days=7)

_COMPLAINT = """
    select uses.communication_id_exstream, uses.asset_id_cloudinary, uses.public_id, uses.version_number, uses.etag
    from marts.fct_asset_uses as uses
    inner join marts.dim_assets as assets using (asset_key)
    where
        uses.verdict = 'NOT_APPROVED' and uses.evidence_strength = 'exact' and not assets.is_deleted
        and uses.generated_at >= '2026-04-01' and uses.generated_at < '2026-05-01'
        and uses.asset_id_cloudinary not in (select asset_id_cloudinary from marts.fct_publications where is_live)
    order by uses.communication_id_exstream
    limit 1
"""
_IN_ORDER = """
    select uses.public_id, uses.etag, min(uses.generated_at)
    from marts.fct_asset_uses as uses
    inner join marts.dim_assets as assets using (asset_key)
    where
        uses.verdict = 'PROVEN' and not assets.is_deleted and uses.evidence_strength = 'exact'
        and uses.generated_at >= '2026-04-01' and uses.generated_at < '2026-05-01'
        and uses.asset_id_cloudinary <> ?
    group by uses.public_id, uses.etag
    order by count(*) desc, uses.public_id
    limit 1
"""


@dataclass(frozen=True)
class House:
    """The played installation with its people, served; tokens by name."""

    played: Played
    settings: Settings
    clock: Clock
    tokens: dict[str, str]
    address: str

    @property
    def endpoints(self) -> dict[str, Any]:
        """The sandbox's addresses and credentials."""
        return endpoints_of(self.played.installation)

    def row(self, question: str, *values: object) -> tuple[Any, ...]:
        """The one row of a question to the current snapshot."""
        with connect(current_snapshot(self.settings.home)) as connection:
            (row,) = connection.execute(question, list(values)).fetchall()
            return tuple(row)

    def run(self, *jobs: str) -> None:
        """Run jobs as the daemon does."""
        for job in jobs:
            run_job(job, self.settings.home)

    def ingest_and_build(self) -> None:
        """Bring in what has happened, and publish it."""
        self.run(*(f"ingest_{system}" for system in SYSTEMS), "ingest_corrections", "build_warehouse")

    def send(self) -> None:
        """Send what is approved, as the outbox sensor asks for it."""
        while requests := requested_runs("outbox_sensor", self.settings.home):
            for request in requests:
                run_job("send_corrections", self.settings.home, tags=request.tags)


@pytest.fixture
def house(played: Played) -> Iterator[House]:
    """The played demo with an administrator, an officer and an approver, its reports served."""
    settings = load_settings()
    settings = settings.model_copy(update={"reports": settings.reports.model_copy(update={"port": 0})})
    clock = clock_from(settings)
    register.begin(settings, clock, ADA.name, 30)
    tokens = {}
    people: dict[str, tuple[Role, ...]] = {OFFICER: ("officer",), APPROVER: ("approver",)}
    for name, roles in people.items():
        register.add_person(settings, clock, name, roles, ADA)
        tokens[name] = register.issue_token(settings, clock, name, 30, ADA).text
    with _served(settings) as address:
        yield House(played, settings, clock, tokens, address)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium."""
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()


@contextmanager
def _served(settings: Settings) -> Iterator[str]:
    server = server_for(settings)
    with bind(settings) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the reports ended before they answered"
            time.sleep(0.01)
        yield address_of(listening).rstrip("/")
        server.should_exit = True
        thread.join(10)


def signed_in(browser: Browser, house: House, name: str, then: str) -> Page:
    """A window of its own in which somebody has signed in, on the way to a page."""
    page = browser.new_context().new_page()
    page.goto(f"{house.address}/sign-in?return_to={then}")
    page.get_by_role("textbox", name="Personal token").fill(house.tokens[name])
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{then}")
    return page


def trading_grid(house: House) -> httpx.Client:
    """Trading Grid, as the people who publish there use it."""
    grid = house.endpoints["trading_grid"]
    answer = httpx.post(
        grid["token_url"],
        data={"grant_type": "client_credentials"},
        auth=(grid["client_id"], grid["client_secret"]),
        timeout=30,
    )
    token = answer.raise_for_status().json()["access_token"]
    return httpx.Client(base_url=grid["base_url"], headers={"Authorization": f"Bearer {token}"}, timeout=30)


def publish_in_two_communities(house: House, asset_id: str, public_id: str, version: int, etag: str) -> list[str]:
    """Somebody publishes what a customer will complain about; gives the publications' ids."""
    communities = [
        row[0] for row in _rows(house, "select community_id_trading_grid from marts.dim_communities order by 1 limit 2")
    ]
    asset = {"assetId": asset_id, "publicId": public_id, "version": version, "etag": etag}
    with trading_grid(house) as client:
        return [
            client.post(
                "/api/v1/publications", json={"communityId": community, "asset": asset, "publishedBy": "m.dubois"}
            )
            .raise_for_status()
            .json()["publicationId"]
            for community in communities
        ]


def _rows(house: House, question: str) -> list[tuple[Any, ...]]:
    with connect(current_snapshot(house.settings.home)) as connection:
        return [tuple(row) for row in connection.execute(question).fetchall()]


def revoke_in_the_past(house: House, public_id: str, etag: str, at: datetime) -> None:
    """An approval is revoked on a past day, and the news of it comes only now."""
    clock, account = house.endpoints["clock_url"], house.endpoints["cloudinary"]
    now = httpx.get(clock, timeout=30).json()["now"]
    httpx.put(clock, json={"now": at.isoformat()}, timeout=30).raise_for_status()
    cloudinary.uploader.update_metadata(
        {"approval_status": "revoked", "approved_etag": etag},
        [public_id],
        extra_headers={"X-Sandbox-Actor": "l.brandt"},
        cloud_name=account["cloud_name"],
        api_key=account["api_key"],
        api_secret=account["api_secret"],
        upload_prefix=account["base_url"],
    )
    httpx.put(clock, json={"now": now}, timeout=30).raise_for_status()
    advance_clock(clock, timedelta(minutes=10))


@pytest.mark.timeout(3_000)
def test_an_officer_works_a_complaint_to_its_end(house: House, browser: Browser) -> None:
    """Harm prevented: a complaint that ends in a ticket, because one step of the way needs an engineer."""
    communication, asset_id, public_id, version, etag = house.row(_COMPLAINT)
    shown = publish_in_two_communities(house, asset_id, public_id, version, etag)
    advance_clock(house.endpoints["clock_url"], timedelta(minutes=10))
    house.ingest_and_build()

    officer = signed_in(browser, house, OFFICER, "/")
    officer.get_by_role("searchbox").first.fill(communication)
    officer.get_by_role("search").get_by_role("button", name="Search").click()
    officer.wait_for_url(f"**/communications/{communication}*")
    assert officer.get_by_text("Not approved").count() > 0
    officer.locator(f'main a[href^="/assets/{asset_id}"]').first.click()
    officer.get_by_role("textbox", name="Why it is recalled").fill(f"complaint about {communication}: never approved")
    officer.get_by_role("button", name="Recall this asset").click()
    officer.wait_for_url("**/recalls/*")
    recall = officer.url
    expect(officer.get_by_role("heading", name="Not certified yet")).to_be_visible()
    withdrawals = [link.get_attribute("href") or "" for link in officer.locator('main a[href^="/corrections/"]').all()]
    assert len(withdrawals) == len(shown)

    approver = signed_in(browser, house, APPROVER, "/corrections")
    for withdrawal in withdrawals:
        approver.goto(f"{house.address}{withdrawal}")
        approver.get_by_role("textbox", name="Reason").fill("it was never approved")
        approver.get_by_role("button", name="Approve this difference").click()
        assert approver.get_by_role("status").first.inner_text().startswith("Approved.")
    house.send()
    advance_clock(house.endpoints["clock_url"], timedelta(minutes=10))
    house.ingest_and_build()

    officer.goto(recall)
    gone = officer.get_by_role("row").filter(has_text="gone")
    assert [one in gone.all_inner_texts().__str__() for one in shown] == [True, True]
    for publication in shown:
        officer.goto(f"{house.address}/exceptions?standing=standing&text={publication}")
        expect(officer.get_by_role("heading", name="No exception fits")).to_be_visible()

    officer.goto(f"{house.address}/sign-off/{PERIOD}")
    officer.get_by_role("radio", name="Attested").check()
    officer.get_by_role("textbox", name="Reason").fill("the complaint is answered")
    officer.get_by_role("button", name=f"Sign as {OFFICER}").click()
    officer.wait_for_url("**/signatures/*")
    signature = officer.url
    expect(officer.get_by_role("heading", name="As it was signed")).to_be_visible()
    exported = officer.request.get(f"{signature}.pdf")
    assert exported.ok
    assert exported.body().startswith(b"%PDF")

    other, bytes_of_it, first_used = house.row(_IN_ORDER, asset_id)
    revoke_in_the_past(house, other, bytes_of_it, first_used - timedelta(hours=2))
    house.ingest_and_build()
    officer.goto(signature)
    expect(officer.get_by_role("heading", name="Restated")).to_be_visible()
    told = officer.request.get(f"{signature}.json").json()["restatement"]
    assert any(row["of"].startswith("asset uses") for row in told["counts"])
    officer.goto(f"{house.address}/sign-off")
    expect(officer.get_by_text("restated since").first).to_be_visible()
    (seen,) = house.row(
        "select count(*) from marts.fct_accesses "
        "where person_name = ? and access_type = 'dossier' and role_codes = 'officer' and subject_id = ?",
        OFFICER,
        communication,
    )
    assert seen > 0
