"""The two cookies: the session's, and the one by which a browser is known before it has a session.

Here belong their names and attributes. Over HTTPS they carry the prefix `__Host-`, so that no other host of the same
domain can set them. Neither says anything: what they stand for is kept by `corrections.people.sessions`.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ID: Final = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Cookies:
    """Reads and writes the cookies; `is_secure` where people open the reports over HTTPS."""

    is_secure: bool

    @property
    def session_name(self) -> str:
        """The name of the session's cookie."""
        return "__Host-assettrail-session" if self.is_secure else "assettrail-session"

    @property
    def browser_name(self) -> str:
        """The name of the browser's cookie."""
        return "__Host-assettrail-browser" if self.is_secure else "assettrail-browser"

    def session_id(self, request: Request) -> str | None:
        """Return the id of the session that the browser holds, if it has the form of one."""
        return _id(request.cookies.get(self.session_name))

    def browser(self, request: Request) -> str | None:
        """Return the secret of the browser, if it has the form of one."""
        return _id(request.cookies.get(self.browser_name))

    def set_session(self, response: Response, session_id: str, seconds: int) -> None:
        """Have the browser hold a session."""
        response.set_cookie(self.session_name, session_id, max_age=seconds, **self._attributes)

    def end_session(self, response: Response) -> None:
        """Have the browser forget its session."""
        response.delete_cookie(self.session_name, **self._attributes)

    def browser_line(self, secret: str) -> str:
        """Return the header line that gives a browser its secret."""
        response = Response()
        response.set_cookie(self.browser_name, secret, **self._attributes)
        return response.headers["set-cookie"]

    @property
    def _attributes(self) -> dict[str, Any]:
        return {"path": "/", "httponly": True, "samesite": "lax", "secure": self.is_secure}


class RememberedBrowsers:
    """Gives a browser that has no session and no cookie yet the secret that its forms are bound to."""

    def __init__(self, app: ASGIApp, cookies: Cookies) -> None:
        self._app = app
        self._cookies = cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(scope, message)
            await send(message)

        await self._app(scope, receive, send_with_cookie if scope["type"] == "http" else send)

    def _add(self, scope: Scope, message: MutableMapping[str, Any]) -> None:
        visitor = (scope.get("state") or {}).get("visitor")
        if visitor is not None and visitor.is_new_browser:
            headers = MutableHeaders(scope=message)
            if headers.get("content-type", "").startswith("text/html") or message["status"] in range(300, 400):
                headers.append("set-cookie", self._cookies.browser_line(visitor.secret))


def _id(text: str | None) -> str | None:
    return text if text is not None and _ID.fullmatch(text) else None
