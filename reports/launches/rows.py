"""What the launch pages read: the launches with their readiness and lead times, and one launch with all it requires.

Here belong their questions. Grain of the list: one row per launch. Instants are UTC; how long it is until a launch is
told from the instant up to which the records are complete, as no clock is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from reports.exports.listing import Listing, asked
from reports.launches.words import (
    READINESS_BY_CODE,
    REQUIREMENT_BY_CODE,
    VISUAL_STATES,
    reasons,
)
from reports.memberships import is_member
from reports.paging import require_place
from reports.remembered import opened_once
from reports.rows import read, read_number, read_one
from reports.state_words import StateWords, state_words

PAGE_ROWS = 50
LISTED_AT_MOST = 200

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
class OpenPoint:
    """One row per flag, format request or task, as it stands; those that are open first, the oldest due first."""

    kind: str
    point_id: str
    partner_id: str | None
    partner_name: str | None
    asset_id: str | None
    public_id: str | None
    request_text: str | None
    wanted: str | None
    status_code: str | None
    is_open: bool
    raised_at: datetime | None
    due_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True)
class Invited:
    """One row per partner in the communities of the launch; silent ones first."""

    partner_id: str
    partner_name: str | None
    acknowledged_at: datetime | None
    spoke_count: int
    is_silent: bool


@dataclass(frozen=True)
class Visual:
    """One row per asset that the launch publishes: when its bytes were approved, referenced and sent first."""

    asset_id: str | None
    public_id: str | None
    community_name: str | None
    region_code: str | None
    visual_state: str | None
    version_number: int | None
    approver_id: str | None
    first_approved_at: datetime | None
    first_referenced_at: datetime | None
    first_sent_at: datetime | None
    approved_to_referenced_hours: int | None
    referenced_to_sent_hours: int | None
    approved_to_sent_hours: int | None
    old_use_count: int
    old_template_count: int

    @property
    def words(self) -> StateWords:
        """The words of its state."""
        return state_words(VISUAL_STATES, self.visual_state)


@dataclass(frozen=True)
class Message:
    """One row per message in the launch's discussion, oldest first."""

    author_name: str | None
    author_role: str | None
    body: str | None
    posted_at: datetime | None


@dataclass(frozen=True)
class Cell:
    """One row per market and format (empty: every, any) of the launch: how many of the required assets are ready."""

    market: str
    form: str
    required_count: int
    ready_count: int


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


def read_invited(cursor: duckdb.DuckDBPyConnection, launch_key: str) -> list[Invited]:
    """Return the partners who are members now of a community of the launch, as `rpt_launch_readiness` counts them."""
    question = _PARTNERS.replace("{is_member}", is_member(cursor, "members"))
    return read(cursor, Invited, question, {"launch": launch_key, "most": LISTED_AT_MOST})


def read_launch_page(cursor: duckdb.DuckDBPyConnection, launch: Launch) -> LaunchPage:
    """Return the page of a launch; each list holds at most `LISTED_AT_MOST` rows."""
    whole = {"launch": launch.launch_key}
    bound = {**whole, "most": LISTED_AT_MOST}
    (counts,) = read(cursor, Counts, _COUNTS, whole)
    return LaunchPage(
        launch=launch,
        cells=tuple(read(cursor, Cell, _CELLS, whole)),
        counts=counts,
        requirements=tuple(read(cursor, Requirement, _REQUIREMENTS, bound)),
        points=tuple(read(cursor, OpenPoint, _POINTS, bound)),
        partners=tuple(read_invited(cursor, launch.launch_key)),
        visuals=tuple(read(cursor, Visual, _VISUALS, bound)),
        messages=tuple(read(cursor, Message, _MESSAGES, bound)),
    )


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

_COUNTS = """
    select
        (select count(*) from reports.rpt_launch_requirements where launch_key = $launch) as requirement_count,
        (select count(*) from marts.fct_flags where launch_key = $launch)
        + (select count(*) from marts.fct_format_requests where launch_key = $launch)
        + (select count(*) from marts.fct_launch_tasks where launch_key = $launch) as point_count,
        (select count(*) from reports.rpt_launch_visuals where launch_key = $launch) as visual_count,
        (select count(*) from marts.fct_launch_messages where launch_key = $launch) as message_count
"""

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

_POINTS = """
    with points as (
        select 'flag' as kind, flag_id_trading_grid as point_id, partner_key, asset_id_cloudinary, public_id,
            request_text, null as wanted, status_code, is_open, raised_at, due_at, resolved_at as done_at
        from marts.fct_flags where launch_key = $launch
        union all
        select 'format_request', format_request_id_trading_grid, partner_key, asset_id_cloudinary, public_id,
            request_text, requested_format_code, status_code, is_open, requested_at, due_at, answered_at
        from marts.fct_format_requests where launch_key = $launch
        union all
        select 'task', task_id_trading_grid, partner_key, null, null, request_text, task_type, status_code, is_open,
            created_at, due_at, done_at
        from marts.fct_launch_tasks where launch_key = $launch
    )
    select
        kind,
        point_id,
        partner_id_trading_grid as partner_id,
        partner_name,
        asset_id_cloudinary as asset_id,
        public_id,
        request_text,
        wanted,
        points.status_code,
        is_open,
        raised_at,
        due_at,
        done_at
    from points
    left join marts.dim_partners as partners using (partner_key)
    order by is_open desc, due_at nulls last, raised_at, point_id
    limit $most
"""

_PARTNERS = """
    with heard as (
        select partner_key, case when not is_rejection then occurred_at end as acknowledged_at
        from marts.fct_acknowledgements where launch_key = $launch
        union all
        select partner_key, null from marts.fct_launch_tasks where launch_key = $launch and not is_open
        union all
        select partner_key, null from marts.fct_flags where launch_key = $launch
        union all
        select partner_key, null from marts.fct_format_requests where launch_key = $launch
    ),
    spoken as (
        select partner_key, count(*) as spoke_count, min(acknowledged_at) as acknowledged_at
        from heard
        group by partner_key
    )
    select
        partner_id_trading_grid as partner_id,
        any_value(partner_name) as partner_name,
        any_value(acknowledged_at) as acknowledged_at,
        coalesce(any_value(spoke_count), 0) as spoke_count,
        any_value(spoke_count) is null as is_silent
    from marts.bridge_communities_launches as launches
    inner join marts.bridge_communities_partners as members using (community_key)
    inner join marts.dim_partners as partners using (partner_key)
    left join spoken using (partner_key)
    where launches.launch_key = $launch and {is_member}
    group by partner_id_trading_grid
    order by is_silent desc, partner_id
    limit $most
"""

_VISUALS = """
    select
        asset_id_cloudinary as asset_id,
        public_id,
        community_name,
        region_code,
        visual_state,
        version_number,
        approver_id,
        first_approved_at,
        first_referenced_at,
        first_sent_at,
        approved_to_referenced_hours,
        referenced_to_sent_hours,
        approved_to_sent_hours,
        old_use_count,
        old_template_count
    from reports.rpt_launch_visuals
    where launch_key = $launch
    order by old_use_count desc, public_id, launch_requirement_key
    limit $most
"""

_MESSAGES = """
    select author_name, author_role, body, posted_at
    from marts.fct_launch_messages
    where launch_key = $launch
    order by posted_at, launch_message_key
    limit $most
"""
