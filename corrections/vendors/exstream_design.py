"""Exstream's Design (DAS) as corrections see it: one resource, its changes and contents, and one attempt per write.

Here belong the two requests that change a resource and what is read of one. The reading client of ingest cannot write,
by construction: it is used as it is, and writing stands beside it. Whether a write is wanted is `send`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote

from assettrail.errors import ConfigurationError, PermanentSourceError, RecordRejected
from assettrail.settings import Settings
from corrections.vendors.writes import Attachment, Write, WriteOutcome
from corrections.vendors.writing_client import WritingClient
from ingest.client_credentials import ClientCredentials
from ingest.exstream.client import ExstreamClient
from ingest.strict import JsonObject, flag_or_none, object_or_none, required_integer, required_text, text_or_none

_RESOURCES: Final = "/design/api/v1/resources"

TargetState = Literal["DRAFT", "REVIEW"]
"""What a correction may move a resource to: an approval is a live change to customers' letters, and a person's."""


@dataclass(frozen=True)
class Place:
    """A resource: its domain and its id, as `target_id` of a difference has them."""

    domain: str
    resource_id: str

    @classmethod
    def from_target_id(cls, target_id: str) -> Place:
        """Read `domain/resource id`. Raises PermanentSourceError."""
        domain, mark, resource_id = target_id.rpartition("/")
        if not (mark and domain and resource_id):
            raise PermanentSourceError(
                tried="to find a design resource",
                found=f"the target {target_id!r}",
                expected="domain/resource id",
                remedy="correct the model fct_proposed_corrections and publish again; nothing was written",
            )
        return cls(domain, resource_id)

    @property
    def path(self) -> str:
        """The path below the base address; a slash in a name must not lead elsewhere."""
        return f"{_RESOURCES}/{quote(self.domain, safe='')}/{quote(self.resource_id, safe='')}"


@dataclass(frozen=True)
class Resource:
    """The newest version of a resource; `locked_by` is who has locked it, empty where that is not told."""

    version: int
    state: str
    locked_by: str | None


@dataclass(frozen=True)
class StateChange:
    """One change of a resource's state as its history tells it."""

    version: int
    state: str
    comment: str


@dataclass(frozen=True)
class ExstreamDesign:
    """What corrections read and write of Design."""

    client: WritingClient

    @property
    def deadline_seconds(self) -> float:
        """How long one request may last."""
        return self.client.deadline_seconds

    reading: ExstreamClient

    def newest(self, place: Place) -> Resource | None:
        """Return the newest version of a resource, None when it is gone. Raises the reading client's errors."""
        answer = self.client.get(place.path, missing_ok=True)
        if answer is None:
            return None
        try:
            record = object_or_none(answer.json(), "data") or {}
            is_locked = flag_or_none(record, "locked")
            return Resource(
                version=required_integer(record, "version"),
                state=required_text(record, "state"),
                locked_by=(text_or_none(record, "lockedBy") or "") if is_locked else None,
            )
        except RecordRejected as error:
            raise _strange(place, error) from error

    def changes_with(self, place: Place, correlation_id: str) -> list[StateChange]:
        """Return the changes of state whose audited comment names the correction; empty when the resource is gone."""
        page = self.reading.resource_history(place.domain, place.resource_id)
        try:
            changes = [_state_change(record) for record in page.records] if page else []
        except RecordRejected as error:
            raise _strange(place, error) from error
        return [change for change in changes if change is not None and correlation_id in change.comment]

    def content(self, place: Place, version: int) -> bytes | None:
        """Return the content of a version, None when it has none."""
        answer = self.reading.resource_content(place.domain, place.resource_id, version)
        return None if answer is None else answer.body

    def write_once(self, write: Write) -> WriteOutcome:
        """Write once."""
        return self.client.write_once(write)


def state_write(place: Place, state: TargetState, audited_comment: str) -> Write:
    """Return the request that moves the newest version to a state; DRAFT, when it is approved, makes the next one."""
    body = {"state": state, "auditedComment": audited_comment, "locked": False}
    return Write("PUT", f"{place.path}/state", body)


def content_write(place: Place, file: Attachment) -> Write:
    """Return the request that replaces the content of the newest version, which has to be a draft."""
    return Write("PUT", f"{place.path}/content", {}, file)


@contextmanager
def open_exstream_design(settings: Settings) -> Iterator[ExstreamDesign]:
    """Open the writing client that the settings name. Raises ConfigurationError when the section is absent."""
    section = settings.exstream
    if section is None:
        raise ConfigurationError(
            tried="to send corrections to Exstream",
            found="no section exstream in the settings",
            expected="its address and client credentials",
            remedy="add the section to assettrail.toml; approved corrections stay in the outbox",
        )
    client = WritingClient(
        name="Exstream",
        section="exstream",
        base_url=section.base_url,
        credentials=ClientCredentials(section.token_url, section.client_id, section.secret, section.scope),
        deadline_seconds=section.timeout_seconds,
    )
    try:
        yield ExstreamDesign(client, ExstreamClient(client, section.page_size))
    finally:
        client.close()


def _state_change(record: JsonObject) -> StateChange | None:
    """The change of a state, None for a change of something else."""
    if text_or_none(record, "historyType") != "STATE":
        return None
    return StateChange(
        version=required_integer(record, "version"),
        state=required_text(record, "state"),
        comment=text_or_none(record, "auditedComment") or "",
    )


def _strange(place: Place, error: RecordRejected) -> PermanentSourceError:
    return PermanentSourceError(
        tried=f"to read the design resource {place.resource_id} of the domain {place.domain}",
        found=f"{error.tried}: {error.found}",
        expected="a resource with version, state and history as in Design's API v1",
        remedy="check exstream.base_url; nothing was written on the strength of this reading",
    )
