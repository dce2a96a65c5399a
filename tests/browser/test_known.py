"""An officer defends what was said in March: what was known then, and what has changed since, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.example.names import LETTER
from tests.browser.live_reports import running_reports
from tests.browser.screens import keep_screen
from tests.unit.reports.past import OLD, build_past


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of reports with two published snapshots."""
    house = build_past(tmp_path_factory.mktemp("known"))
    with running_reports(house.home) as address:
        yield address


def test_an_officer_tells_what_was_known_when_a_letter_was_answered(page: Page, past: str) -> None:
    """An answer of March that is held against records of May makes liars of people who told what they knew."""
    page.goto(past + "/")
    page.get_by_label("Search everything that has an id").fill(LETTER)
    page.get_by_role("button", name="Search").click()
    page.get_by_label("Known at (UTC)").fill("2026-03-15T00:00")
    page.get_by_role("button", name="Show what was known").click()
    heading = page.get_by_role("heading", name="1 of 8 asset uses is told otherwise now")
    expect(heading).to_be_visible()
    row = page.get_by_role("row").filter(has_text="Verdict").first.inner_text()
    assert ("Proven" in row, "Not approved" in row) == (True, True)
    keep_screen(page, "known")
    page.get_by_role("link", name="Read the dossier as it was known then").click()
    expect(page).to_have_url(re.compile(re.escape(f"snapshot={OLD}")))
    expect(page.get_by_label("Pinned snapshot")).to_be_visible()
