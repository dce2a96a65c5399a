"""Exstream's answers as frozen typed records, one field per landed column.

Here belongs reading jobs, flow instances, flow steps and the members of resource collections strictly: a
wrong type is a RecordRejected. Dates stay the vendor's own text, since the documented form (ISO-8601) and the
real one (epoch milliseconds) differ. Not here: times without an offset (`engine_clock`), and the files of a run, which
have a module each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from ingest.pseudonym import mask_identifiers
from ingest.reading import Values, column_values
from ingest.strict import (
    JsonObject,
    flag_or_none,
    json_or_none,
    moment_or_none,
    object_or_none,
    required_integer,
    required_text,
    text_or_none,
)

TERMINAL_JOB_STATUSES = frozenset({"canceled", "complete", "error", "deleted"})
FINISHED_STEP_STATUSES = frozenset({"complete", "executed", "expired"})
FAILED_STEP_STATUS = "error"

Mask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Job:
    """One orchestration job; key (`domain`, `job_id`)."""

    domain: str
    job_id: str
    channel: str | None
    mode: str | None
    status: str
    flow_model_type: str | None
    external_id: str | None
    triggered_by: str | None
    message: str | None
    aggregated_fmc_snapshot_id: str | None
    start_at_raw: str | None
    end_at_raw: str | None

    @classmethod
    def from_response(cls, item: JsonObject, domain: str, mask: Mask) -> Self:
        """Read one job of the domain that was asked; recipients' identifiers in its texts are masked."""
        return cls(
            domain=domain,
            job_id=required_text(item, "id"),
            channel=text_or_none(item, "channel"),
            mode=text_or_none(item, "mode"),
            status=required_text(item, "status"),
            flow_model_type=text_or_none(item, "flowModelType"),
            external_id=_masked(item, "externalId", mask),
            triggered_by=text_or_none(item, "triggeredBy"),
            message=_masked(item, "msg", mask),
            aggregated_fmc_snapshot_id=text_or_none(item, "aggregatedFMCSnapshotId"),
            start_at_raw=moment_or_none(item, "startDate"),
            end_at_raw=moment_or_none(item, "endDate"),
        )

    @property
    def is_terminal(self) -> bool:
        """Nothing more is composed for this job (unless somebody reprocesses it)."""
        return self.status in TERMINAL_JOB_STATUSES

    def ran_in(self, start: datetime, end: datetime) -> bool:
        """Whether the job ran at any time from `start` until before `end`; one whose times cannot be read may have."""
        started, ended = self.started_at, self.ended_at if self.is_terminal else None
        if started is None:
            return self.start_at_raw is not None
        return started < end and (ended is None or ended >= start)

    @property
    def started_at(self) -> datetime | None:
        """The start as an instant in UTC; None when there is none or it cannot be read."""
        return vendor_instant(self.start_at_raw)

    @property
    def ended_at(self) -> datetime | None:
        """The end as an instant in UTC; None when there is none or it cannot be read."""
        return vendor_instant(self.end_at_raw)


@dataclass(frozen=True, slots=True)
class FlowInstance:
    """One run of a flow for a job; key (`domain`, `flow_instance_id`)."""

    domain: str
    flow_instance_id: str
    job_id: str
    flow_model_id: str | None
    flow_model_snapshot_id: str | None
    status: str
    message: str | None
    external_id: str | None
    start_at_raw: str | None
    end_at_raw: str | None

    @classmethod
    def from_response(cls, item: JsonObject, domain: str, mask: Mask) -> Self:
        """Read one flow instance."""
        return cls(
            domain=domain,
            flow_instance_id=required_text(item, "id"),
            job_id=required_text(item, "jobId"),
            flow_model_id=text_or_none(item, "flowModelId"),
            flow_model_snapshot_id=text_or_none(item, "flowModelSnapshotId"),
            status=required_text(item, "status"),
            message=_masked(item, "msg", mask),
            external_id=_masked(item, "externalId", mask),
            start_at_raw=moment_or_none(item, "startDate"),
            end_at_raw=moment_or_none(item, "endDate"),
        )


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One step of a flow instance; key (`domain`, `flow_step_id`)."""

    domain: str
    flow_step_id: str
    flow_instance_id: str
    step_name: str | None
    display_name: str | None
    status: str
    step_type: str
    is_delivery_file_retrievable: bool | None
    is_message_file_retrievable: bool | None
    start_at_raw: str | None
    execute_at_raw: str | None
    end_at_raw: str | None

    @classmethod
    def from_response(cls, item: JsonObject, domain: str) -> Self:
        """Read one flow step."""
        return cls(
            domain=domain,
            flow_step_id=required_text(item, "id"),
            flow_instance_id=required_text(item, "flowInstanceId"),
            step_name=text_or_none(item, "stepName"),
            display_name=text_or_none(item, "displayName"),
            status=required_text(item, "status"),
            step_type=required_text(item, "stepType"),
            is_delivery_file_retrievable=flag_or_none(item, "deliveryFileRetrievable"),
            is_message_file_retrievable=flag_or_none(item, "messageFileRetrievable"),
            start_at_raw=moment_or_none(item, "startDate"),
            execute_at_raw=moment_or_none(item, "executeDate"),
            end_at_raw=moment_or_none(item, "endDate"),
        )

    def says_gone(self, kind: str) -> bool:
        """Whether the step itself says that its file of this kind cannot be had (any more)."""
        told = {"delivery": self.is_delivery_file_retrievable, "messages": self.is_message_file_retrievable}
        return told.get(kind) is False

    @property
    def is_finished(self) -> bool:
        """The step says that its work was done, so that its files should be there, or were until they expired."""
        return self.status in FINISHED_STEP_STATUSES

    @property
    def has_failed(self) -> bool:
        """The step ended in an error: it may have composed something until then, and left no file that tells it."""
        return self.status == FAILED_STEP_STATUS


@dataclass(frozen=True, slots=True)
class ResourceReference:
    """One design resource that a flow instance used; key (`flow_instance_id`, `resource_id`, `version`)."""

    domain: str
    flow_instance_id: str
    collection_id: str
    resource_id: str
    version: int
    resource_type: str | None
    name: str | None
    state: str | None
    approved_by: str | None
    last_modified_at_raw: str | None
    metadata: str | None

    @classmethod
    def from_response(cls, item: JsonObject, domain: str, flow_instance_id: str, collection_id: str) -> Self:
        """Read one member of a collection; the answer does not name the collection that was asked for."""
        return cls(
            domain=domain,
            flow_instance_id=flow_instance_id,
            collection_id=collection_id,
            resource_id=required_text(item, "id"),
            version=required_integer(item, "version"),
            resource_type=text_or_none(item, "type"),
            name=text_or_none(item, "name"),
            state=text_or_none(item, "state"),
            approved_by=text_or_none(item, "approvedBy"),
            last_modified_at_raw=moment_or_none(item, "lastModifiedDate"),
            metadata=json_or_none(object_or_none(item, "metadata")),
        )


def listed_values(stream: str, item: JsonObject, context: tuple[str, ...]) -> Values:
    """The row of one record of a listing, its times as they are written; `context` is its domain, then ids above it.

    Raises RecordRejected.
    """
    domain = context[0]
    if stream == "jobs":
        return column_values(Job.from_response(item, domain, mask_identifiers))
    if stream == "flow_instances":
        return column_values(FlowInstance.from_response(item, domain, mask_identifiers))
    if stream == "flow_steps":
        return column_values(FlowStep.from_response(item, domain))
    _, flow_instance_id, collection_id = context
    return column_values(ResourceReference.from_response(item, domain, flow_instance_id, collection_id))


def vendor_instant(raw: str | None) -> datetime | None:
    """Epoch milliseconds (as digits) or ISO-8601 with offset as an instant in UTC; None for everything else."""
    if raw is None:
        return None
    try:
        if raw.isascii() and raw.isdigit():
            return datetime.fromtimestamp(int(raw) / 1000, UTC)
        found = datetime.fromisoformat(raw)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None


def _masked(item: JsonObject, name: str, mask: Mask) -> str | None:
    """A text that whoever started the job chose: an external id may be a customer's number."""
    text = text_or_none(item, name)
    return None if text is None else mask(text)
