"""Uses and communications by another key than their own, and how many there are.

Here belong the questions over the two facts of letters. What is counted of an asset is `assets`.
"""

from __future__ import annotations

from typing import Final

from publish.served.table import Served

USES: Final = "marts.fct_asset_uses"
COMMUNICATIONS: Final = "marts.fct_communications"
EXCEPTIONS: Final = "marts.fct_exceptions"
OUTPUT_LINKS: Final = "marts.fct_output_links"
NAMES_OF_A_PLACE: Final = 2048

USES_SERVED: Final = {
    "asset_uses": Served(
        """
        select
            asset_key,
            coalesce(generated_at, timestamptz '1970-01-01 00:00:00+00') as happened_at,
            asset_use_key,
            asset_use_id,
            communication_id_exstream,
            placeholder_name,
            channel_code,
            jurisdiction_code,
            version_number,
            verdict
        from marts.fct_asset_uses
        """,
        "asset_key, happened_at desc, asset_use_key desc",
        "One row per asset use: marts.fct_asset_uses by asset, the newest first. happened_at is 1970 where unknown.",
        (USES,),
    ),
    "asset_output_images": Served(
        """
        select
            asset_key,
            coalesce(composed_at, timestamptz '1970-01-01 00:00:00+00') as happened_at,
            output_link_key,
            links.communication_key,
            communication_id_exstream,
            channel_code,
            jurisdiction_code,
            version_number,
            verdict
        from marts.fct_output_links as links
        inner join marts.fct_communications as communications
            on links.communication_key = communications.communication_key
        where is_beside_report and asset_key is not null
        """,
        "asset_key, happened_at desc, output_link_key desc",
        "One row per image that an output shows and its report does not name: marts.fct_output_links by asset, the "
        "newest first. happened_at is 1970 where unknown.",
        (OUTPUT_LINKS, COMMUNICATIONS),
    ),
    "asset_usage": Served(
        """
        select
            asset_key,
            asset_version_key,
            version_number,
            channel_code,
            jurisdiction_code,
            date_trunc('week', generated_at at time zone 'UTC') at time zone 'UTC' as week_from,
            verdict,
            count(*) as asset_use_count,
            min(generated_at) as first_generated_at,
            max(generated_at) as last_generated_at
        from marts.fct_asset_uses
        group by all
        """,
        "asset_key",
        "One row per asset, version, channel, jurisdiction, week and verdict: how many asset uses. Weeks begin on "
        "Monday 00:00 UTC.",
        (USES,),
    ),
    "asset_communications": Served(
        """
        select
            asset_key,
            channel_code,
            jurisdiction_code,
            grouping(channel_code) = 1 as is_every_channel,
            count(distinct communication_key) as communication_count
        from marts.fct_asset_uses
        group by grouping sets ((asset_key, channel_code, jurisdiction_code), (asset_key, jurisdiction_code))
        """,
        "asset_key",
        "One row per asset, channel and jurisdiction, and one over all channels: how many communications.",
        (USES,),
    ),
    "use_days": Served(
        """
        select
            date_trunc('day', generated_at at time zone 'UTC') at time zone 'UTC' as day_from,
            jurisdiction_code,
            verdict,
            count(*) as asset_use_count
        from marts.fct_asset_uses
        group by all
        """,
        "day_from",
        "One row per day (UTC), jurisdiction and verdict: how many asset uses.",
        (USES,),
    ),
    "communication_days": Served(
        """
        select
            date_trunc('day', generated_at at time zone 'UTC') at time zone 'UTC' as day_from,
            jurisdiction_code,
            count(*) as communication_count,
            min(generated_at) as first_generated_at,
            max(generated_at) as last_generated_at
        from marts.fct_communications
        group by all
        """,
        "day_from",
        "One row per day (UTC) and jurisdiction: how many communications.",
        (COMMUNICATIONS,),
    ),
    "template_communications": Served(
        """
        select
            template_id_exstream,
            domain_code,
            jurisdiction_code,
            count(*) as communication_count,
            min(generated_at) as first_generated_at,
            max(generated_at) as last_generated_at
        from marts.fct_communications
        group by all
        """,
        "template_id_exstream",
        "One row per template, domain and jurisdiction: how many communications.",
        (COMMUNICATIONS,),
    ),
    "exception_communications": Served(
        """
        select exception_key, communications.communication_id_exstream, communications.jurisdiction_code
        from marts.fct_exceptions as exceptions
        inner join marts.fct_communications as communications
            on exceptions.communication_key = communications.communication_key
        """,
        "exception_key",
        "One row per exception that is about a communication: its id.",
        (EXCEPTIONS, COMMUNICATIONS),
    ),
    "recipient_communications": Served(
        """
        select
            recipient_pseudonym,
            coalesce(generated_at, timestamptz '1970-01-01 00:00:00+00') as happened_at,
            communication_key,
            communication_id_exstream,
            domain_code,
            document_type,
            template_id_exstream,
            segment_code,
            jurisdiction_code,
            use_count,
            worst_verdict
        from marts.fct_communications
        where recipient_pseudonym is not null
        """,
        "recipient_pseudonym, happened_at desc, communication_key desc",
        "One row per communication whose recipient is known: marts.fct_communications by the pseudonym of the "
        "recipient, the newest first. happened_at is 1970 where unknown.",
        (COMMUNICATIONS,),
    ),
    "communication_names": Served(
        f"""
        select
            cast((row_number() over () - 1) // {NAMES_OF_A_PLACE} as integer) as place,
            folded,
            communication_id_exstream,
            communication_key,
            jurisdiction_code,
            communication_row,
            first_use_row,
            last_use_row
        from (
            select
                lower(communication_id_exstream) as folded,
                communication_id_exstream,
                communications.communication_key,
                jurisdiction_code,
                communications.rowid as communication_row,
                first_use_row,
                last_use_row
            from marts.fct_communications as communications
            left join (
                select communication_key, min(rowid) as first_use_row, max(rowid) as last_use_row
                from marts.fct_asset_uses
                group by communication_key
            ) as uses on communications.communication_key = uses.communication_key
            order by folded, communication_id_exstream, communications.communication_key
        )
        """,  # noqa: S608 - a constant
        "",
        "One row per communication by its id in small letters, cut into places of the same length, with the numbers of "
        "its row in marts.fct_communications and of its first and last in marts.fct_asset_uses (rowid).",
        (COMMUNICATIONS, USES),
    ),
    "communication_places": Served(
        "select place, min(folded) as first_folded from serving.communication_names group by place",
        "place",
        "One row per place of serving.communication_names: the first id in it.",
        (COMMUNICATIONS, USES),
    ),
}
