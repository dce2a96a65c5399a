"""The orchestration runtime: jobs, flow instances, flow steps and the files of their runs.

What belongs here: the records of runs in wire names with instants as epoch milliseconds, finding them and
their files. What does not belong here: composing (`composition.py`) and the query language (`query.py`).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid5

from sandbox.exstream.composition import (
    DELIVERY_FILE_NAME,
    FAILURE,
    MESSAGE_FILE_NAME,
    REPORT_FILE_NAME,
    REPORT_FOLDER_NAME,
    SANDBOX_NAMESPACE,
    Composition,
    Order,
)
from sandbox.exstream.errors import conflict, not_found
from sandbox.exstream.query import Row
from sandbox.journal import Journal

RETENTION = timedelta(days=90)
_PER_CUSTOMER = timedelta(milliseconds=4)
_START_UP = timedelta(milliseconds=180)
_TERMINAL = ("canceled", "complete", "error", "deleted")


@dataclass(frozen=True)
class Run:
    """One job with its flow instance, its steps in order, and where its files lie."""

    job: Row
    flow_instance: Row
    steps: tuple[Row, ...]
    collection_id: str
    resources: tuple[tuple[str, int], ...]
    job_folder: Path
    output_folder: Path

    def step(self, step_type: str) -> Row | None:
        """Return the run's step of a type, None when the run ended before it."""
        return next((step for step in self.steps if step["stepType"] == step_type), None)


@dataclass
class Runtime:
    """All runs of all domains, oldest first."""

    journal: Journal
    runs: dict[str, Run] = field(default_factory=dict)
    _by_instance: dict[str, Run] = field(default_factory=dict)
    _by_step: dict[str, Run] = field(default_factory=dict)
    _orders: dict[tuple[str, str], int] = field(default_factory=dict)

    def next_order(self, domain: str, channel: str) -> int:
        """Reserve the next place in a channel, from 1."""
        self._orders[domain, channel] = self._orders.get((domain, channel), 0) + 1
        return self._orders[domain, channel]

    def add(self, run: Run) -> None:
        """Record a run, or replace its record."""
        self._index(run)
        self.journal.append(
            {
                "kind": "run",
                "job": run.job,
                "flow_instance": run.flow_instance,
                "steps": run.steps,
                "collection_id": run.collection_id,
                "resources": run.resources,
                "job_folder": str(run.job_folder),
                "output_folder": str(run.output_folder),
            }
        )

    def restore(self, entry: Mapping[str, Any]) -> None:
        """Record a run as the journal has it."""
        run = _run_from(entry)
        self._index(run)
        key = (str(run.job["domainId"]), str(run.job["channel"]))
        self._orders[key] = max(self._orders.get(key, 0), int(str(run.job["externalId"]).rpartition("-")[2]))

    def jobs(self, domain: str) -> Iterator[Row]:
        """Yield the jobs of a domain."""
        return (run.job for run in self.runs.values() if run.job["domainId"] == domain)

    def flow_instances(self, domain: str) -> Iterator[Row]:
        """Yield the flow instances of a domain whose job is not deleted."""
        return (run.flow_instance for run in self._kept(domain))

    def flow_steps(self, domain: str) -> Iterator[Row]:
        """Yield the flow steps of a domain whose job is not deleted."""
        return (step for run in self._kept(domain) for step in run.steps)

    def run_of_job(self, domain: str, job_id: str) -> Run:
        """Return the run of a job. Raises ExstreamError 404."""
        return _in_domain(self.runs.get(job_id), domain, "job", job_id)

    def run_of_instance(self, domain: str, instance_id: str) -> Run:
        """Return the run of a flow instance. Raises ExstreamError 404, also when the job was deleted."""
        run = _in_domain(self._by_instance.get(instance_id), domain, "flow instance", instance_id)
        return _not_deleted(run, "flow instance", instance_id)

    def run_of_step(self, domain: str, step_id: str) -> Run:
        """Return the run of a flow step. Raises ExstreamError 404, also when the job was deleted."""
        run = _in_domain(self._by_step.get(step_id), domain, "flow step", step_id)
        return _not_deleted(run, "flow step", step_id)

    def with_step(self, step_id: str) -> Run:
        """Return the run of a step that is known to exist, in whatever domain. Raises KeyError."""
        return self._by_step[step_id]

    def delete(self, domain: str, job_id: str) -> None:
        """Delete a finished job with its working folder. Raises ExstreamError 404, 409 while it runs."""
        run = self.run_of_job(domain, job_id)
        if run.job["status"] not in _TERMINAL:
            raise conflict(f"Job {job_id} is {run.job['status']}; only finished jobs can be deleted.")
        shutil.rmtree(run.job_folder, ignore_errors=True)
        self.add(replace(run, job={**run.job, "status": "deleted"}))

    def _kept(self, domain: str) -> Iterator[Run]:
        for run in self.runs.values():
            if run.job["domainId"] == domain and run.job["status"] != "deleted":
                yield run

    def _index(self, run: Run) -> None:
        self.runs[str(run.job["id"])] = run
        self._by_instance[str(run.flow_instance["id"])] = run
        self._by_step.update({str(step["id"]): run for step in run.steps})


def describe_run(
    order: Order,
    composition: Composition,
    *,
    output_folder: Path,
    mode: str,
    place: int,
    triggered_by: str,
    resources: Sequence[tuple[str, int]],
) -> Run:
    """Return the records of a composed run; it ends a few milliseconds per customer after its start."""
    ended = order.now + _START_UP + _PER_CUSTOMER * composition.customer_count
    status = "error" if order.is_failed else "complete"
    common: Row = {
        "domainId": order.domain,
        "status": status,
        "startDate": to_milliseconds(order.now),
        "endDate": to_milliseconds(ended),
        "expirationDate": to_milliseconds(order.now + RETENTION),
        "msg": FAILURE if order.is_failed else None,
        "externalId": f"{order.channel}-{place:05d}",
        "flowModelType": "COMMUNICATION",
    }
    flow_model = uuid5(SANDBOX_NAMESPACE, f"flow-model/{order.domain}/{order.channel}")
    job: Row = {
        "id": order.ids.job,
        "channel": order.channel,
        "mode": mode,
        "triggeredBy": triggered_by,
        "aggregatedFMCSnapshotId": str(uuid5(flow_model, "aggregated")),
        "traceId": order.ids.job.replace("-", ""),
        "simulation": False,
        **common,
    }
    flow_instance: Row = {
        "id": order.ids.flow_instance,
        "jobId": order.ids.job,
        "flowModelId": str(flow_model),
        "flowModelSnapshotId": str(uuid5(flow_model, "snapshot")),
        "flowModelName": f"{order.channel} flow",
        "inputRetrievable": True,
        "executingLongRunningOp": False,
        **common,
    }
    return Run(
        job=job,
        flow_instance=flow_instance,
        steps=_steps(order, ended),
        collection_id=order.ids.collection,
        resources=tuple(resources),
        job_folder=output_folder.parents[3],  # {job}/{flow instance}/docgen/{uuid}/output
        output_folder=output_folder,
    )


def _steps(order: Order, ended: datetime) -> tuple[Row, ...]:
    ids = order.ids
    started = order.now + _START_UP / 2
    steps = [
        _step(order, ids.input_step, None, "input", "DriverInput", (order.now, started)),
        _step(order, ids.communication_step, ids.input_step, "communication", "Compose", (started, ended)),
    ]
    if not order.is_failed:
        output = _step(order, ids.output_step, ids.communication_step, "output", "Deliver", (ended, ended))
        steps.append(output)
    return tuple(steps)


def _step(
    order: Order,
    step_id: str,
    previous_id: str | None,
    step_type: str,
    name: str,
    span: tuple[datetime, datetime],
) -> Row:
    is_engine = step_type == "communication"
    has_failed = is_engine and order.is_failed
    start, end = (to_milliseconds(instant) for instant in span)
    return {
        "id": step_id,
        "previousStepId": previous_id,
        "flowInstanceId": order.ids.flow_instance,
        "stepName": name,
        "displayName": f"{name} ({order.channel})",
        "status": "error" if has_failed else "complete",
        "stepType": step_type,
        "queueDate": start,
        "startDate": start,
        "executeDate": start,
        "endDate": end,
        "expirationDate": to_milliseconds(order.now + RETENTION),
        "msg": FAILURE if has_failed else None,
        "externalId": None,
        "deliveryFileRetrievable": is_engine,
        "messageFileRetrievable": is_engine,
    }


def flow_model_snapshots(runtime: Runtime, domain: str) -> list[Row]:
    """Return one row per flow model that ran in a domain, published when it first ran."""
    snapshots: dict[str, Row] = {}
    for instance in runtime.flow_instances(domain):
        snapshot_id = str(instance["flowModelSnapshotId"])
        snapshots.setdefault(
            snapshot_id,
            {
                "snapshotId": snapshot_id,
                "dasId": instance["flowModelId"],
                "dasVersion": 1,
                "domain": domain,
                "name": instance["flowModelName"],
                "description": None,
                "publishedBy": "designer",
                "publishDate": instance["startDate"],
                "unpublishDate": None,
            },
        )
    return list(snapshots.values())


def delivery_file_of(run: Run) -> Path:
    """Return where the delivery file of a run lies, whether or not it is still there."""
    return run.output_folder / DELIVERY_FILE_NAME


def message_file_of(run: Run) -> Path:
    """Return where the message file of a run lies, whether or not it is still there."""
    return run.output_folder / MESSAGE_FILE_NAME


def input_of(run: Run) -> Path:
    """Return where the driver data of a run lies, whether or not it is still there."""
    return run.output_folder.parents[2] / "input" / "driver.jsonl"


def artifact_of(run: Run, name: str) -> Path:
    """Return where a report of a run lies, ours or one that lies beside it in a `Report_…` folder.

    Raises ExstreamError 404 for a name that the run does not have.
    """
    if name == REPORT_FILE_NAME:
        return run.output_folder / REPORT_FOLDER_NAME / REPORT_FILE_NAME
    for path in sorted(run.output_folder.glob("Report_*/*")):
        if path.name == name and path.is_file():
            return path
    raise not_found(f"There is no artifact {name!r}; there is {REPORT_FILE_NAME}.")


def outputs_of(run: Run, customer_number: int) -> list[Path]:
    """Return where the composed outputs of one customer of a run lie, whether or not they are still there."""
    return sorted(run.output_folder.glob(f"Queue_*/{customer_number:06d}_*"))


def to_milliseconds(instant: datetime) -> int:
    """Return an instant as epoch milliseconds, as real installations put it on the wire."""
    return round(instant.timestamp() * 1000)


def _in_domain(run: Run | None, domain: str, what: str, record_id: str) -> Run:
    if run is None or run.job["domainId"] != domain:
        raise not_found(f"There is no {what} {record_id} in domain {domain}.")
    return run


def _not_deleted(run: Run, what: str, record_id: str) -> Run:
    if run.job["status"] == "deleted":
        raise not_found(f"The job of {what} {record_id} was deleted.")
    return run


def _run_from(entry: Mapping[str, Any]) -> Run:
    return Run(
        job=entry["job"],
        flow_instance=entry["flow_instance"],
        steps=tuple(entry["steps"]),
        collection_id=entry["collection_id"],
        resources=tuple((resource, version) for resource, version in entry["resources"]),
        job_folder=Path(entry["job_folder"]),
        output_folder=Path(entry["output_folder"]),
    )
