"""OTDS: tokens for one OAuth client of one tenant.

What belongs here: the grants client_credentials and refresh_token, form-encoded, and whether a call's token is
believed. Other grants are refused. Tokens end on the sandbox's clock; a refresh token works once.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

TOKEN_LIFETIME = timedelta(hours=1)


class TokenRefusedError(Exception):
    """A token request that failed: HTTP status and the RFC 6749 error code with its description."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"error": error, "error_description": description}


@dataclass
class DirectoryServices:
    """The one known client with the scopes that it may ask for, and the tokens that it holds."""

    client_id: str
    client_secret: str
    scopes: frozenset[str]
    _ends: dict[str, datetime] = field(default_factory=dict)
    _refresh_tokens: set[str] = field(default_factory=set)

    def issue(self, form: Mapping[str, str], now: datetime) -> dict[str, object]:
        """Return the token reply; `expires_in` counts the sandbox's seconds. Raises TokenRefusedError."""
        grant = form.get("grant_type", "")
        if not grant:
            raise TokenRefusedError(400, "invalid_request", "The form field grant_type is missing.")
        if grant not in ("client_credentials", "refresh_token"):
            description = f"The grant {grant!r} is not allowed for this client; use client_credentials."
            raise TokenRefusedError(400, "unsupported_grant_type", description)
        if not self._is_client(form.get("client_id", ""), form.get("client_secret", "")):
            raise TokenRefusedError(401, "invalid_client", "The client is unknown or its secret is wrong.")
        unknown = set(form.get("scope", "").split()) - self.scopes
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
        token, refresh_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self._ends[token] = now + TOKEN_LIFETIME
        self._refresh_tokens.add(refresh_token)
        return {
            "access_token": token,
            "refresh_token": refresh_token,
            "token_type": "Bearer",
            "expires_in": int(TOKEN_LIFETIME.total_seconds()),
        }

    def _spend(self, refresh_token: str) -> None:
        if refresh_token not in self._refresh_tokens:
            raise TokenRefusedError(400, "invalid_grant", "The refresh token is unknown or was used before.")
        self._refresh_tokens.remove(refresh_token)

    def _is_client(self, client_id: str, client_secret: str) -> bool:
        same_id = hmac.compare_digest(client_id.encode(), self.client_id.encode())
        same_secret = hmac.compare_digest(client_secret.encode(), self.client_secret.encode())
        return same_id and same_secret
