"""How a system's landing streams become Dagster assets, checks, a job and a schedule.

Here belongs the shape that the systems share; what differs (descriptions, rhythm) stands in `defs/<system>/`.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from assettrail.settings import Settings
from ingest.batches import BatchSummary, list_batches
from ingest.exstream.drop_folder import open_drop_folder
from ingest.extract import Source
from ingest.landing import LandedBatch, LandingStore
from ingest.run import ingest_stream
from ingest.schema import stream_schema
from ingest.sources import open_source
from orchestration.keys import landing_key
from orchestration.resources import AssettrailResource
from quality.gate import great_expectations_gate

GATE_CHECK = "great_expectations"


class LandingConfig(dg.Config):
    """What a run may choose: an Exstream output folder to land instead of reading REST."""

    folder: str | None = None

    def source(self, settings: Settings, system: str, store: LandingStore) -> Source:
        """Return the source that the run reads."""
        if self.folder is None:
            return open_source(settings, system, store)
        return open_drop_folder(settings, store, Path(self.folder))


def landing_assets(system: str, descriptions: Mapping[str, str], fail_window: timedelta) -> dg.AssetsDefinition:
    """Return the assets `landing/<system>/<stream>`, each of which can be materialized alone.

    `descriptions` gives the grain of each stream, in landing order; `fail_window` is the age at which a stream
    counts as stale.
    """
    specs = [
        dg.AssetSpec(
            landing_key(system, stream),
            description=description,
            group_name=system,
            kinds={system, "parquet"},
            skippable=True,
            metadata={"dagster/column_schema": column_schema(system, stream)},
            freshness_policy=dg.FreshnessPolicy.time_window(fail_window=fail_window),
        )
        for stream, description in descriptions.items()
    ]

    @dg.multi_asset(name=f"land_{system}", specs=specs, can_subset=True)
    def land(
        context: dg.AssetExecutionContext, config: LandingConfig, assettrail: AssettrailResource
    ) -> Iterator[dg.MaterializeResult[None]]:
        store = assettrail.store()
        source = config.source(assettrail.settings(), system, store)
        for stream in source.streams():
            key = landing_key(system, stream)
            if key in context.selected_asset_keys:
                batches = ingest_stream(source, stream, store, great_expectations_gate)
                yield materialization(key, batches)

    return land


def materialization(key: dg.AssetKey, batches: list[LandedBatch]) -> dg.MaterializeResult[None]:
    """Return what Dagster shows of the batches that one run landed for a stream."""
    last = batches[-1]
    return dg.MaterializeResult(
        asset_key=key,
        data_version=dg.DataVersion(last.row_root) if last.row_root else None,
        metadata={
            "dagster/row_count": sum(batch.rows for batch in batches),
            "quarantined": sum(batch.quarantined for batch in batches),
            "unreadable": sum(batch.unreadable for batch in batches),
            "batches": dg.MetadataValue.md(batch_table(batches)),
            "window_to": dg.MetadataValue.timestamp(last.claim.window_to),
            "is_complete": last.claim.complete,
            "claim": last.claim.detail,
            "outcome": last.outcome,
        },
    )


def batch_table(batches: list[LandedBatch]) -> str:
    """Return the landed batches as a Markdown table."""
    lines = [
        "| log index | batch | rows | quarantined | outcome | complete | how |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {batch.log_index} | {batch.load_id or '–'} | {batch.rows} | {batch.quarantined} | {batch.outcome} "
        f"| {'yes' if batch.claim.complete else 'no'} | {batch.claim.how}: {batch.claim.detail} |"
        for batch in batches
    ]
    return "\n".join(lines)


def column_schema(system: str, stream: str) -> dg.TableSchema:
    """Return the landed columns and types of a stream for its asset page."""
    schema = stream_schema(system, stream)
    return dg.TableSchema(
        columns=[
            dg.TableColumn(field.name, str(field.type), constraints=dg.TableColumnConstraints(nullable=field.nullable))
            for field in schema.arrow_schema()
        ]
    )


def gate_checks(system: str, streams: Mapping[str, str]) -> dg.AssetChecksDefinition:
    """Return the blocking checks of a system's streams: no held batch waits for a person's decision."""
    specs = [
        dg.AssetCheckSpec(
            GATE_CHECK,
            asset=landing_key(system, stream),
            blocking=True,
            description="The Great Expectations suite of this stream held no batch that is still undecided.",
        )
        for stream in streams
    ]

    @dg.multi_asset_check(name=f"check_{system}", specs=specs, can_subset=True)
    def check(context: dg.AssetCheckExecutionContext, assettrail: AssettrailResource) -> Iterator[dg.AssetCheckResult]:
        held = held_by_stream(assettrail.store(), system)
        for key in context.selected_asset_check_keys:
            yield gate_result(key, held.get(key.asset_key.path[-1], []))

    return check


def held_by_stream(store: LandingStore, system: str) -> dict[str, list[BatchSummary]]:
    """Return the undecided held batches of a system by stream."""
    held: dict[str, list[BatchSummary]] = {}
    for batch in list_batches(store):
        if batch.system == system and batch.outcome == "held":
            held.setdefault(batch.stream, []).append(batch)
    return held


def gate_result(key: dg.AssetCheckKey, held: list[BatchSummary]) -> dg.AssetCheckResult:
    """Return the check's result with the failed expectations and the rows concerned."""
    lines = ["| batch | expectation | column | rows that fail | row hashes |", "|---|---|---|---|---|"]
    lines += [
        f"| {batch.load_id} | {failed.expectation} | {failed.column or '–'} | {failed.unexpected_count} "
        f"| {', '.join(row_hash[:12] for row_hash in failed.sample_row_hashes) or '–'} |"
        for batch in held
        for failed in batch.failed
    ]
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=not held,
        description="; ".join(map(held_in_words, held)) or None,
        metadata={
            "held_batches": len(held),
            **({"failed_expectations": dg.MetadataValue.md("\n".join(lines))} if held else {}),
        },
    )


def held_in_words(batch: BatchSummary) -> str:
    """Return why a batch is held and how to decide on it, on one line."""
    why = ", ".join(f"not so in {failed.unexpected_count} row(s): {failed.expectation}" for failed in batch.failed)
    return (
        f"the batch {batch.load_id} is held ({why}); see its rows with `assettrail batches show {batch.load_id}` and "
        "decide with `assettrail batches accept` or `reject`; until then the last good snapshot stays up"
    )


def ingest_job(system: str) -> UnresolvedAssetJobDefinition:
    """Return the job `ingest_<system>`: every stream of the system with its checks."""
    return dg.define_asset_job(
        f"ingest_{system}",
        selection=dg.AssetSelection.key_prefixes(["landing", system]),
        description=f"Land every stream of {system} and run the landing gate.",
    )


def ingest_schedule(system: str, cron: str) -> dg.ScheduleDefinition:
    """Return the schedule of a system's ingest job, in UTC, off until someone turns it on."""
    return dg.ScheduleDefinition(
        name=f"ingest_{system}_schedule",
        job_name=f"ingest_{system}",
        cron_schedule=cron,
        execution_timezone="UTC",
    )
