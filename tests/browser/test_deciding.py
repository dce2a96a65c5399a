"""From a link in a ticket to an approval, in a real browser: the sign-in at a provider, the decision, its refusal."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from corrections.people import register, sign_in_names
from corrections.propose import propose
from corrections.store.outbox import show_correction
from reports.application import create_application
from tests.browser.accessibility import require_accessible
from tests.browser.example.names import BANNER, LETTER
from tests.browser.screens import keep_screen
from tests.unit.corrections.samples import link_row, write_snapshot
from tests.unit.reports.people.house import ADA, APPROVER, CLOCK, OFFICER, House, build_house, oidc_of, running_issuer
from tests.unit.reports.people.landed_letter import RECIPIENT, land_letter
from tests.unit.reports.people.recipients import CUSTOMER, LETTERS, address_letters

DUE_DAY = "2026-05-20"
KEYS = [f"{number:02d}" + "a" * 62 for number in (1, 2)]
SCREENS = {
    "sign-in": "/sign-in",
    "corrections": "/corrections",
    "correction": f"/corrections/{KEYS[1]}",
    "bulk": "/corrections/bulk",
    "access": "/access",
    "accesses-by-month": "/access/months",
    "sign-off": "/sign-off",
    "statement": "/sign-off/2026",
    "recalls": "/recalls",
    "dispositions": "/dispositions",
    "recipients": "/recipients",
    "not-for-you": "/nowhere",
}


UNKEPT = {"access", "recalls", "recipients", "not-for-you"}
"""Screens that tell the time of the run, or nothing to this person: no picture for the documentation."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str]]:
    """An installation whose people sign in at a provider, served; two corrections wait."""
    house = build_house(tmp_path_factory.mktemp("deciding"))
    settings = house.settings()
    sign_in_names.set_sign_in_name(settings, CLOCK, APPROVER, "sandbox|m.dubois", ADA)
    register.grant(settings, CLOCK, APPROVER, "administrator", ADA)
    land_letter(house)
    address_letters(house)
    proposals = write_snapshot(house.home.parent / "p.duckdb", [link_row(1), link_row(2)])
    propose(settings, CLOCK, proposals, "s1")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with running_issuer(f"{address}/sign-in/callback") as issuer:
            application = create_application(house.settings(**(oidc_of(issuer) | {"public_address": address})))
            application.state.gate.house_clock = CLOCK
            server = uvicorn.Server(uvicorn.Config(application, log_level="warning", lifespan="off"))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
            thread.start()
            while not server.started:
                assert thread.is_alive(), "the reports ended before they answered"
                time.sleep(0.01)
            yield house, address
            server.should_exit = True
            thread.join(10)


def sign_in(page: Page, address: str, path: str, user: str = "m.dubois") -> None:
    """Open a link and sign in at the provider that it leads to."""
    page.goto(address + path)
    page.get_by_role("button", name=user).click()
    page.wait_for_url(address + path)


def test_a_link_in_a_ticket_leads_to_an_approval(browser: Browser, place: tuple[House, str]) -> None:
    """The whole way of the day: a link, the company's sign-in, the correction, a reason, done; without JavaScript."""
    house, address = place
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        sign_in(page, address, f"/corrections/{KEYS[0]}")
        expect(page.get_by_text(f"Signed in as {APPROVER}")).to_be_visible()
        page.get_by_label("Reason").fill("the banner is the approved one")
        page.get_by_role("button", name="Approve this difference").click()
        assert "Approved." in page.get_by_role("status").inner_text()
        assert show_correction(house.settings(), KEYS[0]).correction.approved_by == APPROVER
        page.get_by_role("button", name="Sign out").click()
        page.goto(f"{address}/corrections")
        expect(page.get_by_role("button", name="m.dubois")).to_be_visible()
    finally:
        context.close()


def test_an_officer_unseals_the_raw_record_of_a_use(browser: Browser, place: tuple[House, str]) -> None:
    """From a dossier to what the engine wrote, with a reason, for whoever reads by ear or at 320 pixels, too."""
    _, address = place
    context = browser.new_context(bypass_csp=True, viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        sign_in(page, address, f"/communications/{LETTER}", "l.brandt")
        page.locator("details", has_text="Key of the use").first.locator("summary").click()
        page.get_by_role("link", name="Unseal the raw record of use 1").click()
        expect(page.get_by_text("kept", exact=True)).to_be_visible()
        keep_screen(page, "unsealing")
        page.get_by_label("Reason").fill("complaint 4711 of the ombudsman")
        page.get_by_role("button", name="Write this down and open it").click()
        assert f"opened by {OFFICER}" in page.get_by_role("status").inner_text()
        assert RECIPIENT in page.get_by_label("Raw bytes as text").inner_text()
        expect(page.locator("script, iframe, img[src='x']")).to_have_count(0)
        require_accessible(page)
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.get_by_role("link", name="Back to the dossier").click()
        expect(page).to_have_url(re.compile("^" + re.escape(f"{address}/communications/{LETTER}")))
    finally:
        context.close()


def test_an_officer_finds_by_its_owner_what_was_given_to_somebody(browser: Browser, place: tuple[House, str]) -> None:
    """From a list that nobody owns to one that says whose it is and when it is due; without JavaScript."""
    _, address = place
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        sign_in(page, address, "/exceptions", "l.brandt")
        page.get_by_label("Work").select_option("No disposition counts")
        page.get_by_role("button", name="Filter").click()
        page.get_by_role("link", name="Disposition of").first.click()
        subject = page.get_by_role("heading", level=1).inner_text()
        page.get_by_label("Disposition", exact=True).select_option("correct")
        page.get_by_label("Owner").fill(APPROVER)
        page.get_by_label("Due day").fill(DUE_DAY)
        page.get_by_label("Reason").fill("the publication shows the old banner")
        page.get_by_role("button", name="Write the disposition").click()
        page.goto(f"{address}/exceptions")
        page.get_by_label("Owner").select_option(APPROVER)
        page.get_by_role("button", name="Filter").click()
        expect(page.get_by_role("heading", name="1 to 1 of 1, newest first")).to_be_visible()
        page.wait_for_load_state()
        (row,) = page.get_by_role("row").filter(has_text=f"due {DUE_DAY}").all()
        assert subject in row.inner_text()
        keep_screen(page, "exceptions-of-an-owner")
        with page.expect_download() as taken:
            page.get_by_role("link", name="CSV").click()
        assert DUE_DAY in taken.value.path().read_text(encoding="utf-8")
    finally:
        context.close()


def test_an_officer_answers_a_customer_who_names_their_number(browser: Browser, place: tuple[House, str]) -> None:
    """A customer complains of "your letter" and knows their number only: all their letters, and the number nowhere."""
    _, address = place
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(f"{request.url} {request.headers.get('referer', '')}"))
        sign_in(page, address, "/search?q=nothing-such", "l.brandt")
        page.get_by_label("The identifier").fill(f" {CUSTOMER.lower()} ")
        page.get_by_role("button", name="Look up").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("3 communications to one recipient")
        for letter in LETTERS:
            expect(page.get_by_role("link", name=letter)).to_be_visible()
        page.go_back()
        assert page.get_by_label("The identifier").input_value() == ""
        page.go_forward()
        page.get_by_role("link", name=LETTER).click()
        assert page.get_by_role("heading", level=1).inner_text().endswith(LETTER)
        page.locator("main").get_by_role("link").filter(has=page.locator("code")).first.click()
        expect(page).to_have_url(re.compile("/recipients/"))
        assert not [one for one in asked if CUSTOMER.lower() in one.lower()]
    finally:
        context.close()


def test_the_pages_of_recipients_are_for_everybody(browser: Browser, place: tuple[House, str]) -> None:
    """The form from the menu, its refusal beside the field, and the list, by ear, dark and at 320 pixels."""
    _, address = place
    context = browser.new_context(bypass_csp=True, viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        sign_in(page, address, "/", "l.brandt")
        page.locator("summary", has_text="More").click()
        page.get_by_role("link", name="Recipients", exact=True).click()
        keep_screen(page, "recipients")
        page.get_by_label("What it is").select_option("telephone")
        page.get_by_label("The identifier").fill("unknown")
        page.get_by_role("button", name="Look up").click()
        assert "a telephone number with its digits" in page.get_by_role("alert").inner_text()
        accessible(page, "the refused form")
        page.get_by_label("What it is").select_option("customer")
        page.get_by_label("The identifier").fill(CUSTOMER)
        page.get_by_role("button", name="Look up").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("3 communications to one recipient")
        keep_screen(page, "recipient")
        accessible(page, "the list")
    finally:
        context.close()


def accessible(page: Page, name: str) -> None:
    """Require that axe finds nothing in light and dark, and that 320 pixels are enough."""
    require_accessible(page, name)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
    page.set_viewport_size({"width": 1280, "height": 900})


def test_an_administrator_finds_who_opened_a_letter(browser: Browser, place: tuple[House, str]) -> None:
    """From the log to the counts of a letter: who looked at it, how often, and until when that is known."""
    _, address = place
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        sign_in(page, address, "/access")
        page.get_by_role("link", name="Counted by month").click()
        page.get_by_role("searchbox", name="What").fill(LETTER)
        page.get_by_role("button", name="Filter").click()
        page.wait_for_load_state()
        (row,) = page.get_by_role("row").filter(has_text=LETTER).all()
        assert (OFFICER in row.inner_text(), "12" in row.inner_text()) == (True, True)
        expect(page.get_by_text("Every record this page rests on is covered by complete claims")).to_be_visible()
    finally:
        context.close()


def test_every_screen_is_accessible_and_keeps_to_the_policy(browser: Browser, place: tuple[House, str]) -> None:
    """An approver who reads by ear, or at 320 pixels, decides, too; what the policy refuses is seen broken."""
    _, address = place
    context = browser.new_context(bypass_csp=True, viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        sign_in(page, address, "/corrections")
        for name, path in SCREENS.items():
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto(address + path)
            require_accessible(page, path)
            if name not in UNKEPT:
                keep_screen(page, name)
            page.set_viewport_size({"width": 320, "height": 640})
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    finally:
        context.close()


def test_an_officer_signs_a_period_and_takes_the_print(page: Page, place: tuple[House, str]) -> None:
    """From the home page to a signature and its PDF: a period that needs an engineer to be signed is signed late."""
    _, address = place
    sign_in(page, address, "/", "l.brandt")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Sign-off").click()
    page.get_by_role("textbox", name="Period").fill("2026-04")
    page.get_by_role("button", name="Open the statement").click()
    page.get_by_role("radio", name="Attested").check()
    page.get_by_label("Reason").fill("the complaints of April are answered")
    page.get_by_role("button", name=f"Sign as {OFFICER}").click()
    expect(page.get_by_role("heading", name="As it was signed")).to_be_visible()
    expect(page.get_by_text("the complaints of April are answered").first).to_be_visible()
    keep_screen(page, "signature")
    print_of_it = page.get_by_role("link", name="PDF").get_attribute("href")
    assert page.request.get(f"{address}{print_of_it}").body().startswith(b"%PDF")
    page.goto(f"{address}/sign-off")
    expect(page.get_by_role("row").filter(has_text=OFFICER).first).to_be_visible()


def test_an_officer_recalls_an_asset_that_they_searched_for(page: Page, place: tuple[House, str]) -> None:
    """From a name on a complaint to every holder of the asset, and back to it by the list of recalls."""
    _, address = place
    sign_in(page, address, "/", "l.brandt")
    page.get_by_label("Search everything that has an id").fill(BANNER)
    page.get_by_role("search").get_by_role("button", name="Search").click()
    name = page.get_by_role("heading", level=1).inner_text()
    page.get_by_label("Why it is recalled").fill("the rate on it is wrong")
    page.get_by_role("button", name="Recall this asset").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_role("heading", name="Not certified yet")).to_be_visible()
    keep_screen(page, "recall")
    page.locator("summary", has_text="More").click()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Recalls").click()
    expect(page.get_by_role("row").filter(has_text="the rate on it is wrong")).to_be_visible()


def test_an_officer_disposes_of_many_after_a_sample(page: Page, place: tuple[House, str]) -> None:
    """A rule that breaks a hundred times is one decision; one that shows nothing of what it covers is none."""
    _, address = place
    sign_in(page, address, "/", "l.brandt")
    page.locator("summary", has_text="More").click()
    page.get_by_role("link", name="Dispositions", exact=True).click()
    page.get_by_role("main").get_by_role("link", name="many").click()
    expect(page.get_by_role("heading", name="A sample of")).to_be_visible()
    page.get_by_label("Disposition", exact=True).select_option("escalate")
    page.get_by_label("Owner").fill(OFFICER)
    page.get_by_label("Due day").fill(DUE_DAY)
    page.get_by_label("Reason").fill("the owner of the templates is asked")
    page.get_by_role("button", name="Write it for all").click()
    page.goto(f"{address}/dispositions/bulk")
    expect(page.get_by_role("button", name="Write it for all")).to_have_count(0)
    page.goto(f"{address}/exceptions?work=nobody&standing=standing")
    expect(page.get_by_role("heading", name="No exception fits")).to_be_visible()


def test_an_approver_approves_what_waits_after_a_sample(page: Page, place: tuple[House, str]) -> None:
    """A hundred links that were replaced alike are approved at once, by whoever has seen some of them."""
    house, address = place
    sign_in(page, address, "/")
    page.get_by_role("link", name="Corrections", exact=True).click()
    page.get_by_role("main").get_by_role("link", name="many").click()
    expect(page.get_by_role("heading", name="A sample of")).to_be_visible()
    page.get_by_label("Reason").fill("the sample is right")
    page.get_by_role("button", name="Approve all").click()
    assert "approved. They are sent in the next run." in page.get_by_role("status").inner_text()
    assert show_correction(house.settings(), KEYS[1]).correction.approved_by == APPROVER
