"""What axe finds on a page, in light and dark.

Here belongs asking axe. Which pages are asked about, the tests say. Judging colours takes most of axe's time, and a
table has a thousand parts that are styled alike: of those that no rule of a style sheet can tell apart, three are
looked at. Pages have no style of their own in an attribute, as their policy refuses it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

_AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
OF_COLOURS = ("color-contrast", "link-in-text-block")
"""The rules that colours decide; no other is kept on light and broken on dark."""
_MARK = "data-stands-for-others"
_MARK_PARTS = """([mark, unstyled]) => {
    const places = new Map(), counts = new Map();
    const place = part => {
        if (!places.has(part)) {
            const names = [...part.attributes].filter(each => !unstyled.includes(each.name))
                .map(each => each.name + '=' + each.value).sort();
            const above = part.parentElement ? place(part.parentElement) : '';
            places.set(part, above + '>' + part.tagName + '[' + names + ']');
        }
        return places.get(part);
    };
    const isText = each => each.nodeType === Node.TEXT_NODE && each.textContent.trim() !== '';
    for (const part of document.querySelectorAll('body *')) {
        if (![...part.childNodes].some(isText)) continue;
        const count = counts.get(place(part)) || 0;
        counts.set(place(part), count + 1);
        if (count < 3) part.setAttribute(mark, '');
    }
    return counts.size;
}"""
_UNSTYLED = ("id", "href", "title", "name", "value", "for", "datetime", "aria-label", "aria-labelledby", "headers")
"""Attributes that no selector of ours asks for."""


def require_accessible(page: Page, name: str = "") -> None:
    """Require that axe finds nothing, in light and in dark. The page is in light afterwards."""
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    page.emulate_media(color_scheme="light")
    found = {"all else": _violations(page, {"rules": {rule: {"enabled": False} for rule in OF_COLOURS}})}
    assert page.evaluate(_MARK_PARTS, [_MARK, list(_UNSTYLED)]) > 0, f"{name} has no text"
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        only = {"type": "rule", "values": OF_COLOURS}
        found[scheme] = _violations(page, {"runOnly": only}, {"include": [[f"[{_MARK}]"]]})
    assert not any(found.values()), f"{name}: {found}"


def _violations(page: Page, options: dict[str, Any], where: dict[str, Any] | None = None) -> list[Any]:
    """Return the rules that axe finds broken, each with the parts that break it."""
    asked = [where or {"include": [["html"]]}, {"resultTypes": ["violations"], **options}]
    found = page.evaluate("([where, options]) => axe.run(where, options)", asked)
    assert len(found["passes"]) > (0 if where else 10), "axe ran without looking at anything"
    return [(rule["id"], [node["html"][:200] for node in rule["nodes"][:3]]) for rule in found["violations"]]
