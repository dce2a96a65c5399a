"""The screenshots of the documentation, made by the runs that test the pages.

Here belongs keeping one: only where `make screens` asks for it, so that an ordinary run changes no file.
"""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
ASKED_FOR = "ASSETTRAIL_SCREENS"
HEIGHT = 860


def keep_screen(page: Page, name: str) -> None:
    """Write what the page shows as `docs/screens/<name>.png` where screenshots are asked for."""
    if os.environ.get(ASKED_FOR):
        FOLDER.mkdir(parents=True, exist_ok=True)
        page.set_viewport_size({"width": 1280, "height": HEIGHT})
        page.evaluate("window.scrollTo(0, 0)")
        page.screenshot(path=str(FOLDER / f"{name}.png"), animations="disabled", caret="hide")
