"""Which communities a partner is a member of, and which it has left, on its page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb
import httpx
import pytest

from reports.partners.trail_rows import LeftCommunity, read_partner
from tests.browser.example.names import RIGHT_TO_LEFT
from tests.browser.example.partners import PARTNER

LEFT, GONE = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    """A snapshot with one partner and its memberships."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("create schema marts")
        connection.execute("""
            create table marts.dim_partners as select 'p' as partner_key, 'P' as partner_id_trading_grid,
            'Name' as partner_name, null::varchar as gln, null::varchar as duns, 'Active' as status_code
        """)
        connection.execute("""
            create table marts.dim_communities as select unnest(['stays', 'back', 'left', 'gone', 'both', 'other'])
            as community_key, community_key as community_id_trading_grid, null::varchar as community_name
        """)
        connection.execute("""
            create table marts.bridge_communities_partners as
            select * from (values
                ('p', 'stays', null, timestamptz '2026-01-01 00:00:00Z', null),
                ('p', 'back', 'Active', timestamptz '2026-01-01 00:00:00Z', timestamptz '2026-02-01 00:00:00Z'),
                ('p', 'back', 'Active', timestamptz '2026-02-02 00:00:00Z', null),
                ('p', 'left', 'INACTIVE', timestamptz '2026-02-01 00:00:00Z', null),
                ('p', 'gone', 'Active', timestamptz '2026-01-01 00:00:00Z', timestamptz '2026-03-01 00:00:00Z'),
                ('p', 'both', 'inactive', timestamptz '2026-02-01 00:00:00Z', timestamptz '2026-03-01 00:00:00Z'),
                ('q', 'other', 'Active', timestamptz '2026-01-01 00:00:00Z', null)
            ) as rows (partner_key, community_key, status_code, updated_at, deleted_at)
        """)
        yield connection


def test_a_community_that_a_partner_has_left_is_told_as_left(cursor: duckdb.DuckDBPyConnection) -> None:
    """An officer writes to the partner of a community about what it can see no more, or asks why it is silent."""
    partner = read_partner(cursor, "P")
    assert partner is not None
    assert partner.communities == ("back", "stays")
    assert partner.left_communities == (
        LeftCommunity("both", LEFT),
        LeftCommunity("gone", GONE),
        LeftCommunity("left", LEFT),
    )
    assert read_partner(cursor, "Q") is None


def test_an_earlier_snapshot_tells_of_no_membership_that_is_gone(cursor: duckdb.DuckDBPyConnection) -> None:
    """The page of a partner opens on snapshots that were published before `deleted_at`, and heeds what they tell."""
    cursor.execute("alter table marts.bridge_communities_partners drop column deleted_at")
    partner = read_partner(cursor, "P")
    assert partner is not None
    assert partner.communities == ("back", "gone", "stays")
    assert partner.left_communities == (LeftCommunity("both", LEFT), LeftCommunity("left", LEFT))


def test_the_page_says_since_when_a_partner_is_no_member(client: httpx.Client) -> None:
    """A list without it reads as if the partner were a member of all of them."""
    page = client.get(f"/partners/{PARTNER}").raise_for_status().text
    assert "<bdi>Brokers Northern Region</bdi></dd>" in page
    assert f"<dt>Left communities</dt><dd><bdi>{RIGHT_TO_LEFT}</bdi>, not a member since" in page
    assert "2026-04-14" in page.partition("Left communities")[2][:300]
