"""Each screen does its user's job, from the home page on, in a real browser; `make screens` keeps what it shows."""

from __future__ import annotations

import duckdb
from playwright.sync_api import Locator, Page, expect

from tests.browser.example.feedback import CHANGED_FEEDBACK, WORSE_FEEDBACK
from tests.browser.example.launches import LAUNCH
from tests.browser.example.names import ANSWERED_CASE, BANNER, LETTER
from tests.browser.example.partners import PAIR_COUNT, PARTNER, SILENT_PARTNER
from tests.browser.example.templates import BEHIND_TEMPLATE
from tests.browser.screens import keep_screen


def open_section(page: Page, address: str, name: str) -> None:
    """Come from a cold start to a section by the bar."""
    page.goto(address + "/")
    bar = page.get_by_role("navigation", name="Main")
    if not bar.get_by_role("link", name=name).count():
        bar.get_by_text("More", exact=True).click()
    bar.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def row_of(page: Page, table: str, text: str) -> Locator:
    """The row of a table that holds a text."""
    return page.get_by_role("region", name=f"Table: {table}").get_by_role("row").filter(has_text=text).first


def test_an_auditor_sees_whether_the_snapshot_can_be_relied_on(page: Page, address: str) -> None:
    """Whoever signs a period without seeing what was held, refused or never read signs for what nobody knows."""
    open_section(page, address, "Trust")
    lead = page.locator(".lead").inner_text()
    assert "1 batch held" in lead
    assert "3 records in quarantine" in lead
    assert "1 control cannot say" in lead
    searches = row_of(page, "Claims by stream", "searches by partners").inner_text()
    assert "2026-02-04 08:00:00 to 2026-03-06 08:00:00" in " ".join(searches.split())
    assert "nothing covers it" in row_of(page, "Health of the controls", "ctl_overdue_flags").inner_text()
    assert "not in use" in row_of(page, "Health of the controls", "ctl_missing_variants").inner_text()
    builds = [row_of(page, "Last builds", name).inner_text() for name in ("20260504T060000Z", "20260503T060000Z")]
    assert "an increment" in builds[0]
    assert "everything anew" in builds[1]
    assert "it was asked for" in builds[1]
    assert "1,480" in row_of(page, "Calls left at the vendors", "Cloudinary").inner_text()
    assert "4,711" in page.locator("#log").locator("xpath=..").inner_text()
    keep_screen(page, "trust")


def test_a_partner_manager_finds_who_is_silent_on_superseded_artwork(page: Page, address: str) -> None:
    """A partner that prints superseded artwork and says nothing is the one to call, and is hard to see in a list."""
    open_section(page, address, "Partners")
    assert f"{PAIR_COUNT} pairs" in page.locator(".lead").inner_text()
    keep_screen(page, "partners")
    page.get_by_label("Silent for days").fill("7")
    page.get_by_role("button", name="Filter").click()
    assert page.locator(".lead strong").inner_text() == "1"
    pair = row_of(page, "Partner and artwork", "Quiet Print GmbH").inner_text()
    assert "Silent" in pair
    assert "for 12 days" in pair
    assert "holds a superseded version" in pair
    page.get_by_role("region", name="Table: Partners").get_by_role("link", name="Quiet Print GmbH").click()
    expect(page).to_have_url(f"{address}/partners/{SILENT_PARTNER}")


def test_an_auditor_gets_the_trail_of_one_partner_and_period(page: Page, address: str) -> None:
    """A trail that leaves a share out, or that of another period in, is evidence against the wrong party."""
    open_section(page, address, "Partners")
    page.get_by_role("region", name="Table: Partners").get_by_role("link", name="Harbour & Sons Brokerage").click()
    page.get_by_label("From (UTC)").fill("2026-03-05")
    page.get_by_label("To, this day not in it (UTC)").fill("2026-04-01")
    page.get_by_role("button", name="Show the period").click()
    expect(page).to_have_url(f"{address}/partners/{PARTNER}?from=2026-03-05&to=2026-04-01")
    page.wait_for_load_state()
    rows = page.get_by_role("region", name="Table: Audit trail").get_by_role("row").all_inner_texts()[1:]
    assert len(rows) == 2
    assert "Before its approval" in rows[1]
    assert "m.lindqvist" in rows[0]
    assert "1 not under an approval in force" in page.locator(".lead").inner_text()
    keep_screen(page, "partner")


def test_a_launch_manager_sees_why_a_launch_is_no_go(page: Page, address: str) -> None:
    """A launch that goes out without its approved banner, or is stopped for no reason, costs the campaign."""
    open_section(page, address, "Launches")
    keep_screen(page, "launches")
    page.get_by_role("link", name="Summer bundle").first.click()
    expect(page).to_have_url(f"{address}/launches/{LAUNCH}")
    page.wait_for_load_state()
    reasons = page.locator("header.head li").all_inner_texts()
    assert reasons == [
        "1 of 3 required assets missing",
        "1 of 3 required assets waiting for approval",
        "1 flag open",
        "1 format request open",
    ]
    assert "T-minus 6 days" in page.locator(".lead").inner_text()
    matrix = row_of(page, "Ready of required, by market and format", "CA-QC").inner_text()
    assert matrix.split() == ["CA-QC", "0", "of", "1", "0", "of", "1"]
    silent = row_of(page, "Partners in its communities", "Quiet Print GmbH").inner_text()
    assert "silent" in silent
    assert "spoke 4 times" in row_of(page, "Partners in its communities", "Harbour").inner_text()
    keep_screen(page, "launch")


def test_the_lead_times_of_launches_are_told_as_figures(page: Page, address: str) -> None:
    """A picture of lead times without its figures tells nothing to a screen reader."""
    open_section(page, address, "Launches")
    told = row_of(page, "Lead times of launches", "Spring bundle").inner_text()
    assert told.split("\t")[1:] == ["26 h", "4.9 days", "6.0 days"]


def test_a_brand_manager_finds_the_template_that_is_behind(page: Page, address: str) -> None:
    """Every letter of a template that is behind goes out with the old brand until somebody finds it."""
    open_section(page, address, "Brand")
    assert "1 of 2 templates in use show the approved brand (50.0 %)" in page.locator(".lead").inner_text()
    keep_screen(page, "brand")
    page.get_by_role("link", name="1 are behind").click()
    page.get_by_role("region", name="Table: Templates", exact=True).get_by_role("link", name=BEHIND_TEMPLATE).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(BEHIND_TEMPLATE)
    image = row_of(page, "Images that it shows now", "IMG-1").inner_text()
    assert "Old" in image
    assert "beyond the grace days" in image
    assert "1775030400" in image
    assert "1776157952" in image
    assert "12" in row_of(page, "What a change of these assets reaches", "brand/letterhead").inner_text()
    assert "in use" in row_of(page, "Versions of the template", "m.lindqvist").inner_text()
    keep_screen(page, "template")


def test_a_partner_manager_sees_what_feedback_changed(page: Page, address: str) -> None:
    """A complaint that is closed with a heavier file comes back, and nobody noticed the first time."""
    open_section(page, address, "Feedback")
    assert "1 open" in page.locator(".lead").inner_text()
    keep_screen(page, "feedback")
    page.get_by_role("link", name=CHANGED_FEEDBACK).click()
    page.wait_for_load_state()
    sides = page.get_by_role("region", name="Table: Before and after")
    cells = [row.split("\t") for row in sides.get_by_role("row").all_inner_texts()]
    told = {cells[0]: [" ".join(part.split()) for part in cells[1:]] for cells in cells}
    assert told["Bytes"] == ["412,345 bytes", "98,000 bytes 314,345 less (76.2 %)"]
    assert told["Width"] == ["1,200 px", "1,080 px"]
    assert "It took 2 days" in page.locator(".lead").inner_text()
    keep_screen(page, "one-feedback")
    page.goto(f"{address}/feedback/{WORSE_FEEDBACK}")
    assert "Heavier than before" in page.locator(".lead").inner_text()
    assert "opened it again on 2026-04-26" in page.locator(".lead").inner_text()


def test_an_officer_answers_a_complaint_from_the_home_page(page: Page, address: str) -> None:
    """The first five minutes of a complaint: from an id on paper to what was wrong, and where else it was used."""
    page.goto(address + "/")
    keep_screen(page, "overview")
    page.get_by_label("Search everything that has an id").fill(LETTER)
    page.get_by_role("button", name="Search").click()
    assert "Not approved" in page.locator(".lead").first.inner_text()
    keep_screen(page, "dossier")
    page.get_by_role("link", name="campaigns/spring/auto-bundle-banner").first.click()
    expect(page).to_have_url(f"{address}/assets/{BANNER}")
    keep_screen(page, "asset")
    page.goto(f"{address}/exceptions")
    keep_screen(page, "exceptions")
    page.goto(f"{address}/cases/{ANSWERED_CASE}")
    keep_screen(page, "case")


def test_an_analyst_takes_the_snapshot_along(page: Page, address: str) -> None:
    """From any page's footer to the file that its figures stand in, and to the manifest that it is checked by."""
    page.goto(address + "/")
    page.get_by_role("contentinfo").get_by_role("link", name="20260504T060000Z").click()
    with page.expect_download() as taken:
        page.get_by_role("link", name="assettrail.duckdb", exact=True).click()
    with duckdb.connect(str(taken.value.path()), read_only=True) as snapshot:
        assert snapshot.execute("select count(*) from marts.fct_asset_uses").fetchone() != (0,)
    manifest = page.request.get(address + str(page.get_by_role("link", name="manifest.json").get_attribute("href")))
    assert "marts.fct_cases" in manifest.json()["tables"]
    keep_screen(page, "snapshot")
