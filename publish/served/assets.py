"""What the page of an asset counts: one row per asset, found by an index.

Here belong the counts of an asset's uses, as lists in one row, and of everything else that stands beside them. Which
of these a page shows, and how, belongs to the page.
"""

from __future__ import annotations

from typing import Final

from publish.served.table import Served
from publish.served.uses import USES

_TOTALS: Final = """
    with placed as (
        select
            asset_key,
            list(
                {
                    'asset_version_key': asset_version_key,
                    'version_number': version_number,
                    'channel_code': channel_code,
                    'asset_use_count': asset_use_count
                }
                order by version_number desc nulls last, asset_version_key, channel_code
            ) as places
        from (
            select
                asset_key,
                asset_version_key,
                channel_code,
                any_value(version_number) as version_number,
                cast(sum(asset_use_count) as bigint) as asset_use_count
            from serving.asset_usage
            group by asset_key, asset_version_key, channel_code
        )
        group by asset_key
    ),
    grouped as (
        select
            uses.asset_key,
            list(
                {
                    'channel_code': uses.channel_code,
                    'jurisdiction_code': uses.jurisdiction_code,
                    'asset_use_count': asset_use_count,
                    'communication_count': communication_count,
                    'in_order_count': in_order_count,
                    'first_generated_at': first_generated_at,
                    'last_generated_at': last_generated_at
                }
                order by uses.channel_code nulls last, uses.jurisdiction_code nulls last
            ) as groups
        from (
            select
                asset_key,
                channel_code,
                jurisdiction_code,
                cast(sum(asset_use_count) as bigint) as asset_use_count,
                cast(
                    coalesce(sum(asset_use_count) filter (where verdict in ('PROVEN', 'PROVEN_LATE')), 0) as bigint
                ) as in_order_count,
                min(first_generated_at) as first_generated_at,
                max(last_generated_at) as last_generated_at
            from serving.asset_usage
            group by asset_key, channel_code, jurisdiction_code
        ) as uses
        inner join serving.asset_communications as letters
            on uses.asset_key = letters.asset_key
            and uses.channel_code is not distinct from letters.channel_code
            and uses.jurisdiction_code is not distinct from letters.jurisdiction_code
            and not letters.is_every_channel
        group by uses.asset_key
    ),
    lettered as (
        select asset_key, cast(sum(communication_count) as bigint) as communication_count
        from serving.asset_communications
        where is_every_channel
        group by asset_key
    ),
    dated as (
        select
            asset_key,
            coalesce(
                list(
                    {'week_from': week_from, 'asset_use_count': asset_use_count, 'in_order_count': in_order_count}
                    order by week_from
                ) filter (where week_from is not null),
                []
            ) as weeks
        from (
            select
                asset_key,
                week_from,
                cast(sum(asset_use_count) as bigint) as asset_use_count,
                cast(
                    coalesce(sum(asset_use_count) filter (where verdict in ('PROVEN', 'PROVEN_LATE')), 0) as bigint
                ) as in_order_count
            from serving.asset_usage
            group by asset_key, week_from
        )
        group by asset_key
    ),
    judged as (
        select
            asset_key,
            list({'verdict': verdict, 'asset_use_count': asset_use_count} order by verdict) as verdicts
        from (
            select asset_key, verdict, cast(sum(asset_use_count) as bigint) as asset_use_count
            from serving.asset_usage
            group by asset_key, verdict
        )
        group by asset_key
    )
    select placed.asset_key, placed.places, grouped.groups, dated.weeks, judged.verdicts, lettered.communication_count
    from placed
    inner join grouped on placed.asset_key = grouped.asset_key
    inner join lettered on placed.asset_key = lettered.asset_key
    inner join dated on placed.asset_key = dated.asset_key
    inner join judged on placed.asset_key = judged.asset_key
"""

_COUNTS: Final = """
    select
        asset_key,
        count(publication) as publication_count,
        count(publication) filter (where is_live) as live_publication_count,
        count(distinct live_community_key) as holding_community_count,
        count(case_id) as case_count,
        count(exception) as exception_count,
        count(exception) filter (where is_live) as standing_count,
        count(distinct template_key) as template_count,
        count(pair) as partner_count,
        count(correction) as proposed_count,
        cast(coalesce(max(possible_communication_count), 0) as bigint) as possible_communication_count
    from (
        select
            asset_key,
            1 as publication,
            is_live,
            case when is_live then community_key end as live_community_key,
            cast(null as integer) as case_id,
            cast(null as integer) as exception,
            cast(null as varchar) as template_key,
            cast(null as integer) as pair,
            cast(null as integer) as correction,
            cast(null as bigint) as possible_communication_count
        from marts.fct_publications
        union all
        select asset_key, null, null, null, 1, null, null, null, null, null
        from marts.fct_cases
        union all
        select asset_key, null, is_standing, null, null, 1, null, null, null, null
        from marts.fct_exceptions
        union all
        select asset_key, null, null, null, null, null, template_key, null, null, null
        from marts.fct_template_links
        where is_in_use
        union all
        select asset_key, null, null, null, null, null, null, 1, null, null
        from reports.rpt_partner_matrix
        union all
        select assets.asset_key, null, null, null, null, null, null, null, 1, null
        from marts.fct_proposed_corrections as proposed
        inner join marts.dim_assets as assets on proposed.asset_id_cloudinary = assets.asset_id_cloudinary
        where not proposed.is_in_effect
        union all
        select asset_key, null, null, null, null, null, null, null, null, possible_communication_count
        from reports.rpt_asset_blast_radius
    )
    where asset_key is not null
    group by asset_key
"""

ASSETS_SERVED: Final = {
    "asset_totals": Served(
        _TOTALS,
        "asset_key",
        "One row per asset with a use: its asset uses by version and channel, by channel and jurisdiction, by week "
        "(from Monday 00:00 UTC) and by verdict, and how many communications carried it.",
        (USES,),
    ),
    "asset_counts": Served(
        _COUNTS,
        "asset_key",
        "One row per asset that anything but uses is recorded of: publications, cases, exceptions, templates, "
        "partners, proposed corrections.",
        (
            "marts.fct_publications",
            "marts.fct_cases",
            "marts.fct_exceptions",
            "marts.fct_template_links",
            "marts.fct_proposed_corrections",
            "marts.dim_assets",
            "reports.rpt_partner_matrix",
            "reports.rpt_asset_blast_radius",
        ),
    ),
}
