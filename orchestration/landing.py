"""How a system's landing streams become Dagster assets, checks, a job and a schedule.

Here belongs the shape that the systems share; what differs (descriptions, rhythm) stands in `defs/<system>/`.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from corrections.store.outbox_source import OutboxSource
from ingest.batches import BatchSummary, list_batches
from ingest.exstream.drop_folder import open_drop_folder
from ingest.extract import Source
from ingest.landing import LandedBatch
from ingest.landing_store import LandingStore
from ingest.ledger import LoggedBatch
from ingest.run import ingest_streams
from ingest.schema import stream_schema
from ingest.sources import open_source
from ingest.trading_grid.drop_source import LocalFolder
from ingest.trading_grid.opening import open_drops
from orchestration.keys import landing_key
from orchestration.manifest import arrow_columns, landed_columns
from orchestration.resources import AssettrailResource
from quality.gate import great_expectations_gate

GATE_CHECK = "great_expectations"
CORRECTIONS = "corrections"
"""The outbox: a source beside the vendors' systems."""

BATCH_COLUMNS = dg.TableSchema(
    columns=[
        dg.TableColumn("log_index", "int", description="Index of the batch's entry in the log."),
        dg.TableColumn("batch", "string", description="Load id, for `assettrail batches show`."),
        dg.TableColumn("rows", "int", description="Rows that were new."),
        dg.TableColumn("quarantined", "int", description="Records that cannot be read, new in quarantine."),
        dg.TableColumn("outcome", "string", description="What the landing gate said: accepted or held."),
        dg.TableColumn("is_complete", "bool", description="Whether nothing of the window is missing."),
        dg.TableColumn("how", "string", description="How the source's completeness is known, or why it is not."),
    ]
)
FAILURE_COLUMNS = dg.TableSchema(
    columns=[
        dg.TableColumn("batch", "string", description="Load id, for `assettrail batches show`."),
        dg.TableColumn("expectation", "string", description="What the source promises, and these rows break."),
        dg.TableColumn("column", "string", description="The column concerned; empty: the row or the batch."),
        dg.TableColumn("rows_that_fail", "int", description="Number of rows."),
        dg.TableColumn("row_hashes", "string", description="`_row_hash` of some of them."),
    ]
)


class LandingConfig(dg.Config):
    """What a run may choose: a folder to land instead of reading the vendor's service.

    Exstream's engine output, or Trading Grid's dropped exports and X12 files.
    """

    folder: str | None = None

    def source(self, settings: Settings, system: str, store: LandingStore) -> Source:
        """Return the source that the run reads."""
        if self.folder is None and system == CORRECTIONS:
            return OutboxSource(settings, store)
        if self.folder is None:
            return open_source(settings, system, store)
        if system == "exstream":
            return open_drop_folder(settings, store, Path(self.folder))
        if system == "trading_grid":
            return open_drops(settings, store, LocalFolder(Path(self.folder)))
        raise ConfigurationError(
            tried=f"to ingest {system} from the folder {self.folder}",
            found="a system that writes no files",
            expected="a folder for exstream or trading_grid only",
            remedy="leave `folder` out of the run's configuration",
        )


def landing_assets(
    system: str, descriptions: Mapping[str, str], freshness: dg.FreshnessPolicy, part: str | None = None
) -> dg.AssetsDefinition:
    """Return the assets `landing/<system>/<stream>`, each of which can be materialized alone.

    `part` names streams that not every installation has: they have a step of their own, so that leaving them out skips
    no check of the others.

    `descriptions` gives the grain of each stream, in landing order; `freshness` the age at which a stream is late.
    One run at a time reads a system: they share the pool of its name.
    """
    specs = [
        dg.AssetSpec(
            landing_key(system, stream),
            description=description,
            group_name=system,
            kinds={system, "parquet"},
            skippable=True,
            metadata={"dagster/column_schema": column_schema(system, stream)},
            freshness_policy=freshness,
        )
        for stream, description in descriptions.items()
    ]

    @dg.multi_asset(name=f"land_{part or system}", specs=specs, can_subset=True, pool=system)
    def land(
        context: dg.AssetExecutionContext, config: LandingConfig, assettrail: AssettrailResource
    ) -> Iterator[dg.MaterializeResult[None]]:
        settings = assettrail.settings(connects=config.folder is None and system != CORRECTIONS)
        store = assettrail.store()
        source = config.source(settings, system, store)
        streams = streams_to_land(context, source)
        for stream, batches in ingest_streams(source, streams, store, great_expectations_gate):
            yield materialization(landing_key(system, stream), batches, accepted_batches(store, system, stream))

    return land


def streams_to_land(context: dg.AssetExecutionContext, source: Source) -> list[str]:
    """Return the selected streams that the source has, in landing order; says which it has not."""
    wanted = {key.path[-1] for key in context.selected_asset_keys}
    if missing := sorted(wanted - set(source.streams())):
        context.log.warning(
            "This source has no %s. With them the step of the landing gate's checks is skipped: "
            "select the other streams only. A held batch still stops the build.",
            ", ".join(missing),
        )
    return [stream for stream in source.streams() if stream in wanted]


def accepted_batches(store: LandingStore, system: str, stream: str) -> list[LoggedBatch]:
    """Return the accepted batches of a stream that brought rows: all that the warehouse reads of it."""
    store.ledger.refresh()
    batches = store.ledger.of_stream(system, stream)
    return [batch for batch in batches if batch.leaf.rows and batch.standing == "accepted"]


def materialization(
    key: dg.AssetKey, batches: list[LandedBatch], accepted: list[LoggedBatch]
) -> dg.MaterializeResult[None]:
    """Return what Dagster shows of the batches that one run landed for a stream, and of all that the stream holds.

    The data version changes with the accepted rows only: where nothing new came, nothing downstream is out of date.
    """
    last = batches[-1]
    roots = "\n".join(str(batch.leaf.row_root) for batch in accepted)
    return dg.MaterializeResult(
        asset_key=key,
        data_version=dg.DataVersion(hashlib.sha256(roots.encode()).hexdigest()),
        metadata={
            "dagster/row_count": sum(batch.leaf.rows for batch in accepted),
            "new_rows": sum(batch.rows for batch in batches),
            "quarantined": sum(batch.quarantined for batch in batches),
            "unreadable": sum(batch.unreadable for batch in batches),
            "batches": dg.MetadataValue.table(batch_records(batches), BATCH_COLUMNS),
            "window_to": dg.MetadataValue.timestamp(last.claim.window_to),
            "is_complete": last.claim.complete,
            "claim": claims_in_words(batches),
            "outcome": "held" if any(batch.outcome == "held" for batch in batches) else last.outcome,
        },
    )


def claims_in_words(batches: list[LandedBatch]) -> str:
    """Return what the last claim says, behind those of earlier batches that had records that could not be read."""
    return "; ".join([*(batch.claim.detail for batch in batches[:-1] if batch.unreadable), batches[-1].claim.detail])


def batch_records(batches: list[LandedBatch]) -> list[dg.TableRecord]:
    """Return one record per batch with the columns of `BATCH_COLUMNS`."""
    return [
        dg.TableRecord(
            {
                "log_index": batch.log_index,
                "batch": batch.load_id or "no new row",
                "rows": batch.rows,
                "quarantined": batch.quarantined,
                "outcome": batch.outcome,
                "is_complete": batch.claim.complete,
                "how": f"{batch.claim.how}: {batch.claim.detail}",
            }
        )
        for batch in batches
    ]


def column_schema(system: str, stream: str) -> dg.TableSchema:
    """Return the landed columns of a stream, their types and what they mean, for its asset page."""
    return arrow_columns(stream_schema(system, stream).arrow_schema(), landed_columns(system, stream))


def gate_checks(system: str, streams: Mapping[str, str], part: str | None = None) -> dg.AssetChecksDefinition:
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

    @dg.multi_asset_check(name=f"check_{part or system}", specs=specs, can_subset=True)
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
    failures = [
        dg.TableRecord(
            {
                "batch": str(batch.load_id),
                "expectation": failed.expectation,
                "column": failed.column or "",
                "rows_that_fail": failed.unexpected_count,
                "row_hashes": ", ".join(failed.sample_row_hashes),
            }
        )
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
            **({"failed_expectations": dg.MetadataValue.table(failures, FAILURE_COLUMNS)} if held else {}),
        },
    )


def held_in_words(batch: BatchSummary) -> str:
    """Return why a batch is held and how to decide on it, on one line."""
    why = ", ".join(f"not so in {failed.unexpected_count} row(s): {failed.expectation}" for failed in batch.failed)
    return (
        f"the batch {batch.load_id} is held ({why}); see its rows with `assettrail batches show {batch.load_id}` and "
        "decide with `assettrail batches accept` or `reject`; until then the last good snapshot stays up"
    )


def ingest_freshness(usual: timedelta) -> dg.FreshnessPolicy:
    """Return the policy of a system that is read every `usual`: late after three times that, stale after 26 hours."""
    return dg.FreshnessPolicy.time_window(warn_window=3 * usual, fail_window=timedelta(hours=26))


def ingest_job(system: str) -> UnresolvedAssetJobDefinition:
    """Return the job `ingest_<system>`: every stream of the system with its checks."""
    return dg.define_asset_job(
        f"ingest_{system}",
        selection=dg.AssetSelection.key_prefixes(["landing", system]),
        description=f"Land every stream of {system} and run the landing gate.",
        tags={"assettrail/step": "ingest", "assettrail/system": system},
    )


def ingest_schedule(system: str, cron: str) -> dg.ScheduleDefinition:
    """Return the schedule of a system's ingest job, in UTC, off until someone turns it on."""
    return dg.ScheduleDefinition(
        name=f"ingest_{system}_schedule",
        job_name=f"ingest_{system}",
        cron_schedule=cron,
        execution_timezone="UTC",
        description=f"Lands {system}. Off until turned on here; times are UTC.",
    )
