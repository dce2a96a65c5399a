"""The export of a partner's audit trail."""

from datetime import UTC, datetime

import duckdb
import pytest

from assettrail.command_line.audit_trail import require_partner, trail
from assettrail.errors import PermanentSourceError

KEYS = ("partner_audit_trail_key", "share_key", "partner_key", "community_key", "asset_key", "asset_version_key")


@pytest.fixture
def snapshot() -> duckdb.DuckDBPyConnection:
    """Two partners' trails, around the ends of March."""
    connection = duckdb.connect()
    connection.execute("create schema reports; create schema marts")
    connection.execute("create table marts.dim_partners as select 'P1' as partner_id_trading_grid")
    keys = ", ".join(f"id as {name}" for name in KEYS)
    connection.execute(
        f"""
        create table reports.rpt_partner_audit_trail as
        select {keys}, given.partner as partner_id_trading_grid, 'publication' as share_type, id as share_id,
            cast(given.instant as timestamptz) as occurred_at
        from (values
            ('before', 'P1', '2026-02-28T23:59:59Z'), ('first', 'P1', '2026-03-01T00:00:00Z'),
            ('last', 'P1', '2026-03-31T23:59:59Z'), ('after', 'P1', '2026-04-01T00:00:00Z'),
            ('theirs', 'P2', '2026-03-02T00:00:00Z')) as given(id, partner, instant)
        """
    )
    return connection


def _day(month: int, day: int) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


def test_a_period_has_its_first_day_and_not_the_one_behind_it(snapshot: duckdb.DuckDBPyConnection) -> None:
    """A share in two periods, or in none, makes an auditor's sums wrong; another partner's is none of this one's."""
    headers, rows = trail(snapshot, "P1", _day(3, 1), _day(4, 1))
    assert [row[headers.index("share_id")] for row in rows] == ["first", "last"]
    assert not set(KEYS) & set(headers)


def test_a_period_that_ends_before_it_begins_is_refused(snapshot: duckdb.DuckDBPyConnection) -> None:
    """No rows would read as if nothing had been shared."""
    with pytest.raises(PermanentSourceError, match="2026-04-01 to 2026-04-01"):
        trail(snapshot, "P1", _day(4, 1), _day(4, 1))


def test_a_partner_that_nobody_knows_is_refused(snapshot: duckdb.DuckDBPyConnection) -> None:
    """A mistyped id would read as a partner with whom nothing was shared."""
    require_partner(snapshot, "P1", "s")
    with pytest.raises(PermanentSourceError, match="no partner 'P9'"):
        require_partner(snapshot, "P9", "s")
