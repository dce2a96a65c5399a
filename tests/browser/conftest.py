"""A real server on the example snapshot and a real Chromium for the tests of the pages.

Here belong the fixtures that start and stop them. A missing Chromium fails the tests: pages that nobody opened in a
browser are not tested.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.example_snapshot import publish_example
from tests.browser.live_reports import running_reports

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


PATIENCE_MILLISECONDS = 60_000
"""How long a page may take to show what is waited for, where four workers share two slow cores."""


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of reports over the example snapshot."""
    home = tmp_path_factory.mktemp("reports") / "home"
    publish_example(home)
    with running_reports(home) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium of the system, without a window."""
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is not there; run: make test-system")
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page at a desktop's size."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    yield context.new_page()
    context.close()
