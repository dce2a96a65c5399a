"""HTTP for the REST vendors: OAuth2 client credentials, deadlines, size caps, bounded retries, typed errors.

Here belongs how bytes are fetched, and nothing about what they mean. Every request has a wall-clock deadline
(httpx's own time-outs are per read, so that a slow drip of headers or body outlives them) and a size cap; answers
are read uncompressed, so that nothing can swell; redirects are refused. Only reading calls go through here, and
only those are repeated. Secrets, tokens and query strings never stand in a message.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

import httpx

from assettrail.errors import (
    AssettrailError,
    ConfigurationError,
    PermanentSourceError,
    RecordRejected,
    TransientSourceError,
)
from ingest.client_credentials import ClientCredentials
from ingest.deadline import DeadlinePassed, within
from ingest.received import Answer, ReceivedFile, received
from ingest.service_clock import ServiceClock
from ingest.strict import JsonObject, decode_object

Parameters: TypeAlias = Mapping[str, str | int]

TOKEN_BYTES_CAP = 1 << 20
ANSWER_BYTES_CAP = 512 << 20
FILE_BYTES_CAP = 8 << 30
"""Files are laid aside on disk: what is bounded is its room."""
TOKEN_MARGIN_SECONDS = 30.0
CLOCK_TOLERANCE_SECONDS = 3600.0
_LONGEST_LIFETIME = 86_400
_TIMES_LONGER_FOR_A_FILE = 10
_MISSING = frozenset({404, 410})
_REPEATABLE = frozenset({408, 425, 429, 500, 502, 503, 504})
_REASON_FIELDS = ("error_description", "message", "error", "details", "status")


@dataclass(frozen=True)
class RetryPolicy:
    """How often a reading call is repeated, and how long to pause in between (doubling, with jitter)."""

    attempts: int = 4
    first_pause_seconds: float = 0.4
    longest_pause_seconds: float = 10.0

    def pause_seconds(self, attempt: int, retry_after: float | None) -> float:
        """Seconds to wait after attempt number `attempt`; Retry-After counts up to the longest pause."""
        doubled = self.first_pause_seconds * 2.0 ** (attempt - 1)
        jitter = random.uniform(0.5, 1.0)  # noqa: S311 - spreads callers, keeps no secret
        jittered = min(doubled, self.longest_pause_seconds) * jitter
        return max(jittered, min(retry_after or 0.0, self.longest_pause_seconds))


@dataclass(frozen=True)
class _Reply:
    status: int
    headers: httpx.Headers
    body: bytes
    file: ReceivedFile | None = None


class _Interrupted(Exception):
    """One attempt failed in a way that another attempt may cure."""

    def __init__(self, found: str, retry_after: float | None = None) -> None:
        super().__init__(found)
        self.found = found
        self.retry_after = retry_after


@dataclass
class RestClient:
    """A read-only REST client of one vendor with its own token.

    `name` is the vendor's in messages and `section` the settings section to look into; `spill` is the folder on whose
    disk files lie while they are read (None: that of temporary files). Raises
    ConfigurationError (credentials, address), PermanentSourceError (refused) or TransientSourceError (after
    all attempts).
    """

    name: str
    section: str
    base_url: str
    credentials: ClientCredentials
    deadline_seconds: float
    size_cap_bytes: int = ANSWER_BYTES_CAP
    file_cap_bytes: int = FILE_BYTES_CAP
    spill: Path | None = None
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    pause: Callable[[float], None] = time.sleep
    service_clock: ServiceClock = field(default_factory=ServiceClock)
    request_count: int = 0
    _token: str | None = field(default=None, repr=False)
    _token_until: float = 0.0
    _http: httpx.Client | None = field(default=None, repr=False)

    def get(self, path: str, parameters: Parameters | None = None, *, missing_ok: bool = False) -> Answer | None:
        """GET below the base address; with `missing_ok` a 404 or 410 is None, otherwise PermanentSourceError."""
        reply = self._read("GET", path, parameters or {}, None, missing_ok=missing_ok)
        return None if reply is None else self._answer(path, parameters or {}, reply)

    def get_file(self, path: str) -> ReceivedFile | None:
        """GET of a file of any size up to the cap for files, in bounded memory; None for a 404 or 410.

        It may take ten times as long as another answer, but no longer than that between two of its parts.
        """
        reply = self._read("GET", path, {}, None, missing_ok=True, is_file=True)
        return None if reply is None else reply.file

    def get_present(self, path: str, parameters: Parameters | None = None) -> Answer:
        """GET of something that has to exist."""
        return _present(self.get(path, parameters))

    def read_by_post(self, path: str, parameters: Parameters, body: object) -> Answer:
        """A POST that only reads (the vendor's query in a body); repeated like a GET."""
        reply = self._read("POST", path, parameters, body, missing_ok=False)
        return _present(None if reply is None else self._answer(path, parameters, reply))

    def sign_in(self) -> None:
        """Fetch a token now, so that wrong credentials show before anything else."""
        self._token = None
        self._bearer()

    def close(self) -> None:
        """Give the connections back."""
        if self._http is not None:
            self._http.close()
            self._http = None

    def _read(
        self,
        method: str,
        path: str,
        parameters: Parameters,
        body: object,
        *,
        missing_ok: bool,
        is_file: bool = False,
    ) -> _Reply | None:
        address = self._address(path)
        reply = self._repeated(
            method, address, lambda: self._authorised(method, address, parameters, body, is_file=is_file)
        )
        if reply.status in _MISSING and missing_ok:
            return None
        if not 200 <= reply.status < 300:
            raise self._refusal(method, address, reply)
        return reply

    def _address(self, path: str) -> str:
        return self.base_url.rstrip("/") + path

    def _answer(self, path: str, parameters: Parameters, reply: _Reply) -> Answer:
        query = str(httpx.QueryParams(dict(parameters))) if parameters else ""
        uri = f"{self._address(path)}?{query}" if query else self._address(path)
        return Answer(uri, reply.body, _is_length_known(reply.headers), reply.headers)

    def _authorised(self, method: str, address: str, parameters: Parameters, body: object, *, is_file: bool) -> _Reply:
        """One attempt with a valid token; a 401 renews it once, since a token may end before its time."""
        for renewed in (False, True):
            headers = {"Authorization": f"Bearer {self._bearer()}", "Accept": "*/*"}
            reply = self._send(method, address, headers, parameters=parameters, json=body, is_file=is_file)
            if reply.status != 401 or renewed:
                break
            self._token = None
        return reply

    def _bearer(self) -> str:
        if self._token is None or time.monotonic() >= self._token_until:
            self._fetch_token()
        return str(self._token)

    def _fetch_token(self) -> None:
        address = self.credentials.token_url
        headers, form = self.credentials.token_request()
        reply = self._repeated("POST", address, lambda: self._send("POST", address, headers, form=form))
        if reply.status == 415:  # OpenText's own cloud takes the same fields as JSON.
            reply = self._repeated("POST", address, lambda: self._send("POST", address, headers, json=form))
        if reply.status != 200:
            raise self._token_refused(address, reply)
        self._keep_token(Answer(uri=address, body=reply.body, is_length_known=True).json(), address)

    def _keep_token(self, answer: JsonObject, address: str) -> None:
        token, lifetime = answer.get("access_token"), answer.get("expires_in", 300)
        if not isinstance(token, str) or not token:
            raise PermanentSourceError(
                tried=f"to sign in to {self.name} at {address}",
                found="an answer without access_token",
                expected="an OAuth2 token answer",
                remedy=f"check {self.section}.token_url",
            )
        seconds = float(min(lifetime, _LONGEST_LIFETIME)) if isinstance(lifetime, int | float) else 300.0
        self._token = token
        self._token_until = time.monotonic() + max(seconds - TOKEN_MARGIN_SECONDS, seconds / 2)

    def _repeated(self, method: str, address: str, attempt: Callable[[], _Reply]) -> _Reply:
        number = 1
        while True:
            try:
                reply = attempt()
                if reply.status not in _REPEATABLE:
                    return reply
                raise _Interrupted(f"HTTP {reply.status}{self._reason(reply)}", _retry_after(reply.headers))
            except _Interrupted as interruption:
                if number >= self.retry.attempts:
                    raise self._gave_up(method, address, interruption) from interruption
                self.pause(self.retry.pause_seconds(number, interruption.retry_after))
                number += 1

    def _send(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str],
        *,
        parameters: Parameters | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        is_file: bool = False,
    ) -> _Reply:
        """One request, read to its end within the deadline and the size cap; a file is laid aside as it comes."""
        self.request_count += 1
        connections = self._connections()

        def exchange() -> _Reply:
            with connections.stream(
                method,
                address,
                params=dict(parameters) if parameters else None,
                headers={**headers, "Accept-Encoding": "identity"},
                json=json,
                data=dict(form) if form else None,
            ) as response:
                if is_file and response.is_success:
                    parts = self._parts(response, self.file_cap_bytes)
                    is_known = _is_length_known(response.headers)
                    file = received(parts, address, self.spill, is_length_known=is_known)
                    return _Reply(response.status_code, response.headers, b"", file)
                body = b"".join(self._parts(response, self.size_cap_bytes))
                return _Reply(response.status_code, response.headers, body)

        sent_at = time.time()
        seconds = self.deadline_seconds * (_TIMES_LONGER_FOR_A_FILE if is_file else 1)
        try:
            reply = within(seconds, exchange)
            self._refuse_wrong_clock(address, reply.headers, sent_at)
            return reply
        except DeadlinePassed as error:
            self.close()
            raise _Interrupted(f"the answer was not complete within {seconds:g} s") from error
        except httpx.UnsupportedProtocol as error:
            raise self._wrong_address(address, str(error)) from error
        except httpx.InvalidURL as error:
            raise self._wrong_address(address, str(error)) from error
        except httpx.TimeoutException as error:
            late = f"no answer within {self.deadline_seconds:g} s ({type(error).__name__})"
            raise _Interrupted(late) from error
        except httpx.TransportError as error:
            raise _Interrupted(f"{type(error).__name__}: {error or 'the connection broke'}") from error

    def _refuse_wrong_clock(self, address: str, headers: httpx.Headers, sent_at: float) -> None:
        """Raise ConfigurationError where this machine's clock is hours away from the service's own (header Date).

        A claim says until when everything was read: one that was logged by a clock that ran ahead can never be taken
        back, and hides what happens until then.
        """
        ahead = -self.service_clock.see(headers.get("date", ""), sent_at, time.time())
        if abs(ahead) > CLOCK_TOLERANCE_SECONDS:
            raise ConfigurationError(
                tried=f"to read {_bare(address)} of {self.name}",
                found=f"this machine's clock is {abs(ahead) / 3600:.1f} hours "
                f"{'ahead of' if ahead > 0 else 'behind'} the service's",
                expected=f"clocks that agree within {CLOCK_TOLERANCE_SECONDS / 3600:g} hour",
                remedy="correct this machine's clock (`timedatectl`); where it is right, the service's is wrong. "
                "Nothing was landed",
            )

    def _parts(self, response: httpx.Response, most_bytes: int) -> Iterator[bytes]:
        """The body as it comes. Raises PermanentSourceError when it has more bytes than may be."""
        if response.headers.get("content-encoding", "identity").lower() not in {"identity", ""}:
            raise _Interrupted("a compressed answer although none was asked for")
        size = 0
        for part in response.iter_raw():
            size += len(part)
            if size > most_bytes:
                raise PermanentSourceError(
                    tried=f"to read {_bare(str(response.url))} of {self.name}",
                    found=f"more than {most_bytes} bytes",
                    expected="an answer below the size cap",
                    remedy="ask for smaller pages, or read this run from its output folder",
                )
            yield part

    def _connections(self) -> httpx.Client:
        if self._http is None:
            self._http = httpx.Client(
                timeout=httpx.Timeout(self.deadline_seconds, connect=min(10.0, self.deadline_seconds)),
                follow_redirects=False,
                mounts={"all://127.0.0.1": None, "all://localhost": None},
            )
        return self._http

    def _refusal(self, method: str, address: str, reply: _Reply) -> AssettrailError:
        tried = f"{method} {address} of {self.name}"
        found = f"HTTP {reply.status}{self._reason(reply)}"
        if reply.status == 401:
            return ConfigurationError(
                tried=tried,
                found=f"{found}, also with a fresh token",
                expected="the token of this client to be accepted",
                remedy=f"check {self.section}.client_id, its secret and its scope",
            )
        if 300 <= reply.status < 400:
            return ConfigurationError(
                tried=tried,
                found=f"{found}, a redirect",
                expected="the service itself; redirects are not followed",
                remedy=f"set {self.section}.base_url to the address behind the redirect",
            )
        remedy = {
            403: "give this client the right to read",
            404: f"check {self.section}.base_url and the name in the path",
        }.get(reply.status, f"check the settings of {self.section} against the service's contract")
        return PermanentSourceError(tried=tried, found=found, expected="HTTP 200", remedy=remedy)

    def _token_refused(self, address: str, reply: _Reply) -> AssettrailError:
        return ConfigurationError(
            tried=f"to sign in to {self.name} at {address} as client {self.credentials.client_id}",
            found=f"HTTP {reply.status}{self._reason(reply)}",
            expected="an access token",
            remedy=f"check {self.section}.token_url, {self.section}.client_id and the client's secret",
        )

    def _wrong_address(self, address: str, why: str) -> ConfigurationError:
        return ConfigurationError(
            tried=f"to reach {self.name} at {_bare(address)}",
            found=why,
            expected="an http or https address",
            remedy=f"correct {self._setting_of(address)}",
        )

    def _gave_up(self, method: str, address: str, interruption: _Interrupted) -> TransientSourceError:
        return TransientSourceError(
            tried=f"{method} {_bare(address)} of {self.name}, {self.retry.attempts} times",
            found=interruption.found,
            expected="an answer",
            remedy="run again later; what had landed is kept. If it stays, check that the host is up and "
            f"{self._setting_of(address)} is right",
        )

    def _setting_of(self, address: str) -> str:
        """The setting that an address comes from."""
        return f"{self.section}.{'token_url' if address == self.credentials.token_url else 'base_url'}"

    def _reason(self, reply: _Reply) -> str:
        """The vendor's own words for a refusal, shortened, without control characters, secret or token."""
        try:
            answer = decode_object(reply.body[:TOKEN_BYTES_CAP], "a refusal")
        except RecordRejected:
            return ""
        nested = answer.get("error")
        places = [answer, nested] if isinstance(nested, Mapping) else [answer]
        words = [str(p[name]) for p in places for name in _REASON_FIELDS if isinstance(p.get(name), str | int)]
        said = "".join(c if c.isprintable() else " " for c in "; ".join(words))
        for secret in (*self.credentials.secrets(), self._token):
            if secret:
                said = said.replace(secret, "***")
        return f" ({said[:200]})" if said else ""


def _present(answer: Answer | None) -> Answer:
    if answer is None:
        raise PermanentSourceError(
            tried="to read an answer", found="none", expected="one", remedy="report this as a defect"
        )
    return answer


def _is_length_known(headers: Mapping[str, str]) -> bool:
    return "content-length" in headers


def _bare(address: str) -> str:
    """The address without query and credentials."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


def _retry_after(headers: httpx.Headers) -> float | None:
    value = headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() else None
