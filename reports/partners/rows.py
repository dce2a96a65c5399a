"""What the partner matrix reads: which artwork each partner was given last, and how far that came.

Here belong its questions; one partner is `trail_rows`. Grain: one row per partner and artwork. Instants are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from reports.exports.listing import Listing, asked
from reports.paging import require_place
from reports.partners.words import (
    MATRIX_STATES,
    MATRIX_STATES_BY_CODE,
    SUPERSEDED,
)
from reports.remembered import opened_once
from reports.rows import ask, read, read_number
from reports.state_words import StateWords, state_words

PAGE_ROWS = 50
LISTED_AT_MOST = 200

NEEDED = (
    ("cloudinary", "notifications"),
    ("trading_grid", "partners"),
    ("trading_grid", "members"),
    ("trading_grid", "publications"),
    ("trading_grid", "distributions"),
    ("trading_grid", "accesses"),
    ("trading_grid", "acknowledgements"),
)


@dataclass(frozen=True)
class MatrixFilters:
    """What the reader asked for; an empty value asks for everything. `silent_days` is the least length of silence."""

    partner: str = ""
    gtin: str = ""
    state: str = ""
    silent_days: int | None = None

    @property
    def is_any_set(self) -> bool:
        """Tell whether anything is filtered out."""
        return bool(self.partner or self.gtin or self.state) or self.silent_days is not None

    def bound(self) -> dict[str, object]:
        """Return the values of the query's parameters."""
        return {
            "partner": self.partner,
            "gtin": self.gtin,
            "state": self.state,
            "silent": self.silent_days,
            "superseded": SUPERSEDED,
        }


@dataclass(frozen=True)
class MatrixRow:
    """One row per partner and artwork: what it was given last, and how far that came."""

    partner_matrix_key: str
    partner_id: str | None
    partner_name: str | None
    asset_id: str | None
    public_id: str | None
    gtin: str | None
    share_type: str
    share_id: str
    community_name: str | None
    etag: str | None
    verdict_now: str | None
    matrix_state: str
    version_number: int | None
    newest_approved_version_number: int | None
    share_count: int
    silent_days: int | None
    is_superseded: bool
    shared_at: datetime | None
    first_delivered_at: datetime | None
    first_opened_at: datetime | None
    first_acknowledged_at: datetime | None
    other_bytes_at: datetime | None
    last_rejected_at: datetime | None
    evaluated_at: datetime | None

    @property
    def words(self) -> StateWords:
        """The words of its state."""
        return state_words(MATRIX_STATES_BY_CODE, self.matrix_state)


@dataclass(frozen=True)
class StateCount:
    """One row per state that the filter offers: how many pairs the other filters leave to it."""

    code: str
    pair_count: int

    @property
    def name(self) -> str:
        """The name of the state for people."""
        return "Superseded" if self.code == SUPERSEDED else state_words(MATRIX_STATES_BY_CODE, self.code).name


@dataclass(frozen=True)
class PartnerLine:
    """One row per partner: how many artworks it was given, and how far they came."""

    partner_id: str
    partner_name: str | None
    artwork_count: int
    acknowledged_count: int
    reached_count: int
    refused_count: int
    silent_count: int
    superseded_count: int
    longest_silent_days: int | None


@dataclass(frozen=True)
class MatrixPage:
    """The page: the pairs that fit, the counts by state, and the partners that they belong to."""

    filters: MatrixFilters
    rows: tuple[MatrixRow, ...]
    pair_count: int
    total_count: int
    states: tuple[StateCount, ...]
    partners: tuple[PartnerLine, ...]
    partner_count: int
    evaluated_at: datetime | None
    is_first_page: bool
    after: str | None


@opened_once
def read_matrix(cursor: duckdb.DuckDBPyConnection, filters: MatrixFilters, after: str | None) -> MatrixPage:
    """Return one page of the matrix, by partner and artwork. Raises BadQuestion for a place that is not there."""
    require_place(cursor, "reports.rpt_partner_matrix", "partner_matrix_key", after)
    rows = read_pairs(cursor, filters, after, PAGE_ROWS + 1)
    partners = _partners(cursor, filters)
    return MatrixPage(
        filters=filters,
        rows=tuple(rows[:PAGE_ROWS]),
        pair_count=read_number(cursor, f"select count(*) {_MATCHING}", filters.bound()),
        total_count=read_number(cursor, "select count(*) from reports.rpt_partner_matrix"),
        states=_states(cursor, filters),
        partners=partners[:LISTED_AT_MOST],
        partner_count=len(partners),
        evaluated_at=rows[0].evaluated_at if rows else None,
        is_first_page=after is None,
        after=rows[PAGE_ROWS - 1].partner_matrix_key if len(rows) > PAGE_ROWS else None,
    )


_MATCHING = """
    from reports.rpt_partner_matrix as pairs
    where (
            $partner = ''
            or partner_id_trading_grid = $partner
            or contains(lower(coalesce(partner_name, '')), lower($partner))
        )
        and ($gtin = '' or gtin = $gtin)
        and ($state = '' or matrix_state = $state or ($state = $superseded and is_superseded))
        and ($silent is null or silent_days >= $silent)
"""

ORDER = "coalesce(partner_id_trading_grid, ''), coalesce(public_id, ''), partner_matrix_key"

PAIR_COLUMNS = """
    partner_matrix_key,
    partner_id_trading_grid as partner_id,
    partner_name,
    asset_id_cloudinary as asset_id,
    public_id,
    gtin,
    share_type,
    share_id,
    community_name,
    etag,
    verdict_now,
    matrix_state,
    version_number,
    newest_approved_version_number,
    share_count,
    silent_days,
    is_superseded,
    shared_at,
    first_delivered_at,
    first_opened_at,
    first_acknowledged_at,
    other_bytes_at,
    last_rejected_at,
    evaluated_at
"""


def read_pairs(
    cursor: duckdb.DuckDBPyConnection, filters: MatrixFilters, after: str | None, most: int
) -> list[MatrixRow]:
    """Return at most so many pairs that fit, behind the pair of the key `after`, by partner and artwork."""
    behind, place = (_BEHIND, {"after": after}) if after is not None else ("", {})
    return read(
        cursor,
        MatrixRow,
        f"""
        select {PAIR_COLUMNS}
        {_MATCHING}
        {behind}
        order by {ORDER}
        limit $most
        """,
        {**filters.bound(), **place, "most": most},
    )


_BEHIND = f"""
    and ({ORDER}) > (select ({ORDER}) from reports.rpt_partner_matrix where partner_matrix_key = $after)
"""  # noqa: S608 - only the constants above are written into the text


def matrix_listing(filters: MatrixFilters) -> Listing:
    """Return all pairs that fit the filters, to be exported."""
    return Listing(
        name="partner-artwork",
        grain="One row per partner and artwork: what it was given last, and how far that came.",
        sql=f"select {PAIR_COLUMNS} {_MATCHING} order by {ORDER}",
        parameters=filters.bound(),
        filters=asked(filters.bound(), "superseded"),
    )


def pairs_of_asset(cursor: duckdb.DuckDBPyConnection, asset_key: str, most: int) -> tuple[MatrixRow, ...]:
    """Return at most so many partners that were given an asset, those on superseded versions first."""
    rows = read(
        cursor,
        MatrixRow,
        f"""
        select {PAIR_COLUMNS}
        from reports.rpt_partner_matrix
        where asset_key = $asset
        order by matrix_state = 'withdrawn', is_superseded desc, silent_days desc nulls last, {ORDER}
        limit $most
        """,  # noqa: S608 - only the constants above are written into the text
        {"asset": asset_key, "most": most},
    )
    return tuple(rows)


def _states(cursor: duckdb.DuckDBPyConnection, filters: MatrixFilters) -> tuple[StateCount, ...]:
    """Return the counts of every state, and of what is superseded, under the other filters."""
    others = MatrixFilters(filters.partner, filters.gtin, "", filters.silent_days)
    found = dict(
        ask(
            cursor,
            f"select matrix_state, count(*) {_MATCHING} group by matrix_state",
            others.bound(),
        ).fetchall()
    )
    superseded = read_number(
        cursor,
        f"select count(*) {_MATCHING} and is_superseded",
        others.bound(),
    )
    known = [StateCount(state.code, int(found.pop(state.code, 0))) for state in MATRIX_STATES]
    rest = [StateCount(str(code), int(count)) for code, count in sorted(found.items())]
    return (*known, *rest, StateCount(SUPERSEDED, superseded))


def _partners(cursor: duckdb.DuckDBPyConnection, filters: MatrixFilters) -> tuple[PartnerLine, ...]:
    return tuple(
        read(
            cursor,
            PartnerLine,
            f"""
            select
                partner_id_trading_grid as partner_id,
                max(partner_name) as partner_name,
                count(*) as artwork_count,
                count(*) filter (where matrix_state in ('acknowledged', 'acknowledged_unnamed_bytes'))
                    as acknowledged_count,
                count(*) filter (where matrix_state in ('opened', 'delivered')) as reached_count,
                count(*) filter (where matrix_state in ('rejected', 'acknowledged_other_bytes')) as refused_count,
                count(*) filter (where matrix_state = 'silent') as silent_count,
                count(*) filter (where is_superseded) as superseded_count,
                max(silent_days) as longest_silent_days
            {_MATCHING} and partner_id_trading_grid is not null
            group by partner_id_trading_grid
            order by superseded_count desc, silent_count desc, partner_id_trading_grid
            """,
            filters.bound(),
        )
    )
