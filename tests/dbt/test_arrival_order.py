"""What is built must not depend on the order in which records came in, nor on how they were cut into batches."""

import pytest

from tests.dbt.conftest import Warehouse

SCHEMAS = ("marts", "controls", "reports", "rules")
NOT_COMPARED = {"marts.fct_claims"}


def _tables(warehouse: Warehouse) -> dict[str, list[str]]:
    """Tables that are compared, with their columns; what the log's order decides is left out."""
    tables: dict[str, list[str]] = {}
    for schema, table, column in warehouse.rows(
        "select table_schema, table_name, column_name from information_schema.columns order by all"
    ):
        if schema in SCHEMAS and f"{schema}.{table}" not in NOT_COMPARED and not column.endswith("_log_index"):
            tables.setdefault(f"{schema}.{table}", []).append(column)
    return tables


@pytest.fixture(scope="module")
def contents(warehouse: Warehouse, shuffled_warehouse: Warehouse) -> list[dict[str, list[tuple[object, ...]]]]:
    """All rows of both builds by table, sorted."""
    assert shuffled_warehouse.exit_code == 0, shuffled_warehouse.output
    return [
        {name: built.rows(f"select {', '.join(columns)} from {name} order by all") for name, columns in tables.items()}
        for built in (warehouse, shuffled_warehouse)
        for tables in (_tables(built),)
    ]


def test_shuffled_arrival_gives_the_same_contents(contents: list[dict[str, list[tuple[object, ...]]]]) -> None:
    """Two auditors who rebuild from the same records must not get two truths."""
    in_order, shuffled = contents
    assert in_order.keys() == shuffled.keys()
    assert [name for name in in_order if in_order[name] != shuffled[name]] == []


def test_the_comparison_compares_something(contents: list[dict[str, list[tuple[object, ...]]]]) -> None:
    """Empty tables are equal whatever happens."""
    assert [name for name, rows in contents[0].items() if not rows] == []
