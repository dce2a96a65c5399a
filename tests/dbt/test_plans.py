"""Joins over intervals must stay hash joins: otherwise a year of letters takes hours to judge."""

import re

import pytest

from tests.dbt.conftest import Warehouse

OTHER_JOINS = re.compile(r'"name": "((?:BLOCKWISE_NL|NESTED_LOOP|PIECEWISE_MERGE|IE)_JOIN|CROSS_PRODUCT)"')
HASH_JOIN = '"name": "HASH_JOIN"'


@pytest.mark.parametrize(
    ("model", "joins_with_few_rows"),
    [
        ("int_asset_versions__plain", 1),
        ("int_asset_uses__matched", 1),
        ("fct_asset_uses", 1),
        ("int_reference_assets__resolved", 0),
        ("int_candidates__matched", 3),
        ("int_asset_versions__newest_approved", 1),
        ("int_cases__resolved", 0),
        ("int_cases__answered", 0),
        ("int_candidates__judged", 3),
        ("int_references__judged", 2),
        ("int_references__covered", 2),
        ("int_references__graced", 3),
        ("int_addresses__served", 0),
        ("int_exposures__composed", 1),
        ("int_exposures__served", 1),
        ("int_exposures__instants", 2),
        ("fct_exposures", 4),
        ("fct_exposure_versions", 1),
        ("int_resource_versions__used", 0),
        ("int_template_images__shown", 0),
        ("int_template_links__resolved", 0),
        ("fct_template_links", 1),
        ("fct_delivered_renditions", 0),
    ],
)
def test_interval_joins_are_hash_joins(warehouse: Warehouse, model: str, joins_with_few_rows: int) -> None:
    """A join that compares every use with every version grows with their product.

    Only the spans of claims, the rules of channels and the instant of evaluation, a handful of rows, may be joined
    otherwise.
    """
    plan = warehouse.plan_of(model)
    assert HASH_JOIN in plan
    assert len(OTHER_JOINS.findall(plan)) <= joins_with_few_rows
