"""What the list of launches reads: the launches with their readiness and lead times.

Here belong its questions, and what all pages of launches rest on; what is around one launch is `one_launch`. Grain:
one row per launch. Instants are UTC; how long it is until a launch is told from the instant up to which the records
are complete, as no clock is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from reports.exports.listing import Listing, asked
from reports.launches.words import READINESS_BY_CODE, reasons
from reports.paging import require_place
from reports.remembered import opened_once
from reports.rows import read, read_number, read_one
from reports.state_words import StateWords, state_words

PAGE_ROWS = 50

NEEDED = (
    ("cloudinary", "notifications"),
    ("trading_grid", "launches"),
    ("trading_grid", "launch_requirements"),
    ("trading_grid", "launch_messages"),
    ("trading_grid", "tasks"),
    ("trading_grid", "flags"),
    ("trading_grid", "format_requests"),
    ("trading_grid", "publications"),
    ("trading_grid", "acknowledgements"),
    ("trading_grid", "members"),
)


@dataclass(frozen=True)
class LaunchFilters:
    """What the reader asked for; an empty value asks for everything. `time` is `coming` or `over`."""

    readiness: str = ""
    time: str = ""
    text: str = ""

    @property
    def is_any_set(self) -> bool:
        """Tell whether anything is filtered out."""
        return bool(self.readiness or self.time or self.text)

    def bound(self) -> dict[str, object]:
        """Return the values of the query's parameters."""
        return {"readiness": self.readiness, "time": self.time, "text": self.text}


@dataclass(frozen=True)
class Launch:
    """One row per launch: its readiness, what of it is open, and the longest lead times in whole hours."""

    launch_key: str
    launch_id: str
    launch_name: str | None
    product_line_code: str | None
    campaign_code: str | None
    status_code: str | None
    readiness_code: str
    required_count: int
    ready_count: int
    approval_pending_count: int
    missing_count: int
    open_flag_count: int
    open_format_request_count: int
    open_task_count: int
    partner_count: int
    silent_partner_count: int
    is_over: bool
    launch_at: datetime | None
    readiness_due_at: datetime | None
    evaluated_at: datetime | None
    approved_to_referenced_hours: int | None
    referenced_to_sent_hours: int | None
    approved_to_sent_hours: int | None
    old_use_count: int

    @property
    def words(self) -> StateWords:
        """The words of its readiness."""
        return state_words(READINESS_BY_CODE, self.readiness_code)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is no go."""
        return reasons(self)

    @property
    def until_launch(self) -> timedelta | None:
        """How long it is from what is completely known to the launch; negative where it is over."""
        return self.launch_at - self.evaluated_at if self.launch_at and self.evaluated_at else None


@dataclass(frozen=True)
class LaunchesPage:
    """The page: launches, those that come next first, then those that are over, newest first."""

    filters: LaunchFilters
    rows: tuple[Launch, ...]
    launch_count: int
    total_count: int
    no_go_coming_count: int
    is_first_page: bool
    after: str | None


@opened_once
def read_launches(cursor: duckdb.DuckDBPyConnection, filters: LaunchFilters, after: str | None) -> LaunchesPage:
    """Return one page of launches. Raises BadQuestion for a place that is not there."""
    require_place(cursor, "reports.rpt_launch_readiness", "launch_key", after)
    rows = read(cursor, Launch, _LIST, {**filters.bound(), "after": after, "most": PAGE_ROWS + 1})
    return LaunchesPage(
        filters=filters,
        rows=tuple(rows[:PAGE_ROWS]),
        launch_count=read_number(cursor, f"select count(*) from ({_LAUNCHES}) where {_FITS}", filters.bound()),  # noqa: S608
        total_count=read_number(cursor, "select count(*) from reports.rpt_launch_readiness"),
        no_go_coming_count=read_number(
            cursor,
            "select count(*) from reports.rpt_launch_readiness where readiness_code = 'no_go' and not is_over",
        ),
        is_first_page=after is None,
        after=rows[PAGE_ROWS - 1].launch_key if len(rows) > PAGE_ROWS else None,
    )


def read_launch(cursor: duckdb.DuckDBPyConnection, launch_id: str) -> Launch | None:
    """Return the launch of that id in Trading Grid, or None."""
    return read_one(cursor, Launch, f"{_LAUNCHES} where readiness.launch_id_trading_grid = ?", [launch_id])


_LAUNCHES = """
    select
        readiness.launch_key,
        readiness.launch_id_trading_grid as launch_id,
        readiness.launch_name,
        readiness.product_line_code,
        readiness.campaign_code,
        readiness.status_code,
        readiness_code,
        required_count,
        ready_count,
        approval_pending_count,
        missing_count,
        open_flag_count,
        open_format_request_count,
        open_task_count,
        partner_count,
        silent_partner_count,
        readiness.is_over,
        readiness.launch_at,
        readiness_due_at,
        readiness.evaluated_at,
        longest_approved_to_referenced_hours as approved_to_referenced_hours,
        longest_referenced_to_sent_hours as referenced_to_sent_hours,
        longest_approved_to_sent_hours as approved_to_sent_hours,
        coalesce(old_use_count, 0) as old_use_count
    from reports.rpt_launch_readiness as readiness
    left join reports.rpt_launch_lead_times as lead_times using (launch_key)
"""

_FITS = """
    ($readiness = '' or readiness_code = $readiness)
    and ($time = '' or is_over = ($time = 'over'))
    and (
        $text = ''
        or contains(lower(launch_id), lower($text))
        or contains(lower(coalesce(launch_name, '')), lower($text))
        or contains(lower(coalesce(campaign_code, '')), lower($text))
        or contains(lower(coalesce(product_line_code, '')), lower($text))
    )
"""

_ORDER = "coalesce(is_over, false), case when is_over then -1 else 1 end * coalesce(epoch(launch_at), 0), launch_key"


def listing(filters: LaunchFilters) -> Listing:
    """Return all launches that fit the filters, in the order of the page, to be exported."""
    return Listing(
        name="launches",
        grain="One row per launch: its readiness, what of it is open, and the longest lead times in whole hours.",
        sql=f"select * from ({_LAUNCHES}) where {_FITS} order by {_ORDER}",  # noqa: S608 - only the constants above
        parameters=filters.bound(),
        filters=asked(filters.bound()),
    )


_LIST = f"""
    select *
    from ({_LAUNCHES})
    where {_FITS}
        and (
            $after is null
            or ({_ORDER}) > (select ({_ORDER}) from reports.rpt_launch_readiness where launch_key = $after)
        )
    order by {_ORDER}
    limit $most
"""  # noqa: S608 - only the constants above are written into the text
