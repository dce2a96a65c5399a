"""The pages in a real browser: readable, reachable, accessible, and unharmed by what the vendors' names hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import require_accessible
from tests.browser.example.feedback import CHANGED_FEEDBACK, OPEN_FEEDBACK
from tests.browser.example.launches import HOSTILE_LAUNCH, LAUNCH, OVER_LAUNCH
from tests.browser.example.names import (
    ANSWERED_CASE,
    BANNER,
    FORMULA,
    HOSTILE_ASSET,
    HOSTILE_LETTER,
    LETTER,
    LETTERHEAD,
    LONG_NAME,
    RIGHT_TO_LEFT,
    SCRIPT,
    TWIN_LETTER,
    WAITING_CASE,
)
from tests.browser.example.partners import HOSTILE_PARTNER, PARTNER
from tests.browser.example.templates import BEHIND_TEMPLATE, HOSTILE_TEMPLATE, TWIN_TEMPLATE
from tests.browser.example_snapshot import CORRECTED_LINK
from tests.browser.transcript import compare_transcript, transcript

PAGES = {
    "overview": "/",
    "dossier": f"/communications/{LETTER}",
    "known": f"/known?communication={LETTER}&at=2026-04-20T08:00",
    "exceptions": "/exceptions",
    "asset": f"/assets/{BANNER}",
    "case": f"/cases/{ANSWERED_CASE}",
    "search": "/search?q=CASE",
    "domains": f"/communications/{TWIN_LETTER}",
    "not found": "/communications/COM-2026-0004799",
    "bad question": "/exceptions?colour=red",
    "hostile dossier": f"/communications/{quote(HOSTILE_LETTER, safe='')}",
    "hostile asset": f"/assets/{HOSTILE_ASSET}",
    "hostile case": f"/cases/{WAITING_CASE}",
    "trust": "/trust",
    "partners": "/partners",
    "partner": f"/partners/{PARTNER}?from=2026-03-01&to=2026-06-01",
    "hostile partner": f"/partners/{quote(HOSTILE_PARTNER, safe='')}",
    "launches": "/launches",
    "launch": f"/launches/{LAUNCH}",
    "launched": f"/launches/{OVER_LAUNCH}",
    "hostile launch": f"/launches/{quote(HOSTILE_LAUNCH, safe='')}",
    "brand": "/brand",
    "template": f"/templates/{BEHIND_TEMPLATE}",
    "template domains": f"/templates/{TWIN_TEMPLATE}",
    "hostile template": f"/templates/{quote(HOSTILE_TEMPLATE, safe='')}",
    "feedback": "/feedback",
    "one feedback": f"/feedback/{CHANGED_FEEDBACK}",
    "reports": "/reports",
    "report": "/reports/rpt_community_shelf",
    "hostile report": "/reports/rpt_selection_decisions",
    "report without a row": "/reports/rpt_variant_matrix",
    "hostile feedback": f"/feedback/{quote(OPEN_FEEDBACK, safe='')}",
}
OPEN_DETAILS = "document.querySelectorAll('details').forEach(part => { part.open = true; })"
UNREACHABLE = """() => [...document.querySelectorAll('body *')]
    .filter(part => part.scrollWidth > part.clientWidth + 1
        && ['auto', 'scroll'].includes(getComputedStyle(part).overflowX))
    .filter(part => part.tabIndex !== 0 || !part.getAttribute('aria-label'))
    .map(part => part.outerHTML.slice(0, 120))"""


@dataclass(frozen=True)
class Opened:
    """A page that was opened at a desktop's size; what its console said, and the addresses that were asked for."""

    page: Page
    heard: list[str]
    asked: list[str]


@pytest.fixture(params=PAGES, scope="module")
def opened(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Opened]:
    """Each page in turn, opened once."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = Opened(context.new_page(), [], [])
    opened.page.on("console", lambda message: opened.heard.append(message.text))
    opened.page.on("pageerror", lambda error: opened.heard.append(str(error)))
    opened.page.on("request", lambda request: opened.asked.append(request.url))
    opened.page.goto(address + PAGES[request.param])
    yield opened
    context.close()


def test_no_page_breaks_the_content_security_policy(opened: Opened, address: str) -> None:
    """A style or script that the policy refuses is a page that people see broken, and one that goes out leaks."""
    assert [line for line in opened.heard if "status of 4" not in line] == []
    assert {url for url in opened.asked if not url.startswith((address, "data:"))} == set()


def test_axe_finds_nothing(opened: Opened) -> None:
    """An officer who reads by ear, or who needs contrast, is shut out by what axe would have found."""
    opened.page.evaluate(OPEN_DETAILS)
    require_accessible(opened.page)


def test_320_pixels_are_enough_and_what_scrolls_can_be_reached(opened: Opened) -> None:
    """At 400 % zoom a page that scrolls sideways, or a table that only a mouse can scroll, cannot be read."""
    opened.page.set_viewport_size({"width": 320, "height": 640})
    opened.page.evaluate(OPEN_DETAILS)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert opened.page.evaluate(UNREACHABLE) == []


@pytest.mark.parametrize("style", ["td { color: #bbb }", "@media (prefers-color-scheme: dark) { td { color: #222 } }"])
def test_what_cannot_be_read_is_found(browser: Browser, address: str, style: str) -> None:
    """Colours are judged of few parts: what is wrong with many alike, in light or in dark, must be among them."""
    context = browser.new_context(bypass_csp=True)
    try:
        page = context.new_page()
        page.goto(address + "/exceptions")
        page.add_style_tag(content=style)
        with pytest.raises(AssertionError, match="color-contrast"):
            require_accessible(page)
    finally:
        context.close()


def test_the_keyboard_goes_from_the_skip_link_to_the_search_to_the_tables(page: Page, address: str) -> None:
    """Whoever works by keyboard must get past the bar at once, and to every subject in the table."""
    page.goto(address + "/exceptions")
    reached: list[str] = []
    for _ in range(48):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
    assert reached[0] == "Skip to content"
    wanted = ["More", "find", "control", "standing", "owner", "work", "text", f"{LETTER}/email/2"]
    places = [reached.index(name) for name in wanted]
    assert places == sorted(places)


def test_the_menu_of_the_bar_opens_by_keyboard_without_javascript(browser: Browser, address: str) -> None:
    """A section that only a mouse or a script leads to is not there for whoever has neither."""
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(address + "/exceptions")
        bar = page.get_by_role("navigation", name="Main")
        expect(bar.get_by_role("link", name="Brand")).to_have_count(0)
        bar.locator("summary").focus()
        page.keyboard.press("Enter")
        for _ in ("Dispositions", "Recalls", "Brand"):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url(address + "/brand")
        assert bar.locator("summary[aria-current=true]").inner_text() == "More: Brand"
        assert bar.locator("a[aria-current]").get_attribute("href") == "/brand"
    finally:
        context.close()


def test_what_has_the_focus_is_seen(page: Page, address: str) -> None:
    """A keyboard user who cannot see where they are is lost."""
    page.goto(address + "/")
    for _ in range(8):
        page.keyboard.press("Tab")
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style == "solid"


def test_the_skip_link_skips(page: Page, address: str) -> None:
    """A skip link that leaves the focus where it was makes the reader tab through the bar all the same."""
    page.goto(address + f"/communications/{LETTER}")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_an_officer_finds_a_letter_without_javascript(browser: Browser, address: str) -> None:
    """In a locked-down browser the work of the day must still be possible."""
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(address + "/")
        page.get_by_label("Open anything that has an id").fill(LETTER)
        page.get_by_role("button", name="Open").click()
        expect(page).to_have_url(f"{address}/communications/{LETTER}")
        expect(page.get_by_role("heading", level=1)).to_have_text(LETTER)
        page.get_by_role("link", name="brand/letterhead").first.click()
        expect(page).to_have_url(f"{address}/assets/{LETTERHEAD}")
    finally:
        context.close()


def test_the_dossier_says_why_for_every_use(page: Page, address: str) -> None:
    """An officer who reads the wrong reason, approver or version acts on the wrong letter."""
    page.goto(address + f"/communications/{LETTER}")
    rows = page.get_by_role("table", name="This letter carried").get_by_role("row").all_inner_texts()[1:]
    told = {row.split()[0]: " ".join(row.split()) for row in rows}
    assert len(rows) == 8
    assert "Expired" in told["cover_banner"]
    assert "ended by its own date on 2026-03-31 00:00:00 UTC, 14 days 9 hours before" in told["cover_banner"]
    assert "revoked on 2026-04-10 08:00:00 UTC" in told["letterhead"]
    assert "jurisdiction US-TX, and the approval allows CA-ON, CA-QC" in told["hero_image_1"]
    assert "Possible: ambiguous" in told["hero_image_3"]
    assert "names no asset that is known" in told["approval_stamp"]
    assert "Proven" in told["footer_mark"]
    assert "m.lindqvist" in told["footer_mark"]


def test_the_evidence_opens_by_keyboard(page: Page, address: str) -> None:
    """Evidence that only a mouse opens is no evidence for whoever has none."""
    page.goto(address + f"/communications/{LETTER}")
    evidence = page.locator("details", has_text="Key of the use").first
    evidence.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(evidence.get_by_text("use 77, version 41, approval 52")).to_be_visible()


def test_pictures_tell_their_figures_as_text(page: Page, address: str) -> None:
    """A picture without its figures says nothing to a screen reader."""
    page.goto(address + f"/communications/{LETTER}")
    labels = page.locator("svg[role=img]").evaluate_all("parts => parts.map(part => part.getAttribute('aria-label'))")
    assert any("Declared validity 2026-01-16 08:00:00 to 2026-03-31 00:00:00" in label for label in labels)
    expect(page.get_by_text("Lineage as a table")).to_have_count(1)


def test_exceptions_are_filtered_and_paged_by_links_and_forms(page: Page, address: str) -> None:
    """An exception that falls between two pages, or out of a filter, is never worked."""
    page.goto(address + "/exceptions")
    total = int(re.findall(r"of (\d+), newest first", page.get_by_role("heading", level=2).first.inner_text())[0])
    seen: list[str] = []
    while True:
        seen += page.locator("table.exceptions tbody th a").all_inner_texts()
        older = page.get_by_role("link", name="Older")
        if not older.count():
            break
        older.click()
        page.wait_for_load_state()
    assert len(seen) == len(set(seen)) == total
    page.get_by_label("Control", exact=True).select_option("ctl_unanswered_corrected_cases")
    page.get_by_role("button", name="Filter").click()
    done = page.locator("table.exceptions").get_by_text("proposed: the link to the corrected version into the case")
    expect(done).to_have_count(1)
    page.locator("table.exceptions").get_by_role("link", name=WAITING_CASE, exact=True).click()
    expect(page).to_have_url(f"{address}/cases/{WAITING_CASE}")
    page.goto(address + "/exceptions?control=ctl_outdated_community_assets")
    assert "awaits approval in Exstream" in page.locator("table.exceptions").inner_text()


def test_a_row_of_the_exceptions_leads_to_its_use(page: Page, address: str) -> None:
    """A finding that leads to the top of a long dossier is searched for once more by hand."""
    page.goto(address + "/exceptions?text=" + quote(f"{LETTER}/print/2"))
    page.get_by_role("link", name=f"{LETTER}/print/2", exact=True).click()
    part = page.locator("section:target")
    assert "letterhead" in part.inner_text()
    assert "Not approved" in part.inner_text()


def test_the_answered_case_shows_the_corrected_link(page: Page, address: str) -> None:
    """The promise of the house: the partner's case is answered with the corrected image's link, and that is seen."""
    page.goto(address + f"/cases/{ANSWERED_CASE}")
    answer = page.locator(".event-answered")
    assert "Answered with the corrected version's link" in answer.inner_text()
    assert answer.get_by_role("link").get_attribute("href") == CORRECTED_LINK
    assert "13 days 20 hours" in page.locator(".lead").inner_text()


def test_hostile_names_are_only_text(page: Page, address: str) -> None:
    """A name from a vendor that runs in the officer's browser reads and sends what the officer may see."""
    hostile = [path for name, path in PAGES.items() if name.startswith("hostile")]
    for path in (*hostile, "/", "/exceptions", "/trust", "/partners", "/launches", "/brand", "/feedback"):
        page.goto(address + path)
        assert page.title().endswith("· assettrail")
        expect(page.locator("script, iframe, object, img[src='x']")).to_have_count(0)
        expect(page.locator("a[href^='javascript' i]")).to_have_count(0)
    page.goto(address + PAGES["hostile dossier"])
    told = page.locator("main").inner_text()
    assert FORMULA in told
    assert SCRIPT in told
    assert HOSTILE_LETTER in page.get_by_role("heading", level=1).inner_text()
    page.goto(address + PAGES["hostile asset"])
    assert page.locator("bdi", has_text=RIGHT_TO_LEFT).count() >= 1


def test_a_name_of_ten_kilobytes_is_whole_in_the_twin_and_short_on_the_page(page: Page, address: str) -> None:
    """A long name that is cut in the data loses evidence; one that is not cut on the page buries it."""
    twin = httpx.get(address + PAGES["hostile dossier"] + ".json").json()
    assert LONG_NAME in [finding["use"]["placeholder_name"] for finding in twin["findings"]]
    page.goto(address + PAGES["hostile dossier"])
    assert LONG_NAME[:100] not in page.locator("main").inner_text()
    assert LONG_NAME[:70] in page.locator("main").inner_text()


def test_every_link_of_a_page_leads_somewhere(page: Page, address: str) -> None:
    """A dead link in a finding sends the officer to an error."""
    found: set[str] = set()
    for path in PAGES.values():
        page.goto(address + path)
        hrefs = page.locator("a[href]").evaluate_all("links => links.map(link => link.href)")
        found |= {href for href in hrefs if href.startswith(address)}
    wanted = {PAGES["not found"], PAGES["bad question"]}
    followed = [href for href in found if not any(href.removeprefix(address).startswith(path) for path in wanted)]
    with httpx.Client() as client:
        broken = {href for href in followed if client.get(href).status_code not in (200, 303)}
    assert broken == set()
    fragments = [href for href in found if "#" in href and "/communications/" in href]
    assert fragments, "no link leads to a use"


def test_a_screen_reader_gets_the_dossier_in_order_and_once(page: Page, address: str) -> None:
    """Whoever hears the page cannot see that two words belong apart, or that a sign means nothing was there."""
    page.goto(address + f"/communications/{LETTER}")
    told = transcript(page)
    page.locator(".use").first.evaluate("part => part.querySelectorAll('details').forEach(one => { one.open = true; })")
    opened = transcript(page).splitlines()
    begins = next(number for number, line in enumerate(opened) if line.startswith('  region "1. '))
    ends = next(number for number, line in enumerate(opened) if line.startswith('  region "2. '))
    parts = ["# The page", told, "# Its first use, with everything opened", *opened[begins:ends]]
    compare_transcript("\n".join(parts) + "\n", "dossier")


def test_print_shows_what_is_folded_and_where_it_came_from(page: Page, address: str) -> None:
    """A printed dossier without evidence and address is a rumour."""
    page.goto(address + f"/communications/{LETTER}")
    page.emulate_media(media="print")
    expect(page.get_by_text("use 77, version 41, approval 52").first).to_be_visible()
    assert page.locator(".print-only").inner_text().endswith("?snapshot=20260504T060000Z-4711")
    expect(page.locator(".find")).not_to_be_visible()
