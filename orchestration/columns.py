"""Columns of landed streams for their asset pages: types from the landing's schema, meaning from the dbt sources.

Here belongs only the putting together: a column's type is stated in `ingest.schema`, its meaning in a doc block of
`dbt_project`.
"""

import json
from collections.abc import Mapping
from functools import cache

import dagster as dg
import pyarrow as pa

from orchestration.resources import dbt_project


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


@cache
def landed_columns() -> Mapping[tuple[str, str], Mapping[str, str]]:
    """Return, by (system, stream), what each landed column means, as the dbt sources describe it."""
    manifest = json.loads(dbt_project().manifest_path.read_text(encoding="utf-8"))
    return {
        (source["source_name"], source["name"]): {
            name: column["description"] for name, column in source["columns"].items() if column["description"]
        }
        for source in manifest["sources"].values()
    }
