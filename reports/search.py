"""Search: from something a reader holds in hand (an id, a name, a hash) to the page of it.

Here belong exact matches, matches by beginning and by part, and the near matches of a page that was not found.
What a reader types is always bound and never read as a pattern.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from reports.problems import NearMatch
from reports.rows import read
from reports.text import path_part

MATCHES_AT_MOST = 12


@dataclass(frozen=True)
class SearchPage:
    """The page: what was asked for, what is exactly that, and what begins with it or holds it."""

    text: str
    exact: tuple[NearMatch, ...]
    similar: tuple[NearMatch, ...]


@dataclass(frozen=True)
class _Match:
    kind: str
    name: str
    subject_id: str
    anchor: str


def search(cursor: duckdb.DuckDBPyConnection, text: str) -> SearchPage:
    """Return the exact and the similar matches of a text (of at most some hundred characters)."""
    exact = _near(read(cursor, _Match, _EXACT, {"text": text}))
    similar = _near(read(cursor, _Match, _SIMILAR, {"text": text, "most": MATCHES_AT_MOST}))
    return SearchPage(text, exact, tuple(match for match in similar if match not in exact))


def near_matches(cursor: duckdb.DuckDBPyConnection, text: str) -> tuple[NearMatch, ...]:
    """Return what begins as the text does; where nothing does, what shares a shorter beginning with it."""
    for length in _lengths(len(text[:200])):
        found = _near(read(cursor, _Match, _SIMILAR, {"text": text[:length], "most": 5}))
        if found:
            return found[:MATCHES_AT_MOST]
    return ()


def _lengths(length: int) -> Iterator[int]:
    """Give the length of the whole, then up to three characters less (a slip at the end), then ever coarser steps."""
    shortest = max(2, length - 3)
    yield from range(length, shortest - 1, -1)
    while (shortest := shortest * 2 // 3) >= 2:
        yield shortest


_ADDRESSES = {"Communication": "/communications/", "Asset": "/assets/", "Partner case": "/cases/"}


def _near(matches: list[_Match]) -> tuple[NearMatch, ...]:
    return tuple(
        NearMatch(
            match.kind,
            match.name,
            _ADDRESSES.get(match.kind, "/assets/") + path_part(match.subject_id) + match.anchor,
        )
        for match in matches
    )


_EXACT = """
    select 'Communication' as kind, communication_id_exstream as name, communication_id_exstream as subject_id,
        '' as anchor
    from marts.fct_communications where communication_id_exstream = $text
    group by all
    union all
    select 'Asset', coalesce(public_id, asset_id_cloudinary), asset_id_cloudinary, ''
    from marts.dim_assets where asset_id_cloudinary = $text or public_id = $text
    union all
    select 'Asset', coalesce(public_id_at_upload, etag) || ' (by content hash)', asset_id_cloudinary, ''
    from marts.dim_asset_versions where etag = $text
    group by all
    union all
    select 'Asset', public_id_at_upload || ' (an earlier name)', asset_id_cloudinary, ''
    from marts.dim_asset_versions
    where public_id_at_upload = $text
        and not exists (select 1 from marts.dim_assets where dim_assets.public_id = $text)
    group by all
    union all
    select 'Partner case', case_id_trading_grid, case_id_trading_grid, ''
    from marts.fct_cases where case_id_trading_grid = $text
    union all
    select 'Publication', publication_id_trading_grid, asset_id_cloudinary, '#publications'
    from marts.fct_publications where publication_id_trading_grid = $text and asset_key is not null
    order by kind, name, subject_id
"""

_SIMILAR = """
    (
        select 'Communication' as kind, communication_id_exstream as name,
            communication_id_exstream as subject_id, '' as anchor
        from marts.fct_communications where starts_with(lower(communication_id_exstream), lower($text))
        group by all order by name limit $most
    )
    union all
    (
        select 'Asset', coalesce(public_id, asset_id_cloudinary), asset_id_cloudinary, ''
        from marts.dim_assets
        where starts_with(asset_id_cloudinary, lower($text))
            or contains(lower(coalesce(public_id, '')), lower($text))
            or contains(lower(coalesce(display_name, '')), lower($text))
        order by starts_with(lower(coalesce(public_id, '')), lower($text)) desc, public_id, asset_id_cloudinary
        limit $most
    )
    union all
    (
        select 'Partner case', case_id_trading_grid, case_id_trading_grid, ''
        from marts.fct_cases
        where starts_with(lower(case_id_trading_grid), lower($text))
            or contains(lower(coalesce(subject, '')), lower($text))
        order by case_id_trading_grid limit $most
    )
"""
