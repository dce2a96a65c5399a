"""Fetching one file from a host that the settings allow, and from no other address on earth.

Here belongs the guard between a name in the vendor's data and a connection of ours: an allow-list of hosts, one
resolution whose every address is checked, a connection to exactly that address (so that a second answer of the name
service changes nothing), no redirect, no proxy, one deadline for the whole body, a size cap, and no decompression. Not
here: what the bytes are, and whether they are the right ones.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit

import httpx

from ingest.cloudinary.logged_addresses import cut_logged_addresses
from ingest.deadline import DeadlinePassed, within

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]

_EMBEDS_IPV4 = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")))
_TOLD_HEADERS = ("content-type", "content-length", "etag", "last-modified", "date", "x-cld-error")
_LONGEST_HEADER = 300
_PORTS = MappingProxyType({"http": 80, "https": 443})


class FetchRefused(Exception):
    """The address may not be fetched, or its answer may not be read to its end; another attempt changes nothing."""


class HostNotAllowed(FetchRefused):
    """The settings do not let this host, or the address that its name has, be asked."""


class FetchFailed(Exception):
    """The host did not answer as it should; a later attempt may help."""


@dataclass(frozen=True)
class Fetched:
    """One answer, whole: status, the headers that tell something, and the bytes as received."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class AllowedHosts:
    """The hosts that may be asked, by name; a host with an address may have that one, private or not, and no other."""

    pinned: Mapping[str, Address | None]

    @classmethod
    def from_settings(cls, entries: Sequence[str]) -> AllowedHosts:
        """Read `host` and `host=address`. Raises ValueError for what is no address."""
        pinned: dict[str, Address | None] = {}
        for entry in entries:
            name, mark, address = entry.partition("=")
            pinned[name.strip().lower()] = ipaddress.ip_address(address.strip()) if mark else None
        return cls(pinned)


def resolve(host: str, port: int) -> list[str]:
    """Every address of a host, as text. Raises FetchFailed when its name cannot be resolved."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchFailed(f"{host} cannot be resolved: {error}") from error
    return [str(entry[4][0]) for entry in found]


@dataclass(frozen=True)
class FileFetcher:
    """Fetches files within the settings' limits; `deadline_seconds` counts from the resolution to the last byte."""

    hosts: AllowedHosts
    deadline_seconds: float
    bytes_cap: int
    resolve: Resolve = field(default=resolve)

    def get(self, url: str, accept: str = "*/*") -> Fetched:
        """The answer to one GET, whatever its status; `accept` are the media types that are asked for.

        Raises FetchRefused (HostNotAllowed among them) and FetchFailed; none of their texts holds the query.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise FetchRefused("no address") from error
        host = (parts.hostname or "").lower()
        pinned = self._allowed(parts, host, port)
        try:
            return within(self.deadline_seconds, lambda: self._exchange(parts, host, port, pinned, accept))
        except DeadlinePassed as error:
            raise FetchFailed(f"{host} did not send the whole file within {self.deadline_seconds:g} s") from error

    def _allowed(self, parts: SplitResult, host: str, port: int | None) -> Address | None:
        if parts.username is not None or parts.password is not None:
            raise FetchRefused("an address with a user in it")
        if host not in self.hosts.pinned:
            raise HostNotAllowed(f"host {host or '(none)'} is not in cloudinary.fetch_hosts")
        pinned = self.hosts.pinned[host]
        if parts.scheme not in _PORTS or (parts.scheme == "http" and pinned is None):
            raise HostNotAllowed(f"scheme {parts.scheme or '(none)'} where https is expected")
        if pinned is None and port not in {None, 443}:
            raise HostNotAllowed(f"port {port} where 443 is expected")
        return pinned

    def _exchange(
        self, parts: SplitResult, host: str, port: int | None, pinned: Address | None, accept: str
    ) -> Fetched:
        address = self._address(host, port or _PORTS[parts.scheme], pinned)
        shown = f"[{address}]" if address.version == 6 else str(address)
        target = parts._replace(netloc=f"{shown}:{port}" if port else shown, fragment="").geturl()
        headers = {"Host": parts.netloc, "Accept": accept, "Accept-Encoding": "identity"}
        tls = _tls(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        timeout = httpx.Timeout(self.deadline_seconds, connect=min(10.0, self.deadline_seconds))
        cut_logged_addresses()
        until = time.monotonic() + self.deadline_seconds
        try:
            with (
                httpx.Client(timeout=timeout, verify=tls, follow_redirects=False, trust_env=False) as client,
                client.stream("GET", target, headers=headers, extensions={"sni_hostname": host}) as response,
            ):
                return self._read(response, host, until)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise FetchFailed(f"{host}: {type(error).__name__}") from error

    def _address(self, host: str, port: int, pinned: Address | None) -> Address:
        """The one address to connect to, checked; every address of the name has to be allowed."""
        try:
            found = [ipaddress.ip_address(text.partition("%")[0]) for text in self.resolve(host, port)]
        except ValueError as error:
            raise FetchRefused(f"{host} has an address that is none") from error
        if not found:
            raise FetchFailed(f"{host} has no address")
        for address in found:
            if address != pinned and (pinned is not None or not is_public(address)):
                raise HostNotAllowed(f"{host} has the address {address}, which is not allowed")
        return found[0]

    def _read(self, response: httpx.Response, host: str, until: float) -> Fetched:
        if 300 <= response.status_code < 400:
            raise FetchRefused(f"{host} answers with a redirect ({response.status_code}), which is not followed")
        if response.headers.get("content-encoding", "identity").lower() not in {"identity", ""}:
            raise FetchRefused(f"{host} compresses although it was not asked to")
        announced = response.headers.get("content-length", "")
        if announced.isascii() and announced.isdigit() and int(announced) > self.bytes_cap:
            raise FetchRefused(f"a file of {int(announced)} bytes, more than {self.bytes_cap}")
        parts: list[bytes] = []
        size = 0
        for part in response.iter_raw():
            size += len(part)
            if size > self.bytes_cap:
                raise FetchRefused(f"a file of more than {self.bytes_cap} bytes")
            if time.monotonic() > until:  # Nobody waits for it any more.
                raise FetchFailed(f"{host} was too slow")
            parts.append(part)
        told = {name: response.headers[name][:_LONGEST_HEADER] for name in _TOLD_HEADERS if name in response.headers}
        return Fetched(response.status_code, told, b"".join(parts))


@lru_cache(maxsize=4)
def _tls(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    """Whom to believe: the environment's own authorities where it names them, as httpx does; made once for each."""
    return httpx.create_ssl_context()


def is_public(address: Address) -> bool:
    """Whether an address is of the public network, and no private one in the clothes of IPv6."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped or address.sixtofour or address.teredo:
            return False
        if any(address in network for network in _EMBEDS_IPV4):
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
