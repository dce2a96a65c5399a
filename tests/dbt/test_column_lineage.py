"""Column lineage of the real models: a model whose SQL the reader does not understand is told without columns."""

import json
from pathlib import Path

import pytest

from lineage.column_map import ColumnMap, map_of_manifest
from lineage.columns import Column, landed_sources
from tests.dbt.conftest import Warehouse


@pytest.fixture(scope="module")
def columns(warehouse: Warehouse) -> ColumnMap:
    manifest: Path = warehouse.compiled.parent / "manifest.json"
    return map_of_manifest(json.loads(manifest.read_text(encoding="utf-8")))


def test_every_model_is_read_with_all_its_columns(columns: ColumnMap) -> None:
    """Harm prevented: a new model drops out of lineage, and with it all that is made of it, without a word."""
    assert len(columns.models) > 100
    assert {table: model.unread for table, model in columns.models.items() if model.unread} == {}
    differing = [
        table for table, model in columns.models.items() if set(model.columns) != set(columns.columns_of[table])
    ]
    assert differing == []


def test_columns_lead_to_tables_that_are_there(columns: ColumnMap) -> None:
    """Harm prevented: a source that no table has, which services show as a dataset that never existed."""
    sources = {source for model in columns.models.values() for sources in model.columns.values() for source in sources}
    unknown = [each for each in sources if each.name not in columns.columns_of.get(each.table, ())]
    assert unknown == []
    for table, model in columns.models.items():
        read = {source.table for sources in model.columns.values() for source in sources}
        assert read <= set(model.parents), table


def test_figures_lead_to_what_vendors_told(columns: ColumnMap) -> None:
    """Harm prevented: the approver on a report is traced to another field than the one that names them."""
    approver = landed_sources(columns.models, Column("marts.fct_asset_uses", "approver_id"))
    assert Column("raw_cloudinary.notifications", "new_metadata") in approver
    moment = landed_sources(columns.models, Column("marts.fct_communications", "generated_at"))
    assert moment == (Column("raw_exstream.communications", "generated_at_raw"),)
    etag = landed_sources(columns.models, Column("marts.fct_asset_uses", "etag"))
    assert {each.table for each in etag} >= {"raw_exstream.asset_uses", "raw_cloudinary.notifications"}
