"""The page that an HTML rendering is composed to: what an engine's HTML output shows of its driver data.

What belongs here: a pure function from a rendering to bytes. Images that are served when the page is opened stand in it
by their addresses, embedded ones by the name that the engine exports them under; images of the template come first. The
page speaks of the recipient, as such outputs do.
"""

from __future__ import annotations

import html
from collections.abc import Iterator

from sandbox.exstream.driver_data import JsonObject


def html_page(communication: JsonObject, rendering: JsonObject, account_number: str) -> bytes:
    """Return the page, in UTF-8."""
    title = html.escape(str(communication["communication_id"]))
    recipient = html.escape(str(communication.get("recipient_id") or account_number))
    lines = [
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title></head><body>',
        f"<p>Dear customer {recipient}, this is about your account {html.escape(account_number)}.</p>",
        *_template_images(rendering),
        *_images(rendering),
        "</body></html>",
    ]
    return "\n".join(lines).encode()


def _template_images(rendering: JsonObject) -> Iterator[str]:
    """Yield an element per image that the template shows by itself."""
    for url in rendering.get("template_images") or ():
        yield f'<img src="{html.escape(str(url))}" alt="">'


def _images(rendering: JsonObject) -> Iterator[str]:
    """Yield an element per use; one that leads somewhere lies in a link."""
    for number, use in enumerate(rendering.get("uses") or (), start=1):
        source = html.escape(str(use.get("url") or f"HTMLImage{number}.jpg"))
        image = f'<img src="{source}" alt="{html.escape(str(use.get("placeholder") or ""))}">'
        target = use.get("target_reference")
        is_address = isinstance(target, str) and target.startswith(("http://", "https://"))
        yield f'<a href="{html.escape(str(target))}">{image}</a>' if is_address else image
