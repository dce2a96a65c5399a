"""The questions of the page of an asset.

Here belong the queries, and putting their rows together. The rows are `rows`; templates, partners and corrections are
`reports.reach`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb

from publish.served.uses import OUTPUT_LINKS
from publish.serving import SCHEMA
from reports.approval_columns import APPROVAL_COLUMNS
from reports.earlier_snapshots import has
from reports.exception_list import Place
from reports.remembered import read_once, relation
from reports.rows import OPEN_START, ask, from_structs, read, read_entries, read_number
from reports.where_used.rows import (
    Approval,
    Asset,
    CaseLine,
    OutputImage,
    Publication,
    UseLine,
    Version,
    WhereUsed,
)
from reports.where_used.tally import Tally, read_tally

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
    found = read(
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
        """,
        [asset_id],
    )
    return min(found, key=lambda asset: asset.source_system, default=None)


def read_where_used(
    cursor: duckdb.DuckDBPyConnection, asset: Asset, after: str | None, tally: Tally | None = None
) -> WhereUsed:
    """Return the page of one asset; `after` continues the list of its uses, `tally` is what was counted of it already.

    A list that counts nothing is not asked for.
    """
    tally = tally or read_tally(cursor, asset.asset_key)
    uses, counts = _uses(cursor, asset, after), tally.others
    output_images, output_image_count, output_letter_count = _output_images(cursor, asset)
    approvals = _approvals(cursor, asset)
    return WhereUsed(
        asset=asset,
        versions=_versions(cursor, asset, tally),
        approvals=approvals[:LISTED_AT_MOST],
        approval_count=len(approvals),
        groups=tally.uses.groups,
        weeks=tally.uses.weeks,
        verdicts=tally.uses.verdicts,
        uses=tuple(uses[:USES_ROWS]),
        uses_after=str(uses[USES_ROWS - 1].place) if len(uses) > USES_ROWS else None,
        is_first_page=after is None,
        output_images=output_images,
        output_image_count=output_image_count,
        output_letter_count=output_letter_count,
        publications=_publications(cursor, asset) if counts.publication_count else (),
        cases=_cases(cursor, asset) if counts.case_count else (),
        publication_count=counts.publication_count,
        live_publication_count=counts.live_publication_count,
        holding_community_count=counts.holding_community_count,
        case_count=counts.case_count,
        exception_count=counts.exception_count,
        standing_count=counts.standing_count,
        communication_count=tally.uses.communication_count,
        unresolved_use_count=_unresolved_use_count(cursor),
    )


@read_once
def _unresolved_use_count(cursor: duckdb.DuckDBPyConnection) -> int:
    """Return how many asset uses of the snapshot are of no known asset."""
    return read_number(
        cursor,
        f"select sum(asset_use_count) from {relation(cursor, 'asset_usage')} where asset_key is null",  # noqa: S608 - a relation of ours
    )


def _versions(cursor: duckdb.DuckDBPyConnection, asset: Asset, tally: Tally) -> tuple[Version, ...]:
    found = read_entries(
        cursor,
        """
        select
            asset_version_key,
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
            _log_index as log_index
        from marts.dim_asset_versions
        where asset_key = ?
        """,
        [asset.asset_key],
    )
    published = _published(cursor, asset) if tally.others.publication_count else {}
    held = [entry | _held(str(entry["asset_version_key"]), tally, published) for entry in found]
    return _newest_first(from_structs(Version, held))[:LISTED_AT_MOST]


def _newest_first(versions: Iterable[Version]) -> tuple[Version, ...]:
    """Return versions by when they went live, those of one instant by their number; one without a number comes last.

    An asset has a handful: DuckDB takes longer to plan that they are sorted than all else that is asked of them.
    """
    by_etag = sorted(versions, key=lambda version: version.etag)
    by_number = sorted(by_etag, key=lambda version: version.version_number or -1, reverse=True)
    return tuple(sorted(by_number, key=lambda version: version.live_from or OPEN_START, reverse=True))


def _held(version_key: str, tally: Tally, published: Mapping[str, tuple[int, int]]) -> dict[str, object]:
    """Return what holds a version: asset uses, publications, and those of them that are live."""
    publication_count, live_publication_count = published.get(version_key, (0, 0))
    return {
        "asset_use_count": tally.uses.of_version(version_key),
        "publication_count": publication_count,
        "live_publication_count": live_publication_count,
    }


def _published(cursor: duckdb.DuckDBPyConnection, asset: Asset) -> dict[str, tuple[int, int]]:
    """Return the publications of each version of an asset, and how many of them are live."""
    rows = ask(
        cursor,
        """
        select asset_version_key, count(*), count(*) filter (where is_live)
        from marts.fct_publications
        where asset_key = ? and asset_version_key is not null
        group by asset_version_key
        """,
        [asset.asset_key],
    ).fetchall()
    return {key: (publications, live) for key, publications, live in rows}


def _approvals(cursor: duckdb.DuckDBPyConnection, asset: Asset) -> tuple[Approval, ...]:
    """Return all approvals of an asset, the last one first."""
    found = read(
        cursor,
        Approval,
        f"""
        select
            approval_key,
            asset_version_key,
            {APPROVAL_COLUMNS}
        from marts.fct_approvals
        where asset_key = ?
        """,  # noqa: S608 - a constant
        [asset.asset_key],
    )
    by_key = sorted(found, key=lambda approval: approval.approval_key)
    return tuple(sorted(by_key, key=lambda approval: approval.granted_at, reverse=True))


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


def _output_images(cursor: duckdb.DuckDBPyConnection, asset: Asset) -> tuple[tuple[OutputImage, ...], int, int]:
    """Return the newest images of the asset that outputs alone show, how many there are, and in how many letters.

    A snapshot of before outputs were told has none, and no column to find them by that was published without it.
    """
    if not has(cursor, f"{SCHEMA}.asset_output_images") and not has(cursor, OUTPUT_LINKS, "is_beside_report"):
        return (), 0, 0
    shown = relation(cursor, "asset_output_images")
    (counted,) = ask(
        cursor,
        f"select count(*), count(distinct communication_key) from {shown} where asset_key = ?",  # noqa: S608 - a relation of ours
        [asset.asset_key],
    ).fetchall()
    if not counted[0]:
        return (), 0, 0
    found = read(
        cursor,
        OutputImage,
        f"""
        select
            output_link_key,
            communication_id_exstream as communication_id,
            channel_code,
            jurisdiction_code,
            version_number,
            happened_at as composed_at,
            verdict
        from {shown}
        where asset_key = ?
        order by happened_at desc, output_link_key desc
        limit {LISTED_AT_MOST}
        """,  # noqa: S608 - a relation of ours
        [asset.asset_key],
    )
    return tuple(found), *counted


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
