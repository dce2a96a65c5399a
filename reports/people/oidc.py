"""Signing in at an OpenID Connect provider: the way there, and what its answer proves.

Here belong the provider's documents (discovery, keys), the authorisation request with state, nonce and PKCE, the
exchange of the code, and the checks of the ID token, by Authlib and joserfc. Who the person of a sign-in name is, is
`corrections.people`; nothing is kept here but the provider's documents.

Rules: OpenID Connect Core 1.0 §3.1.3.7 (ID token), Discovery 1.0 §4.3 (issuer), RFC 7636 (PKCE), RFC 9207 (`iss` in
the answer).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from assettrail.report_settings import OidcSettings, is_safe_address
from reports.people.refusals import ProviderFailed

CALLBACK: Final = "/sign-in/callback"
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures of ID tokens that count: never `none`, and none of a shared secret."""
_CLOCK_LEEWAY_SECONDS: Final = 60
_DOCUMENT_SECONDS: Final = 3_600.0
_KEYS_AGAIN_SECONDS: Final = 30.0
_NEEDED: Final = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True)
class _Documents:
    metadata: Mapping[str, str]
    keys: KeySet
    read_at: float


class Provider:
    """The provider of the settings. Safe to ask from several threads; its documents are read again each hour."""

    def __init__(self, oidc: OidcSettings, public_address: str) -> None:
        self._oidc = oidc
        self._redirect_uri = public_address.rstrip("/") + CALLBACK
        self._lock = threading.Lock()
        self._known: _Documents | None = None

    @property
    def issuer(self) -> str:
        """The issuer's address."""
        return self._oidc.issuer

    def authorisation_address(self, state: str, nonce: str, code_verifier: str) -> str:
        """Return where the browser signs in. Raises ProviderFailed when the provider cannot be asked."""
        endpoint = self._documents().metadata["authorization_endpoint"]
        with self._client() as client:
            address, _ = client.create_authorization_url(endpoint, state, code_verifier, nonce=nonce)
        return str(address)

    def sign_in_name(self, code: str, issuer: str | None, nonce: str, code_verifier: str) -> str:
        """Return the sign-in name that the provider vouches for. Raises ProviderFailed for whatever does not hold."""
        documents = self._documents()
        if issuer is not None and issuer != self._oidc.issuer:
            raise _failed("the answer of the provider", f"an answer of the issuer {issuer[:200]!r}")
        token = self._exchanged(documents, code, code_verifier)
        claims = self._claims(documents, token, nonce)
        name = claims.get(self._oidc.name_claim)
        if self._oidc.name_claim == "email" and claims.get("email_verified") is not True:
            raise _failed("the e-mail address of the ID token", "an address that the provider has not verified")
        if not isinstance(name, str) or not name:
            raise _failed("the ID token", f"no claim {self._oidc.name_claim}")
        return name

    def _exchanged(self, documents: _Documents, code: str, code_verifier: str) -> Mapping[str, Any]:
        try:
            with self._client() as client:
                token = client.fetch_token(
                    documents.metadata["token_endpoint"],
                    code=code,
                    code_verifier=code_verifier,
                    grant_type="authorization_code",
                )
        except (AuthlibBaseError, httpx2.HTTPError, ValueError) as error:
            raise _failed("to exchange the code", _in_words(error)) from error
        if not isinstance(token.get("id_token"), str) or not isinstance(token.get("access_token"), str):
            raise _failed("to exchange the code", "an answer without id_token and access_token")
        return dict(token)

    def _claims(self, documents: _Documents, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        try:
            decoded = self._decoded(documents, token["id_token"])
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {
                    "iss": {"essential": True, "value": self._oidc.issuer},
                    "aud": {"essential": True, "value": self._oidc.client_id},
                },
                {"nonce": nonce, "client_id": self._oidc.client_id, "access_token": token["access_token"]},
            )
            claims.validate(leeway=_CLOCK_LEEWAY_SECONDS)
            return dict(claims)
        except (JoseError, AuthlibBaseError, ValueError) as error:
            raise _failed("the ID token", _in_words(error)) from error

    def _decoded(self, documents: _Documents, id_token: str) -> jwt.Token:
        registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
        try:
            return jwt.decode(id_token, documents.keys, registry=registry)
        except (JoseError, ValueError):
            if time.monotonic() - documents.read_at < _KEYS_AGAIN_SECONDS:
                raise
        # The provider may have new keys: its documents are read again, not more often than twice a minute.
        return jwt.decode(id_token, self._documents(again=True).keys, registry=registry)

    def _documents(self, *, again: bool = False) -> _Documents:
        with self._lock:
            known = self._known
            if known is None or again or time.monotonic() - known.read_at > _DOCUMENT_SECONDS:
                known = self._known = self._read_documents()
            return known

    def _read_documents(self) -> _Documents:
        address = self._oidc.issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            with self._client() as client:
                metadata = _object(client.request("GET", address, withhold_token=True))
                _refuse_metadata(self._oidc.issuer, metadata)
                read = _object(client.request("GET", metadata["jwks_uri"], withhold_token=True))
                keys = KeySet.import_key_set({"keys": read["keys"]})
        except (httpx2.HTTPError, JoseError, ValueError, KeyError, TypeError) as error:
            raise _failed(f"to read {address} and the keys it names", _in_words(error)) from error
        return _Documents(metadata, keys, time.monotonic())

    def _client(self) -> OAuth2Client:
        secret = self._oidc.secret
        return OAuth2Client(
            client_id=self._oidc.client_id,
            client_secret=None if secret is None else secret.get_secret_value(),
            scope=" ".join(self._oidc.scopes),
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            timeout=self._oidc.timeout_seconds,
            follow_redirects=False,
        )


def _object(response: httpx2.Response) -> dict[str, Any]:
    response.raise_for_status()
    found = response.json()
    if not isinstance(found, dict):
        raise TypeError("an answer that is no JSON object")
    return found


def _refuse_metadata(issuer: str, metadata: Mapping[str, Any]) -> None:
    missing = [name for name in _NEEDED if not isinstance(metadata.get(name), str)]
    if missing:
        raise ValueError(f"a discovery document without {', '.join(missing)}")
    if metadata["issuer"] != issuer:
        raise ValueError(f"the discovery document of {metadata['issuer']!r}")
    unsafe = [name for name in _NEEDED if not is_safe_address(metadata[name])]
    if unsafe:
        raise ValueError(f"addresses without HTTPS: {', '.join(unsafe)}")


def _failed(what: str, found: str) -> ProviderFailed:
    return ProviderFailed(
        tried=f"to sign in by OpenID Connect: {what}",
        found=found,
        expected="the provider of reports.oidc, and an ID token that it signed for this sign-in",
        remedy="sign in again; if it stays, an administrator compares reports.oidc with the provider's own settings",
    )


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:300]}"
