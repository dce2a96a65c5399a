"""The page of one launch: all that it requires and publishes, what is open of it, who is invited, what was said.

Here belongs putting it together, and how many there are of what it lists; each list is asked in a room of its own.
Grain: one launch.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from reports.launches.invited import Invited, read_invited
from reports.launches.raised import Message, OpenPoint, read_messages, read_points
from reports.launches.required import Cell, Requirement, read_cells, read_required
from reports.launches.rows import Launch
from reports.launches.visuals import Visual, read_visuals
from reports.rows import read

LISTED_AT_MOST = 200


@dataclass(frozen=True)
class Counts:
    """How many there are of what the page of a launch lists, of which it shows `LISTED_AT_MOST` of each."""

    requirement_count: int
    point_count: int
    visual_count: int
    message_count: int


@dataclass(frozen=True)
class LaunchPage:
    """The page of one launch. `cells` and `counts` are of all that there is, the lists of at most `LISTED_AT_MOST`."""

    launch: Launch
    cells: tuple[Cell, ...]
    counts: Counts
    requirements: tuple[Requirement, ...]
    points: tuple[OpenPoint, ...]
    partners: tuple[Invited, ...]
    visuals: tuple[Visual, ...]
    messages: tuple[Message, ...]

    @property
    def markets(self) -> tuple[str, ...]:
        """The markets that something is required for, those without a name last."""
        return tuple(sorted({each.market for each in self.cells}, key=lambda name: (not name, name)))

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats that something is required in, those without a name last."""
        return tuple(sorted({each.form for each in self.cells}, key=lambda name: (not name, name)))

    def cell(self, market: str, form: str) -> Cell:
        """Return how many assets a market and format need, and how many of them are ready."""
        mine = (each for each in self.cells if (each.market, each.form) == (market, form))
        return next(mine, Cell(market, form, 0, 0))


def read_launch_page(cursor: duckdb.DuckDBPyConnection, launch: Launch) -> LaunchPage:
    """Return the page of a launch; each list holds at most `LISTED_AT_MOST` rows."""
    key = launch.launch_key
    (counts,) = read(cursor, Counts, _COUNTS, {"launch": key})
    return LaunchPage(
        launch=launch,
        cells=read_cells(cursor, key),
        counts=counts,
        requirements=read_required(cursor, key, LISTED_AT_MOST),
        points=read_points(cursor, key, LISTED_AT_MOST),
        partners=read_invited(cursor, key, LISTED_AT_MOST),
        visuals=read_visuals(cursor, key, LISTED_AT_MOST),
        messages=read_messages(cursor, key, LISTED_AT_MOST),
    )


_COUNTS = """
    select
        (select count(*) from reports.rpt_launch_requirements where launch_key = $launch) as requirement_count,
        (select count(*) from marts.fct_flags where launch_key = $launch)
        + (select count(*) from marts.fct_format_requests where launch_key = $launch)
        + (select count(*) from marts.fct_launch_tasks where launch_key = $launch) as point_count,
        (select count(*) from reports.rpt_launch_visuals where launch_key = $launch) as visual_count,
        (select count(*) from marts.fct_launch_messages where launch_key = $launch) as message_count
"""
