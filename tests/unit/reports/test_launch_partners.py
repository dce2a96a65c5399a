"""Who is invited to a launch, and who of them is silent: the list below has to be that of the head's count."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from reports.launches.invited import read_invited

TOOK, REFUSED, SILENT, LEFT, GONE = ("took", "refused", "silent", "left", "gone")


@pytest.fixture
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    """A snapshot with a launch in two communities and the partners in them."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("create schema marts")
        connection.execute("""
            create table marts.bridge_communities_launches as
            select * from (values ('l', 'k1'), ('l', 'k2')) as rows (launch_key, community_key)
        """)
        connection.execute("""
            create table marts.bridge_communities_partners as
            select * from (values
                ('k1', 'took', 'Active', null), ('k1', 'refused', null, null), ('k1', 'silent', 'Active', null),
                ('k2', 'silent', 'Active', null), ('k1', 'left', 'INACTIVE', null),
                ('k1', 'gone', 'Active', timestamptz '2026-02-01 00:00:00Z')
            ) as rows (community_key, partner_key, status_code, deleted_at)
        """)
        connection.execute("""
            create table marts.dim_partners as
            select partner_key, partner_key as partner_id_trading_grid, null::varchar as partner_name
            from (select distinct partner_key from marts.bridge_communities_partners)
        """)
        connection.execute("""
            create table marts.fct_acknowledgements as
            select * from (values
                ('l', 'took', false, timestamptz '2026-03-02 00:00:00Z'),
                ('l', 'took', false, timestamptz '2026-03-01 00:00:00Z'),
                ('l', 'refused', true, timestamptz '2026-03-01 00:00:00Z'),
                ('other', 'silent', false, timestamptz '2026-03-01 00:00:00Z')
            ) as rows (launch_key, partner_key, is_rejection, occurred_at)
        """)
        for table in ("fct_launch_tasks", "fct_flags", "fct_format_requests"):
            connection.execute(f"create table marts.{table} (launch_key varchar, partner_key varchar, is_open boolean)")
        yield connection


def test_who_left_is_not_invited(cursor: duckdb.DuckDBPyConnection) -> None:
    """A head that counts three partners above a list of five sends the officer after partners who are none."""
    assert [row.partner_id for row in read_invited(cursor, "l", 200)] == [SILENT, REFUSED, TOOK]


def test_who_refused_is_not_silent_and_has_acknowledged_nothing(cursor: duckdb.DuckDBPyConnection) -> None:
    """A partner that said no is asked again and again if it counts as silent, and relied upon if it counts as a yes."""
    said = {
        row.partner_id: (row.is_silent, row.spoke_count, row.acknowledged_at) for row in read_invited(cursor, "l", 200)
    }
    assert said[SILENT] == (True, 0, None)
    assert said[REFUSED] == (False, 1, None)
    assert said[TOOK][:2] == (False, 2)
    assert str(said[TOOK][2]) == "2026-03-01 00:00:00+00:00"


def test_an_earlier_snapshot_tells_of_no_membership_that_is_gone(cursor: duckdb.DuckDBPyConnection) -> None:
    """The page of a launch opens on snapshots that were published before `deleted_at`, and heeds what they tell."""
    cursor.execute("alter table marts.bridge_communities_partners drop column deleted_at")
    invited = {row.partner_id for row in read_invited(cursor, "l", 200)}
    assert GONE in invited
    assert LEFT not in invited
