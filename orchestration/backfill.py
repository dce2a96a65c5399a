"""How past days of a system's streams become Dagster partitions: one per day of the source, in UTC.

Here belongs the shape that the systems share. What a window is, and which streams have one, is `ingest.backfill`. The
assets stand beside those of landing and have no part in them: a partition says which days were read again, and landing
goes on from its own cursor.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from ingest.backfill import ReadDays, backfill_stream, days_of, streams_with_windows
from ingest.extract import Source
from ingest.landing import LandedBatch
from ingest.sources import open_source
from orchestration.keys import backfill_key
from orchestration.landing import BATCH_COLUMNS, batch_records, claims_in_words
from orchestration.resources import AssettrailResource
from quality.gate import great_expectations_gate

SOURCE_DAYS = dg.DailyPartitionsDefinition(start_date="2015-01-01", timezone="UTC")
"""Every past day that can be asked for; a range of days is read in one run."""


def backfill_assets(system: str, descriptions: Mapping[str, str]) -> dg.AssetsDefinition:
    """Return the assets `backfill/<system>/<stream>`, partitioned by day of the source.

    A day is materialized only where it was read to its end and no batch of it is held; what was not fails the run when
    the other streams are read. One run at a time reads a system: they share the pool of its name with landing.
    """
    specs = [
        dg.AssetSpec(
            backfill_key(system, stream),
            description=f"One partition per day (UTC) whose records were read again and landed once. {description}",
            group_name=system,
            kinds={system, "parquet"},
            skippable=True,
        )
        for stream, description in descriptions.items()
    ]

    @dg.multi_asset(
        name=f"read_{system}_days",
        specs=specs,
        can_subset=True,
        pool=system,
        partitions_def=SOURCE_DAYS,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def read_days(
        context: dg.AssetExecutionContext, assettrail: AssettrailResource
    ) -> Iterator[dg.MaterializeResult[None]]:
        settings, store = assettrail.settings(connects=True), assettrail.store()
        source = open_source(settings, system, store)
        start, end = context.partition_time_window
        window = days_of(start.date(), (end - timedelta(microseconds=1)).date(), store.clock.now())
        days = ReadDays(store, system, window)
        with store.raw.use.scope():  # One walk keeps the files of several streams.
            for stream in streams_of_days(context, source):
                batches = backfill_stream(source, stream, window, store, great_expectations_gate)
                if days.counts(stream, batches):
                    yield days_read(backfill_key(system, stream), batches)
        days.refuse_unread()

    return read_days


def streams_of_days(context: dg.AssetExecutionContext, source: Source) -> list[str]:
    """Return the selected streams that can be read by window, in landing order; says which cannot."""
    wanted = [key.path[-1] for key in context.selected_asset_keys]
    able = [stream for stream in streams_with_windows(source) if stream in wanted]
    if missing := sorted(set(wanted) - set(able)):
        context.log.warning("Not read, as this installation cannot ask for days of it: %s.", ", ".join(missing))
    return able


def days_read(key: dg.AssetKey, batches: list[LandedBatch]) -> dg.MaterializeResult[None]:
    """Return what Dagster shows of the batches that a window brought, none of them held; the last has its claim."""
    last = batches[-1]
    return dg.MaterializeResult(
        asset_key=key,
        metadata={
            "new_rows": sum(batch.rows for batch in batches),
            "unreadable": sum(batch.unreadable for batch in batches),
            "batches": dg.MetadataValue.table(batch_records(batches), BATCH_COLUMNS),
            "is_complete": last.claim.complete,
            "claim": claims_in_words(batches),
            "outcome": last.outcome,
        },
    )


def backfill_job(system: str) -> UnresolvedAssetJobDefinition:
    """Return the job `backfill_<system>`: the streams of the system for the days that are asked for."""
    return dg.define_asset_job(
        f"backfill_{system}",
        selection=dg.AssetSelection.key_prefixes(["backfill", system]),
        description=f"Read past days of {system} again and land them once; the streams' own reading goes on as it was.",
        tags={"assettrail/step": "backfill", "assettrail/system": system},
    )
