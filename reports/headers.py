"""What every response carries, and which requests are answered at all.

Here belong the security headers of DESIGN.md §5 and the check of the Host header. The application has no sign-in in
this form: it answers only to a name of this machine, so that a foreign page cannot reach it by a name of its own
(DNS rebinding).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
NOT_STORED = "no-store"


class SecurityHeaders:
    """Puts the security headers on every response; what no page allowed to be stored is not stored."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str] = SECURITY_HEADERS) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("Cache-Control", NOT_STORED)
            await send(message)

        if is_this_machine(host_name(Headers(scope=scope).get("host", ""))):
            await self._app(scope, receive, send_with_headers)
            return
        refusal = PlainTextResponse(
            "The reports answer only to a name of this machine: open http://127.0.0.1 with the port of the reports.\n",
            status_code=421,
        )
        await refusal(scope, receive, send_with_headers)


def host_name(host: str) -> str:
    """Return the name in a Host header without its port and brackets, in lower case."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


def is_this_machine(name: str) -> bool:
    """Tell whether a host is `localhost` or a loopback address; a name is never looked up."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.lower() == "localhost"
