"""Column lineage of the models that dbt built: kept for the log, and as Dagster's asset pages show it.

Here belongs the step from dbt's folder to both. What a column is made of is read by `lineage.columns`.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import dagster as dg

from lineage.column_map import ColumnMap, keep_map_of, map_of_manifest
from lineage.columns import ModelLineage
from orchestration.keys import landing_key, log_key

DBT_FOLDER = Path("warehouse") / "dbt"
"""Where dbt keeps the models that it compiled, under the home."""


def built_columns(home: Path, *, is_whole: bool) -> tuple[str | None, ColumnMap]:
    """Return the columns of the models of the last dbt run, and of a whole build the hash under which they are kept."""
    manifest = json.loads((home / DBT_FOLDER / "manifest.json").read_text(encoding="utf-8"))
    return keep_map_of(home, manifest) if is_whole else (None, map_of_manifest(manifest))


def column_lineage(columns: ColumnMap) -> dict[str, dg.TableColumnLineage]:
    """Return the lineage that Dagster draws of each model, by the name of its output."""
    return {
        asset_key(table).to_python_identifier(): _drawn(model)
        for table, model in columns.models.items()
        if not model.unread
    }


def asset_key(table: str) -> dg.AssetKey:
    """Return the asset that holds a table: for a view over landed files the landing asset, else `<schema>/<model>`."""
    schema, name = table.split(".", 1)
    if schema == "raw_log":
        return log_key(name)
    if schema.startswith("raw_"):
        return landing_key(schema.removeprefix("raw_"), name)
    return dg.AssetKey([schema, name])


def unread_models(columns: ColumnMap) -> Mapping[str, str]:
    """Return the models whose SQL could not be read, and why."""
    return {table: model.unread for table, model in columns.models.items() if model.unread}


def _drawn(model: ModelLineage) -> dg.TableColumnLineage:
    return dg.TableColumnLineage(
        {
            name: [dg.TableColumnDep(asset_key(source.table), source.name) for source in sources]
            for name, sources in model.columns.items()
        }
    )
