"""Joins over intervals must stay hash joins: otherwise a year of letters takes hours to judge."""

import re

import pytest

from tests.dbt.conftest import Warehouse

OTHER_JOINS = re.compile(r'"name": "((?:BLOCKWISE_NL|NESTED_LOOP|PIECEWISE_MERGE|IE)_JOIN|CROSS_PRODUCT)"')
HASH_JOIN = '"name": "HASH_JOIN"'


@pytest.mark.parametrize(
    ("model", "joins_with_few_rows"),
    [
        ("int_asset_versions__bounded", 1),
        ("int_plain_versions__bounded", 1),
        ("int_asset_uses__matched", 2),
        ("fct_asset_uses", 3),
        ("int_reference_assets__resolved", 1),
        ("int_candidates__matched", 5),
        ("int_asset_versions__newest_approved", 1),
        ("int_cases__resolved", 1),
        ("int_cases__answered", 0),
        ("int_candidates__judged", 5),
        ("int_references__judged", 3),
        ("int_references__covered", 2),
        ("int_references__graced", 3),
        ("int_addresses__bounded", 0),
        ("int_exposures__composed", 1),
        ("int_exposures__served", 2),
        ("int_exposures__instants", 4),
        ("fct_exposures", 5),
        ("fct_exposure_versions", 2),
        ("int_resource_versions__used", 0),
        ("int_template_images__shown", 0),
        ("int_template_links__resolved", 2),
        ("fct_template_links", 2),
        ("fct_delivered_renditions", 0),
    ],
)
def test_interval_joins_are_hash_joins(warehouse: Warehouse, model: str, joins_with_few_rows: int) -> None:
    """A join that compares every use with every version grows with their product.

    Only the spans of claims, the instants up to which they reach and all names are known, the rules of channels and the
    instant of evaluation, a handful of rows, may be joined otherwise.
    """
    plan = warehouse.plan_of(model)
    assert HASH_JOIN in plan
    assert len(OTHER_JOINS.findall(plan)) <= joins_with_few_rows
