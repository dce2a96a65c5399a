"""What the feedback pages read: feedback by category, one by one, and one with what was there before and after.

Here belong their questions. Grain: one row per feedback of a partner on an asset. Instants are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from reports.exports.listing import Listing, asked
from reports.feedback.words import CHANGE_STATES, CHANGE_STATES_BY_CODE
from reports.paging import require_place
from reports.remembered import opened_once
from reports.rows import read, read_number, read_one
from reports.state_words import StateWords, state_words

PAGE_ROWS = 50

NEEDED = (
    ("cloudinary", "notifications"),
    ("trading_grid", "feedback"),
    ("trading_grid", "publications"),
)


@dataclass(frozen=True)
class FeedbackFilters:
    """What the reader asked for; an empty value asks for everything. `standing` is `open` or `reopened`."""

    category: str = ""
    change: str = ""
    standing: str = ""
    text: str = ""

    @property
    def is_any_set(self) -> bool:
        """Tell whether anything is filtered out."""
        return bool(self.category or self.change or self.standing or self.text)

    def bound(self) -> dict[str, object]:
        """Return the values of the query's parameters."""
        return {"category": self.category, "change": self.change, "standing": self.standing, "text": self.text}


@dataclass(frozen=True)
class Category:
    """One row per category: how much feedback, how it was answered, and how long that took in whole hours."""

    category: str | None
    feedback_count: int
    open_count: int
    reopened_count: int
    changed_count: int
    unchanged_count: int
    worse_count: int
    median_hours: int | None
    longest_hours: int | None


@dataclass(frozen=True)
class Rendition:
    """What a partner was shown: the version, its bytes and its dimensions; None where that is not known."""

    version_number: int | None
    size_bytes: int | None
    width_px: int | None
    height_px: int | None


@dataclass(frozen=True)
class Feedback:
    """One row per feedback, newest report first, with what was there before and what answered it."""

    feedback_key: str
    feedback_id: str
    community_name: str | None
    partner_id: str | None
    partner_name: str | None
    category: str | None
    asset_id: str | None
    public_id: str | None
    rendition_name: str | None
    device_code: str | None
    request_text: str | None
    answer_text: str | None
    status_code: str | None
    change_reason: str
    before_version_number: int | None
    before_bytes: int | None
    before_width_px: int | None
    before_height_px: int | None
    after_version_number: int | None
    after_bytes: int | None
    after_width_px: int | None
    after_height_px: int | None
    hours_to_answer: int | None
    is_open: bool
    was_reopened: bool
    reported_at: datetime | None
    answered_at: datetime | None
    reopened_at: datetime | None
    answer_due_at: datetime | None
    republished_at: datetime | None
    publication_id: str | None
    answer_publication_id: str | None

    @property
    def words(self) -> StateWords:
        """The words of what answered it."""
        return state_words(CHANGE_STATES_BY_CODE, self.change_reason)

    @property
    def before(self) -> Rendition:
        """What the partner complained of."""
        return Rendition(self.before_version_number, self.before_bytes, self.before_width_px, self.before_height_px)

    @property
    def after(self) -> Rendition | None:
        """What answered it, None where nothing was published."""
        if self.answer_publication_id is None and self.after_version_number is None:
            return None
        return Rendition(self.after_version_number, self.after_bytes, self.after_width_px, self.after_height_px)

    @property
    def bytes_saved(self) -> int | None:
        """How many bytes less there are than before; negative where there are more, None where not known."""
        if self.before_bytes is None or self.after_bytes is None:
            return None
        return self.before_bytes - self.after_bytes

    @property
    def time_to_fix(self) -> timedelta | None:
        """How long it took from the report to the publication that answered it."""
        return self.republished_at - self.reported_at if self.republished_at and self.reported_at else None


@dataclass(frozen=True)
class ChangeCount:
    """One row per way of answering that the filter offers."""

    change_reason: str
    feedback_count: int

    @property
    def words(self) -> StateWords:
        """The words of the way."""
        return state_words(CHANGE_STATES_BY_CODE, self.change_reason)


@dataclass(frozen=True)
class FeedbackPage:
    """The page: categories of all feedback, and the feedback that fits."""

    filters: FeedbackFilters
    categories: tuple[Category, ...]
    changes: tuple[ChangeCount, ...]
    rows: tuple[Feedback, ...]
    feedback_count: int
    is_first_page: bool
    after: str | None

    @property
    def total_count(self) -> int:
        """How much feedback there is, whatever the filters."""
        return sum(row.feedback_count for row in self.categories)

    @property
    def open_count(self) -> int:
        """How much of it is open."""
        return sum(row.open_count for row in self.categories)


@opened_once
def read_feedback_page(cursor: duckdb.DuckDBPyConnection, filters: FeedbackFilters, after: str | None) -> FeedbackPage:
    """Return one page of feedback, newest first. Raises BadQuestion for a place that is not there."""
    require_place(cursor, "reports.rpt_feedback", "feedback_key", after)
    rows = read(cursor, Feedback, _LIST, {**filters.bound(), "after": after, "most": PAGE_ROWS + 1})
    return FeedbackPage(
        filters=filters,
        categories=_categories(cursor),
        changes=_changes(cursor),
        rows=tuple(rows[:PAGE_ROWS]),
        feedback_count=read_number(
            cursor,
            f"select count(*) from ({_FEEDBACK}) where {_FITS}",  # noqa: S608 - constants
            filters.bound(),
        ),
        is_first_page=after is None,
        after=rows[PAGE_ROWS - 1].feedback_key if len(rows) > PAGE_ROWS else None,
    )


def read_feedback(cursor: duckdb.DuckDBPyConnection, feedback_id: str) -> Feedback | None:
    """Return the feedback of that id in Trading Grid, or None."""
    return read_one(
        cursor,
        Feedback,
        f"select * from ({_FEEDBACK}) where feedback_id = ?",  # noqa: S608 - a constant
        [feedback_id],
    )


_FEEDBACK = """
    select
        feedback_key,
        feedback_id_trading_grid as feedback_id,
        community_name,
        partner_id_trading_grid as partner_id,
        reported.partner_name,
        category,
        reported.asset_id_cloudinary as asset_id,
        reported.public_id,
        reported.rendition_name,
        reported.device_code,
        request_text,
        answer_text,
        reported.status_code,
        change_reason,
        before_version_number,
        before_bytes,
        before_width_px,
        before_height_px,
        after_version_number,
        after_bytes,
        after_width_px,
        after_height_px,
        hours_to_answer,
        change_reason = 'not_answered' as is_open,
        was_reopened,
        reported_at,
        answered_at,
        reopened_at,
        answer_due_at,
        republished_at,
        publications.publication_id_trading_grid as publication_id,
        answers.publication_id_trading_grid as answer_publication_id
    from reports.rpt_feedback as reported
    left join marts.dim_partners as partners using (partner_key)
    left join marts.fct_publications as publications
        on reported.publication_key = publications.publication_key
    left join marts.fct_publications as answers
        on reported.answer_publication_key = answers.publication_key
"""

_FITS = """
    ($category = '' or category = $category)
    and ($change = '' or change_reason = $change)
    and (
        $standing = ''
        or ($standing = 'open' and is_open)
        or ($standing = 'reopened' and was_reopened)
    )
    and (
        $text = ''
        or contains(lower(feedback_id), lower($text))
        or contains(lower(coalesce(public_id, '')), lower($text))
        or contains(lower(coalesce(partner_name, '')), lower($text))
    )
"""

_ORDER = "(coalesce(reported_at, timestamptz '1970-01-01 00:00:00+00'), feedback_key)"

_NEWEST_FIRST = "order by coalesce(reported_at, timestamptz '1970-01-01 00:00:00+00') desc, feedback_key desc"

_LIST = f"""
    select *
    from ({_FEEDBACK})
    where {_FITS}
        and ($after is null or {_ORDER} < (select {_ORDER} from reports.rpt_feedback where feedback_key = $after))
    {_NEWEST_FIRST}
    limit $most
"""  # noqa: S608 - only the constants above are written into the text


def listing(filters: FeedbackFilters) -> Listing:
    """Return all feedback that fits the filters, newest first, to be exported."""
    return Listing(
        name="feedback",
        grain="One row per feedback of a partner on an asset, with what was there before and what answered it.",
        sql=f"select * from ({_FEEDBACK}) where {_FITS} {_NEWEST_FIRST}",  # noqa: S608 - only the constants above
        parameters=filters.bound(),
        filters=asked(filters.bound()),
    )


def _categories(cursor: duckdb.DuckDBPyConnection) -> tuple[Category, ...]:
    return tuple(
        read(
            cursor,
            Category,
            """
            select
                category,
                count(*) as feedback_count,
                count(*) filter (where change_reason = 'not_answered') as open_count,
                count(*) filter (where was_reopened) as reopened_count,
                count(*) filter (where change_reason = 'changed') as changed_count,
                count(*) filter (where change_reason = 'unchanged') as unchanged_count,
                count(*) filter (where change_reason in ('heavier', 'wider')) as worse_count,
                cast(floor(median(hours_to_answer)) as bigint) as median_hours,
                max(hours_to_answer) as longest_hours
            from reports.rpt_feedback
            group by category
            order by feedback_count desc, category
            """,
        )
    )


def _changes(cursor: duckdb.DuckDBPyConnection) -> tuple[ChangeCount, ...]:
    found = {
        row.change_reason: row
        for row in read(
            cursor,
            ChangeCount,
            "select change_reason, count(*) as feedback_count from reports.rpt_feedback group by all order by all",
        )
    }
    known = [found.pop(state.code, ChangeCount(state.code, 0)) for state in CHANGE_STATES]
    return (*known, *found.values())
