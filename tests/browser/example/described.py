"""The columns that the warehouse publishes of each table, as the project's own descriptions say.

Here belongs reading them. Which of them the example fills is told beside its rows; the others are there, and empty: a
query that names a column of two tables without saying whose would otherwise pass on the example alone.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from publish.report_words import ReportWords

_MODELS = Path(__file__).parents[3] / "dbt_project" / "models"
_OF_REPORTS = "varchar"


@cache
def described(layer: str) -> dict[str, dict[str, str | None]]:
    """Return the type of each column of each model of a layer as its dbt contract says; reports have none."""
    return {
        f"{layer}.{model['name']}": {
            column["name"]: _normal(column["data_type"]) if "data_type" in column else None
            for column in model["columns"]
        }
        for model in _told(layer, "models")
    }


def whole_columns(table: str, filled: str) -> str:
    """Return the columns of a table for `create table`: those that the example fills, and all others behind them."""
    published = described(table.partition(".")[0]).get(table, {})
    names = {column.split()[0] for column in filled.split(",")}
    others = [f"{name} {kind or _OF_REPORTS}" for name, kind in published.items() if name not in names]
    return ", ".join([filled, *others])


@cache
def report_words() -> dict[str, ReportWords]:
    """Return what each report is for, as its exposure says, and its order, as its model does, by its name."""
    orders = {model["name"]: model["config"]["meta"]["order"] for model in _told("reports", "models")}
    return {
        found[1]: ReportWords(
            exposure["label"],
            exposure["description"],
            exposure["owner"]["name"],
            exposure["owner"]["email"],
            urlsplit(exposure["url"]).path,
            orders[found[1]],
        )
        for exposure in _told("reports", "exposures")
        for reference in exposure["depends_on"]
        if (found := re.fullmatch(r"ref\('(rpt_[a-z_]+)'\)", reference))
    }


@cache
def comments_of_reports() -> tuple[str, ...]:
    """Return the statements that tell in a file what reports and their columns mean, as publishing writes them."""
    texts = [path.read_text(encoding="utf-8") for path in (_MODELS.parent / "docs").glob("*.md")]
    blocks = {
        name: " ".join(meaning.split())
        for text in texts
        for name, meaning in re.findall(r"{% docs (\w+) %}(.*?){% enddocs %}", text, re.DOTALL)
    }
    statements = []
    for model in _told("reports", "models"):
        statements.append(f"comment on table reports.{model['name']} is {_literal(model['description'])}")
        for column in model["columns"]:
            block = re.search(r"doc\('(\w+)'\)", column["description"])
            meaning = blocks[block[1]] if block else column["description"]
            statements.append(f"comment on column reports.{model['name']}.{column['name']} is {_literal(meaning)}")
    return tuple(statements)


@cache
def _told(layer: str, kind: str) -> list[dict[str, Any]]:
    texts = [path.read_text(encoding="utf-8") for path in (_MODELS / layer).glob("_*.yml")]
    files = [yaml.load(text, yaml.CSafeLoader) for text in texts]
    return [one for file in files for one in file.get(kind) or []]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _normal(data_type: str) -> str:
    """Return a type by the one name that the example uses for it."""
    name = data_type.lower().replace(" ", "")
    return {"timestampwithtimezone": "timestamptz", "int8": "bigint", "text": "varchar"}.get(name, name)
