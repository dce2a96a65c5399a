"""What is counted of one asset, known before anything of it is listed.

Here belong its two rows of counts: of its uses, and of everything else. A list whose count is 0 is not asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

from reports.remembered import relation
from reports.rows import ask, from_structs, read_entries
from reports.verdict_counts import VerdictCount
from reports.where_used.rows import UseGroup, Week
from reports.words import VERDICTS


@dataclass(frozen=True)
class PlaceOfUse:
    """One row per version and channel: asset uses. The version is None where several fit the reference."""

    asset_version_key: str | None
    version_number: int | None
    channel_code: str | None
    asset_use_count: int


@dataclass(frozen=True)
class UseTotals:
    """The uses of one asset, counted in four ways, and how many communications carried it."""

    places: tuple[PlaceOfUse, ...] = ()
    groups: tuple[UseGroup, ...] = ()
    weeks: tuple[Week, ...] = ()
    verdicts: tuple[VerdictCount, ...] = ()
    communication_count: int = 0

    def of_version(self, asset_version_key: str) -> int:
        """Return how many asset uses a version has."""
        return sum(place.asset_use_count for place in self.places if place.asset_version_key == asset_version_key)


@dataclass(frozen=True)
class Counts:
    """What stands beside the uses of one asset, each count with the grain of its name.

    `template_count` templates show it, `partner_count` pairs of a partner and it, `proposed_count` corrections that
    are proposed for it, `possible_communication_count` communications of the templates that show it.
    """

    publication_count: int = 0
    live_publication_count: int = 0
    holding_community_count: int = 0
    case_count: int = 0
    exception_count: int = 0
    standing_count: int = 0
    template_count: int = 0
    partner_count: int = 0
    proposed_count: int = 0
    possible_communication_count: int = 0


@dataclass(frozen=True)
class Tally:
    """All counts of one asset."""

    uses: UseTotals = field(default_factory=UseTotals)
    others: Counts = field(default_factory=Counts)


def read_tally(cursor: duckdb.DuckDBPyConnection, asset_key: str) -> Tally:
    """Return the counts of an asset; all are 0 where nothing is recorded of it."""
    return Tally(_uses(cursor, asset_key), _others(cursor, asset_key))


def _uses(cursor: duckdb.DuckDBPyConnection, asset_key: str) -> UseTotals:
    found = ask(
        cursor,
        f"""
        select places, groups, weeks, verdicts, communication_count
        from {relation(cursor, "asset_totals")}
        where asset_key = ?
        """,  # noqa: S608 - a relation of ours
        [asset_key],
    ).fetchone()
    if found is None:
        return UseTotals()
    places, groups, weeks, verdicts, communication_count = found
    rank = {words.code: words.rank for words in VERDICTS}
    return UseTotals(
        places=from_structs(PlaceOfUse, places),
        groups=from_structs(UseGroup, groups),
        weeks=from_structs(Week, weeks),
        verdicts=tuple(
            sorted(from_structs(VerdictCount, verdicts), key=lambda row: (rank.get(row.verdict, 0), row.verdict))
        ),
        communication_count=communication_count,
    )


def _others(cursor: duckdb.DuckDBPyConnection, asset_key: str) -> Counts:
    found = read_entries(
        cursor,
        f"""
        select * exclude (asset_key) from {relation(cursor, "asset_counts")} where asset_key = ?
        """,  # noqa: S608 - a relation of ours
        [asset_key],
    )
    return from_structs(Counts, found)[0] if found else Counts()
