"""What every response carries, and which requests are answered at all.

Here belong the security headers of DESIGN.md §5 and the check of the Host header: the application answers only to a
name of this machine or, where people sign in, to its public name, so that a foreign page cannot reach it by a name of
its own (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

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
    # With no-referrer a browser sends forms from "null", which is nobody's page.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
STRICT_TRANSPORT: Mapping[str, str] = {"Strict-Transport-Security": "max-age=31536000"}
NOT_STORED = "no-store"


class SecurityHeaders:
    """Puts the security headers on every response; what no page allowed to be stored is not stored."""

    def __init__(
        self, app: ASGIApp, headers: Mapping[str, str] = SECURITY_HEADERS, public_address: str | None = None
    ) -> None:
        self._app = app
        self._public = None if public_address is None else origin_of(public_address)
        is_secure = self._public is not None and self._public.startswith("https://")
        self._headers = {**headers, **STRICT_TRANSPORT} if is_secure else headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", NOT_STORED)
            await send(message)

        if self._is_answered(Headers(scope=scope).getlist("host")):
            await self._app(scope, receive, send_with_headers)
            return
        own = self._public or "http://127.0.0.1 with the port of the reports"
        words = "The reports answer only to " + ("a name of this machine" if self._public is None else "their own name")
        await PlainTextResponse(f"{words}: open {own}.\n", status_code=421)(scope, receive, send_with_headers)

    def _is_answered(self, hosts: list[str]) -> bool:
        if len(hosts) != 1:
            return False
        if self._public is None:
            return is_this_machine(host_name(hosts[0]))
        return origin_of(f"{self._public.partition(':')[0]}://{hosts[0]}") == self._public


def origin_of(address: str) -> str:
    """Return scheme, host and port of an address as a browser names an origin: lower case, no ordinary port."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    name = (parts.hostname or "").lower()
    shown = f"[{name}]" if ":" in name else name
    is_ordinary = port is None or port == {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{shown}" + ("" if is_ordinary else f":{port}")


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
