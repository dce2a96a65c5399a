"""The publish gate and the snapshot: only what is sound and complete is shown to readers."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import dagster as dg

from assettrail.settings import Settings
from ingest.landing_store import LandingStore
from orchestration.keys import (
    CLAIMS,
    EXCEPTIONS,
    LINEAGE_EVENTS,
    MEASURED_FEEDBACK,
    POOL_WAREHOUSE,
    SENT_CORRECTIONS,
    SNAPSHOT,
)
from orchestration.manifest import published_keys, published_reports, published_table_keys, published_words
from orchestration.pipeline_state import pipeline_state
from orchestration.publish_gate import judge_control_health, judge_reconciliation, require_passed, require_whole_build
from orchestration.resources import AssettrailResource, BuildFileResource
from publish.origin import MadeBy
from publish.reading import Snapshot
from publish.snapshot import BuildOutcome, publish, retire

KEPT_SNAPSHOTS = 30
TABLE_COLUMNS = dg.TableSchema(
    columns=[
        dg.TableColumn("table", "string"),
        dg.TableColumn("rows", "int"),
        dg.TableColumn("content_hash", "string", description="Equal content, equal hash, whatever the order of rows."),
    ]
)


@dg.asset_check(asset=CLAIMS, blocking=True, name="reconciliation", pool=POOL_WAREHOUSE)
def reconciliation(
    assettrail: AssettrailResource,
    build_file: BuildFileResource,  # noqa: ARG001 - held while the run works
) -> dg.AssetCheckResult:
    """Warehouse = log = bytes: the rows that leaves promise are in the Parquet files and in the build."""
    return judge_reconciliation(assettrail.store(), assettrail.settings().home)


@dg.asset_check(asset=EXCEPTIONS, blocking=True, name="control_health", pool=POOL_WAREHOUSE)
def control_health(
    assettrail: AssettrailResource,
    build_file: BuildFileResource,  # noqa: ARG001 - held while the run works
) -> dg.AssetCheckResult:
    """Every control ran, and every stream that one rests on has a complete claim: else it finds nothing, wrongly."""
    settings = assettrail.settings()
    return judge_control_health(settings.home, settings.controls.not_in_use)


@dg.asset(
    key=SNAPSHOT,
    group_name="publish",
    deps=published_keys(),
    kinds={"duckdb", "parquet"},
    pool=POOL_WAREHOUSE,
    freshness_policy=dg.FreshnessPolicy.time_window(warn_window=timedelta(hours=3), fail_window=timedelta(hours=26)),
)
def snapshot(
    context: dg.AssetExecutionContext,
    assettrail: AssettrailResource,
    build_file: BuildFileResource,  # noqa: ARG001 - held while the run works
) -> dg.MaterializeResult[None]:
    """One read-only snapshot: every mart, control and report as DuckDB and Parquet, with a manifest.

    Materialized alone it publishes the last whole build, after the same gate.
    """
    settings, store = assettrail.settings(), assettrail.store()
    published = publish(store, settings.home, sound_build(context, store, settings))
    retired = retire(settings.home, KEPT_SNAPSHOTS)
    return dg.MaterializeResult(metadata={**snapshot_metadata(published), "retired": len(retired)})


build_warehouse = dg.define_asset_job(
    "build_warehouse",
    selection=(
        dg.AssetSelection.all()
        - dg.AssetSelection.key_prefixes(["landing"], ["backfill"])
        - dg.AssetSelection.assets(MEASURED_FEEDBACK, SENT_CORRECTIONS, LINEAGE_EVENTS)
        | dg.AssetSelection.all_asset_checks()
    ),
    description="Build, test, reconcile and publish the warehouse, then propose corrections.",
    tags={"assettrail/step": "build"},
)

build_warehouse_schedule = dg.ScheduleDefinition(
    name="build_warehouse_schedule",
    job_name="build_warehouse",
    cron_schedule="40 * * * *",
    execution_timezone="UTC",
    description="Builds and publishes what the hour's ingests landed. Off until turned on here; times are UTC.",
)


def sound_build(context: dg.AssetExecutionContext, store: LandingStore, settings: Settings) -> BuildOutcome:
    """Return what the checks of the build said; raises ContractBroken when it is not sound.

    Where this run evaluated the gate, Dagster has stopped it already; where it did not, the gate is asked here.
    """
    home, not_in_use = settings.home, settings.controls.not_in_use
    build = require_whole_build(home)
    passed = checks_of_run(context)
    if not {"reconciliation", "control_health"} <= set(passed):
        results = [judge_reconciliation(store, home), judge_control_health(home, not_in_use)]
        require_passed(results)
        passed = {str(each.check_name): bool(each.passed) for each in results}
    gate = [passed["reconciliation"], passed["control_health"]]
    return BuildOutcome(
        build.tests_passed + gate.count(True),
        build.tests_failed + gate.count(False),
        build.read_entries,
        MadeBy.from_manifest(build.made_by),
        published_table_keys(),
        build.column_map_sha256,
        not_in_use,
        pipeline_state(store, settings, build),
        published_words(),
        published_reports(),
        tuple(build.failed_tests),
    )


def checks_of_run(context: dg.AssetExecutionContext) -> Mapping[str, bool]:
    """Return the checks that this run evaluated, by name, and whether they passed."""
    records = context.instance.get_records_for_run(
        context.run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ).records
    evaluations = [record.event_log_entry.dagster_event.asset_check_evaluation_data for record in records]
    return {each.check_name: each.passed for each in evaluations}


def snapshot_metadata(published: Snapshot) -> dict[str, Any]:
    """Return what Dagster shows of a snapshot; the numbers are drawn over time."""
    tables = published.manifest["tables"]
    until = published.manifest["data_until"]
    records = [
        dg.TableRecord({"table": name, "rows": content["rows"], "content_hash": content["content_hash"]})
        for name, content in tables.items()
    ]
    return {
        "name": published.name,
        **({"data_until": dg.MetadataValue.timestamp(datetime.fromisoformat(until))} if until else {}),
        "exceptions": tables["marts.fct_exceptions"]["rows"],
        "asset_uses": tables["marts.fct_asset_uses"]["rows"],
        "communications": tables["marts.fct_communications"]["rows"],
        "tables": dg.MetadataValue.table(records, TABLE_COLUMNS),
        "dagster/uri": str(published.database),
    }
