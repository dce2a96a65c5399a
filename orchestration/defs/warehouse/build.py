"""From the log to marts: the projection of accepted batches, and dbt over it.

Only dbt writes the build file. Everything here holds the pool `warehouse`.
"""

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliResource,
    dbt_assets,
)

from assettrail.settings import ApprovalFields, Settings, VerdictSettings
from ingest.projection import project_log
from orchestration.keys import LOG_BATCHES, POOL_WAREHOUSE, landing_key
from orchestration.resources import AssettrailResource, dbt_project

PROJECT = dbt_project()


@dg.asset(key=LOG_BATCHES, group_name="warehouse", kinds={"parquet"}, pool=POOL_WAREHOUSE)
def log_batches(assettrail: AssettrailResource) -> dg.MaterializeResult[None]:
    """One row per batch leaf of the log: which landed batches are accepted, and what their claims cover."""
    settings = assettrail.settings()
    (settings.home / "warehouse").mkdir(parents=True, exist_ok=True)
    path = project_log(assettrail.store())
    return dg.MaterializeResult(metadata={"path": dg.MetadataValue.path(str(path))})


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
    context: dg.AssetExecutionContext, dbt: DbtCliResource, assettrail: AssettrailResource
) -> Iterator[Any]:
    """Every dbt model with its tests."""
    settings = assettrail.settings()
    # The profile reads the home from the environment, also inside dagster-dbt's own adapter.
    os.environ["ASSETTRAIL_HOME"] = str(settings.home)
    # Unit tests judge the models, not the data: they run in the project's own checks.
    words = ["build", "--exclude-resource-type", "unit_test", *dbt_variables(settings)]
    yield from dbt.cli(words, context=context).stream()


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
