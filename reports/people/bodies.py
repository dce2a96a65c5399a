"""How much a request may bring.

Here belongs the limit of bodies, before anything reads them: also of those that do not say how long they are.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class SmallBodies:
    """Refuses a body of more than `cap` bytes with 413; what was received of it is forgotten."""

    def __init__(self, app: ASGIApp, cap: int) -> None:
        self._app = app
        self._cap = cap

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = Headers(scope=scope).get("content-length")
        if told is not None and (not told.isdecimal() or int(told) > self._cap):
            await self._refuse(scope, receive, send)
            return
        body = bytearray()
        has_more = told is not None or "transfer-encoding" in Headers(scope=scope)
        while has_more:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            has_more = message.get("more_body", False)
            if len(body) > self._cap:
                await self._refuse(scope, receive, send)
                return
        whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def receive_whole() -> Message:
            return whole.pop() if whole else await receive()

        await self._app(scope, receive_whole, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        words = f"A request to the reports has at most {self._cap} bytes; nothing was changed.\n"
        await PlainTextResponse(words, 413, {"Connection": "close"})(scope, receive, send)
