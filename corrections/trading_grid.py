"""The client that writes to Trading Grid / Active Community: one attempt per write, and complete reads.

Here belong HTTP, the names of the example contract's fields, and telling what an answer says of a write. Whether a
write is wanted is `send`. Reading calls, sign-in and their retries are those of `ingest.http`; a write is never
repeated here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

import httpx

from assettrail.errors import AssettrailError, ConfigurationError, PermanentSourceError
from assettrail.settings import Settings, TradingGridSettings
from corrections.writes import Accepted, NotSent, Refused, Uncertain, Write, WriteOutcome
from ingest.deadline import DeadlinePassed, within
from ingest.http import ClientCredentials, RestClient
from ingest.strict import decode_object

CASES, PUBLICATIONS, LAUNCHES = "/api/v1/cases", "/api/v1/publications", "/api/v1/launches"
_FORMAT_REQUESTS, _NEEDS = "/api/v1/format-requests", "/api/v1/community-needs"
_ANSWER_BYTES_CAP = 4 << 20
_LONGEST_REASON = 300
_NO_EFFECT_YET = frozenset({429})
_UNCERTAIN_STATUS = frozenset({408})


@dataclass(frozen=True)
class Case:
    """A partner's case as the service shows it now."""

    case_id: str
    status: str
    asset_version: int | None
    asset_url: str | None


@dataclass(frozen=True)
class Message:
    """A message in a case's thread."""

    message_id: str
    author_role: str | None
    body: str
    correlation_id: str | None


@dataclass(frozen=True)
class Publication:
    """A publication as the service shows it now; `is_live` until it is withdrawn."""

    publication_id: str
    community_id: str
    is_live: bool
    asset_id: str | None
    public_id: str | None
    version: int | None
    etag: str | None
    url: str | None
    rendition: str | None
    language: str | None
    region: str | None
    device: str | None
    correlation_id: str | None


@dataclass(frozen=True)
class FormatRequest:
    """A partner's request for a format as the service shows it now."""

    format_request_id: str
    status: str
    format: str | None
    answer_publication_id: str | None


@dataclass
class WritingClient(RestClient):
    """The reading client, and one kind of write on top."""

    def write_once(self, write: Write) -> WriteOutcome:
        """Make the request once below the base address and say what became of it; raises nothing of the vendor's.

        Only a 401, which proves that nothing was written, is answered by a fresh token and a second attempt.
        """
        try:
            outcome = self._attempt(write)
            if outcome is None:
                self.sign_in()
                outcome = self._attempt(write)
        except AssettrailError as error:
            return NotSent(f"no token: {error.found}")
        return outcome or NotSent("HTTP 401, also with a fresh token")

    def _attempt(self, write: Write) -> WriteOutcome | None:
        """One request; None when the token was not accepted."""
        headers = {"Authorization": f"Bearer {self._bearer()}", "Accept-Encoding": "identity"}
        address = self.base_url.rstrip("/") + write.path
        self.request_count += 1
        connections = self._connections()

        def exchange() -> tuple[int, bytes]:
            with connections.stream(write.method, address, json=dict(write.body), headers=headers) as response:
                return response.status_code, _capped(response)

        try:
            status, answer = within(self.deadline_seconds, exchange)
        except DeadlinePassed:
            self.close()
            return Uncertain(f"the answer did not end within {self.deadline_seconds:g} s")
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            return NotSent(f"{type(error).__name__}: {error or 'no connection'}")
        except httpx.TransportError as error:
            return Uncertain(f"{type(error).__name__}: {error or 'the connection broke'}")
        return None if status == 401 else _outcome(status, answer)


@dataclass(frozen=True)
class TradingGrid:
    """What corrections read and write, in the terms of the example contract."""

    client: WritingClient
    page_size: int

    def case(self, case_id: str) -> Case | None:
        """Return a case, None when there is no such case. Raises the reading client's errors."""
        found = self._one(f"{CASES}/{_segment(case_id)}")
        if found is None:
            return None
        asset = _object(found, "asset")
        return Case(
            case_id=_text(found, "caseId") or case_id,
            status=_text(found, "status") or "",
            asset_version=_number(asset, "version"),
            asset_url=_text(asset, "url"),
        )

    def format_request(self, format_request_id: str) -> FormatRequest | None:
        """Return a request for a format, None when there is no such one. Raises the reading client's errors."""
        found = self._one(format_request_path(format_request_id))
        if found is None:
            return None
        return FormatRequest(
            format_request_id=format_request_id,
            status=_text(found, "status") or "",
            format=_text(found, "format"),
            answer_publication_id=_text(found, "answerPublicationId"),
        )

    def is_needed(self, need_id: str) -> bool:
        """Whether a community's need is there and was not dropped. Raises the reading client's errors."""
        found = self._one(f"{_NEEDS}/{_segment(need_id)}")
        return found is not None and _text(found, "status") != "dropped"

    def launch_status(self, launch_id: str) -> str | None:
        """Return a launch's status, None when there is no such launch. Raises the reading client's errors."""
        found = self._one(f"{LAUNCHES}/{_segment(launch_id)}")
        return None if found is None else _text(found, "status") or ""

    def messages(self, case_id: str) -> list[Message]:
        """Return a case's whole thread. Raises PermanentSourceError when the pages do not add up."""
        return self._messages(thread_path(case_id))

    def launch_messages(self, launch_id: str) -> list[Message]:
        """Return a launch's whole discussion. Raises as `messages` does."""
        return self._messages(launch_discussion_path(launch_id))

    def _messages(self, path: str) -> list[Message]:
        return [
            Message(
                message_id=_text(found, "messageId") or "",
                author_role=_text(found, "authorRole"),
                body=_text(found, "body") or "",
                correlation_id=_text(found, "correlationId"),
            )
            for found in self._all(path, {})
        ]

    def publication(self, publication_id: str) -> Publication | None:
        """Return a publication, None when there is no such one. Raises the reading client's errors."""
        found = self._one(f"{PUBLICATIONS}/{_segment(publication_id)}")
        return None if found is None else _publication(found)

    def publications_of(self, correlation_id: str) -> list[Publication]:
        """Return all publications that carry a correlation id. Raises as `messages` does."""
        found = self._all(PUBLICATIONS, {"correlationId": correlation_id})
        publications = [_publication(each) for each in found]
        return [each for each in publications if each.correlation_id == correlation_id]

    def publications_in(self, community_id: str) -> list[Publication]:
        """Return all publications of a community, withdrawn ones too. Raises as `messages` does."""
        return [_publication(found) for found in self._all(PUBLICATIONS, {"communityId": community_id})]

    def write_once(self, write: Write) -> WriteOutcome:
        """Write once; a publication that replaces another makes the service withdraw that one."""
        return self.client.write_once(write)

    def _one(self, path: str) -> Mapping[str, object] | None:
        answer = self.client.get(path, missing_ok=True)
        return None if answer is None else answer.json()

    def _all(self, path: str, filters: Mapping[str, str]) -> list[Mapping[str, object]]:
        """Read every page; complete only when as many records came as the service counts."""
        records: list[Mapping[str, object]] = []
        while True:
            parameters: dict[str, str | int] = {**filters, "offset": len(records), "limit": self.page_size}
            page = self.client.get_present(path, parameters).json()
            found, total = page.get("records"), page.get("total")
            if not isinstance(found, list) or not isinstance(total, int):
                raise _unexpected(path, "a page without records or total")
            records += [cast("Mapping[str, object]", record) for record in found if isinstance(record, dict)]
            if len(records) >= total:
                return records
            if not found:
                raise _unexpected(path, f"{len(records)} records of {total}")


def thread_path(case_id: str) -> str:
    """Return the path of a case's thread, below the base address."""
    return f"{CASES}/{_segment(case_id)}/messages"


def launch_discussion_path(launch_id: str) -> str:
    """Return the path of a launch's discussion, below the base address."""
    return f"{LAUNCHES}/{_segment(launch_id)}/messages"


def format_request_path(format_request_id: str) -> str:
    """Return the path of a request for a format, below the base address."""
    return f"{_FORMAT_REQUESTS}/{_segment(format_request_id)}"


def withdrawal_path(publication_id: str) -> str:
    """Return the path that withdraws a publication, below the base address."""
    return f"{PUBLICATIONS}/{_segment(publication_id)}/withdraw"


@contextmanager
def open_trading_grid(settings: Settings) -> Iterator[TradingGrid]:
    """Open the writing client that the settings name. Raises ConfigurationError when the section is absent."""
    section = settings.trading_grid
    if section is None:
        raise ConfigurationError(
            tried="to send corrections to Trading Grid",
            found="no section trading_grid in the settings",
            expected="its address and client credentials",
            remedy="add the section to assettrail.toml; approved corrections stay in the outbox",
        )
    client = _client(section)
    try:
        yield TradingGrid(client, section.page_size)
    finally:
        client.close()


def _client(section: TradingGridSettings) -> WritingClient:
    base_url, token_url, client_id = section.service
    return WritingClient(
        name="Trading Grid",
        section="trading_grid",
        base_url=base_url,
        credentials=ClientCredentials(token_url, client_id, section.secret, section.scope),
        deadline_seconds=section.timeout_seconds,
    )


def _capped(response: httpx.Response) -> bytes:
    parts: list[bytes] = []
    for part in response.iter_raw():
        parts.append(part)
        if sum(map(len, parts)) > _ANSWER_BYTES_CAP:
            raise httpx.ReadTimeout("the answer did not end within the size cap")
    return b"".join(parts)


def _outcome(status: int, body: bytes) -> WriteOutcome:
    if 200 <= status < 300:
        answer = _json_object(body)
        return Accepted(_text(answer, "messageId") or _text(answer, "publicationId"))
    reason = f"HTTP {status}{_words(body)}"
    if status in _NO_EFFECT_YET:
        return NotSent(reason)
    if status >= 500 or status in _UNCERTAIN_STATUS:
        return Uncertain(reason)
    return Refused(reason)


def _words(body: bytes) -> str:
    """The service's own words for a refusal, shortened, without control characters."""
    answer = _json_object(body)
    error = answer.get("error")
    said = _text(error, "message") if isinstance(error, dict) else _text(answer, "message")
    if not said:
        return ""
    return " (" + "".join(c if c.isprintable() else " " for c in said)[:_LONGEST_REASON] + ")"


def _json_object(body: bytes) -> Mapping[str, object]:
    try:
        return decode_object(body, "an answer of Trading Grid")
    except AssettrailError:
        return {}


def _publication(found: Mapping[str, object]) -> Publication:
    asset = _object(found, "asset")
    return Publication(
        publication_id=_text(found, "publicationId") or "",
        community_id=_text(found, "communityId") or "",
        is_live=found.get("withdrawnAt") is None,
        asset_id=_text(asset, "assetId"),
        public_id=_text(asset, "publicId"),
        version=_number(asset, "version"),
        etag=_text(asset, "etag"),
        url=_text(asset, "url"),
        rendition=_text(found, "rendition"),
        language=_text(found, "language"),
        region=_text(found, "region"),
        device=_text(found, "device"),
        correlation_id=_text(found, "correlationId"),
    )


def _segment(identifier: str) -> str:
    """An identifier as one segment of a path: a slash or a dot in it must not lead elsewhere."""
    return quote(identifier, safe="").replace(".", "%2E") if set(identifier) <= {"."} else quote(identifier, safe="")


def _object(values: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = values.get(name)
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _text(values: Mapping[str, Any], name: str) -> str | None:
    """The text field, as a database and a command line can hold it: no NUL, no lone surrogate."""
    value = values.get(name)
    return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else None


def _number(values: Mapping[str, object], name: str) -> int | None:
    value = values.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _unexpected(path: str, found: str) -> PermanentSourceError:
    return PermanentSourceError(
        tried=f"to read {path} of Trading Grid completely",
        found=found,
        expected="pages {records, total} that add up",
        remedy="check trading_grid.base_url; nothing was written on the strength of this reading",
    )
