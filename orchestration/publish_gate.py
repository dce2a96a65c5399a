"""The publish gate: what must hold before readers see a build.

Here belong the two judgements, each as a check's result; that they block, and what waits for them, stands in
`defs/warehouse/publication.py`. Whether a model is true is dbt's; whether the business is in order are the controls.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import dagster as dg
import duckdb

from assettrail.errors import ContractBroken
from ingest.landing_store import LandingStore
from ingest.ledger import Ledger
from orchestration.build_lock import WholeBuild, whole_build
from publish.coverage import StreamCoverage, stream_coverages
from publish.files import build_file
from publish.pipeline_state import ControlHealth
from quality.reconciliation import ReconciliationReport, reconcile

TOLD_DIFFERENCES = 5
DIFFERENCE_COLUMNS = dg.TableSchema(
    columns=[dg.TableColumn(name, "string") for name in ("subject", "stored", "expected", "remedy")]
)
HEALTH_COLUMNS = dg.TableSchema(
    columns=[
        dg.TableColumn("control", "string", description="The model."),
        dg.TableColumn("ran", "bool", description="Whether the build holds its table and its parameters."),
        dg.TableColumn("findings", "int", description="Rows: what is not in order. They never stop a build."),
        dg.TableColumn("evaluated_until", "string", description="Up to when complete claims reach; empty: not at all."),
    ]
)
COVERAGE_COLUMNS = dg.TableSchema(
    columns=[
        dg.TableColumn("stream", "string"),
        dg.TableColumn("subjects", "string", description="What is judged by it."),
        dg.TableColumn("claimed_until", "string", description="Up to when it is completely known; empty: not at all."),
    ]
)
_HEALTH = """
    select
        coalesce(parameters.control_name, ran.table_name, 'NULL') as control,
        parameters.control_name is not null and ran.table_name is not null as ran,
        coalesce(findings.counted, 0) as findings,
        evaluations.evaluated_at
    from rules.control_parameters as parameters
    full join (
        select table_name from information_schema.tables where table_schema = 'controls'
    ) as ran on ran.table_name = parameters.control_name
    left join intermediate.int_evaluations__dated as evaluations using (subject_type)
    left join (
        select control_name, count(*) as counted from marts.fct_exceptions group by control_name
    ) as findings using (control_name)
    order by control
"""


def judge_reconciliation(store: LandingStore, home: Path, ledger: Ledger | None = None) -> dg.AssetCheckResult:
    """Compare log, Parquet files and build file; fails with every difference. `ledger` is the log up to a state."""
    report = reconcile(store, build_file(home), ledger=ledger)
    return dg.AssetCheckResult(
        check_name="reconciliation",
        passed=report.passed,
        description=differences_in_words(report),
        metadata={
            "batches": report.batches,
            "landed_rows": report.landed_rows,
            "accepted_rows": report.accepted_rows,
            "warehouse_rows": report.warehouse_rows,
            "differences": dg.MetadataValue.table(
                [dg.TableRecord(asdict(each)) for each in report.differences], DIFFERENCE_COLUMNS
            ),
        },
    )


def differences_in_words(report: ReconciliationReport) -> str | None:
    """Return the first differences on one line, stored against expected with the remedy; None when there is none."""
    told = [
        f"{each.subject} has {each.stored}, not {each.expected}: {each.remedy}"
        for each in report.differences[:TOLD_DIFFERENCES]
    ]
    more = len(report.differences) - len(told)
    return "; ".join([*told, *([f"and {more} more"] if more else [])]) or None


def judge_control_health(home: Path, not_in_use: Sequence[str] = ()) -> dg.AssetCheckResult:
    """Look at every control in use and the streams it rests on.

    Fails when a name of `not_in_use` is no control, when a control did not run, or when a stream that one needs has no
    accepted complete claim: there, finding nothing means nothing, and readers must not see it as "in order".
    """
    every, streams = control_healths(build_file(home)), needed_streams(build_file(home), not_in_use)
    unknown = sorted(set(not_in_use) - {each.control for each in every})
    controls = [each for each in every if each.control not in not_in_use]
    idle = [each.control for each in controls if not each.ran]
    uncovered = [each.control for each in controls if each.ran and each.evaluated_until is None]
    unclaimed = [each.label for each in streams if each.claimed_until is None]
    return dg.AssetCheckResult(
        check_name="control_health",
        passed=bool(controls) and bool(streams) and not (unknown or idle or uncovered or unclaimed),
        severity=dg.AssetCheckSeverity.ERROR,
        description=_health_in_words(controls, unknown, idle, uncovered, unclaimed),
        metadata={
            "controls": dg.MetadataValue.table([_health_record(each) for each in controls], HEALTH_COLUMNS),
            "streams": dg.MetadataValue.table([_coverage_record(each) for each in streams], COVERAGE_COLUMNS),
            "not_in_use": dg.MetadataValue.text(", ".join(not_in_use) or "none"),
            "streams_without_claim": dg.MetadataValue.text(", ".join(unclaimed) or "none"),
            "findings": sum(each.findings for each in controls),
        },
    )


def needed_streams(file: Path, not_in_use: Sequence[str]) -> list[StreamCoverage]:
    """Return the streams that controls in use rest on (seed evaluation_streams), with what is claimed of them."""
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return stream_coverages(connection, file.stem, not_in_use)


def control_healths(file: Path) -> list[ControlHealth]:
    """Return the health of every control that has parameters or a table in the build file."""
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return [ControlHealth(*row) for row in connection.execute(_HEALTH).fetchall()]


def require_whole_build(home: Path) -> WholeBuild:
    """Return the mark of the build file; raises ContractBroken when it does not hold a whole, tested build."""
    build = whole_build(home)
    if build is None:
        raise ContractBroken(
            tried=f"to publish {build_file(home)}",
            found="no whole build: the last one did not go through, or single models were built from other batches",
            expected="every model built from the same batches, and its tests passed",
            remedy="run the job build_warehouse (`assettrail build`); the last snapshot stays up until then",
        )
    return build


def require_passed(results: Sequence[dg.AssetCheckResult]) -> None:
    """Raise ContractBroken that tells every failed blocking result."""
    failed = [each for each in results if not each.passed and each.severity is dg.AssetCheckSeverity.ERROR]
    if failed:
        raise ContractBroken(
            tried="to publish the warehouse build",
            found="a failed check" + "".join(f"\n  - {each.check_name}: {each.description}" for each in failed),
            expected="reconciliation and control health to pass",
            remedy="correct the cause named above and build again; the last snapshot stays up",
        )


def _health_in_words(
    controls: Sequence[ControlHealth],
    unknown: Sequence[str],
    idle: Sequence[str],
    uncovered: Sequence[str],
    unclaimed: Sequence[str],
) -> str | None:
    if not controls:
        return (
            "the build has no control in use: run the job build_warehouse, or correct the setting controls.not_in_use"
        )
    words = []
    if unknown:
        words.append(f"the setting controls.not_in_use names what is no control: {', '.join(unknown)}")
    if idle:
        words.append(f"no table or no parameters (seeds/control_parameters.csv) for {', '.join(idle)}")
    if unclaimed:
        words.append(
            f"no accepted complete claim of {', '.join(unclaimed)}: connect the system and ingest it; where it "
            "was, marts.fct_claims and `assettrail batches list` tell why its claims are incomplete or held; where "
            "no system has it, name the controls that rest on it in the setting controls.not_in_use"
        )
    if uncovered:
        words.append(
            f"nothing covers what {', '.join(uncovered)} look at, so that finding nothing means nothing: "
            "see `assettrail sources check` and marts.fct_claims"
        )
    return "; ".join(words) or None


def _coverage_record(coverage: StreamCoverage) -> dg.TableRecord:
    until = coverage.claimed_until.isoformat() if coverage.claimed_until else ""
    subjects = ", ".join(coverage.subject_types)
    return dg.TableRecord({"stream": coverage.label, "subjects": subjects, "claimed_until": until})


def _health_record(health: ControlHealth) -> dg.TableRecord:
    until = health.evaluated_until.isoformat() if health.evaluated_until else ""
    return dg.TableRecord(
        {"control": health.control, "ran": health.ran, "findings": health.findings, "evaluated_until": until}
    )
