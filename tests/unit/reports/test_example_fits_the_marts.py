"""The example that the pages are tested on has the tables that the warehouse publishes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.browser.example.exceptions import SEEN
from tests.browser.example_snapshot import TABLES

MODELS = Path(__file__).parents[3] / "dbt_project" / "models"


@cache
def described(layer: str) -> dict[str, dict[str, str | None]]:
    """Return the type of each column of each model of a layer as its dbt contract says; reports have none."""
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (MODELS / layer).glob("*.yml")]
    models = [model for file in files for model in file.get("models", [])]
    return {
        f"{layer}.{model['name']}": {
            column["name"]: normal(column["data_type"]) if "data_type" in column else None
            for column in model["columns"]
        }
        for model in models
    }


def normal(data_type: str) -> str:
    """Return a type by the one name that this test uses for it."""
    name = data_type.lower().replace(" ", "")
    return {"timestampwithtimezone": "timestamptz", "int8": "bigint", "text": "varchar"}.get(name, name)


@pytest.mark.parametrize("table", [table for table in TABLES if table != SEEN])
def test_the_columns_of_the_example_are_those_of_the_mart(table: str) -> None:
    """Pages that pass on a table that nobody publishes break on the first real snapshot.

    What publishing itself writes beside the marts has its columns from there.
    """
    published = described(table.partition(".")[0])[table]
    example = dict(column.split() for column in TABLES[table].split(","))
    assert example.keys() <= published.keys()
    assert {name: published[name] or kind for name, kind in example.items()} == example
