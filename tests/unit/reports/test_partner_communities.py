"""Which communities a partner is a member of, and which it has left, on its page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from urllib.parse import quote

import duckdb
import httpx
import pytest

from reports.partners.described import Community, LeftCommunity, read_partner
from tests.browser.example.names import RIGHT_TO_LEFT
from tests.browser.example.partners import HOSTILE_PARTNER, PARTNER, SILENT_PARTNER

LEFT, GONE = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    """A snapshot with one partner and its memberships."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("create schema marts")
        connection.execute("""
            create table marts.dim_partners as select 'p' as partner_key, 'P' as partner_id_trading_grid,
            'Name' as partner_name, null::varchar as gln, null::varchar as duns, null::varchar as edi_qualifier_code,
            null::varchar as edi_id, 'Active' as status_code, null::timestamptz as updated_at,
            timestamptz '2026-03-01 00:00:00Z' as deleted_at
        """)
        connection.execute("""
            create table marts.dim_communities as select unnest(['stays', 'back', 'left', 'gone', 'both', 'other'])
            as community_key, 'C-' || community_key as community_id_trading_grid, community_key as community_name
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
    assert partner.communities == (
        Community("C-back", "back", datetime(2026, 2, 2, tzinfo=UTC)),
        Community("C-stays", "stays", datetime(2026, 1, 1, tzinfo=UTC)),
    )
    assert partner.left_communities == (
        LeftCommunity("C-both", "both", LEFT),
        LeftCommunity("C-gone", "gone", GONE),
        LeftCommunity("C-left", "left", LEFT),
    )
    assert partner.deleted_at == GONE
    assert read_partner(cursor, "Q") is None


def test_an_earlier_snapshot_tells_of_no_membership_that_is_gone(cursor: duckdb.DuckDBPyConnection) -> None:
    """The page of a partner opens on snapshots that were published before `deleted_at`, and heeds what they tell."""
    cursor.execute("alter table marts.bridge_communities_partners drop column deleted_at")
    partner = read_partner(cursor, "P")
    assert partner is not None
    assert [each.community_name for each in partner.communities] == ["back", "gone", "stays"]
    assert partner.left_communities == (LeftCommunity("C-both", "both", LEFT), LeftCommunity("C-left", "left", LEFT))


def test_an_earlier_snapshot_tells_of_no_partner_that_is_gone(cursor: duckdb.DuckDBPyConnection) -> None:
    """The page of a partner opens on snapshots that were published before a partner's `deleted_at`."""
    cursor.execute("alter table marts.dim_partners drop column deleted_at")
    partner = read_partner(cursor, "P")
    assert partner is not None
    assert partner.deleted_at is None


def test_the_page_says_since_when_a_partner_is_no_member(client: httpx.Client) -> None:
    """A list without it reads as if the partner were a member of all of them."""
    page = client.get(f"/partners/{PARTNER}").raise_for_status().text
    assert "<bdi>Brokers Northern Region</bdi> (record of <time" in page
    assert f"<dt>Left communities</dt><dd><bdi>{RIGHT_TO_LEFT}</bdi>, not a member since" in page
    assert "2026-04-14" in page.partition("Left communities")[2][:300]


def test_a_partner_that_is_gone_is_told_as_gone(client: httpx.Client) -> None:
    """Its last status says *Active* for ever: whoever waits for its answer waits for nobody."""
    page = client.get(f"/partners/{SILENT_PARTNER}").raise_for_status().text
    told = page.partition("<dt>Status</dt>")[2].partition("</div>")[0]
    assert "a whole listing showed it no more by" in told
    assert "2026-04-30" in told
    assert "a whole listing" not in client.get(f"/partners/{PARTNER}").raise_for_status().text


@pytest.mark.parametrize("partner_id", [PARTNER, SILENT_PARTNER, HOSTILE_PARTNER])
def test_the_twin_tells_of_the_partner_what_the_page_tells(client: httpx.Client, partner_id: str) -> None:
    """A program that reads the twin, and an officer who reads the page, must not know two partners."""
    path = f"/partners/{quote(partner_id, safe='')}"
    page = client.get(path).raise_for_status().text
    facts = page.partition('<h2 id="facts">')[2].partition("</dl>")[0]
    shown = re.findall(r"<(?:bdi|time)[^>]*>(.*?)</(?:bdi|time)>", facts)
    told = client.get(f"{path}.json").raise_for_status().json()["partner"]["partner"]
    texts = set(_texts(told))
    known = texts | {each.replace("T", " ").removesuffix("Z") for each in texts} | {each[:10] for each in texts}
    assert {unescape(each) for each in shown} <= known
    assert {each["community_id"] for each in told["communities"]} == {"COMM-01"}
    assert told["updated_at"] == "2026-01-20T08:00:00Z"


def _texts(told: object) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict | list):
        for each in told.values() if isinstance(told, dict) else told:
            yield from _texts(each)
