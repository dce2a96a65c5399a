"""What dbt's manifest tells of the warehouse: the meaning of landed columns, and which models are published.

Here belongs only reading it: a column's type is stated in `ingest.schema`, its meaning in a doc block of `dbt_project`,
the published schemas in `publish.content`.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import dagster as dg
import pyarrow as pa

from orchestration.resources import dbt_project
from publish.content import SCHEMAS


@cache
def manifest() -> Mapping[str, Any]:
    """Return dbt's manifest of the project, made anew where the project is newer."""
    read: Mapping[str, Any] = json.loads(dbt_project().manifest_path.read_text(encoding="utf-8"))
    return read


def landed_columns(system: str, stream: str) -> Mapping[str, str]:
    """Return what each landed column of a stream means, as the dbt source describes it; empty for no such source."""
    for source in manifest()["sources"].values():
        if (source["source_name"], source["name"]) == (system, stream):
            return {name: column["description"] for name, column in source["columns"].items() if column["description"]}
    return {}


def published_keys() -> list[dg.AssetKey]:
    """Return the keys of the models that readers see: marts, controls and reports."""
    return [
        dg.AssetKey([node["schema"], node["name"]])
        for node in manifest()["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] in SCHEMAS
    ]


def arrow_columns(schema: pa.Schema, descriptions: Mapping[str, str]) -> dg.TableSchema:
    """Return the columns of an Arrow schema with their types, and what each one means where it is told."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                field.name,
                str(field.type),
                description=descriptions.get(field.name),
                constraints=dg.TableColumnConstraints(nullable=field.nullable),
            )
            for field in schema
        ]
    )
