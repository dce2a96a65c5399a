"""The OpenLineage events of one entry of the log: the same entry always gives the same bytes.

Here belongs what is told of each kind of entry. Names are `datasets`, sending is `delivery`. A run is what an entry
tells of, its id the UUIDv5 of the entry's hash; both of its events carry the instant at which it was logged, as the log
knows no other. No free text, no person and no identifier of a recipient is told.

| entry | job | runs |
|---|---|---|
| batch | `ingest.<system>.<stream>` | one: vendor's stream → landed stream |
| decision | `batches.decide` | one: landed stream → landed stream, where it was accepted |
| replay | `quarantine.replay.<system>.<stream>` | one, where something landed |
| publish | `warehouse.publish` and `warehouse.<schema>.<model>` | one, and one below it for each model, with columns |
| key rotation | none | none: it moves no data |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import attr
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import JobFacet, RunFacet, job_type_job, nominal_time_run, parent_run
from openlineage.client.serde import Serde

from evidence.leaves import BatchLeaf, DispositionLeaf, Leaf, PublishLeaf, ReplayLeaf, canonical_json, instant_text
from evidence.merkle import leaf_hash
from lineage.column_map import ColumnMap
from lineage.datasets import PRODUCER, landed_stream, made_table, published_table, read_table, vendor_stream

PUBLISH_JOB = "warehouse.publish"


@attr.define
class LogEntryRunFacet(RunFacet):
    """Which entry of the log a run is known by, so that whoever doubts the event can have the entry proven."""

    index: int
    leafHash: str  # noqa: N815 - OpenLineage writes its fields so
    origin: str
    kind: str

    @staticmethod
    def _get_schema() -> str:
        return "urn:assettrail:facet:log-entry:1"


@attr.define
class BatchRunFacet(RunFacet):
    """What the claim and the landing gate say of a batch."""

    loadId: str | None  # noqa: N815 - OpenLineage writes its fields so
    outcome: str
    quarantined: int
    isComplete: bool  # noqa: N815 - OpenLineage writes its fields so
    how: str

    @staticmethod
    def _get_schema() -> str:
        return "urn:assettrail:facet:batch:1"


@dataclass(frozen=True)
class LoggedEntry:
    """One entry of the log with its place, as it is read."""

    index: int
    entry: bytes
    leaf: Leaf


@dataclass(frozen=True)
class Teller:
    """What events need beyond the entry itself.

    `batch_of` finds the batch of a load id; `columns_of` the column map of a hash, and raises ContractBroken where it
    is not kept.
    """

    namespace: str
    origin: str
    batch_of: Callable[[str], BatchLeaf | None]
    columns_of: Callable[[str], ColumnMap]

    def events(self, logged: LoggedEntry) -> list[bytes]:
        """Return the events of an entry in their order, each as canonical JSON; none where it moves no data."""
        return [_as_bytes(event) for event in self._events(logged)]

    def _events(self, logged: LoggedEntry) -> Iterator[RunEvent]:
        leaf = logged.leaf
        if isinstance(leaf, BatchLeaf):
            yield from self._batch(logged, leaf)
        elif isinstance(leaf, DispositionLeaf):
            yield from self._decision(logged, leaf)
        elif isinstance(leaf, ReplayLeaf) and leaf.load_id is not None:
            job = f"quarantine.replay.{leaf.system}.{leaf.stream}"
            landed = [self._landed(batch)] if (batch := self.batch_of(leaf.load_id)) else []
            yield from self._run(logged, job, [vendor_stream(leaf.system, leaf.stream)], landed)
        elif isinstance(leaf, PublishLeaf) and leaf.part == 1:
            yield from self._publish(logged, leaf)

    def _batch(self, logged: LoggedEntry, leaf: BatchLeaf) -> Iterator[RunEvent]:
        claim = leaf.claim
        facets: dict[str, RunFacet] = {
            "assettrail_batch": BatchRunFacet(
                leaf.load_id, leaf.outcome, leaf.quarantined, claim.complete, claim.how, producer=PRODUCER
            )
        }
        if claim.window_from is not None:
            facets["nominalTime"] = nominal_time_run.NominalTimeRunFacet(
                instant_text(claim.window_from), instant_text(claim.window_to), producer=PRODUCER
            )
        yield from self._run(
            logged,
            f"ingest.{leaf.system}.{leaf.stream}",
            [vendor_stream(leaf.system, leaf.stream)],
            [self._landed(leaf)],
            facets,
        )

    def _decision(self, logged: LoggedEntry, leaf: DispositionLeaf) -> Iterator[RunEvent]:
        batch = self.batch_of(leaf.load_id)
        if batch is None:
            return
        told = read_table(self.namespace, f"raw_{batch.system}.{batch.stream}")
        yield from self._run(
            logged, "batches.decide", [told], [self._landed(batch)] if leaf.decision == "accepted" else []
        )

    def _landed(self, batch: BatchLeaf) -> OutputDataset:
        return landed_stream(self.namespace, batch.system, batch.stream, batch.rows, batch.row_root)

    def _publish(self, logged: LoggedEntry, leaf: PublishLeaf) -> Iterator[RunEvent]:
        columns = self.columns_of(leaf.column_map_sha256) if leaf.column_map_sha256 else ColumnMap({}, {})
        tables = sorted(leaf.tables)
        start, end = self._run(
            logged,
            PUBLISH_JOB,
            [read_table(self.namespace, table) for table in tables],
            [published_table(self.namespace, columns, table, *_measures(leaf, table)) for table in tables],
        )
        yield start
        for table in sorted(columns.models):
            yield from self._model(logged, leaf, columns, table)
        yield end

    def _model(self, logged: LoggedEntry, leaf: PublishLeaf, columns: ColumnMap, table: str) -> Iterator[RunEvent]:
        made = made_table(self.namespace, columns, table, *_measures(leaf, table))
        inputs = [read_table(self.namespace, parent) for parent in columns.models[table].parents]
        parent = parent_run.ParentRunFacet(
            parent_run.Run(run_id(logged.entry)), parent_run.Job(self.namespace, PUBLISH_JOB), producer=PRODUCER
        )
        yield from self._run(logged, f"warehouse.{table}", inputs, [made], {"parent": parent}, part=table)

    def _run(
        self,
        logged: LoggedEntry,
        job_name: str,
        inputs: Sequence[InputDataset],
        outputs: Sequence[OutputDataset],
        facets: Mapping[str, RunFacet] | None = None,
        part: str = "",
    ) -> tuple[RunEvent, RunEvent]:
        """Return the start and the end of a run; what it read and wrote is told at its end."""
        known_by = LogEntryRunFacet(
            logged.index, leaf_hash(logged.entry).hex(), self.origin, _kind(logged.leaf), producer=PRODUCER
        )
        run = Run(run_id(logged.entry, part), {"assettrail_logEntry": known_by, **(facets or {})})
        about: dict[str, JobFacet] = {
            "jobType": job_type_job.JobTypeJobFacet("BATCH", "ASSETTRAIL", "JOB", producer=PRODUCER)
        }
        job, at = Job(self.namespace, job_name, about), instant_text(logged.leaf.logged_at)
        return (
            RunEvent(eventTime=at, producer=PRODUCER, run=run, job=job, eventType=RunState.START),
            RunEvent(
                eventTime=at,
                producer=PRODUCER,
                run=run,
                job=job,
                eventType=RunState.COMPLETE,
                inputs=list(inputs),
                outputs=list(outputs),
            ),
        )


def run_id(entry: bytes, part: str = "") -> str:
    """Return the id of the run that an entry tells of: UUIDv5 of its leaf hash; `part` names a run below it."""
    name = f"urn:assettrail:entry:{leaf_hash(entry).hex()}"
    return str(uuid5(NAMESPACE_URL, f"{name}:{part}" if part else name))


def _as_bytes(event: RunEvent) -> bytes:
    plain: dict[str, Any] = Serde.to_dict(event)
    return canonical_json(plain)


def _kind(leaf: Leaf) -> str:
    return {BatchLeaf: "batch", DispositionLeaf: "decision", ReplayLeaf: "replay", PublishLeaf: "publish"}[type(leaf)]


def _measures(leaf: PublishLeaf, table: str) -> tuple[int | None, str | None]:
    """Return the rows of a table and the hash of its content; neither where it was not published."""
    facts = leaf.tables.get(table)
    return (int(str(facts["rows"])), str(facts["content_hash"])) if facts else (None, None)
