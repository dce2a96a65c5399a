"""A recall reads the marts as they are built: who holds an asset of the small world."""

from __future__ import annotations

import pytest

from corrections.recall.holders import find_recalled, holders_of
from tests.dbt.conftest import Warehouse
from tests.dbt.small_world_rows import asset_id


def held(warehouse: Warehouse, subject: str) -> list[tuple[str, str]]:
    found = holders_of(warehouse.path, find_recalled(warehouse.path, subject))
    return [(one.holder_type, one.holder_id) for one in found.found]


def test_publications_and_partners_that_hold_an_asset_are_found(warehouse: Warehouse) -> None:
    """A column that the marts call otherwise would make every recall fail on the day that it is needed."""
    assert held(warehouse, asset_id("hero")) == [
        ("publication", "in-order"),
        ("publication", "of-another-region"),
        ("template", "TPL-ADDRESS"),
        ("partner", "broker/"),
    ]
    assert held(warehouse, "brand/rate") == []


def test_templates_that_show_an_asset_are_found(warehouse: Warehouse) -> None:
    """A template that goes on showing what was recalled puts it into every letter of the night."""
    shown = warehouse.rows(
        "select distinct asset_id_cloudinary, template_id_exstream from marts.fct_template_links "
        "where is_in_use and asset_id_cloudinary is not null"
    )
    assert shown
    for asset, template in shown:
        assert ("template", template) in held(warehouse, str(asset))


def test_what_is_known_and_what_was_sent_stands_beside_the_holders(warehouse: Warehouse) -> None:
    """A certificate rests on the claims, and must not promise what letters still carry."""
    found = holders_of(warehouse.path, find_recalled(warehouse.path, asset_id("hero")))
    counted = warehouse.one(
        "select count(distinct communication_key) from (select communication_key, asset_id_cloudinary "
        "from marts.fct_asset_uses union all select communication_key, asset_id_cloudinary "
        "from marts.fct_output_links) where asset_id_cloudinary = ?",
        asset_id("hero"),
    )
    assert (found.communications,) == counted
    assert found.communications > found.live_communications
    streams = {
        "trading_grid/publications",
        "trading_grid/distributions",
        "exstream/resources",
        "exstream/resource_references",
    }
    assert found.covered.keys() == streams
    assert all(found.covered.values())


@pytest.mark.parametrize("version", ["h1", "r1"])
def test_bytes_are_found_by_their_etag(warehouse: Warehouse, version: str) -> None:
    """An officer often has nothing but the hash of a file."""
    assert find_recalled(warehouse.path, version).etag == version
