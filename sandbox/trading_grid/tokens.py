"""OAuth 2.0 client credentials: issuing tokens and believing them.

What belongs here: RFC 6749 §4.4 and its error bodies, RFC 6750 for the calls. Tokens end on the sandbox's
clock, so a scenario that moves the clock by a day makes every client fetch a new one.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

TOKEN_LIFETIME = timedelta(hours=1)


class TokenRefusedError(Exception):
    """A token request that failed: HTTP status and the RFC 6749 error code with its description."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"error": error, "error_description": description}


@dataclass
class TokenDesk:
    """Hands out bearer tokens to the one known client and remembers when each ends."""

    client_id: str
    client_secret: str
    _ends: dict[str, datetime]

    @classmethod
    def create(cls, client_id: str, client_secret: str) -> TokenDesk:
        """Return a desk that has not issued anything."""
        return cls(client_id, client_secret, {})

    def issue(self, form: Mapping[str, str], authorization: str | None, now: datetime) -> Mapping[str, object]:
        """Return the token reply; `expires_in` counts the sandbox's seconds. Raises TokenRefusedError."""
        grant = form.get("grant_type")
        if grant is None:
            raise TokenRefusedError(400, "invalid_request", "The form field grant_type is missing.")
        in_form = (form.get("client_id", ""), form.get("client_secret", ""))
        given = _basic_credentials(authorization) or in_form
        if not self._is_client(*given):
            raise TokenRefusedError(401, "invalid_client", "The client is unknown or its secret is wrong.")
        if grant != "client_credentials":
            raise TokenRefusedError(
                400, "unsupported_grant_type", f"The grant {grant!r} is not offered; use client_credentials."
            )
        self._forget_ended(now)
        token = secrets.token_urlsafe(32)
        self._ends[token] = now + TOKEN_LIFETIME
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": int(TOKEN_LIFETIME.total_seconds()),
        }

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

    def _is_client(self, client_id: str, client_secret: str) -> bool:
        same_id = hmac.compare_digest(client_id.encode(), self.client_id.encode())
        same_secret = hmac.compare_digest(client_secret.encode(), self.client_secret.encode())
        return same_id and same_secret

    def _forget_ended(self, now: datetime) -> None:
        for token in [token for token, end in self._ends.items() if end + TOKEN_LIFETIME < now]:
            del self._ends[token]


def _basic_credentials(authorization: str | None) -> tuple[str, str] | None:
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ("", "")
    return (name, secret)
