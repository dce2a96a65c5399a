"""Who is invited to a launch, and who of them is silent.

Here belongs this question. Grain: one row per partner in the communities of the launch. Instants are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from reports.memberships import is_member
from reports.rows import read


@dataclass(frozen=True)
class Invited:
    """One row per partner in the communities of the launch; silent ones first."""

    partner_id: str
    partner_name: str | None
    acknowledged_at: datetime | None
    spoke_count: int
    is_silent: bool


def read_invited(cursor: duckdb.DuckDBPyConnection, launch_key: str, most: int) -> tuple[Invited, ...]:
    """Return at most so many partners who are members now of a community of the launch, silent ones first.

    They are those that `rpt_launch_readiness` counts.
    """
    question = _PARTNERS.replace("{is_member}", is_member(cursor, "members"))
    return tuple(read(cursor, Invited, question, {"launch": launch_key, "most": most}))


_PARTNERS = """
    with heard as (
        select partner_key, case when not is_rejection then occurred_at end as acknowledged_at
        from marts.fct_acknowledgements where launch_key = $launch
        union all
        select partner_key, null from marts.fct_launch_tasks where launch_key = $launch and not is_open
        union all
        select partner_key, null from marts.fct_flags where launch_key = $launch
        union all
        select partner_key, null from marts.fct_format_requests where launch_key = $launch
    ),
    spoken as (
        select partner_key, count(*) as spoke_count, min(acknowledged_at) as acknowledged_at
        from heard
        group by partner_key
    )
    select
        partner_id_trading_grid as partner_id,
        any_value(partner_name) as partner_name,
        any_value(acknowledged_at) as acknowledged_at,
        coalesce(any_value(spoke_count), 0) as spoke_count,
        any_value(spoke_count) is null as is_silent
    from marts.bridge_communities_launches as launches
    inner join marts.bridge_communities_partners as members using (community_key)
    inner join marts.dim_partners as partners using (partner_key)
    left join spoken using (partner_key)
    where launches.launch_key = $launch and {is_member}
    group by partner_id_trading_grid
    order by is_silent desc, partner_id
    limit $most
"""
