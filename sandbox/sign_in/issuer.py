"""The provider: discovery, keys, a form that lists people, and ID tokens signed with RS256.

Belongs here: OpenID Connect Core 1.0 §3.1 (the code flow) with PKCE S256 (RFC 7636), one known client, codes that work
once and for a minute. Does not belong here: what the reports make of an ID token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.scenario.vocabulary import APPROVERS

CODE_SECONDS = 60
TOKEN_SECONDS = 300
_ALGORITHM = "RS256"


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in."""

    subject: str
    name: str
    email: str
    is_email_verified: bool = True


@dataclass(frozen=True)
class _Code:
    subject: str
    redirect_uri: str
    nonce: str
    challenge: str
    ends_at: float


Tamper = Callable[[dict[str, object]], dict[str, object]]


def new_key() -> RSAKey:
    """Return a key that signs ID tokens."""
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(8)})


@dataclass
class Issuer:
    """One provider with one client. `tamper` changes the claims of the next ID tokens, so that tests can lie."""

    address: str
    client_id: str
    client_secret: str
    redirect_uri: str
    accounts: Sequence[Account]
    tamper: Tamper | None = None
    key: RSAKey = field(default_factory=new_key)
    signing_key: RSAKey | None = None
    _codes: dict[str, _Code] = field(default_factory=dict)

    def application(self) -> Starlette:
        """Return the provider as an application."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/jwks", self._keys),
                Route("/authorize", self._ask, methods=["GET"]),
                Route("/authorize", self._answer, methods=["POST"]),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    def _discovery(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [_ALGORITHM],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    def _keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False) | {"use": "sig", "alg": _ALGORITHM}]})

    def _ask(self, request: Request) -> Response:
        asked = request.query_params
        refusal = self._refusal(asked.get("client_id"), asked.get("redirect_uri"), asked.get("code_challenge_method"))
        if refusal or not asked.get("code_challenge") or "openid" not in asked.get("scope", "").split():
            return PlainTextResponse(refusal or "code_challenge and the scope openid are needed\n", 400)
        kept = "".join(
            f'<input type="hidden" name="{name}" value="{escape(asked.get(name, ""), quote=True)}">'
            for name in ("redirect_uri", "client_id", "state", "nonce", "code_challenge", "code_challenge_method")
        )
        buttons = "".join(
            f'<p><button name="subject" value="{escape(account.subject, quote=True)}">'
            f"{escape(account.name)}</button></p>"
            for account in self.accounts
        )
        return HTMLResponse(
            '<!doctype html><html lang="en"><title>Sandbox sign-in</title><h1>Who are you?</h1>'
            f'<form method="post" action="/authorize">{kept}{buttons}</form></html>'
        )

    async def _answer(self, request: Request) -> Response:
        async with request.form() as form:
            asked = {name: value for name, value in form.items() if isinstance(value, str)}
        refusal = self._refusal(asked.get("client_id"), asked.get("redirect_uri"), asked.get("code_challenge_method"))
        if refusal or asked.get("subject") not in {account.subject for account in self.accounts}:
            return PlainTextResponse(refusal or "nobody of this name\n", 400)
        code = secrets.token_urlsafe(32)
        ends_at = time.time() + CODE_SECONDS
        self._codes[code] = _Code(
            asked["subject"], asked["redirect_uri"], asked["nonce"], asked["code_challenge"], ends_at
        )
        answer = urlencode({"code": code, "state": asked["state"], "iss": self.address})
        return RedirectResponse(f"{asked['redirect_uri']}?{answer}", 303)

    async def _token(self, request: Request) -> Response:
        async with request.form() as form:
            asked = {name: value for name, value in form.items() if isinstance(value, str)}
        if not self._is_client(request.headers.get("authorization", "")):
            return JSONResponse({"error": "invalid_client"}, 401)
        code = self._codes.pop(asked.get("code", ""), None)
        if (
            code is None
            or asked.get("grant_type") != "authorization_code"
            or code.ends_at < time.time()
            or asked.get("redirect_uri") != code.redirect_uri
            or not hmac.compare_digest(_challenge(asked.get("code_verifier", "")), code.challenge)
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(
            {
                "access_token": secrets.token_urlsafe(32),
                "token_type": "Bearer",
                "expires_in": TOKEN_SECONDS,
                "id_token": self._id_token(code),
            }
        )

    def _id_token(self, code: _Code) -> str:
        account = next(account for account in self.accounts if account.subject == code.subject)
        now = int(time.time())
        claims: dict[str, object] = {
            "iss": self.address,
            "sub": account.subject,
            "aud": self.client_id,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "nonce": code.nonce,
            "name": account.name,
            "email": account.email,
            "email_verified": account.is_email_verified,
        }
        if self.tamper is not None:
            claims = self.tamper(claims)
        key = self.signing_key or self.key
        return jwt.encode({"alg": _ALGORITHM, "kid": self.key.kid}, claims, key)

    def _refusal(self, client_id: str | None, redirect_uri: str | None, method: str | None) -> str | None:
        if client_id != self.client_id:
            return "no such client\n"
        if redirect_uri != self.redirect_uri:
            return "not an address that this client may come back to\n"
        return None if method == "S256" else "code_challenge_method must be S256\n"

    def _is_client(self, authorization: str) -> bool:
        expected = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        return hmac.compare_digest(authorization, f"Basic {expected}")


def scenario_accounts() -> list[Account]:
    """Return the people of the scenario who approve artwork, and one whom no installation knows."""
    names = (*APPROVERS, "q.stranger")
    return [Account(f"sandbox|{name}", name, f"{name}@insurer.example") for name in names]


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
