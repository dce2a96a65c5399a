"""Every page of the reports has its twin and says what it can know; every list leaves as a file. None is forgotten."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from pyarrow import parquet
from starlette.testclient import TestClient

from corrections.dispositions import Order, dispose
from corrections.people import register
from corrections.propose import propose
from reports.text import FORM_ENDINGS
from tests.browser.example.feedback import CHANGED_FEEDBACK
from tests.browser.example.launches import LAUNCH
from tests.browser.example.names import BANNER, LETTER, WAITING_CASE, key_of
from tests.browser.example.partners import SILENT_PARTNER
from tests.browser.example.templates import BEHIND_TEMPLATE
from tests.unit.corrections.samples import link_row, write_snapshot
from tests.unit.reports.people.house import CLOCK, EVERYBODY, House, build_house, csrf_of, signed_in_as_everybody
from tests.unit.reports.people.landed_letter import land_letter

RECALL, SIGNATURE, EXCEPTION = "RECALL", "SIGNATURE", "EXCEPTION"
"""Stand for ids that are made when the house is furnished."""

PAGES: Mapping[str, str] = {
    "/": "/",
    "/search": "/search?q=brand",
    "/communications/{communication_id:path}": f"/communications/{LETTER}",
    "/assets/{asset_id:path}": f"/assets/{BANNER}",
    "/recipients": "/recipients",
    "/recipients/{pseudonyms:path}": f"/recipients/{key_of('recipient', LETTER)}",
    "/cases/{case_id:path}": f"/cases/{WAITING_CASE}",
    "/known": f"/known?communication={LETTER}",
    "/unsealing": f"/unsealing?communication={LETTER}",
    "/exceptions": "/exceptions",
    "/access": "/access?kind=dossier",
    "/access/months": "/access/months",
    "/corrections": "/corrections?state=all",
    "/corrections/bulk": "/corrections/bulk",
    "/corrections/{key}": f"/corrections/01{'a' * 62}",
    "/dispositions": "/dispositions",
    "/dispositions/bulk": "/dispositions/bulk",
    "/dispositions/{key}": f"/dispositions/{EXCEPTION}",
    "/sign-off": "/sign-off",
    "/sign-off/{period}": "/sign-off/2026",
    "/signatures/{attestation_id}": f"/signatures/{SIGNATURE}",
    "/recalls": "/recalls",
    "/recalls/{recall_id}": f"/recalls/{RECALL}",
    "/partners": "/partners",
    "/partners/{partner_id:path}": f"/partners/{SILENT_PARTNER}",
    "/launches": "/launches",
    "/launches/{launch_id:path}": f"/launches/{LAUNCH}",
    "/brand": "/brand",
    "/templates/{template_id:path}": f"/templates/{BEHIND_TEMPLATE}",
    "/feedback": "/feedback",
    "/feedback/{feedback_id:path}": f"/feedback/{CHANGED_FEEDBACK}",
    "/reports": "/reports",
    "/reports/{name}": "/reports/rpt_community_shelf",
    "/trust": "/trust",
    "/snapshot": "/snapshot",
    "/sql": "/sql?q=select+asset_key+from+marts.dim_assets",
    "/sql/saved": "/sql/saved",
    "/sql/{name}": "/sql/all-assets",
    "/sql/{name}/withdrawal": "/sql/all-assets/withdrawal",
}
"""An address of each page, by its pattern."""

NO_PAGES: Mapping[str, str] = {
    "/health": "an answer for a supervisor",
    "/sign-in": "a form: it shows no record",
    "/sign-in/begin": "leads to the provider",
    "/sign-in/callback": "leads back from the provider",
    "/snapshot/manifest": "a file",
    "/snapshot/files/{name:path}": "a file",
    "/recalls/{recall_id}/certificate": "a file",
    "/signatures/{attestation_id}/text": "a file",
    "/docs": "a file that dbt made",
}
"""What is no page, and why."""

STATEMENTS = {"/sql", "/sql/{name}"}
"""Pages whose rows come of a statement, of which nobody knows what claims it rests on."""

LISTS = {
    *("/exceptions", "/access", "/access/months", "/corrections", "/dispositions", "/sign-off", "/recalls"),
    *("/recalls/{recall_id}", "/partners", "/partners/{partner_id:path}", "/launches", "/brand", "/feedback", "/trust"),
    *("/templates/{template_id:path}", "/communications/{communication_id:path}", "/assets/{asset_id:path}", "/sql"),
    *("/sql/saved", "/sql/{name}", "/recipients/{pseudonyms:path}", "/reports/{name}"),
}
"""Pages whose rows somebody takes to a spreadsheet; one that is cut into pages is a list, too, if it is not named."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """The browser of somebody with every role, in a house in which each thing was done once."""
    house = build_house(tmp_path_factory.mktemp("walked") / "house")
    settings = house.settings()
    land_letter(house)
    proposals = write_snapshot(house.home.parent / "proposals.duckdb", [link_row(number) for number in (1, 2)])
    propose(settings, CLOCK, proposals, "s1")
    browser = signed_in_as_everybody(house)
    _recall(browser)
    _sign(browser)
    _dispose(house, browser)
    _save(browser)
    return browser


def _recall(browser: TestClient) -> None:
    form = {"csrf_token": csrf_of(browser.get("/recalls").text), "subject": BANNER, "reason": "a wrong rate"}
    assert browser.post("/recalls", data=form).status_code == 303


def _sign(browser: TestClient) -> None:
    page = browser.get("/sign-off/2026").text
    seen = page.partition('name="seen_hash" value="')[2][:64]
    form = {"csrf_token": csrf_of(page), "seen_hash": seen, "meaning": "attested", "reason": "over"}
    assert browser.post("/sign-off/2026", data=form).status_code == 303


def _save(browser: TestClient) -> None:
    form = {"csrf_token": csrf_of(browser.get("/sql").text), "name": "all-assets", "purpose": "=1+1"}
    form["q"] = "select asset_key from marts.dim_assets"
    assert browser.post("/sql/saved", data=form).status_code == 303


def _dispose(house: House, browser: TestClient) -> None:
    key = browser.get("/exceptions.json").json()["exceptions"]["rows"][0]["exception_key"]
    with browser.app.state.gate.store().read() as session:  # type: ignore[attr-defined]
        eve = register.as_person(session, register.find_person(session, EVERYBODY))
    dispose(house.settings(), CLOCK, [key], eve, Order("correct", EVERYBODY, "=1+1", due_on=CLOCK.now().date()))


def address_of(client: TestClient, pattern: str) -> str:
    """Return an address of the page, with the ids that this house has."""
    address = PAGES[pattern]
    if RECALL in address:
        return address.replace(RECALL, client.get("/recalls.json").json()["recalls"][0]["recall"])
    if SIGNATURE in address:
        return address.replace(SIGNATURE, client.get("/sign-off.json").json()["signatures"][0]["attestation_id"])
    rows = client.get("/exceptions.json").json()["exceptions"]["rows"] if EXCEPTION in address else []
    return address.replace(EXCEPTION, rows[0]["exception_key"]) if rows else address


def form_of(address: str, ending: str) -> str:
    """Return the address of a form of a page."""
    path, mark, query = address.partition("?")
    return f"{'/index' if path == '/' else path}{ending}{mark}{query}"


def test_every_address_is_a_page_that_is_walked_or_is_told_to_be_none(client: TestClient) -> None:
    """A page that nobody thought of here would be the one without a twin, and without a word on what it knows."""
    routes = [one.original_route for one in iter_route_contexts(client.app.routes)]  # type: ignore[attr-defined]
    patterns = {route.path for route in routes if isinstance(route, APIRoute) and "GET" in route.methods}
    shown = {path for path in patterns if not path.endswith(FORM_ENDINGS)}
    assert shown - NO_PAGES.keys() == PAGES.keys()


@pytest.mark.parametrize("pattern", PAGES)
def test_every_page_says_what_it_can_know_and_so_does_its_twin(client: TestClient, pattern: str) -> None:
    """A page that says "none" without saying of what is taken for proof that there is nothing."""
    address = address_of(client, pattern)
    answer = client.get(address)
    assert answer.status_code == 200, answer.text[:2_000]
    assert 'id="covered"' in answer.text
    twin = client.get(form_of(address, ".json"))
    assert twin.status_code == 200
    told = twin.json()["completeness"]
    assert told.get("streams") or told["own_records"]["sentence"]
    assert f'href="{form_of(address, ".json")}"'.replace("&", "&amp;") in answer.text
    if "own_records" in told:
        assert told["own_records"]["fitting_count"] <= told["own_records"]["total_count"]


@pytest.mark.parametrize("pattern", PAGES)
def test_every_list_leaves_whole_in_each_form(client: TestClient, pattern: str) -> None:
    """Rows that are typed off a page are wrong by the second; a sum in them must not run on the reader's machine."""
    address = address_of(client, pattern)
    page = client.get(address).text
    is_list = pattern in LISTS or 'class="paging"' in page or 'id="list"' in page
    if not is_list:
        assert client.get(form_of(address, ".csv")).status_code == 404
        return
    whole = client.get(form_of(address, ".rows.json")).json()
    names = [column["name"] for column in whole["columns"]]
    table = parquet.read_table(io.BytesIO(client.get(form_of(address, ".parquet")).content))
    answer = client.get(form_of(address, ".csv"))
    cells = list(csv.reader(io.StringIO(answer.content.decode(), newline="")))
    assert cells[0] == names == table.column_names
    assert len(cells) - 1 == len(whole["rows"]) == table.num_rows
    assert not [cell for row in cells for cell in row if re.match(r"[=@\t]", cell)]
    assert client.get(form_of(address, ".csv-metadata.json")).json()["tableSchema"]["columns"]
    assert whole["grain"]
    if pattern not in STATEMENTS:
        assert whole["completeness"]
        assert f'href="{form_of(address, ".csv")}"'.replace("&", "&amp;") in page


def test_what_was_typed_by_people_leaves_unchanged_in_the_lossless_form(client: TestClient) -> None:
    """A reason that a spreadsheet would run is defused in the CSV, and an auditor still needs it as it was written."""
    whole = client.get("/dispositions.rows.json").json()["rows"] + client.get("/exceptions.rows.json").json()["rows"]
    reasons = {row["disposition_reason"] for row in whole if row["owner"]}
    assert reasons == {"=1+1"}
    assert "'=1+1" in client.get("/exceptions.csv").text


@pytest.mark.parametrize(
    "pattern", ["/partners/{partner_id:path}", "/templates/{template_id:path}", "/assets/{asset_id:path}"]
)
def test_a_page_of_several_tables_leads_to_the_files_of_each(client: TestClient, pattern: str) -> None:
    """A table whose file is reached by a word that has to be guessed is typed off the screen."""
    address = address_of(client, pattern)
    choices = re.findall(r'href="([^"]+rows=[a-z]+)#files"', client.get(address).text)
    assert len(choices) > 0
    names = {json.loads(client.get(form_of(one, ".rows.json")).text)["name"] for one in [address, *choices]}
    assert len(names) == len(choices) + 1
