"""The shared HTTP client against servers that misbehave on the wire, byte by byte."""

from __future__ import annotations

import base64
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.utils import formatdate

import pytest
from pydantic import SecretStr

from assettrail.errors import AssettrailError, ConfigurationError, PermanentSourceError, TransientSourceError
from ingest.client_credentials import ClientCredentials
from ingest.http import RestClient, RetryPolicy
from ingest.reading import Reading
from ingest.strict import objects

CANARY = "canary-51ab-secret"
TOKEN = '{"access_token":"canary-token","expires_in":3600}'
Answer = Callable[[socket.socket, bytes], None]


def http(body: str | bytes, status: str = "200 OK", headers: str = "", length: int | None = None) -> bytes:
    content = body.encode() if isinstance(body, str) else body
    size = len(content) if length is None else length
    return f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {size}\r\n{headers}\r\n".encode() + content


def whole_request(connection: socket.socket) -> bytes:
    """Read a request with its body, which may come in a packet of its own."""
    request = b""
    while part := connection.recv(65536):
        request += part
        head, ended, body = request.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        if ended and len(body) >= int(length[1] if length else 0):
            break
    return request


class Server:
    """One connection after the other; each gets the next answer, the last one again and again."""

    def __init__(self, answers: list[bytes | Answer]) -> None:
        self.requests: list[bytes] = []
        self._answers = answers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            request = whole_request(connection)
            self.requests.append(request)
            if request.startswith(b"POST /token"):
                connection.sendall(http(TOKEN))
                return
            number = sum(not r.startswith(b"POST /token") for r in self.requests) - 1
            answer = self._answers[min(number, len(self._answers) - 1)]
            try:
                if callable(answer):
                    answer(connection, request)
                else:
                    connection.sendall(answer)
            except OSError:
                return


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[Server, RestClient]]]:
    """A server with these answers and a client that talks to it."""
    servers: list[Server] = []

    def start(*answers: bytes | Answer, deadline: float = 2.0, cap: int = 1 << 20) -> tuple[Server, RestClient]:
        server = Server(list(answers))
        servers.append(server)
        client = RestClient(
            name="Vendor",
            section="vendor",
            base_url=server.address,
            credentials=ClientCredentials(f"{server.address}/token", "client", SecretStr(CANARY)),
            deadline_seconds=deadline,
            size_cap_bytes=cap,
            retry=RetryPolicy(attempts=2, first_pause_seconds=0.01),
        )
        return server, client

    yield start
    for server in servers:
        server.close()


def refused(client: RestClient, kind: type[AssettrailError]) -> str:
    with pytest.raises(kind) as refusal:
        client.get("/x", {"q": "secret-query"})
    text = str(refusal.value)
    for secret in (CANARY, "canary-token", "secret-query"):
        assert secret not in text
    return text


def drip(connection: socket.socket, _request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        connection.sendall(b"x")
        time.sleep(0.1)


def hang(connection: socket.socket, _request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
    time.sleep(10)


def drip_headers(connection: socket.socket, _request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Endless: ")
    for _ in range(100):
        connection.sendall(b"x")
        time.sleep(0.1)


def promise_for_ever(connection: socket.socket, _request: bytes) -> None:
    for _ in range(100):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.1)


@pytest.mark.parametrize("answer", [drip, hang, drip_headers, promise_for_ever])
def test_a_slow_drip_and_a_hang_end_at_the_deadline(
    serve: Callable[..., tuple[Server, RestClient]], answer: Answer
) -> None:
    """A time-out per read lets one byte every second hold up the night for ever."""
    _, client = serve(answer, deadline=0.4)
    began = time.monotonic()
    refused(client, TransientSourceError)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (http("{}", length=100), TransientSourceError, "RemoteProtocolError"),
        (http("{}", headers="Content-Encoding: gzip\r\n"), TransientSourceError, "compressed"),
        (http("x" * 2_000_000), PermanentSourceError, "size cap"),
        (http("", "302 Found", "Location: http://169.254.169.254/\r\n"), ConfigurationError, "redirect"),
        (http('{"message":"no ' + CANARY + ' canary-token"}', "403 Forbidden"), PermanentSourceError, "***"),
        (
            http('{"error":{"message":"no ' + CANARY + ' right"}}', "403 Forbidden"),
            PermanentSourceError,
            "no *** right",
        ),
        (http('{"error":{"message":{"message":"x"}}}', "403 Forbidden"), PermanentSourceError, "HTTP 403\n"),
        (http('{"error":{"message":"' + "x" * 900 + '"}}', "403 F"), PermanentSourceError, f"({'x' * 200})"),
        (http("", "401 Unauthorized"), ConfigurationError, "fresh token"),
        (http("", "503 Unavailable"), TransientSourceError, "HTTP 503"),
        (b"garbage\r\n\r\n", TransientSourceError, "RemoteProtocolError"),
        (b"", TransientSourceError, "disconnected"),
    ],
)
def test_a_bad_answer_is_a_typed_error_without_secrets(
    serve: Callable[..., tuple[Server, RestClient]], answer: bytes, kind: type[AssettrailError], words: str
) -> None:
    """Whether a retry can help decides what the night shift does; a secret in the text decides about its job."""
    _, client = serve(answer)
    assert words in refused(client, kind)


def test_the_setting_of_the_address_that_was_tried_is_named(serve: Callable[..., tuple[Server, RestClient]]) -> None:
    """Whoever is called at night must not correct the address of the API when the token service is down."""
    _, client = serve(http("", "503 Unavailable"))
    told = refused(client, TransientSourceError)
    assert "vendor.base_url is right" in told
    assert "token_url" not in told
    client.credentials = replace(client.credentials, token_url="http://127.0.0.1:1/token")
    with pytest.raises(TransientSourceError) as refusal:
        client.sign_in()
    assert "vendor.token_url is right" in str(refusal.value)
    assert "base_url" not in str(refusal.value)
    client.credentials = replace(client.credentials, token_url="ftp://127.0.0.1/token")
    with pytest.raises(ConfigurationError, match=r"correct vendor\.token_url$"):
        client.sign_in()


def test_a_passing_fault_is_repeated_and_a_refusal_is_not(serve: Callable[..., tuple[Server, RestClient]]) -> None:
    """Repeating a refusal gets an account locked; not repeating a hiccup loses an ingest."""
    server, client = serve(http("", "503 Unavailable"), http('{"ok":1}'))
    answer = client.get_present("/x")
    assert (answer.json(), answer.is_length_known) == ({"ok": 1}, True)
    assert len([r for r in server.requests if r.startswith(b"GET")]) == 2
    server, client = serve(http("", "400 Bad Request"))
    refused(client, PermanentSourceError)
    assert len([r for r in server.requests if r.startswith(b"GET")]) == 1


def test_a_token_is_renewed_once_and_kept_until_then(serve: Callable[..., tuple[Server, RestClient]]) -> None:
    """A token for each call doubles the calls; a token that is never renewed ends the run."""
    server, client = serve(http("{}"), http("", "401 Unauthorized"), http("{}"))
    for _ in range(3):
        client.get("/x")
    assert len([r for r in server.requests if r.startswith(b"POST /token")]) == 2


def test_a_token_service_may_want_the_secret_in_a_basic_header(serve: Callable[..., tuple[Server, RestClient]]) -> None:
    """A service that reads the header only refuses every sign-in, and so does one whose header is joined as it is."""
    server, client = serve(http("{}"))
    client.credentials = replace(client.credentials, client_id="a:b", client_secret=SecretStr("s e:c+ä"), auth="basic")
    client.get("/x")
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    told = next(line for line in head.decode().split("\r\n") if line.lower().startswith("authorization:"))
    assert base64.b64decode(told.split("Basic ")[1]) == b"a%3Ab:s+e%3Ac%2B%C3%A4"
    assert body == b"grant_type=client_credentials"
    assert b"Bearer canary-token" in server.requests[1]
    _, plain = serve(http("{}"))
    assert plain.credentials.token_request() == (
        {},
        {"grant_type": "client_credentials", "client_id": "client", "client_secret": CANARY},
    )
    basic = told.split("Basic ")[1]
    server, client = serve(http('{"message":"not s+e%3Ac%2B%C3%A4 nor ' + basic + '"}', "403 Forbidden"))
    client.credentials = replace(client.credentials, client_id="a:b", client_secret=SecretStr("s e:c+ä"))
    assert "(not *** nor ***)" in refused(client, PermanentSourceError)


@pytest.mark.parametrize("lifetime", ["1" + "0" * 400, "-5", "1e308", "null", '"soon"'])
def test_a_strange_lifetime_of_a_token_does_not_end_the_run(
    serve: Callable[..., tuple[Server, RestClient]], lifetime: str
) -> None:
    """A service that gives a token for ever and a day must not end the ingest with an OverflowError."""
    server, client = serve(http("{}"))
    client._keep_token({"access_token": "t", "expires_in": json.loads(lifetime)}, server.address)
    assert client.get("/x") is not None


def test_a_pause_is_only_as_long_as_plain_digits_say(serve: Callable[..., tuple[Server, RestClient]]) -> None:
    """A superscript two is a digit to Python and no number: it must not end the ingest with a ValueError."""
    _, client = serve(b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\nRetry-After: \xb2\r\n\r\n")
    refused(client, TransientSourceError)


@pytest.mark.parametrize(("hours", "words"), [(-30, "30.0 hours ahead of"), (40, "40.0 hours behind")])
def test_a_clock_that_is_hours_wrong_lands_nothing(
    serve: Callable[..., tuple[Server, RestClient]], hours: int, words: str
) -> None:
    """A claim up to a future instant can never be taken back: the stream would stand still until then."""
    date = formatdate(time.time() + hours * 3600, usegmt=True)
    _, client = serve(http("{}", headers=f"Date: {date}\r\n"))
    assert words in refused(client, ConfigurationError)


@pytest.mark.parametrize(("minutes", "words"), [(10, "seconds ahead of ours"), (-10, "seconds behind ours")])
def test_a_clock_that_is_minutes_off_is_told_and_lands(
    serve: Callable[..., tuple[Server, RestClient]], minutes: int, words: str
) -> None:
    """Nobody would know that an engine's clock is off, whose instants verdicts compare with another vendor's."""
    date = formatdate(time.time() + minutes * 60, usegmt=True)
    _, client = serve(http("{}", headers=f"Date: {date}\r\n"))
    assert client.get("/x") is not None
    assert client.service_clock.in_words.endswith(words)
    assert 595 <= abs(client.service_clock.ahead_seconds) <= 600


@pytest.mark.parametrize("date", ["nonsense", "", "Mon, 99 Foo 99999 99:99:99 GMT", "now"])
def test_a_date_that_says_nothing_or_agrees_is_no_hindrance(
    serve: Callable[..., tuple[Server, RestClient]], date: str
) -> None:
    """A proxy that garbles a header must not stop the night's ingest."""
    date = formatdate(usegmt=True) if date == "now" else date
    _, client = serve(http("{}", headers=f"Date: {date}\r\n"))
    assert client.get("/x") is not None


def test_one_text_that_no_column_can_hold_does_not_take_the_page_with_it(
    serve: Callable[..., tuple[Server, RestClient]],
) -> None:
    """A partner who writes a NUL into a case must not stop the reading of everybody's cases."""
    _, client = serve(http(r'{"records":[{"body":"a\u0000b"},{"body":"\ud800"},{"body":"fine"}],"total":3}'))
    records = objects(client.get_present("/x").json(), "records")
    reading = Reading()
    reading.read_each(records, lambda item: [item], "uri", "hash")
    assert [row.values for row in reading.rows] == [{"body": "fine"}]
    assert [(each.offset, "NUL" in each.reason) for each in reading.quarantined] == [(0, True), (1, False)]


def test_an_answer_without_a_length_is_marked(serve: Callable[..., tuple[Server, RestClient]]) -> None:
    """A cut answer without a length looks whole; whoever reads it has to know."""
    _, client = serve(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}")
    assert not client.get_present("/x").is_length_known


def test_a_missing_thing_is_none_only_where_it_may_be_missing(serve: Callable[..., tuple[Server, RestClient]]) -> None:
    """A 404 for a file is a gap; a 404 for a listing is a wrong address."""
    _, client = serve(http("", "404 Not Found"))
    assert client.get("/x", missing_ok=True) is None
    refused(client, PermanentSourceError)
