"""What the OAuth2 client-credentials grant needs, and the token request that is made of it. Pure.

Here belongs the request's form in both ways of RFC 6749 §2.3.1, and what of it must never be shown. Not here: sending
it, and the token (`http`).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote_plus

from pydantic import SecretStr


@dataclass(frozen=True)
class ClientCredentials:
    """A client and where it gets its tokens. The token address is taken as it is, never built.

    `auth` is how the client shows its secret: in the request's `body`, or in a `basic` header.
    """

    token_url: str
    client_id: str
    client_secret: SecretStr
    scope: str | None = None
    auth: Literal["body", "basic"] = "body"

    def token_request(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The headers and the form of the token request."""
        form = {"grant_type": "client_credentials"}
        if self.auth == "body":
            form |= {"client_id": self.client_id, "client_secret": self.client_secret.get_secret_value()}
        if self.scope:
            form["scope"] = self.scope
        return {"Authorization": f"Basic {self._basic()}"} if self.auth == "basic" else {}, form

    def secrets(self) -> tuple[str, ...]:
        """Every form in which the secret is sent: an answer may quote any of them. The longest come first."""
        secret = self.client_secret.get_secret_value()
        return tuple(sorted((self._basic(), quote_plus(secret), secret), key=len, reverse=True))

    def _basic(self) -> str:
        """Both are form-encoded before they are joined, so that a colon in the id parts nothing."""
        pair = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret.get_secret_value())}"
        return base64.b64encode(pair.encode()).decode()
