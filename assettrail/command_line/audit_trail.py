"""`assettrail trail`: what was shared with one partner in a period, for an auditor.

Here belong the period and the partner of the export; what stands in it is the report `rpt_partner_audit_trail`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from assettrail.command_line.warehouse import Form, print_rows
from assettrail.errors import PermanentSourceError
from assettrail.settings import load_settings

if TYPE_CHECKING:
    import duckdb

_TRAIL = """
    select * exclude (partner_audit_trail_key, share_key, partner_key, community_key, asset_key, asset_version_key)
    from reports.rpt_partner_audit_trail
    where partner_id_trading_grid = ? and occurred_at >= ? and occurred_at < ?
    order by occurred_at, share_type, share_id, partner_audit_trail_key
"""
_DAY = ["%Y-%m-%d"]


def audit_trail(
    partner: Annotated[str, typer.Argument(help="Id of the partner in Trading Grid.")],
    since: Annotated[datetime, typer.Option("--from", formats=_DAY, help="First day of the period (UTC).")],
    until: Annotated[datetime, typer.Option("--to", formats=_DAY, help="Day behind the last one (UTC).")],
    snapshot: Annotated[
        str | None, typer.Option(help="Name of a published or labelled snapshot; the current one if absent.")
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="How rows are printed.")] = Form.CSV,
) -> None:
    """Print what was shared with a partner in a period: version, approval and approver, receipts, acknowledgement.

    A share belongs to the period in which it was shared, whenever it was received; silence is a row.
    """
    from publish.reading import connect, current_snapshot, open_snapshot

    home = load_settings().home
    opened = open_snapshot(home, snapshot) if snapshot else current_snapshot(home)
    with connect(opened) as connection:
        require_partner(connection, partner, opened.name)
        headers, rows = trail(connection, partner, since.replace(tzinfo=UTC), until.replace(tzinfo=UTC))
    print_rows(headers, rows, form)


def trail(
    connection: duckdb.DuckDBPyConnection, partner: str, since: datetime, until: datetime
) -> tuple[list[str], list[tuple[object, ...]]]:
    """Column names and rows of a partner's trail, shared at or after `since` and before `until`, in order.

    Raises PermanentSourceError where the period ends before it begins.
    """
    if since >= until:
        raise PermanentSourceError(
            tried=f"to print the audit trail of {partner}",
            found=f"a period from {since:%Y-%m-%d} to {until:%Y-%m-%d}",
            expected="a period that ends after it begins; the day of --to is not in it",
            remedy="give the first day of the period and the day behind its last one",
        )
    connection.execute(_TRAIL, [partner, since, until])
    return [str(column[0]) for column in connection.description or []], connection.fetchall()


def require_partner(connection: duckdb.DuckDBPyConnection, partner: str, snapshot: str) -> None:
    """Raise PermanentSourceError where a snapshot knows no such partner: no rows would read as nothing shared."""
    known = connection.execute("select 1 from marts.dim_partners where partner_id_trading_grid = ?", [partner])
    if known.fetchone() is None:
        raise PermanentSourceError(
            tried=f"to print the audit trail of a partner on the snapshot {snapshot}",
            found=f"no partner {partner!r}",
            expected="the id of a partner in Trading Grid",
            remedy='`assettrail sql "select partner_id_trading_grid, partner_name from marts.dim_partners"` lists them',
        )
