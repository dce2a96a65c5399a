"""Fetching of files: the vendor's data name hosts, and none of them may lead into this network (F37, F21, F22)."""

from __future__ import annotations

import http.server
import ipaddress
import logging
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ingest.cloudinary.fetching import AllowedHosts, FetchFailed, FetchRefused, FileFetcher, HostNotAllowed, is_public


def fetcher(*entries: str, addresses: tuple[str, ...] = ("127.0.0.1",), deadline: float = 5.0) -> FileFetcher:
    return FileFetcher(AllowedHosts.from_settings(entries), deadline, 1000, lambda _host, _port: addresses)


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by the first word of the path, as a host that means no good would."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Answer, and remember by which name it was asked."""
        Handler.asked.append(self.headers["Host"])
        kind = self.path.strip("/").partition("?")[0]
        if kind == "moved":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data")
            self.end_headers()
            return
        self.send_response(200)
        if kind == "zipped":
            self.send_header("Content-Encoding", "gzip")
        length = {"large": 5000, "cut": 500}.get(kind)
        if length:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        if kind == "drip":
            for _ in range(50):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.1)
        self.wfile.write(b"y" * (3000 if kind in {"large", "endless"} else 100))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def host(tls: ssl.SSLContext | None = None) -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    Handler.asked.clear()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def test_a_host_with_its_address_is_asked_there_and_by_its_name() -> None:
    """Connecting by name again would ask the name service a second time, which may answer otherwise (rebinding)."""
    with host() as port:
        found = fetcher("files.example=127.0.0.1").get(f"http://files.example:{port}/x?a=1")
        assert (found.status, found.body) == (200, b"y" * 100)
        assert Handler.asked == [f"files.example:{port}"]


def test_no_log_has_what_opens_a_file(caplog: pytest.LogCaptureFixture) -> None:
    """The client writes each address at the level INFO, which a host may keep for years (F31)."""
    caplog.set_level(logging.DEBUG)
    with host() as port:
        for _ in range(2):
            fetcher("files.example=127.0.0.1").get(
                f"http://files.example:{port}/s--SECRET1--/v1/a.png?signature=SECRET2"
            )
    assert [line for line in caplog.messages if "/s--...--/v1/a.png " in line and line.startswith("HTTP Request: GET")]
    assert "SECRET" not in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x",
        "https://res.cloudinary.com.evil.example/x",
        "https://res.cloudinary.com@evil.example/x",
        "https://user:secret@res.cloudinary.com/x",
        "http://res.cloudinary.com/x",
        "https://res.cloudinary.com:8443/x",
        "file:///etc/passwd",
        "gopher://res.cloudinary.com/x",
        "https:///x",
        "https://[::1/x",
        "//res.cloudinary.com/x",
        "",
    ],
)
def test_only_allowed_hosts_and_https(url: str) -> None:
    """An address in the data would otherwise make us ask whatever host it names."""
    with pytest.raises(FetchRefused):
        fetcher("res.cloudinary.com", addresses=("93.184.216.34",)).get(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)
def test_a_public_name_with_an_inner_address_is_refused(address: str) -> None:
    """The name is on the list, its address is ours to check: it may lead to the cloud's metadata or to a database."""
    with pytest.raises(HostNotAllowed, match="not allowed"):
        fetcher("res.cloudinary.com", addresses=(address,)).get("https://res.cloudinary.com/x")
    with pytest.raises(HostNotAllowed, match="not allowed"):
        fetcher("res.cloudinary.com", addresses=("93.184.216.34", address)).get("https://res.cloudinary.com/x")


def test_an_allowed_address_is_allowed_for_its_host_only() -> None:
    """A host that may lie on loopback may lie there, not anywhere inside."""
    with pytest.raises(HostNotAllowed, match=r"10\.0\.0\.5"):
        fetcher("files.example=127.0.0.1", addresses=("10.0.0.5",)).get("http://files.example/x")
    with pytest.raises(HostNotAllowed, match=r"8\.8\.8\.8"):
        fetcher("files.example=127.0.0.1", addresses=("8.8.8.8",)).get("http://files.example/x")


@pytest.mark.parametrize(
    ("kind", "error", "found"),
    [
        ("moved", FetchRefused, "redirect"),
        ("large", FetchRefused, "5000 bytes, more than 1000"),
        ("endless", FetchRefused, "more than 1000 bytes"),
        ("zipped", FetchRefused, "compresses"),
        ("cut", FetchFailed, "RemoteProtocolError"),
    ],
)
def test_answers_that_lead_astray(kind: str, error: type[Exception], found: str) -> None:
    """A redirect leads to an address that nobody checked; an endless, swelling or cut body is no file."""
    with host() as port, pytest.raises(error, match=found) as raised:
        fetcher("files.example=127.0.0.1").get(f"http://files.example:{port}/{kind}?signature=canary")
    assert "canary" not in str(raised.value)


def test_a_drip_ends_with_the_deadline() -> None:
    """A time-out per read never ends a host that sends a byte now and then."""
    with host() as port:
        began = time.monotonic()
        with pytest.raises(FetchFailed, match=r"within 0\.5 s"):
            fetcher("files.example=127.0.0.1", deadline=0.5).get(f"http://files.example:{port}/drip")
        assert time.monotonic() - began < 3
        until = time.monotonic() + 2
        while any(thread.name == "call-with-deadline" for thread in threading.enumerate()):
            assert time.monotonic() < until, "what was read goes on filling the memory"
            time.sleep(0.05)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of files.example, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "files.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("files.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(pem) + secret)
    return path


def test_the_certificate_is_the_names_and_not_the_addresss(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connecting by address must not give up what TLS is for: knowing who is there."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with host(context) as port:
        with pytest.raises(FetchFailed, match="ConnectError"):
            fetcher("files.example=127.0.0.1").get(f"https://files.example:{port}/x")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert fetcher("files.example=127.0.0.1").get(f"https://files.example:{port}/x").status == 200
        with pytest.raises(FetchFailed, match="ConnectError"):
            fetcher("other.example=127.0.0.1").get(f"https://other.example:{port}/x")


def test_the_public_network_is_public() -> None:
    """A guard that refuses everything is switched off."""
    assert is_public(ipaddress.ip_address("93.184.216.34"))
    assert is_public(ipaddress.ip_address("2606:2800:220:1:248:1893:25c8:1946"))
