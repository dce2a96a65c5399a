"""The sections of the settings about the reports: where they listen, and how people sign in.

Here belong their values and which of them belong together. What signing in means is `reports.people`.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, IPvAnyNetwork, SecretStr, model_validator

from assettrail.setting_kinds import (
    Address,
    Count,
    Filled,
    Positive,
    Secret,
    Section,
    secret_of,
    secret_or_mistake,
)

SignInMode = Literal["local", "oidc", "proxy"]


class OidcSettings(Section):
    """The OpenID Connect provider that people sign in at."""

    issuer: Address
    """Issuer, as it stands in its ID tokens; its discovery document lies below it."""
    client_id: Filled
    """Client that the provider knows the reports by; its redirect address is `<public_address>/sign-in/callback`."""
    client_secret: Secret = None
    """Its secret, from the environment; absent for a public client, which PKCE alone protects."""
    client_secret_file: Path | None = None
    """File that holds the secret; read when somebody signs in."""
    scopes: tuple[Filled, ...] = ("openid", "email", "profile")
    """Scopes that are asked for; `openid` is one of them."""
    name_claim: Literal["sub", "email", "preferred_username"] = "sub"
    """Claim of the ID token that is the sign-in name of a person; an e-mail address counts only if it is verified."""
    timeout_seconds: Positive = 10.0
    """Longest wait for one answer of the provider."""

    @model_validator(mode="before")
    @classmethod
    def _is_one_secret(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("client_secret") and values.get("client_secret_file"):
            mistake = secret_or_mistake("client_secret", values["client_secret"], values["client_secret_file"])
            return {**values, "client_secret": mistake}
        return values

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if "openid" not in self.scopes:
            raise ValueError("scopes: without `openid` a provider gives no ID token")
        if not is_safe_address(self.issuer):
            raise ValueError("issuer: an address that begins with http:// may only be of this machine")
        return self

    @property
    def secret(self) -> SecretStr | None:
        """The secret, read now; None for a public client. Raises ConfigurationError when its file cannot be read."""
        if not (self.client_secret or self.client_secret_file):
            return None
        return secret_of("reports.oidc", "client_secret", self.client_secret, self.client_secret_file)


class ProxySettings(Section):
    """A proxy that signs people in and tells in a header who they are."""

    addresses: Annotated[tuple[IPvAnyNetwork, ...], Field(min_length=1)]
    """Addresses or networks of the proxy; a request from any other is refused, whatever its headers say."""
    header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")] = "X-Remote-User"
    """Header that holds the sign-in name; the proxy must take it out of what comes from outside."""


class ReportSettings(Section):
    """The reports web application."""

    host: str = "127.0.0.1"
    """Address to serve on; a loopback address in the mode `local`."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8765
    """Port to serve on."""
    mode: SignInMode = "local"
    """`local`: one user of this machine; `oidc`: sign-in at a provider; `proxy`: a trusted proxy's header."""
    person: Filled | None = None
    """In the mode `local`, the person whose rights the pages are read with. Who decides signs in with their token."""
    public_address: Address | None = None
    """Address that people open, as https://reports.example.com, in the modes `oidc` and `proxy`; no other host name is
    answered to, and sign-in comes back to it."""
    oidc: OidcSettings | None = None
    """The provider of the mode `oidc`."""
    proxy: ProxySettings | None = None
    """The proxy of the mode `proxy`."""
    session_idle_minutes: Count = 30
    """Minutes without a request after which a session ends."""
    session_hours: Count = 12
    """Hours after which a session ends in any case."""
    sign_ins_per_minute: Count = 20
    """Attempts to sign in within a minute from one address at the most."""
    look_ups_per_hour: Count = 60
    """Recipients that one person looks up within an hour at the most, whatever is found."""
    form_bytes_cap: Count = 65_536
    """Largest body of a form that is read, in bytes."""
    signing_key_file: Path | None = None
    """Private key (PEM, RSA or Ed25519) that signs prints; without it a print says that it is not signed."""
    signing_certificate_file: Path | None = None
    """Its certificate (PEM), perhaps with the chain behind it."""
    sql_seconds: Annotated[float, Field(gt=0)] = 20.0
    """Longest run of one query in the console, in seconds."""
    sql_memory_mib: Annotated[int, Field(ge=64)] = 1024
    """Memory of one query in the console, in MiB; some 400 MiB more are allowed for its rows on their way."""
    sql_rows: Count = 100_000
    """Rows that a query of the console gives as a file, at the most."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.mode == "oidc" and self.oidc is None:
            raise ValueError("the mode oidc needs reports.oidc: issuer and client_id")
        if self.mode == "proxy" and self.proxy is None:
            raise ValueError("the mode proxy needs reports.proxy: addresses")
        if self.mode != "local" and self.public_address is None:
            raise ValueError(f"the mode {self.mode} needs reports.public_address, which people open")
        if self.mode != "local" and self.person is not None:
            raise ValueError(f"reports.person belongs to the mode local; in the mode {self.mode} people sign in")
        if self.public_address is not None:
            _refuse_public_address(self.public_address)
        return self


def is_safe_address(address: str) -> bool:
    """Tell whether what goes to an address cannot be read on its way: it is HTTPS, or stays on this machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or _is_loopback(parts.hostname or "")


def _refuse_public_address(address: str) -> None:
    parts = urlsplit(address)
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError("public_address: scheme, host and port only; the reports lie at the root of their host")
    if not is_safe_address(address):
        raise ValueError("public_address: an address that begins with http:// may only be of this machine")


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.lower() == "localhost"
