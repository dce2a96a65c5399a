"""Column lineage from SQL: whoever changes a landed column asks it what breaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from assettrail.errors import ContractBroken
from lineage.column_map import FOLDER, ColumnMap, keep_map, keep_map_of, kept_map
from lineage.columns import Column, CompiledModel, landed_sources, model_lineage
from tests.unit.lineage.stores import column_map


def made_of(sql: str, **tables: tuple[str, ...]) -> dict[str, set[tuple[str, str]]]:
    """The columns of a query over tables of the schema `raw_x`, each with the columns it is made of."""
    columns_of = {f"raw_x.{name}": columns for name, columns in tables.items()}
    model = model_lineage([CompiledModel("marts.m", (), sql)], columns_of)["marts.m"]
    assert model.unread is None
    return {
        name: {(each.table.removeprefix("raw_x."), each.name) for each in found}
        for name, found in model.columns.items()
    }


def test_a_star_through_named_queries_keeps_its_columns_apart() -> None:
    """Harm prevented: `select *`, with which every model begins, makes everything depend on everything."""
    found = made_of("with a as (select * from b.raw_x.t) select u, v + w as s from a", t=("u", "v", "w"))
    assert found == {"u": {("t", "u")}, "s": {("t", "v"), ("t", "w")}}


def test_both_sides_of_a_union_are_told() -> None:
    """Harm prevented: only the first of several systems that a column comes from is seen."""
    found = made_of("select u as k from b.raw_x.t union all select v from b.raw_x.s", t=("u",), s=("v",))
    assert found == {"k": {("t", "u"), ("s", "v")}}


def test_a_filter_is_no_source_and_a_constant_has_none() -> None:
    """Harm prevented: a column that only chooses rows is taken for one whose values are shown."""
    found = made_of("select u, 'x' as c, count(*) as n from b.raw_x.t where v = 1 group by u", t=("u", "v"))
    assert found == {"u": {("t", "u")}, "c": set(), "n": set()}


def test_windows_and_subqueries_are_followed() -> None:
    """Harm prevented: intervals, which are made by window functions, look as if they came from nowhere."""
    found = made_of(
        "select lead(u) over (partition by v order by u) as until, (select max(w) from b.raw_x.s) as m from b.raw_x.t",
        t=("u", "v"),
        s=("w",),
    )
    assert found == {"until": {("t", "u"), ("t", "v")}, "m": {("s", "w")}}


def test_sql_that_cannot_be_read_costs_its_own_model_only() -> None:
    """Harm prevented: one model in a dialect of tomorrow takes the lineage of all others away, or stops a build."""
    models = [
        CompiledModel("marts.bad", ("raw_x.t",), "select ((( from"),
        CompiledModel("marts.good", ("raw_x.t",), "select u from b.raw_x.t"),
    ]
    found = model_lineage(models, {"raw_x.t": ("u",)})
    assert found["marts.bad"].unread
    assert found["marts.bad"].parents == ("raw_x.t",)
    assert found["marts.good"].columns == {"u": (Column("raw_x.t", "u"),)}


def test_a_mart_is_followed_to_what_landed() -> None:
    """Harm prevented: a person has to climb model after model by hand to see which vendor's field a figure is."""
    models = column_map().models
    assert landed_sources(models, Column("marts.fct_receipts", "occurred_at")) == (
        Column("raw_trading_grid.accesses", "at_raw"),
    )
    assert landed_sources(models, Column("marts.fct_receipts", "source_system")) == ()


def test_a_map_survives_its_file_and_a_changed_file_is_refused(tmp_path: Path) -> None:
    """Harm prevented: columns of other models are told as those of a past publish."""
    sha256 = keep_map(tmp_path, column_map())
    assert kept_map(tmp_path, sha256) == column_map()
    assert ColumnMap.from_json(column_map().to_json()).to_json() == column_map().to_json()
    (tmp_path / FOLDER / f"{sha256}.json").write_bytes(b"{}")
    with pytest.raises(ContractBroken, match="other bytes than its name says"):
        kept_map(tmp_path, sha256)
    with pytest.raises(ContractBroken, match="No such file"):
        kept_map(tmp_path, "0" * 64)


def test_the_same_models_are_read_once_and_a_lost_hint_changes_nothing(tmp_path: Path) -> None:
    """Harm prevented: every hourly build reads all SQL again, or trusts a hint that leads nowhere."""
    manifest = {
        "sources": {
            "source.a": {
                "resource_type": "source",
                "schema": "raw_x",
                "name": "t",
                "identifier": "t",
                "columns": {"u": {}},
            }
        },
        "nodes": {
            "model.b": {
                "resource_type": "model",
                "schema": "marts",
                "name": "m",
                "columns": {"u": {}},
                "depends_on": {"nodes": ["source.a"]},
                "compiled_code": "select u from b.raw_x.t",
            },
            "test.c": {"resource_type": "test", "schema": "x", "name": "c", "columns": {}},
        },
    }
    sha256, found = keep_map_of(tmp_path, manifest)
    assert found.models["marts.m"].columns == {"u": (Column("raw_x.t", "u"),)}
    assert keep_map_of(tmp_path, manifest) == (sha256, found)
    (hint,) = (tmp_path / FOLDER).glob("of-*")
    hint.write_text("0" * 64, encoding="ascii")
    assert keep_map_of(tmp_path, manifest) == (sha256, found)
