"""The columns that the warehouse publishes of each table, as the project's own descriptions say.

Here belongs reading them. Which of them the example fills is told beside its rows; the others are there, and empty: a
query that names a column of two tables without saying whose would otherwise pass on the example alone.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

_MODELS = Path(__file__).parents[3] / "dbt_project" / "models"
_OF_REPORTS = "varchar"


@cache
def described(layer: str) -> dict[str, dict[str, str | None]]:
    """Return the type of each column of each model of a layer as its dbt contract says; reports have none."""
    texts = [path.read_text(encoding="utf-8") for path in (_MODELS / layer).glob("_*.yml")]
    files = [yaml.load(text, yaml.CSafeLoader) for text in texts]
    models = [model for file in files for model in file.get("models") or []]
    return {
        f"{layer}.{model['name']}": {
            column["name"]: _normal(column["data_type"]) if "data_type" in column else None
            for column in model["columns"]
        }
        for model in models
    }


def whole_columns(table: str, filled: str) -> str:
    """Return the columns of a table for `create table`: those that the example fills, and all others behind them."""
    published = described(table.partition(".")[0]).get(table, {})
    names = {column.split()[0] for column in filled.split(",")}
    others = [f"{name} {kind or _OF_REPORTS}" for name, kind in published.items() if name not in names]
    return ", ".join([filled, *others])


def _normal(data_type: str) -> str:
    """Return a type by the one name that the example uses for it."""
    name = data_type.lower().replace(" ", "")
    return {"timestampwithtimezone": "timestamptz", "int8": "bigint", "text": "varchar"}.get(name, name)
