"""An analyst saves a query in a real browser, and a colleague opens it by its link."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from assettrail.clock import SystemClock
from corrections.people import register
from tests.browser.accessibility import require_accessible
from tests.browser.live_reports import running_reports
from tests.browser.screens import keep_screen
from tests.unit.reports.people.house import ADA, build_house


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of reports with people, and the analyst's token, which this machine's clock still takes."""
    house = build_house(tmp_path_factory.mktemp("saved"))
    token = register.issue_token(house.settings(), SystemClock(), "Person analyst", 30, ADA).text
    with running_reports(house.home) as address:
        yield address, token


def test_an_analyst_saves_a_query_and_opens_it_by_its_name(served: tuple[str, str], page: Page) -> None:
    """From a statement to a link for a ticket: a refusal that keeps what was typed, then the name that leads back."""
    address, token = served
    page.goto(f"{address}/sign-in")
    page.locator("#token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{address}/sql")
    page.get_by_label("Statement").fill("select case_id_trading_grid, status from marts.fct_cases order by all")
    page.get_by_role("button", name="Run").click()
    page.locator("#name").fill("Open cases")
    page.locator("#purpose").fill("Cases that wait for us")
    page.get_by_role("button", name="Save it").click()
    expect(page.get_by_role("alert")).to_contain_text("It was not saved")
    expect(page.locator("#purpose")).to_have_value("Cases that wait for us")
    page.locator("#name").fill("open-cases")
    page.get_by_role("button", name="Save it").click()
    expect(page).to_have_url(f"{address}/sql/open-cases")
    expect(page.get_by_role("heading", level=1)).to_have_text("open-cases")
    expect(page.locator("table.result")).to_contain_text("CASE-")
    keep_screen(page, "saved-query")
    page.get_by_role("link", name="link to this answer").click()
    expect(page.locator("main")).to_contain_text("Cases that wait for us")
    page.get_by_role("link", name="All saved queries").click()
    page.get_by_role("link", name="open-cases").click()
    for path in ("/sql/open-cases", "/sql/saved"):
        page.goto(address + path)
        require_accessible(page, path)
        page.set_viewport_size({"width": 320, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_an_analyst_withdraws_a_query_that_counted_wrong(served: tuple[str, str], page: Page) -> None:
    """From the list to a link that warns everybody who still follows it, also by ear and at 320 pixels."""
    address, token = served
    page.goto(f"{address}/sign-in")
    page.locator("#token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{address}/sql?q=select+count(*)+as+uses+from+marts.fct_asset_uses")
    page.locator("#name").fill("all-uses")
    page.get_by_role("button", name="Save it").click()
    page.get_by_role("link", name="All saved queries").click()
    page.get_by_role("link", name="all-uses").click()
    page.get_by_role("link", name="Withdraw this query").click()
    require_accessible(page)
    page.get_by_label("Reason").fill("It counts uses of recalled letters, too")
    page.get_by_role("button", name="Withdraw it").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("Withdrawn by Person analyst")
    page.goto(f"{address}/sql/all-uses")
    expect(page.locator("main")).to_contain_text("It counts uses of recalled letters, too")
    expect(page.get_by_label("Statement")).to_contain_text("marts.fct_asset_uses")
    expect(page.locator("table.result")).to_have_count(0)
    keep_screen(page, "withdrawn-query")
    require_accessible(page)
    page.set_viewport_size({"width": 320, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
