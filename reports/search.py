"""Search: from something a reader holds in hand (an id, a name, a hash) to the page of it.

Here belong exact matches, matches by beginning and by part, and the near matches of a page that was not found.
What a reader types is always bound and never read as a pattern.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb

from reports.communication_names import folded, ids_beginning, keys_of
from reports.name_pieces import rows_that_may_hold
from reports.problems import NearMatch
from reports.remembered import relation
from reports.rows import read
from reports.text import path_part

MATCHES_AT_MOST = 12
LOOKED_AT = 2_000
"""Names of which slips are counted: those with the fewest changed letters. Many alike (numbers) have thousands."""


@dataclass(frozen=True)
class SearchPage:
    """The page: what was asked for, what is exactly that, what begins with it or holds it, and else what is near it."""

    text: str
    exact: tuple[NearMatch, ...]
    similar: tuple[NearMatch, ...]
    near: tuple[NearMatch, ...]


@dataclass(frozen=True)
class _Match:
    kind: str
    name: str
    subject_id: str
    anchor: str


@dataclass(frozen=True)
class _Name(_Match):
    """What leads to a match: `is_folded` is compared with the small letters of what was typed."""

    sought: str
    is_folded: bool

    @property
    def match(self) -> _Match:
        """What it leads to."""
        return _Match(self.kind, self.name, self.subject_id, self.anchor)


def search(cursor: duckdb.DuckDBPyConnection, text: str) -> SearchPage:
    """Return the exact and the similar matches of a text (of at most some hundred characters); near ones without."""
    letters = ids_beginning(cursor, text, MATCHES_AT_MOST)
    exact = _exact(cursor, text, letters)
    similar = _similar(cursor, text, MATCHES_AT_MOST, letters)
    near = () if exact or similar else near_matches(cursor, text)
    return SearchPage(text, exact, tuple(match for match in similar if match not in exact), near)


def near_matches(cursor: duckdb.DuckDBPyConnection, text: str) -> tuple[NearMatch, ...]:
    """Return what begins as the text does; else what is a slip of the keyboard away, or shares a shorter beginning."""
    text = text[:200]
    found: tuple[NearMatch, ...] = ()
    slips: tuple[NearMatch, ...] = ()
    for length in _lengths(len(text)):
        found = _similar(cursor, text[:length], 5, ids_beginning(cursor, text[:length], 5))
        if length == len(text) and not found:
            slips = _slips(cursor, text)
        if found:
            break
    return tuple(dict.fromkeys((*slips, *found)))[:MATCHES_AT_MOST]


def _exact(cursor: duckdb.DuckDBPyConnection, text: str, letters: Sequence[str]) -> tuple[NearMatch, ...]:
    """Return what is called so; `letters` are the first communications that begin as the text does."""
    small = folded(cursor, text)
    typed = list(dict.fromkeys((text, small)))
    # One after the other: of two values in one condition DuckDB looks through all rows between them.
    question = " union all ".join([_EXACT.format(names=relation(cursor, "exact_names"))] * len(typed))
    names = read(cursor, _Name, question, typed)
    found = {name.match for name in names if name.sought == (small if name.is_folded else text)}
    if _is_communication(cursor, text, letters):
        found.add(_communication(text))
    return _near(sorted(found, key=lambda match: (match.kind, match.name, match.subject_id, match.anchor)))


def _is_communication(cursor: duckdb.DuckDBPyConnection, text: str, letters: Sequence[str]) -> bool:
    """Tell whether the text is the id of one: it then stands among the first that begin so, the shortest of them.

    Only where all of these may differ from it by nothing but the case of letters, it is looked for.
    """
    is_cut = len(letters) == MATCHES_AT_MOST and (len(letters[-1]) <= len(text) or not text.isascii())
    return text in letters or (is_cut and bool(keys_of(cursor, text)))


def _similar(cursor: duckdb.DuckDBPyConnection, text: str, most: int, letters: Sequence[str]) -> tuple[NearMatch, ...]:
    """Return what begins as the text does, or holds it; `letters` are the communications among it."""
    rows = rows_that_may_hold(cursor, folded(cursor, text))
    others: list[_Match] = []
    if rows is None or rows:
        names = relation(cursor, "similar_names")
        if rows:
            names = f"(select * from {names} where name_row in ({', '.join(map(str, rows))}))"  # noqa: S608 - numbers
        others = read(cursor, _Match, _SIMILAR.format(names=names), {"text": text, "most": most})
    return _near([*(_communication(name) for name in letters), *others])


def _communication(communication_id: str) -> _Match:
    return _Match("Communication", communication_id, communication_id, "")


def _slips(cursor: duckdb.DuckDBPyConnection, text: str) -> tuple[NearMatch, ...]:
    """Return what differs from the text by a few characters left out, added, changed or swapped, the nearest first.

    Communications are not looked through for slips: there are too many of them.
    """
    allowed = min(3, len(text) // 4)
    if not allowed:
        return ()
    bound = {"text": text, "allowed": allowed, "looked_at": LOOKED_AT, "most": MATCHES_AT_MOST}
    return _near(read(cursor, _Match, _SLIPS, bound))


def _lengths(length: int) -> Iterator[int]:
    """Give the length of the whole, then up to three characters less (a slip at the end), then ever coarser steps."""
    shortest = max(2, length - 3)
    yield from range(length, shortest - 1, -1)
    while (shortest := shortest * 2 // 3) >= 2:
        yield shortest


_ADDRESSES = {
    "Communication": "/communications/",
    "Asset": "/assets/",
    "Partner case": "/cases/",
    "Partner": "/partners/",
    "Template": "/templates/",
    "Launch": "/launches/",
    "Feedback": "/feedback/",
}


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
    select kind, name, subject_id, anchor, sought, is_folded
    from {names}
    where sought = ?
"""

_SIMILAR = """
    select kind, name, subject_id, '' as anchor
    from (
        select *, kind_order = 0 and starts_with(coalesce(holds, ''), lower($text)) as is_first
        from {names}
        where starts_with(coalesce(begins, ''), lower($text))
            or contains(coalesce(holds, ''), lower($text))
            or contains(coalesce(holds_also, ''), lower($text))
    )
    qualify row_number() over (partition by kind_order order by is_first desc, sort_name, subject_id) <= $most
    order by kind_order, is_first desc, sort_name, subject_id
"""

_SLIPS = """
    with named as (
        select 'Asset' as kind, public_id as name, asset_id_cloudinary as subject_id, public_id as typed
        from marts.dim_assets where public_id is not null
        union all
        select 'Partner case', case_id_trading_grid, case_id_trading_grid, case_id_trading_grid from marts.fct_cases
        union all
        select 'Partner', coalesce(partner_name, partner_id_trading_grid), partner_id_trading_grid,
            unnest([partner_id_trading_grid, partner_name])
        from marts.dim_partners
        union all
        select distinct 'Template', template_id_exstream, template_id_exstream, template_id_exstream
        from marts.dim_templates
        union all
        select 'Launch', coalesce(launch_name, launch_id_trading_grid), launch_id_trading_grid,
            unnest([launch_id_trading_grid, launch_name])
        from marts.dim_launches
        union all
        select 'Feedback', feedback_id_trading_grid, feedback_id_trading_grid, feedback_id_trading_grid
        from marts.fct_feedback
    ),
    nearest as (
        -- Two letters swapped are one slip, but two changes to `levenshtein`, which takes a tenth of the time.
        select kind, name, subject_id, lower(typed) as typed, levenshtein(lower(typed), lower($text)) as changes
        from named
        where typed is not null and abs(length(typed) - length($text)) <= $allowed
        order by changes, kind, name, subject_id
        limit $looked_at
    ),
    measured as (
        select kind, name, subject_id, damerau_levenshtein(typed, lower($text)) as distance
        from nearest
    )
    select kind, name, subject_id, '' as anchor
    from measured
    where distance <= $allowed
    group by kind, name, subject_id
    order by min(distance), kind, name, subject_id
    limit $most
"""
