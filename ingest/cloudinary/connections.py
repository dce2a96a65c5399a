"""The connections of Cloudinary's SDK: each call goes out once, and an answer holds no more than it may.

Here belongs what the SDK has no option for and is set on its pool. What is asked, and in which words an interruption is
told, is `client`.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

import urllib3
from cloudinary.api_client import call_api
from urllib3.response import BaseHTTPResponse, HTTPResponse

from assettrail.errors import TransientSourceError
from ingest.http import ANSWER_BYTES_CAP
from ingest.service_clock import ServiceClock

_HIGHEST_RATIO = 100
_SMALL_ANSWER = 1 << 20
"""Bytes that an answer may have however well it was packed."""
_READ_AT_ONCE = 1 << 16
_SERVICE_CLOCK: ContextVar[ServiceClock | None] = ContextVar("_SERVICE_CLOCK", default=None)
"""What takes in the time that the answers of the call under way tell."""


class Interrupted(TransientSourceError):
    """One attempt failed in a way that another attempt may cure."""

    def __init__(self, found: str) -> None:
        super().__init__(
            tried="one call of the Cloudinary API", found=found, expected="an answer", remedy="run again later"
        )

    def __str__(self) -> str:
        return self.found


def seen_by(clock: ServiceClock, call: Callable[[dict[str, Any]], Any], options: dict[str, Any]) -> Any:
    """Make one call, and let a clock take in the header Date of its answers: the SDK does not hand it on."""
    before = _SERVICE_CLOCK.set(clock)
    try:
        return call(options)
    finally:
        _SERVICE_CLOCK.reset(before)


def ask_once_per_call() -> None:
    """Keep the SDK's connections from repeating a request and from following redirects by themselves.

    A poll that is repeated in silence hides the messages of the lost answer until their visibility ends, and
    the queue would look empty. The SDK offers no option for it; its pool takes one.
    """
    pool = call_api._http  # noqa: SLF001 - see above; a test shows when it no longer holds
    pool.connection_pool_kw["retries"] = urllib3.Retry(total=0, redirect=0, raise_on_redirect=True)


def read_with_bounds() -> None:
    """Have the SDK's connections read an answer in parts and stop where it swells: the SDK unpacks whatever comes."""
    pool = call_api._http  # noqa: SLF001 - the SDK has no option for it, either; a test shows when it no longer holds
    if not isinstance(pool.urlopen, partial):
        pool.urlopen = partial(_bounded_answer, pool.urlopen)


def _bounded_answer(
    urlopen: Callable[..., BaseHTTPResponse], method: str, url: str, redirect: bool = True, **asked: Any
) -> BaseHTTPResponse:
    """One answer, read whole. Raises Interrupted for one that is too large or swells more than a hundred times."""
    sent_at = time.time()
    answer = urlopen(method, url, redirect=redirect, **{**asked, "preload_content": False})
    body = bytearray()
    try:
        while part := answer.read(_READ_AT_ONCE):
            body += part
            if len(body) > ANSWER_BYTES_CAP:
                raise Interrupted(f"an answer of more than {ANSWER_BYTES_CAP} bytes")
            if len(body) > _SMALL_ANSWER and len(body) > _HIGHEST_RATIO * answer.tell():
                raise Interrupted(f"an answer that swells more than {_HIGHEST_RATIO} times when it is unpacked")
    except Interrupted:
        answer.close()
        raise
    answer.release_conn()
    if (clock := _SERVICE_CLOCK.get()) is not None:
        clock.see(answer.headers.get("date", ""), sent_at, time.time())
    return HTTPResponse(
        body=io.BytesIO(bytes(body)),
        headers=answer.headers,
        status=answer.status,
        reason=answer.reason,
        decode_content=False,
        enforce_content_length=False,
        request_method=method,
    )
