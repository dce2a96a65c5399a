"""The names by which OpenLineage knows our datasets and jobs, and how a table becomes a typed dataset.

Here belong names and facets of datasets. A name that was sent once does not change: a lineage service joins by it.
Vendors' streams have the vendor's system as namespace; everything of ours has the namespace of the settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    column_lineage_dataset,
    dataset_version_dataset,
    output_statistics_output_dataset,
    schema_dataset,
)

from ingest.schema import STREAMS
from lineage.column_map import ColumnMap
from lineage.columns import Column

PRODUCER = "urn:assettrail"
"""Stands in every event and facet; without a version, so that a release does not change what is told again."""


def landed_name(system: str, stream: str) -> str:
    """Return the name of a landed stream's dataset."""
    return f"landing.{system}.{stream}"


def dataset_name(table: str) -> str:
    """Return the name of a table's dataset; the views over landed files are the landed streams themselves."""
    schema, name = table.split(".", 1)
    return landed_name(schema.removeprefix("raw_"), name) if schema.startswith("raw_") else table


def vendor_stream(system: str, stream: str) -> InputDataset:
    """Return what a vendor showed, as the dataset that a batch was read from."""
    return InputDataset(system, stream)


def landed_stream(namespace: str, system: str, stream: str, rows: int | None, version: str | None) -> OutputDataset:
    """Return a landed stream as the output of a run that added `rows`; `version` is the root of the batch's rows."""
    dataset = OutputDataset(namespace, landed_name(system, stream))
    if (system, stream) in STREAMS:
        fields = STREAMS[(system, stream)].arrow_schema()
        dataset.facets = {"schema": _schema((field.name, str(field.type)) for field in fields)}
    return _measured(dataset, rows, version)


def made_table(namespace: str, columns: ColumnMap, table: str, rows: int | None, version: str | None) -> OutputDataset:
    """Return the table of a model with its columns, each with the columns that it is made of."""
    made_of = columns.models[table].columns
    dataset = _with_columns(OutputDataset(namespace, dataset_name(table)), namespace, columns, table, made_of)
    return _measured(dataset, rows, version)


def published_table(
    namespace: str, columns: ColumnMap, table: str, rows: int | None, version: str | None
) -> OutputDataset:
    """Return a table of a snapshot: a copy of the built one; its version is the hash of its content."""
    copied = {name: (Column(table, name),) for name in columns.columns_of.get(table, ())}
    dataset = OutputDataset(namespace, f"published.{table}")
    return _measured(_with_columns(dataset, namespace, columns, table, copied), rows, version)


def read_table(namespace: str, table: str) -> InputDataset:
    """Return a table that a run read."""
    return InputDataset(namespace, dataset_name(table))


def _with_columns(
    dataset: OutputDataset, namespace: str, columns: ColumnMap, table: str, made_of: Mapping[str, tuple[Column, ...]]
) -> OutputDataset:
    """Tell the columns of a dataset, and of which columns each is made; constants and counts are made of none."""
    if table not in columns.columns_of:
        return dataset
    fields = {
        name: column_lineage_dataset.Fields(
            [
                column_lineage_dataset.InputField(namespace, dataset_name(source.table), source.name)
                for source in sources
            ]
        )
        for name, sources in made_of.items()
        if sources
    }
    dataset.facets = {
        "schema": _schema((name, None) for name in columns.columns_of[table]),
        "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet(fields, producer=PRODUCER),
    }
    return dataset


def _schema(columns: Iterable[tuple[str, str | None]]) -> schema_dataset.SchemaDatasetFacet:
    fields = [
        schema_dataset.SchemaDatasetFacetFields(name, kind, ordinal_position=place)
        for place, (name, kind) in enumerate(columns, start=1)
    ]
    return schema_dataset.SchemaDatasetFacet(fields, producer=PRODUCER)


def _measured(dataset: OutputDataset, rows: int | None, version: str | None) -> OutputDataset:
    if version is not None:
        dataset.facets = {
            **(dataset.facets or {}),
            "version": dataset_version_dataset.DatasetVersionDatasetFacet(version, producer=PRODUCER),
        }
    if rows is not None:
        dataset.outputFacets = {
            "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
                rows, producer=PRODUCER
            )
        }
    return dataset
