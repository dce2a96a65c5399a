"""From the list of reports to the rows that somebody wants, in a real browser and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.example.names import BANNER
from tests.browser.example.reports import SHELF_COUNT


def test_a_partner_manager_finds_what_a_community_shows(browser: Browser, address: str) -> None:
    """Whoever knows the question and not the table must get from one to the other, by the page alone."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        page.goto(f"{address}/reports")
        table = page.get_by_role("region", name="Table: Reports", exact=True)
        row = table.get_by_role("row").filter(has_text="rpt_community_shelf")
        expect(row).to_contain_text("What does each community show now")
        row.get_by_role("link", name="Community shelf").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Community shelf")
        expect(
            page.get_by_role("heading", name=f"50 of {SHELF_COUNT} rows, by shown from, latest first")
        ).to_be_visible()
        page.get_by_label("Rows where").select_option("verdict_now")
        page.get_by_label("is exactly").fill("SUPERSEDED")
        page.get_by_role("button", name="Filter").click()
        shelf = page.get_by_role("region", name="Table: Community shelf", exact=True)
        expect(shelf.get_by_text("Superseded")).to_have_count(SHELF_COUNT // 10)
        page.get_by_role("link", name=f"Show all {SHELF_COUNT}").click()
        page.get_by_role("link", name="Next").click()
        expect(page.get_by_role("heading", name="continued")).to_be_visible()
        shelf.locator(f'a[href="/assets/{BANNER}"]').first.click()
        expect(page).to_have_url(f"{address}/assets/{BANNER}")
    finally:
        context.close()


def test_a_page_leads_to_its_report_and_the_report_back(browser: Browser, address: str) -> None:
    """A table without its page is read without what explains it, a page without its table is typed off."""
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(f"{address}/partners")
        page.get_by_role("link", name="rpt_partner_matrix").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Partner matrix")
        page.get_by_role("main").get_by_role("link", name="Partner matrix").click()
        expect(page).to_have_url(f"{address}/partners")
    finally:
        context.close()


BROKEN_WORDS = """() => {
    const broken = [];
    for (const cell of document.querySelectorAll('.scroll td, .scroll th')) {
        const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        const parts = cell.classList.contains('whole') ? /\\S+/g : /[^\\s-]+/g;
        while (texts.nextNode()) {
            for (const word of texts.currentNode.data.matchAll(parts)) {
                if (word[0].length > 64) continue;
                const range = document.createRange();
                range.setStart(texts.currentNode, word.index);
                range.setEnd(texts.currentNode, word.index + word[0].length);
                const lines = new Set([...range.getClientRects()].map(part => Math.round(part.top)));
                if (lines.size > 1) broken.push(word[0]);
            }
        }
    }
    return broken;
}"""


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(
    "path",
    ["", *(f"/rpt_{name}" for name in ("exceptions", "community_shelf", "selection_decisions", "partner_audit_trail"))],
)
def test_no_word_of_a_report_is_parted(browser: Browser, address: str, path: str, width: int) -> None:
    """An id that goes on in the next line is copied by half, and a control's name is read as three words."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    try:
        page = context.new_page()
        page.goto(f"{address}/reports{path}")
        expect(page.locator(".scroll table").first).to_be_visible()
        assert page.evaluate(BROKEN_WORDS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if path:
            assert page.locator("table.rows .whole").count() > 1
    finally:
        context.close()
