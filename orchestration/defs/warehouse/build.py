"""From the log to marts: the projection of accepted batches, and dbt over it.

Only dbt writes the build file. Everything here holds the pool `warehouse`.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    dbt_assets,
)

from assettrail.settings import ApprovalFields, Settings, VerdictSettings
from ingest.projection import BATCHES_SCHEMA, project_log
from ingest.schema import STREAMS
from orchestration.build_lock import WholeBuild, mark, projection_sha256, unmark
from orchestration.columns import arrow_columns, landed_columns
from orchestration.keys import LOG_BATCHES, POOL_WAREHOUSE, landing_key
from orchestration.resources import AssettrailResource, BuildFileResource, WarehouseDbt, dbt_project

PROJECT = dbt_project()


@dg.asset(
    key=LOG_BATCHES,
    group_name="warehouse",
    kinds={"parquet"},
    pool=POOL_WAREHOUSE,
    deps=[landing_key(system, stream) for system, stream in STREAMS],
    metadata={"dagster/column_schema": arrow_columns(BATCHES_SCHEMA, landed_columns().get(("log", "batches"), {}))},
)
def log_batches(
    assettrail: AssettrailResource,
    build_file: BuildFileResource,  # noqa: ARG001 - held while the run works
) -> dg.MaterializeResult[None]:
    """One row per batch leaf of the log: which landed batches are accepted, and what their claims cover."""
    settings = assettrail.settings()
    (settings.home / "warehouse").mkdir(parents=True, exist_ok=True)
    store = assettrail.store()
    path = project_log(store)
    standings = Counter(batch.standing for batch in store.ledger.batches())
    return dg.MaterializeResult(
        data_version=dg.DataVersion(projection_sha256(settings.home)),
        metadata={
            "dagster/row_count": standings.total(),
            **{standing: standings[standing] for standing in ("accepted", "held", "rejected")},
            "path": dg.MetadataValue.path(str(path)),
        },
    )


class WarehouseTranslator(DagsterDbtTranslator):
    """Names dbt nodes by schema and model, and dbt sources by the landing assets that fill them."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Return `landing/<system>/<stream>` for a source, else `<schema>/<model>`."""
        if dbt_resource_props["resource_type"] == "source":
            if dbt_resource_props["source_name"] == "log":
                return LOG_BATCHES
            return landing_key(dbt_resource_props["source_name"], dbt_resource_props["name"])
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Return the layer: staging, intermediate, marts, controls, reports."""
        return str(dbt_resource_props["schema"])


@dbt_assets(
    manifest=PROJECT.manifest_path,
    project=PROJECT,
    pool=POOL_WAREHOUSE,
    dagster_dbt_translator=WarehouseTranslator(settings=DagsterDbtTranslatorSettings(enable_asset_checks=True)),
)
def warehouse_models(
    context: dg.AssetExecutionContext,
    dbt: WarehouseDbt,
    assettrail: AssettrailResource,
    build_file: BuildFileResource,  # noqa: ARG001 - held while the run works
) -> Iterator[Any]:
    """Every dbt model with its tests. Row counts are read when dbt has let go of the file, at the end."""
    settings = assettrail.settings()
    before = unmark(settings.home)
    tests: Counter[bool] = Counter()
    with home_in_environment(settings.home):
        running = dbt.cli(dbt_words(settings), context=context, target_path=settings.home / "warehouse" / "dbt")
        for event in running.stream().fetch_row_counts():
            tests.update([event.passed] if isinstance(event, dg.AssetCheckResult) else [])
            yield event
    whole = WholeBuild(projection_sha256(settings.home), tests[True], tests[False])
    mark(settings.home, before if context.is_subset else whole)


@contextmanager
def home_in_environment(home: Path) -> Iterator[None]:
    """Tell dbt's profile the home, also inside dagster-dbt's own adapter, and put back what stood there.

    What stayed would win over the settings file in every later command of this process.
    """
    before = os.environ.get("ASSETTRAIL_HOME")
    os.environ["ASSETTRAIL_HOME"] = str(home)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("ASSETTRAIL_HOME", None)
        else:
            os.environ["ASSETTRAIL_HOME"] = before


def dbt_words(settings: Settings) -> list[str]:
    """Return the words after `dbt`. Unit tests judge the models, not the data: they run in the project's own checks."""
    return ["build", "--exclude-resource-type", "unit_test", *dbt_variables(settings)]


def dbt_variables(settings: Settings) -> list[str]:
    """Return the option that tells the models of settings other than the project's defaults.

    Without it dbt goes on from the project as it was parsed, instead of parsing it anew.
    """
    if (settings.approval_fields, settings.verdicts) == (ApprovalFields(), VerdictSettings()):
        return []
    variables = {
        "approval_fields": settings.approval_fields.model_dump(),
        "late_after_hours": settings.verdicts.late_after_hours,
        "clock_uncertainty_seconds": settings.verdicts.clock_uncertainty_seconds,
    }
    return ["--vars", json.dumps(variables)]
