"""The questions of the page of an asset.

Here belong the queries, and putting their rows together. The rows are `rows`; templates, partners and corrections are
`reports.reach`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import duckdb

from publish.serving import relation
from reports.exception_list import Place
from reports.rows import read, read_one
from reports.where_used.rows import (
    Approval,
    Asset,
    CaseLine,
    Publication,
    UseGroup,
    UseLine,
    VerdictShare,
    Version,
    Week,
    WhereUsed,
)
from reports.words import VERDICTS

NEEDED = (
    ("cloudinary", "notifications"),
    ("exstream", "communications"),
    ("exstream", "asset_uses"),
    ("trading_grid", "publications"),
    ("trading_grid", "accesses"),
    ("trading_grid", "acknowledgements"),
)
USES_ROWS = 25
LISTED_AT_MOST = 200


def read_asset(cursor: duckdb.DuckDBPyConnection, asset_id: str) -> Asset | None:
    """Return the asset of that Cloudinary asset_id, or None."""
    return read_one(
        cursor,
        Asset,
        """
        select
            asset_key,
            asset_id_cloudinary as asset_id,
            source_system,
            public_id,
            resource_type,
            delivery_type,
            format_code,
            asset_folder,
            display_name,
            campaign_code,
            product_line_code,
            gtin,
            current_version_number,
            current_etag,
            is_deleted,
            first_uploaded_at,
            last_uploaded_at,
            version_count,
            _log_index as log_index
        from marts.dim_assets
        where asset_id_cloudinary = ?
        order by source_system
        """,
        [asset_id],
    )


def read_where_used(cursor: duckdb.DuckDBPyConnection, asset: Asset, after: str | None) -> WhereUsed:
    """Return the page of one asset; `after` continues the list of its uses."""
    uses = _uses(cursor, asset, after)
    usage, letters = relation(cursor, "asset_usage"), relation(cursor, "asset_communications")
    [counts] = read(cursor, _Counts, _counts_of(usage, letters), {"asset": asset.asset_key})
    return WhereUsed(
        asset=asset,
        versions=_versions(cursor, asset, usage),
        approvals=_approvals(cursor, asset),
        groups=_groups(cursor, asset, usage, letters),
        weeks=_weeks(cursor, asset, usage),
        verdicts=_verdicts(cursor, asset, usage),
        uses=tuple(uses[:USES_ROWS]),
        uses_after=str(uses[USES_ROWS - 1].place) if len(uses) > USES_ROWS else None,
        is_first_page=after is None,
        publications=_publications(cursor, asset) if counts.publication_count else (),
        cases=_cases(cursor, asset) if counts.case_count else (),
        **asdict(counts),
    )


@dataclass(frozen=True)
class _Counts:
    """The counts of the page, each with the grain of its name."""

    publication_count: int
    live_publication_count: int
    holding_community_count: int
    case_count: int
    exception_count: int
    standing_count: int
    communication_count: int
    unresolved_use_count: int


def _counts_of(usage: str, letters: str) -> str:
    """Return the question for all counts at once."""
    return f"""
        select
            publications.*,
            (select count(*) from marts.fct_cases where asset_key = $asset) as case_count,
            exceptions.*,
            (
                select cast(coalesce(sum(communication_count), 0) as bigint)
                from {letters}
                where asset_key = $asset and is_every_channel
            ) as communication_count,
            (
                select cast(coalesce(sum(asset_use_count), 0) as bigint) from {usage} where asset_key is null
            ) as unresolved_use_count
        from (
            select
                count(*) as publication_count,
                count(*) filter (where is_live) as live_publication_count,
                count(distinct community_key) filter (where is_live) as holding_community_count
            from marts.fct_publications
            where asset_key = $asset
        ) as publications
        cross join (
            select count(*) as exception_count, count(*) filter (where is_standing) as standing_count
            from marts.fct_exceptions
            where asset_key = $asset
        ) as exceptions
    """  # noqa: S608 - relations of ours


def _versions(cursor: duckdb.DuckDBPyConnection, asset: Asset, usage: str) -> tuple[Version, ...]:
    return tuple(
        read(
            cursor,
            Version,
            f"""
            with uses as (
                select asset_version_key, cast(sum(asset_use_count) as bigint) as asset_use_count
                from {usage}
                where asset_key = $asset
                group by asset_version_key
            ),
            publications as (
                select
                    asset_version_key,
                    count(*) as publication_count,
                    count(*) filter (where is_live) as live_publication_count
                from marts.fct_publications
                where asset_key = $asset
                group by asset_version_key
            )
            select
                versions.asset_version_key,
                version_number,
                etag,
                format_code,
                size_bytes,
                width_px,
                height_px,
                uploaded_by_id,
                live_from,
                live_to,
                is_current,
                evidence_grade,
                _log_index as log_index,
                coalesce(asset_use_count, 0) as asset_use_count,
                coalesce(publication_count, 0) as publication_count,
                coalesce(live_publication_count, 0) as live_publication_count
            from marts.dim_asset_versions as versions
            left join uses on uses.asset_version_key = versions.asset_version_key
            left join publications on publications.asset_version_key = versions.asset_version_key
            where versions.asset_key = $asset
            order by live_from desc, version_number desc, etag
            limit $most
            """,  # noqa: S608 - a relation of ours
            {"asset": asset.asset_key, "most": LISTED_AT_MOST},
        )
    )


def _approvals(cursor: duckdb.DuckDBPyConnection, asset: Asset) -> tuple[Approval, ...]:
    return tuple(
        read(
            cursor,
            Approval,
            """
            select
                approval_key,
                asset_version_key,
                version_number,
                etag,
                approver_id,
                granted_at,
                ended_at,
                ended_by,
                valid_from,
                valid_to,
                segments_list as segments,
                jurisdictions_list as jurisdictions,
                offers_list as offers,
                evidence_grade,
                _log_index as log_index
            from marts.fct_approvals
            where asset_key = ?
            order by granted_at desc, approval_key
            limit ?
            """,
            [asset.asset_key, LISTED_AT_MOST],
        )
    )


def _groups(cursor: duckdb.DuckDBPyConnection, asset: Asset, usage: str, letters: str) -> tuple[UseGroup, ...]:
    return tuple(
        read(
            cursor,
            UseGroup,
            f"""
            with uses as (
                select
                    channel_code,
                    jurisdiction_code,
                    cast(sum(asset_use_count) as bigint) as asset_use_count,
                    cast(
                        coalesce(sum(asset_use_count) filter (where verdict in ('PROVEN', 'PROVEN_LATE')), 0) as bigint
                    ) as in_order_count,
                    min(first_generated_at) as first_generated_at,
                    max(last_generated_at) as last_generated_at
                from {usage}
                where asset_key = $asset
                group by channel_code, jurisdiction_code
            ),
            letters as (
                select channel_code, jurisdiction_code, communication_count
                from {letters}
                where asset_key = $asset and not is_every_channel
            )
            select uses.*, communication_count
            from uses
            inner join letters on uses.channel_code is not distinct from letters.channel_code
                and uses.jurisdiction_code is not distinct from letters.jurisdiction_code
            order by uses.channel_code nulls last, uses.jurisdiction_code nulls last
            """,  # noqa: S608 - relations of ours
            {"asset": asset.asset_key},
        )
    )


def _weeks(cursor: duckdb.DuckDBPyConnection, asset: Asset, usage: str) -> tuple[Week, ...]:
    """Return the weeks that have a use of a known instant; a week begins on Monday 00:00 UTC, whatever the session."""
    return tuple(
        read(
            cursor,
            Week,
            f"""
            select
                week_from,
                cast(sum(asset_use_count) as bigint) as asset_use_count,
                cast(coalesce(sum(asset_use_count) filter (where verdict in ('PROVEN', 'PROVEN_LATE')), 0) as bigint)
                    as in_order_count
            from {usage}
            where asset_key = ? and week_from is not null
            group by week_from
            order by week_from
            """,  # noqa: S608 - a relation of ours
            [asset.asset_key],
        )
    )


def _verdicts(cursor: duckdb.DuckDBPyConnection, asset: Asset, usage: str) -> tuple[VerdictShare, ...]:
    found = read(
        cursor,
        VerdictShare,
        f"""
        select verdict, cast(sum(asset_use_count) as bigint) as asset_use_count
        from {usage}
        where asset_key = ?
        group by verdict
        """,  # noqa: S608 - a relation of ours
        [asset.asset_key],
    )
    rank = {words.code: words.rank for words in VERDICTS}
    return tuple(sorted(found, key=lambda row: (rank.get(row.verdict, 0), row.verdict)))


def _uses(cursor: duckdb.DuckDBPyConnection, asset: Asset, after: str | None) -> list[UseLine]:
    """Return up to one row more than a page of the asset's uses, newest first, after the place."""
    place = Place.from_text(after) if after is not None else None
    return read(
        cursor,
        UseLine,
        f"""
        select
            asset_use_key,
            asset_use_id,
            communication_id_exstream as communication_id,
            placeholder_name,
            channel_code,
            jurisdiction_code,
            version_number,
            happened_at as generated_at,
            verdict
        from {relation(cursor, "asset_uses")}
        where asset_key = ?{" and (happened_at, asset_use_key) < (?, ?)" if place else ""}
        order by happened_at desc, asset_use_key desc
        limit ?
        """,  # noqa: S608 - a relation of ours
        [asset.asset_key, *((place.instant, place.key) if place else ()), USES_ROWS + 1],
    )


def _publications(cursor: duckdb.DuckDBPyConnection, asset: Asset) -> tuple[Publication, ...]:
    return tuple(
        read(
            cursor,
            Publication,
            """
            select
                publication_id_trading_grid as publication_id,
                publications.community_id_trading_grid as community_id,
                communities.community_name,
                publications.region_code,
                publications.language_code,
                version_number,
                published_at,
                published_by_id,
                withdrawn_at,
                is_live,
                replaces_publication_id,
                verdict_at_publication,
                verdict_now,
                verdict_reason,
                newest_approved_version_number,
                delivered_count,
                opened_count,
                acknowledged_count
            from marts.fct_publications as publications
            left join marts.dim_communities as communities using (community_key)
            where asset_key = ?
            order by is_live desc, published_at desc, publication_id_trading_grid
            limit ?
            """,
            [asset.asset_key, LISTED_AT_MOST],
        )
    )


def _cases(cursor: duckdb.DuckDBPyConnection, asset: Asset) -> tuple[CaseLine, ...]:
    return tuple(
        read(
            cursor,
            CaseLine,
            """
            select
                case_id_trading_grid as case_id,
                subject,
                status,
                opened_at,
                reported_version_number,
                answered_at
            from marts.fct_cases
            where asset_key = ?
            order by opened_at desc, case_id_trading_grid
            limit ?
            """,
            [asset.asset_key, LISTED_AT_MOST],
        )
    )
