"""OAuth 2.0 for the services that hand out tokens: issuing them and believing them.

What belongs here: RFC 6749 §4.4 (client_credentials) and §6 (refresh_token) with their error bodies, RFC 6750 for the
calls. What does not belong here: the services' own replies to a refusal. Tokens end on the sandbox's clock, so a
scenario that moves the clock by a day makes every client fetch a new one; a refresh token works once.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from starlette.requests import Request

TOKEN_LIFETIME = timedelta(hours=1)


class TokenRefusedError(Exception):
    """A token request that failed: HTTP status and the RFC 6749 error code with its description."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"error": error, "error_description": description}


@dataclass
class TokenDesk:
    """Hands out bearer tokens to the one known client and remembers when each ends.

    `scopes` are those that the client may ask for; None where the service does not look at them. Refresh tokens and
    credentials in a Basic header are each offered by one service only.
    """

    client_id: str
    client_secret: str
    scopes: frozenset[str] | None = None
    has_refresh_tokens: bool = False
    takes_basic: bool = False
    _ends: dict[str, datetime] = field(default_factory=dict)
    _refresh_tokens: set[str] = field(default_factory=set)

    def issue(self, form: Mapping[str, str], authorization: str | None, now: datetime) -> dict[str, object]:
        """Return the token reply; `expires_in` counts the sandbox's seconds. Raises TokenRefusedError."""
        grant = form.get("grant_type")
        if not grant:
            raise TokenRefusedError(400, "invalid_request", "The form field grant_type is missing.")
        in_form = (form.get("client_id", ""), form.get("client_secret", ""))
        in_header = _basic_credentials(authorization) if self.takes_basic else None
        if not self._is_client(*(in_header or in_form)):
            raise TokenRefusedError(401, "invalid_client", "The client is unknown or its secret is wrong.")
        if grant != "client_credentials" and not (grant == "refresh_token" and self.has_refresh_tokens):
            description = f"The grant {grant!r} is not offered; use client_credentials."
            raise TokenRefusedError(400, "unsupported_grant_type", description)
        unknown = set() if self.scopes is None else set(form.get("scope", "").split()) - self.scopes
        if unknown:
            raise TokenRefusedError(400, "invalid_scope", f"The client may not ask for {sorted(unknown)}.")
        if grant == "refresh_token":
            self._spend(form.get("refresh_token", ""))
        return self._new_token(now)

    def refusal(self, authorization: str | None, now: datetime) -> str | None:
        """Return why a call's Authorization header is not believed, or None when it is."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return "The call has no bearer token."
        end = self._ends.get(token.strip())
        if end is None:
            return "The bearer token is unknown."
        if now >= end:
            return f"The bearer token ended at {end.isoformat()}."
        return None

    def _new_token(self, now: datetime) -> dict[str, object]:
        for ended in [token for token, end in self._ends.items() if end + TOKEN_LIFETIME < now]:
            del self._ends[ended]
        token = secrets.token_urlsafe(32)
        self._ends[token] = now + TOKEN_LIFETIME
        reply: dict[str, object] = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": int(TOKEN_LIFETIME.total_seconds()),
        }
        if self.has_refresh_tokens:
            refresh_token = secrets.token_urlsafe(32)
            self._refresh_tokens.add(refresh_token)
            reply["refresh_token"] = refresh_token
        return reply

    def _spend(self, refresh_token: str) -> None:
        if refresh_token not in self._refresh_tokens:
            raise TokenRefusedError(400, "invalid_grant", "The refresh token is unknown or was used before.")
        self._refresh_tokens.remove(refresh_token)

    def _is_client(self, client_id: str, client_secret: str) -> bool:
        same_id = hmac.compare_digest(client_id.encode(), self.client_id.encode())
        same_secret = hmac.compare_digest(client_secret.encode(), self.client_secret.encode())
        return same_id and same_secret


async def token_form(request: Request) -> dict[str, str]:
    """Return the text fields of a token request. Raises TokenRefusedError where the body is no form."""
    content_type = request.headers.get("content-type", "")
    if not content_type.startswith("application/x-www-form-urlencoded"):
        description = "The token request must be application/x-www-form-urlencoded."
        raise TokenRefusedError(400, "invalid_request", description)
    async with request.form() as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


def _basic_credentials(authorization: str | None) -> tuple[str, str] | None:
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ("", "")
    return (name, secret)
