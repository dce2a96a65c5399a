"""From the log to marts: the projection of accepted batches, and dbt over it.

Only dbt writes the build file. Everything here holds the pool `warehouse`.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliInvocation,
    dbt_assets,
)
from dagster_dbt.core.dbt_event_iterator import DbtDagsterEventType as DbtEvent
from dagster_dbt.errors import DagsterDbtError

from assettrail.settings import Settings
from ingest.projection import BATCHES_SCHEMA, project_log, read_entries
from ingest.schema import STREAMS
from orchestration.build_lock import WholeBuild, mark, note_writer, projection_sha256, unmark, whole_build
from orchestration.columns import DBT_FOLDER, built_columns, column_lineage, unread_models
from orchestration.dbt_events import events_until_lost
from orchestration.increments import built_batches_laid, extent_as_made, extent_of_build, extent_of_part
from orchestration.keys import LOG_BATCHES, POOL_WAREHOUSE, landing_key, log_key
from orchestration.manifest import arrow_columns, dbt_settings, landed_columns, made_by
from orchestration.own_rules import hashes_of, own_rules, rules_laid
from orchestration.parsed_project import keep_parsed, lay_parsed
from orchestration.resources import AssettrailResource, BuildFileResource, WarehouseDbt, dbt_project, parsed_folder
from publish.files import build_file as build_file_of

PROJECT = dbt_project()


@dg.asset(
    key=LOG_BATCHES,
    group_name="warehouse",
    kinds={"parquet"},
    pool=POOL_WAREHOUSE,
    deps=[landing_key(system, stream) for system, stream in STREAMS],
    metadata={"dagster/column_schema": arrow_columns(BATCHES_SCHEMA, landed_columns("log", "batches"))},
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
    standings: Counter[str] = Counter(batch.standing for batch in store.ledger.batches())
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
                return log_key(dbt_resource_props["name"])
            return landing_key(dbt_resource_props["source_name"], dbt_resource_props["name"])
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Return the layer: staging, intermediate, marts, controls, reports."""
        return str(dbt_resource_props["schema"])


class WarehouseConfig(dg.Config):
    """How much is made."""

    full_refresh: bool = False
    """Make everything anew, also where an increment would do."""


@dbt_assets(
    manifest=PROJECT.manifest_path,
    project=PROJECT,
    pool=POOL_WAREHOUSE,
    dagster_dbt_translator=WarehouseTranslator(settings=DagsterDbtTranslatorSettings(enable_asset_checks=True)),
)
def warehouse_models(
    context: dg.AssetExecutionContext,
    config: WarehouseConfig,
    dbt: WarehouseDbt,
    assettrail: AssettrailResource,
    build_file: BuildFileResource,  # noqa: ARG001 - held while the run works
) -> Iterator[DbtEvent]:
    """Every dbt model with its tests: what is affected since the kept build, or all (`increments`)."""
    settings = assettrail.settings()
    own, target = own_rules(settings), settings.home / DBT_FOLDER
    versions = made_by(settings, hashes_of(own))
    kept = whole_build(settings.home)
    extent = extent_of_build(settings.home, kept, versions, is_full_asked=config.full_refresh)
    before = unmark(settings.home)
    if context.is_subset:
        extent, before = extent_of_part(extent, before)
    context.log.info("This is %s", extent.in_words())
    tests: Counter[bool] = Counter()
    failed: set[str] = set()
    lay_parsed(parsed_folder(), dbt_settings(settings), target)
    with built_batches_laid(settings.home, extent), rules_laid(settings.home, own):
        with home_in_environment(settings.home):
            running = dbt.cli(dbt_words(settings), context=context, target_path=target)
        note_writer(settings.home, running.process.pid)
        events = dagster_events(running, context, target)
        for event in with_facts(events, partial(table_facts, context, settings.home)):
            if isinstance(event, dg.AssetCheckResult):
                tests.update([event.passed])
                failed.update(() if event.passed else (str(event.check_name),))
            yield event
    keep_parsed(parsed_folder(), dbt_settings(settings), target)
    made = extent if context.is_subset else extent_as_made(settings.home, extent)
    if made != extent:
        context.log.info("It became %s", made.in_words())
    whole = WholeBuild(
        projection_sha256(settings.home),
        tests[True],
        tests[False],
        read_entries(settings.home),
        versions.to_manifest(),
        None if context.is_subset else built_columns(settings.home, is_whole=True)[0],
        is_increment=made.is_increment,
        why=made.why,
        failed_tests=sorted(failed),
    )
    mark(settings.home, before if context.is_subset else whole)


@contextmanager
def home_in_environment(home: Path) -> Iterator[None]:
    """Tell dbt's profile the home, and put back what stood there.

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


def dagster_events(running: DbtCliInvocation, context: dg.AssetExecutionContext, target: Path) -> Iterator[DbtEvent]:
    """Give what dbt's events are to Dagster, until dbt ends or its file is lost."""
    for event in events_until_lost(running):
        yield from event.to_default_asset_events(
            manifest=running.manifest,
            dagster_dbt_translator=running.dagster_dbt_translator,
            context=context,
            target_path=target,
            project=running.project,
        )


def with_facts(events: Iterable[DbtEvent], facts: Callable[[], Mapping[str, Mapping[str, Any]]]) -> Iterator[DbtEvent]:
    """Give dbt's events with what is known of each table, by the name of its output.

    They are held back until dbt has ended, as nobody else may open the file before; what it did until it failed is
    told, then the failure is raised.
    """
    held: list[DbtEvent] = []
    failure: DagsterDbtError | None = None
    try:
        held.extend(events)
    except DagsterDbtError as error:
        failure = error
    known = {} if failure else facts()
    for event in held:
        if isinstance(event, dg.Output) and event.output_name in known:
            yield event.with_metadata({**event.metadata, **known[event.output_name]})
        else:
            yield event
    if failure is not None:
        raise failure


def table_facts(context: dg.AssetExecutionContext, home: Path) -> dict[str, dict[str, Any]]:
    """Return the rows of each table, and of what each column of a model is made, by the name of its output."""
    _, columns = built_columns(home, is_whole=not context.is_subset)
    for table, why in unread_models(columns).items():
        context.log.warning("The columns of %s are not told, as its SQL could not be read: %s", table, why)
    facts: dict[str, dict[str, Any]] = {}
    for name, lineage in column_lineage(columns).items():
        facts.setdefault(name, {})["dagster/column_lineage"] = lineage
    for name, count in row_counts(build_file_of(home)).items():
        facts.setdefault(name, {})["dagster/row_count"] = count
    return facts


def row_counts(file: Path) -> dict[str, int]:
    """Return the number of rows of each table, by the name of its output; views are not counted."""
    with duckdb.connect(str(file), read_only=True) as connection:
        rows = connection.execute("select schema_name, table_name, estimated_size from duckdb_tables()").fetchall()
    return {dg.AssetKey([schema, table]).to_python_identifier(): int(count) for schema, table, count in rows}


def dbt_words(settings: Settings) -> list[str]:
    """Return the words after `dbt`. Unit tests judge the models, not the data: they run in the project's own checks."""
    return ["build", "--exclude-resource-type", "unit_test", *dbt_variables(settings)]


def dbt_variables(settings: Settings) -> list[str]:
    """Return the option that tells the models of the settings; dbt parses all files once for the same settings."""
    return ["--vars", json.dumps(dbt_settings(settings))]
