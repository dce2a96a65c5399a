"""What a launch requires, and how much of it is ready by market and format.

Here belong these questions. Grain: one row per asset that the launch requires, for a market, language and format.
Instants are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from reports.launches.words import REQUIREMENT_BY_CODE
from reports.rows import read
from reports.state_words import StateWords, state_words


@dataclass(frozen=True)
class Requirement:
    """One row per asset that the launch requires, for a market, language and format."""

    ordinal: int | None
    community_name: str | None
    asset_id: str | None
    public_id: str | None
    request_text: str | None
    market_code: str | None
    language_code: str | None
    format_code: str | None
    readiness_reason: str
    community_count: int
    ready_community_count: int
    required_by: datetime | None
    looked_at: datetime | None

    @property
    def words(self) -> StateWords:
        """The words of its readiness."""
        return state_words(REQUIREMENT_BY_CODE, self.readiness_reason)


@dataclass(frozen=True)
class Cell:
    """One row per market and format (empty: every, any) of the launch: how many of the required assets are ready."""

    market: str
    form: str
    required_count: int
    ready_count: int


def read_required(cursor: duckdb.DuckDBPyConnection, launch_key: str, most: int) -> tuple[Requirement, ...]:
    """Return at most so many of the assets that the launch requires, in the order in which it names them."""
    return tuple(read(cursor, Requirement, _REQUIREMENTS, {"launch": launch_key, "most": most}))


def read_cells(cursor: duckdb.DuckDBPyConnection, launch_key: str) -> tuple[Cell, ...]:
    """Return the markets and formats of all that the launch requires."""
    return tuple(read(cursor, Cell, _CELLS, {"launch": launch_key}))


_REQUIREMENTS = """
    select
        ordinal,
        community_name,
        asset_id_cloudinary as asset_id,
        public_id,
        request_text,
        market_code,
        language_code,
        format_code,
        readiness_reason,
        community_count,
        ready_community_count,
        required_by,
        looked_at
    from reports.rpt_launch_requirements
    where launch_key = $launch
    order by ordinal nulls last, launch_requirement_key
    limit $most
"""

_CELLS = """
    select
        coalesce(market_code, '') as market,
        coalesce(format_code, '') as form,
        count(*) as required_count,
        count(*) filter (where readiness_reason = 'ready') as ready_count
    from reports.rpt_launch_requirements
    where launch_key = $launch and readiness_reason <> 'not_required'
    group by all
"""
