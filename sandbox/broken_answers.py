"""Answers that break on their way to the client: each an ASGI `send` that does one kind of damage.

Belongs here: what happens to the bytes of an answer. Does not belong here: which answer breaks, and how often; that is
in `knobs`.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Message, Send

_LONGEST_HANG_SECONDS = 60


class CutBody:
    """A `send` that stops after so many bytes of the body.

    Silent: the length header says the cut length, so that the transport looks whole. Otherwise the header keeps
    the full length and the connection is closed in mid-body, because the response is never finished.
    """

    def __init__(self, send: Send, limit: int, *, is_silent: bool) -> None:
        self._send = send
        self._left = limit
        self._is_silent = is_silent
        self._is_over = False

    async def __call__(self, message: Message) -> None:
        """Pass one message on."""
        if message["type"] == "http.response.start":
            await self._send(self._start(message))
        elif not self._is_over:
            await self._send_part(message)

    def _start(self, message: Message) -> Message:
        if not self._is_silent:
            return message
        headers = []
        for name, value in message["headers"]:
            is_length = name.lower() == b"content-length"
            headers.append((name, str(min(int(value), self._left)).encode() if is_length else value))
        return {**message, "headers": headers}

    async def _send_part(self, message: Message) -> None:
        body = message.get("body", b"")
        self._left -= len(body)
        if self._left >= 0:
            await self._send(message)
            return
        self._is_over = True
        kept = body[: self._left]
        await self._send({"type": "http.response.body", "body": kept, "more_body": not self._is_silent})


class ReplacedBody:
    """A `send` that holds the answer until it is whole, replaces texts of its body, and states the new length."""

    def __init__(self, send: Send, changes: Mapping[str, str]) -> None:
        self._send = send
        self._changes = {_bytes(old): _bytes(new) for old, new in changes.items()}
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """Keep one message; with the last one, pass all on."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        for old, new in self._changes.items():
            self._body = new + self._body if not old else self._body.replace(old, new)
        headers = [(name, value) for name, value in self._start["headers"] if name.lower() != b"content-length"]
        headers.append((b"content-length", str(len(self._body)).encode()))
        await self._send({**self._start, "headers": headers})
        await self._send({"type": "http.response.body", "body": self._body})


class SwollenBody:
    """A `send` that holds the answer until it is whole and packs it with much white space behind it: a bomb."""

    def __init__(self, send: Send, mib: int) -> None:
        self._send = send
        self._mib = mib
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """Keep one message; with the last one, pass all on."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        body = gzip.compress(self._body + b" " * (self._mib << 20))
        headers = [(name, value) for name, value in self._start["headers"] if name.lower() != b"content-length"]
        headers += [(b"content-length", str(len(body)).encode()), (b"content-encoding", b"gzip")]
        await self._send({**self._start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


class DrippingBody:
    """A `send` that gives the body byte by byte, a pause before each."""

    def __init__(self, send: Send, seconds: float) -> None:
        self._send = send
        self._seconds = seconds

    async def __call__(self, message: Message) -> None:
        """Pass one message on, slowly."""
        if message["type"] == "http.response.start":
            await self._send(message)
            return
        for byte in message.get("body", b""):
            await asyncio.sleep(self._seconds)
            await self._send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
        await self._send({"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)})


class HangingBody:
    """A `send` that gives the headers and then nothing, for a minute at most."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Message) -> None:
        """Pass the headers on at once, and the body too late."""
        if message["type"] != "http.response.start":
            await asyncio.sleep(_LONGEST_HANG_SECONDS)
        await self._send(message)


class WithoutLength:
    """A `send` that does not say how long the body is."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Message) -> None:
        """Pass one message on."""
        if message["type"] == "http.response.start":
            headers = [(name, value) for name, value in message["headers"] if name.lower() != b"content-length"]
            message = {**message, "headers": headers}
        await self._send(message)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
