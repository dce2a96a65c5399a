"""Trading Grid / Active Community as corrections see it: complete reads, and one attempt per write.

Here belong the paths and the names of the example contract's fields. Making a request is `writing_client`; whether a
write is wanted is `send`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote

from assettrail.errors import ConfigurationError, PermanentSourceError
from assettrail.settings import Settings
from assettrail.trading_grid_settings import TradingGridSettings
from corrections.vendors.writes import Write, WriteOutcome
from corrections.vendors.writing_client import WritingClient, sound_text
from ingest.client_credentials import ClientCredentials

CASES, PUBLICATIONS, LAUNCHES = "/api/v1/cases", "/api/v1/publications", "/api/v1/launches"
_FORMAT_REQUESTS, _NEEDS, _FEEDBACK = "/api/v1/format-requests", "/api/v1/community-needs", "/api/v1/feedback"
DISTRIBUTIONS = "/api/v1/distributions"


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
    replaces_publication_id: str | None = None


@dataclass(frozen=True)
class Feedback:
    """A partner's feedback as the service shows it now."""

    feedback_id: str
    status: str
    answer: str | None
    answer_publication_id: str | None


@dataclass(frozen=True)
class FormatRequest:
    """A partner's request for a format as the service shows it now."""

    format_request_id: str
    status: str
    format: str | None
    answer_publication_id: str | None


@dataclass(frozen=True)
class Distribution:
    """Artwork that was sent to a partner, as the service shows it now."""

    distribution_id: str
    partner_id: str
    community_id: str | None
    gtin: str | None
    etag: str | None
    version: int | None
    file_name: str | None


@dataclass(frozen=True)
class TradingGrid:
    """What corrections read and write, in the terms of the example contract."""

    client: WritingClient
    page_size: int

    @property
    def deadline_seconds(self) -> float:
        """How long one request may last."""
        return self.client.deadline_seconds

    def case(self, case_id: str) -> Case | None:
        """Return a case, None when there is no such case. Raises the reading client's errors."""
        found = self._one(f"{CASES}/{_segment(case_id)}")
        if found is None:
            return None
        asset = _object(found, "asset")
        return Case(
            case_id=sound_text(found, "caseId") or case_id,
            status=sound_text(found, "status") or "",
            asset_version=_number(asset, "version"),
            asset_url=sound_text(asset, "url"),
        )

    def format_request(self, format_request_id: str) -> FormatRequest | None:
        """Return a request for a format, None when there is no such one. Raises the reading client's errors."""
        found = self._one(format_request_path(format_request_id))
        if found is None:
            return None
        return FormatRequest(
            format_request_id=format_request_id,
            status=sound_text(found, "status") or "",
            format=sound_text(found, "format"),
            answer_publication_id=sound_text(found, "answerPublicationId"),
        )

    def distribution(self, distribution_id: str) -> Distribution | None:
        """Return what was sent to a partner, None when there is no such distribution. Raises as `case` does."""
        found = self._one(f"{DISTRIBUTIONS}/{_segment(distribution_id)}")
        return None if found is None else _distribution(found)

    def distributions_of(self, correlation_id: str) -> list[Distribution]:
        """Return all distributions that carry a correlation id. Raises as `messages` does."""
        found = self._all(DISTRIBUTIONS, {"correlationId": correlation_id})
        return [_distribution(each) for each in found if sound_text(each, "correlationId") == correlation_id]

    def distributions_to(self, partner_id: str, gtin: str) -> list[Distribution]:
        """Return all that a partner was sent of a GTIN. Raises as `messages` does."""
        found = self._all(DISTRIBUTIONS, {"partnerId": partner_id, "gtin": gtin})
        return [_distribution(each) for each in found]

    def feedback(self, feedback_id: str) -> Feedback | None:
        """Return a partner's feedback, None when there is no such one. Raises the reading client's errors."""
        found = self._one(feedback_path(feedback_id))
        if found is None:
            return None
        answered_by = sound_text(found, "answerPublicationId")
        return Feedback(feedback_id, sound_text(found, "status") or "", sound_text(found, "answer"), answered_by)

    def is_needed(self, need_id: str) -> bool:
        """Whether a community's need is there and was not dropped. Raises the reading client's errors."""
        found = self._one(f"{_NEEDS}/{_segment(need_id)}")
        return found is not None and sound_text(found, "status") != "dropped"

    def launch_status(self, launch_id: str) -> str | None:
        """Return a launch's status, None when there is no such launch. Raises the reading client's errors."""
        found = self._one(f"{LAUNCHES}/{_segment(launch_id)}")
        return None if found is None else sound_text(found, "status") or ""

    def messages(self, case_id: str) -> list[Message]:
        """Return a case's whole thread. Raises PermanentSourceError when the pages do not add up."""
        return self._messages(thread_path(case_id))

    def launch_messages(self, launch_id: str) -> list[Message]:
        """Return a launch's whole discussion. Raises as `messages` does."""
        return self._messages(launch_discussion_path(launch_id))

    def _messages(self, path: str) -> list[Message]:
        return [
            Message(
                message_id=sound_text(found, "messageId") or "",
                author_role=sound_text(found, "authorRole"),
                body=sound_text(found, "body") or "",
                correlation_id=sound_text(found, "correlationId"),
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


def feedback_path(feedback_id: str) -> str:
    """Return the path of a partner's feedback, below the base address."""
    return f"{_FEEDBACK}/{_segment(feedback_id)}"


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
        credentials=ClientCredentials(token_url, client_id, section.secret, section.scope, section.token_auth),
        deadline_seconds=section.timeout_seconds,
        remote_id_fields=("messageId", "distributionId", "publicationId"),
    )


def _publication(found: Mapping[str, object]) -> Publication:
    asset = _object(found, "asset")
    return Publication(
        publication_id=sound_text(found, "publicationId") or "",
        community_id=sound_text(found, "communityId") or "",
        is_live=found.get("withdrawnAt") is None,
        asset_id=sound_text(asset, "assetId"),
        public_id=sound_text(asset, "publicId"),
        version=_number(asset, "version"),
        etag=sound_text(asset, "etag"),
        url=sound_text(asset, "url"),
        rendition=sound_text(found, "rendition"),
        language=sound_text(found, "language"),
        region=sound_text(found, "region"),
        device=sound_text(found, "device"),
        correlation_id=sound_text(found, "correlationId"),
        replaces_publication_id=sound_text(found, "replacesPublicationId"),
    )


def _distribution(found: Mapping[str, object]) -> Distribution:
    asset = _object(found, "asset")
    return Distribution(
        distribution_id=sound_text(found, "distributionId") or "",
        partner_id=sound_text(found, "partnerId") or "",
        community_id=sound_text(found, "communityId"),
        gtin=sound_text(found, "gtin"),
        etag=sound_text(asset, "etag"),
        version=_number(asset, "version"),
        file_name=sound_text(found, "fileName"),
    )


def _segment(identifier: str) -> str:
    """An identifier as one segment of a path: a slash or a dot in it must not lead elsewhere."""
    return quote(identifier, safe="").replace(".", "%2E") if set(identifier) <= {"."} else quote(identifier, safe="")


def _object(values: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = values.get(name)
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


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
