"""The home page: what this snapshot holds and what of it is not in order.

Here belong the figures of the whole snapshot. Uses are counted where a report has counted them by month already.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from reports.remembered import read_once, relation
from reports.rows import read
from reports.verdict_counts import VerdictCount
from reports.words import CONTROLS, VERDICTS, ControlWords, control_words

NEEDED = (
    ("cloudinary", "notifications"),
    ("exstream", "communications"),
    ("exstream", "asset_uses"),
    ("trading_grid", "publications"),
    ("trading_grid", "cases"),
    ("trading_grid", "thread_messages"),
)


@dataclass(frozen=True)
class Holdings:
    """How much the snapshot holds, each count with its own grain, and from when to when letters were composed."""

    communication_count: int
    asset_use_count: int
    asset_count: int
    asset_version_count: int
    publication_count: int
    live_publication_count: int
    case_count: int
    first_generated_at: datetime | None
    last_generated_at: datetime | None


@dataclass(frozen=True)
class MonthCount:
    """One row per month (UTC) in which letters were composed: asset uses, and those of them that are proven."""

    month: date
    asset_use_count: int
    in_order_count: int


@dataclass(frozen=True)
class ControlCount:
    """One row per control: how many exceptions it holds, how many of them stand now, and the newest."""

    control_name: str
    exception_count: int
    standing_count: int
    newest_at: datetime | None

    @property
    def words(self) -> ControlWords:
        """The words of the control."""
        return control_words(self.control_name)


@dataclass(frozen=True)
class AnsweredCase:
    """One row per answered case, newest answer first."""

    case_id: str
    subject: str | None
    public_id: str | None
    reported_version_number: int | None
    answered_version_number: int | None
    answered_at: datetime | None


@dataclass(frozen=True)
class Overview:
    """The home page."""

    holdings: Holdings
    verdicts: tuple[VerdictCount, ...]
    months: tuple[MonthCount, ...]
    controls: tuple[ControlCount, ...]
    answered_cases: tuple[AnsweredCase, ...]

    @property
    def exception_count(self) -> int:
        """How many exceptions all controls hold together."""
        return sum(control.exception_count for control in self.controls)

    @property
    def standing_count(self) -> int:
        """How many of them stand now."""
        return sum(control.standing_count for control in self.controls)


@read_once
def read_overview(cursor: duckdb.DuckDBPyConnection) -> Overview:
    """Return the figures of the whole snapshot."""
    days = relation(cursor, "communication_days")
    [holdings] = read(
        cursor,
        Holdings,
        f"""
        select
            composed.*,
            (select count(*) from marts.fct_asset_uses) as asset_use_count,
            (select count(*) from marts.dim_assets) as asset_count,
            (select count(*) from marts.dim_asset_versions) as asset_version_count,
            published.*,
            (select count(*) from marts.fct_cases) as case_count
        from (
            select
                cast(coalesce(sum(communication_count), 0) as bigint) as communication_count,
                min(first_generated_at) as first_generated_at,
                max(last_generated_at) as last_generated_at
            from {days}
        ) as composed
        cross join (
            select count(*) as publication_count, count(*) filter (where is_live) as live_publication_count
            from marts.fct_publications
        ) as published
        """,  # noqa: S608 - a relation of ours
    )
    return Overview(holdings, _verdicts(cursor), _months(cursor), _controls(cursor), _answered_cases(cursor))


def _verdicts(cursor: duckdb.DuckDBPyConnection) -> tuple[VerdictCount, ...]:
    """Return all eight verdicts in order, those that no use has as 0, then any that this page does not know."""
    found = {
        row.verdict: row
        for row in read(
            cursor,
            VerdictCount,
            """
            select verdict, cast(sum(use_count) as bigint) as asset_use_count
            from reports.rpt_verdict_summary
            group by verdict
            order by verdict
            """,
        )
    }
    known = [found.pop(words.code, VerdictCount(words.code, 0)) for words in VERDICTS]
    return (*known, *found.values())


def _months(cursor: duckdb.DuckDBPyConnection) -> tuple[MonthCount, ...]:
    return tuple(
        read(
            cursor,
            MonthCount,
            """
            select
                month,
                cast(sum(use_count) as bigint) as asset_use_count,
                cast(coalesce(sum(use_count) filter (where verdict in ('PROVEN', 'PROVEN_LATE')), 0) as bigint)
                    as in_order_count
            from reports.rpt_verdict_summary
            where month is not null
            group by month
            order by month
            """,
        )
    )


def _controls(cursor: duckdb.DuckDBPyConnection) -> tuple[ControlCount, ...]:
    found = {
        row.control_name: row
        for row in read(
            cursor,
            ControlCount,
            """
            select
                control_name,
                count(*) as exception_count,
                count(*) filter (where is_standing) as standing_count,
                max(occurred_at) as newest_at
            from marts.fct_exceptions
            group by control_name
            order by control_name
            """,
        )
    }
    known = [found.pop(words.name, ControlCount(words.name, 0, 0, None)) for words in CONTROLS]
    return (*known, *found.values())


def _answered_cases(cursor: duckdb.DuckDBPyConnection) -> tuple[AnsweredCase, ...]:
    return tuple(
        read(
            cursor,
            AnsweredCase,
            """
            select
                case_id_trading_grid as case_id,
                subject,
                public_id,
                reported_version_number,
                answered_version_number,
                answered_at
            from marts.fct_cases
            where is_answered and answered_at is not null
            order by answered_at desc, case_id_trading_grid
            limit 6
            """,
        )
    )
