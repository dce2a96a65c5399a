"""Notifications that are pushed: an HTTP POST of the signed bytes to an address of the account's choice.

Belongs here: the request, its headers, and sending again while the answer is not 200. Does not belong here: who is told
of what, and signing (`notifications`). Real time, as with the poll queue.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import httpx

SCHEMES = ("http://", "https://")
_ATTEMPTS = 4
_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Push:
    """One signed notification on its way to one address; `retry_seconds` is the first pause; it grows."""

    uri: str
    body: bytes
    time_stamp: str
    signature: str
    copies: int
    retry_seconds: float


def push(order: Push) -> None:
    """Send in the background, as often as there are copies; each is sent again, up to three times, until 200."""
    for _ in range(order.copies):
        threading.Thread(target=_send, args=(order,), name="webhook", daemon=True).start()


def _send(order: Push) -> None:
    headers = {
        "Content-Type": "application/json",
        "X-Cld-Timestamp": order.time_stamp,
        "X-Cld-Signature": order.signature,
    }
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            answer = httpx.post(order.uri, content=order.body, headers=headers, timeout=_TIMEOUT_SECONDS)
            if answer.status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass  # Nobody there is an answer like any other: it is tried again.
        time.sleep(order.retry_seconds * attempt)
