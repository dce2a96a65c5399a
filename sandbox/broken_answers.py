"""Answers that break on their way to the client: each an ASGI `send` that does one kind of damage.

Belongs here: what happens to the bytes of an answer. Does not belong here: which answer breaks, and how often; that is
in `knobs`.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping, Sequence
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


class _WholeBody:
    """A `send` that holds the answer until it is whole, changes its body, and states the new length."""

    def __init__(self, send: Send) -> None:
        self._send = send
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
        body, told = self._changed(self._body)
        headers = [(name, value) for name, value in self._start["headers"] if name.lower() != b"content-length"]
        headers += [(b"content-length", str(len(body)).encode()), *told]
        await self._send({**self._start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    def _changed(self, body: bytes) -> tuple[bytes, Sequence[tuple[bytes, bytes]]]:
        """The body that is sent instead, and the headers that tell how to read it."""
        raise NotImplementedError


class ReplacedBody(_WholeBody):
    """Replaces texts of the body."""

    def __init__(self, send: Send, changes: Mapping[str, str]) -> None:
        super().__init__(send)
        self._changes = {_bytes(old): _bytes(new) for old, new in changes.items()}

    def _changed(self, body: bytes) -> tuple[bytes, Sequence[tuple[bytes, bytes]]]:
        for old, new in self._changes.items():
            body = new + body if not old else body.replace(old, new)
        return body, ()


class SwollenBody(_WholeBody):
    """Packs the answer with much white space behind it: a bomb."""

    def __init__(self, send: Send, mib: int) -> None:
        super().__init__(send)
        self._mib = mib

    def _changed(self, body: bytes) -> tuple[bytes, Sequence[tuple[bytes, bytes]]]:
        return gzip.compress(body + b" " * (self._mib << 20)), ((b"content-encoding", b"gzip"),)


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
