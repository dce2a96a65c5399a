"""The publish gate and the snapshot: only what is sound and complete is shown to readers."""

from typing import Any

import dagster as dg
import duckdb

from orchestration.keys import CLAIMS, EXCEPTIONS, POOL_WAREHOUSE, SENT_CORRECTIONS, SNAPSHOT
from orchestration.resources import AssettrailResource
from publish.snapshot import BuildOutcome, build_file, publish, retire
from quality.reconciliation import ReconciliationReport, reconcile

KEPT_SNAPSHOTS = 30
TOLD_DIFFERENCES = 5


@dg.asset_check(asset=CLAIMS, blocking=True, name="reconciliation", pool=POOL_WAREHOUSE)
def reconciliation(assettrail: AssettrailResource) -> dg.AssetCheckResult:
    """Warehouse = log = bytes: the rows that leaves promise are in the Parquet files and in the build."""
    settings = assettrail.settings()
    report = reconcile(assettrail.store(), build_file(settings.home))
    facts: dict[str, Any] = report.as_dict()
    return dg.AssetCheckResult(passed=report.passed, metadata=facts, description=differences_in_words(report))


def differences_in_words(report: ReconciliationReport) -> str | None:
    """Return the first differences on one line, stored against expected with the remedy; None when there is none."""
    told = [
        f"{each.subject} has {each.stored}, not {each.expected}: {each.remedy}"
        for each in report.differences[:TOLD_DIFFERENCES]
    ]
    more = len(report.differences) - len(told)
    return "; ".join([*told, *([f"and {more} more"] if more else [])]) or None


@dg.asset_check(asset=EXCEPTIONS, blocking=True, name="control_health", pool=POOL_WAREHOUSE)
def control_health(assettrail: AssettrailResource) -> dg.AssetCheckResult:
    """Every control ran, and every stream has at least one complete, accepted claim behind it."""
    settings = assettrail.settings()
    with duckdb.connect(str(build_file(settings.home)), read_only=True) as connection:
        controls = _controls(connection)
        uncovered = connection.execute(
            "SELECT system_code || '/' || stream_name FROM marts.fct_claims GROUP BY 1 "
            "HAVING count(*) FILTER (is_complete AND outcome = 'accepted') = 0 ORDER BY 1"
        ).fetchall()
    streams = [str(row[0]) for row in uncovered]
    return dg.AssetCheckResult(
        passed=bool(controls),
        description=None if controls else "the build has no table in the schema controls",
        metadata={"controls": controls, "streams_without_a_complete_claim": streams},
    )


@dg.asset(
    key=SNAPSHOT,
    group_name="publish",
    deps=[CLAIMS, EXCEPTIONS],
    kinds={"duckdb", "parquet"},
    pool=POOL_WAREHOUSE,
)
def snapshot(context: dg.AssetExecutionContext, assettrail: AssettrailResource) -> dg.MaterializeResult[None]:
    """One read-only snapshot: every mart, control and report as DuckDB and Parquet, with a manifest."""
    settings = assettrail.settings()
    published = publish(assettrail.store(), settings.home, _outcome(context))
    retired = retire(settings.home, KEPT_SNAPSHOTS)
    tables = published.manifest["tables"]
    lines = ["| table | rows | content hash |", "|---|---|---|"]
    lines += [f"| {name} | {content['rows']} | {content['content_hash'][:16]} |" for name, content in tables.items()]
    return dg.MaterializeResult(
        metadata={
            "name": published.name,
            "data_until": str(published.manifest["data_until"]),
            "dagster/uri": str(published.database),
            "tables": dg.MetadataValue.md("\n".join(lines)),
            "retired": len(retired),
        }
    )


build_warehouse = dg.define_asset_job(
    "build_warehouse",
    selection=(
        dg.AssetSelection.all()
        - dg.AssetSelection.key_prefixes(["landing"])
        - dg.AssetSelection.assets(SENT_CORRECTIONS)
        | dg.AssetSelection.all_asset_checks()
    ),
    description="Build, test, reconcile and publish the warehouse, then propose corrections.",
)


def _controls(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'controls' ORDER BY 1"
    ).fetchall()
    return [str(row[0]) for row in rows]


def _outcome(context: dg.AssetExecutionContext) -> BuildOutcome:
    """Return how many checks of this run passed and failed, as Dagster recorded them."""
    records = context.instance.get_records_for_run(
        context.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ).records
    passed = [record.event_log_entry.dagster_event.asset_check_evaluation_data.passed for record in records]
    return BuildOutcome(checks_passed=sum(passed), checks_failed=len(passed) - sum(passed))
