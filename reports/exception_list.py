"""The exceptions page: what the controls hold, filtered, counted and paged by key.

Here belong its filters and questions. Paging goes by the key of the last row (instant and exception key), so that a
page stays the same however many rows stand before it. Which rows are exceptions is the warehouse's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import duckdb

from reports.earlier_snapshots import has
from reports.exceptions.made import MADE, MADE_COLUMNS, Made, bound_of
from reports.exceptions.seen import SEEN_COLUMNS, is_seen_told, seen_relation
from reports.exports.listing import Listing, asked
from reports.problems import BadQuestion
from reports.remembered import once, read_once, relation
from reports.rows import read, read_number
from reports.words import CONTROLS, ControlWords, control_words

NAME = "exceptions"
GRAIN = (
    "One row per exception: one control and one subject that breaks its rule; with its latest disposition, and when it "
    "was first and last seen."
)
PAGE_ROWS = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Standing = Literal["all", "standing", "historical"]
Work = Literal["all", "overdue", "nobody"]
"""`overdue`: whose due day is over; `nobody`: of which no disposition counts."""

NEEDED = (
    ("cloudinary", "notifications"),
    ("exstream", "communications"),
    ("exstream", "renderings"),
    ("exstream", "asset_uses"),
    ("trading_grid", "publications"),
    ("trading_grid", "cases"),
    ("trading_grid", "thread_messages"),
)


@dataclass(frozen=True)
class Filters:
    """What the reader asked for; an empty value asks for everything.

    `keys` are the exceptions that `owner` and `work` choose by dispositions, which no snapshot knows as they are now;
    None where neither is set. With the work `nobody` all others are chosen.
    """

    control: str = ""
    standing: Standing = "all"
    text: str = ""
    asset: str = ""
    owner: str = ""
    work: Work = "all"
    keys: tuple[str, ...] | None = None

    @property
    def is_any_set(self) -> bool:
        """Tell whether anything is filtered out."""
        asked = (self.control, self.text, self.asset, self.owner)
        return any(asked) or self.standing != "all" or self.work != "all"


@dataclass(frozen=True)
class Place:
    """A place between two rows of the list: just after (or before) the row of this instant and key."""

    instant: datetime
    key: str

    def __str__(self) -> str:
        return f"{(self.instant - EPOCH) // timedelta(microseconds=1)}.{self.key}"

    @classmethod
    def from_text(cls, text: str) -> Place:
        """Return the place that `str` wrote. Raises BadQuestion for anything else."""
        match = re.fullmatch(r"(-?\d{1,18})\.([0-9A-Za-z_-]{1,128})", text)
        try:
            if match:
                return cls(EPOCH + timedelta(microseconds=int(match[1])), match[2])
        except OverflowError:
            pass
        raise BadQuestion(
            tried="to continue the list from the place in the address",
            found=f"the place {text[:80]!r}",
            expected="a place as the links to the next and previous page carry it",
            remedy="go back to the first page of the list",
        )


@dataclass(frozen=True)
class ExceptionRow:
    """One row per (control, subject): what broke which rule, when it happened, and whether it still stands.

    When it was first seen, and how often it came back, is None where the snapshot does not tell (`is_seen_told`), or
    where none that was published until then had it.
    """

    exception_key: str
    control_name: str
    subject_type: str
    subject_key: str
    subject_id: str
    communication_id: str | None
    asset_id: str | None
    public_id: str | None
    is_standing: bool
    occurred_at: datetime | None
    evaluated_at: datetime | None
    reason: str | None
    evidence_strength: str | None
    correction_kind: str | None
    awaited_code: str | None
    first_seen_snapshot: str | None
    times_reopened: int | None
    is_new: bool | None
    first_seen_at: datetime | None
    reopened_at: datetime | None

    @property
    def is_only_possible(self) -> bool:
        """Tell whether the evidence is weaker than exact; an older snapshot does not tell."""
        return self.evidence_strength not in (None, "exact")

    @property
    def words(self) -> ControlWords:
        """The words of its control."""
        return control_words(self.control_name)

    @property
    def place(self) -> Place:
        """The place of this row in the list."""
        return Place(self.occurred_at or EPOCH, self.exception_key)


@dataclass(frozen=True)
class ControlFacet:
    """One row per control: how many exceptions the other filters leave to it."""

    control_name: str
    exception_count: int
    standing_count: int

    @property
    def words(self) -> ControlWords:
        """The words of the control."""
        return control_words(self.control_name)


@dataclass(frozen=True)
class ExceptionsPage:
    """The page: rows newest first, the counts behind them, and the places before and after."""

    filters: Filters
    rows: tuple[ExceptionRow, ...]
    exception_count: int
    standing_count: int
    total_count: int
    preceding_count: int
    facets: tuple[ControlFacet, ...]
    before: str | None
    after: str | None
    is_seen_told: bool


def read_exceptions(
    cursor: duckdb.DuckDBPyConnection, filters: Filters, after: str | None, before: str | None
) -> ExceptionsPage:
    """Return one page of exceptions, newest first, at most `PAGE_ROWS` rows."""
    rows, has_before, has_after = _rows(cursor, filters, after, before)
    facets = _facets(cursor, filters)
    chosen = [facet for facet in facets if filters.control in ("", facet.control_name)]
    return ExceptionsPage(
        filters=filters,
        rows=tuple(rows),
        exception_count=sum(facet.exception_count for facet in chosen),
        standing_count=sum(facet.standing_count for facet in chosen),
        total_count=_total_count(cursor),
        preceding_count=_preceding(cursor, filters, rows[0].place) if rows and has_before else 0,
        facets=facets,
        before=str(rows[0].place) if rows and has_before else None,
        after=str(rows[-1].place) if rows and has_after else None,
        is_seen_told=is_seen_told(cursor),
    )


def _rows(
    cursor: duckdb.DuckDBPyConnection, filters: Filters, after: str | None, before: str | None
) -> tuple[list[ExceptionRow], bool, bool]:
    """Return the rows in reading order, and whether there are rows before and after them."""
    if before is not None:
        place = Place.from_text(before)
        found = _query(cursor, filters, "(happened_at, exception_key) > ($instant, $key)", "asc", place)
        return list(reversed(found[:PAGE_ROWS])), len(found) > PAGE_ROWS, True
    if after is not None:
        place = Place.from_text(after)
        found = _query(cursor, filters, "(happened_at, exception_key) < ($instant, $key)", "desc", place)
        return found[:PAGE_ROWS], True, len(found) > PAGE_ROWS
    found = _newest(cursor, filters)
    return found[:PAGE_ROWS], False, len(found) > PAGE_ROWS


def _newest(cursor: duckdb.DuckDBPyConnection, filters: Filters) -> list[ExceptionRow]:
    """Return the first rows of the list; of all exceptions, or of those of one control, they are asked for once."""
    if filters == Filters(control=filters.control) and filters.control in ("", *_CONTROL_NAMES):
        return once(
            cursor, ("newest exceptions", filters.control), lambda: _query(cursor, filters, "true", "desc", None)
        )
    return _query(cursor, filters, "true", "desc", None)


_CONTROL_NAMES = frozenset(words.name for words in CONTROLS)


_MATCHING = """
    from (
        select *, coalesce(occurred_at, timestamptz '1970-01-01 00:00:00+00') as happened_at from marts.fct_exceptions
    ) as exceptions
    left join marts.dim_assets as assets on assets.asset_key = exceptions.asset_key
    where ($control = '' or control_name = $control)
        and ($standing = 'all' or is_standing = ($standing = 'standing'))
        and ($asset = '' or assets.asset_id_cloudinary = $asset)
        and (
            $text = ''
            or contains(lower(subject_id), lower($text))
            or contains(lower(coalesce(assets.public_id, '')), lower($text))
            or contains(lower(coalesce(reason, '')), lower($text))
        )
        and (not $chosen or (exception_key in (select unnest(cast($keys as varchar[])))) = ($work <> 'nobody'))
"""


def _bound(filters: Filters) -> dict[str, object]:
    return {
        "control": filters.control,
        "standing": filters.standing,
        "asset": filters.asset,
        "text": filters.text,
        "work": filters.work,
        "chosen": filters.keys is not None,
        "keys": list(filters.keys or ()),
    }


def _query(
    cursor: duckdb.DuckDBPyConnection,
    filters: Filters,
    place_condition: Literal[
        "true",
        "(happened_at, exception_key) > ($instant, $key)",
        "(happened_at, exception_key) < ($instant, $key)",
    ],
    direction: Literal["asc", "desc"],
    place: Place | None,
) -> list[ExceptionRow]:
    """Return up to one row more than a page, from the place on; only the two literals vary in the text."""
    bound: Mapping[str, object] = {"instant": place.instant, "key": place.key} if place else {}
    return read(
        cursor,
        ExceptionRow,
        f"""
        with matching as (
            select
                exceptions.*,
                assets.asset_id_cloudinary as asset_id,
                assets.public_id
            {_MATCHING}
                and {place_condition}
            order by happened_at {direction}, exception_key {direction}
            limit {PAGE_ROWS + 1}
        )
        select
            exception_key,
            matching.control_name,
            matching.subject_type,
            matching.subject_key,
            matching.subject_id,
            communications.communication_id_exstream as communication_id,
            asset_id,
            matching.public_id,
            matching.is_standing,
            matching.occurred_at,
            matching.evaluated_at,
            matching.reason,
            {strength_column("matching", tells_strength(cursor))} as evidence_strength,
            described.correction_kind,
            described.awaited_code,
            seen.first_seen_snapshot,
            seen.times_reopened,
            seen.is_new,
            seen.first_seen_at,
            seen.reopened_at
        from matching
        left join {relation(cursor, "exception_communications")} as communications using (exception_key)
        left join reports.rpt_exceptions as described using (exception_key)
        left join {seen_relation(cursor)} as seen using (exception_key)
        order by happened_at {direction}, exception_key {direction}
        """,  # noqa: S608 - only the literals above and a constant are written into the text
        {**_bound(filters), **bound},
    )


@read_once
def _total_count(cursor: duckdb.DuckDBPyConnection) -> int:
    return read_number(cursor, "select count(*) from marts.fct_exceptions")


def _facets(cursor: duckdb.DuckDBPyConnection, filters: Filters) -> tuple[ControlFacet, ...]:
    """Return the counts of every known control under the other filters, then of any that this page does not know."""
    others = replace(filters, control="")
    if others == Filters():
        return once(cursor, "facets of all exceptions", lambda: _counted(cursor, others))
    return _counted(cursor, others)


def _counted(cursor: duckdb.DuckDBPyConnection, others: Filters) -> tuple[ControlFacet, ...]:
    found = {
        facet.control_name: facet
        for facet in read(
            cursor,
            ControlFacet,
            f"""
            select
                control_name,
                count(*) as exception_count,
                count(*) filter (where is_standing) as standing_count
            {_MATCHING}
            group by control_name
            order by control_name
            """,
            _bound(others),
        )
    }
    known = [found.pop(words.name, ControlFacet(words.name, 0, 0)) for words in CONTROLS]
    return (*known, *found.values())


def _preceding(cursor: duckdb.DuckDBPyConnection, filters: Filters, place: Place) -> int:
    """Return how many rows stand before the place, for "51 to 100 of 734"."""
    return read_number(
        cursor,
        f"select count(*) {_MATCHING} and (happened_at, exception_key) > ($instant, $key)",
        {**_bound(filters), "instant": place.instant, "key": place.key},
    )


def tells_strength(cursor: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether a snapshot tells how strong the evidence of each exception is; older ones do not."""
    return has(cursor, "marts.fct_exceptions", "evidence_strength")


def strength_column(row: str, is_told: bool) -> str:
    """Return how strong the evidence of a row of exceptions is, as SQL; NULL where the snapshot does not tell."""
    return f"{row}.evidence_strength" if is_told else "cast(null as varchar)"


def listing(filters: Filters, made: Sequence[Made], seen: str, *, with_strength: bool) -> Listing:
    """Return all exceptions that fit the filters, newest first, to be exported, with what was `made` of them.

    `seen` is the `seen_relation` of the snapshot that is asked: it may be of before it told when they were seen.
    `with_strength`: the snapshot tells how strong the evidence of each is.
    """
    return Listing(
        name=NAME,
        grain=GRAIN,
        sql=f"""
            select
                exceptions.exception_key,
                exceptions.control_name,
                exceptions.subject_type,
                exceptions.subject_id,
                communications.communication_id_exstream as communication_id,
                assets.asset_id_cloudinary as asset_id,
                assets.public_id,
                exceptions.is_standing,
                exceptions.occurred_at,
                exceptions.evaluated_at,
                exceptions.reason,
                {strength_column("exceptions", with_strength)} as evidence_strength,
                described.correction_kind,
                described.awaited_code,
                {SEEN_COLUMNS},
                {MADE_COLUMNS}
            from (select exceptions.exception_key, happened_at {_MATCHING}) as matching
            inner join marts.fct_exceptions as exceptions using (exception_key)
            left join marts.dim_assets as assets using (asset_key)
            left join marts.fct_communications as communications using (communication_key)
            left join reports.rpt_exceptions as described on described.exception_key = exceptions.exception_key
            left join {seen} as seen on seen.exception_key = exceptions.exception_key
            left join ({MADE}) as made on made.exception_key = exceptions.exception_key
            order by happened_at desc, exceptions.exception_key desc
        """,  # noqa: S608 - constants of this module
        parameters=_bound(filters) | bound_of(made),
        filters=asked_of(filters),
    )


def asked_of(filters: Filters) -> dict[str, str]:
    """Return what was asked for, as an export tells it."""
    told = asked(_bound(filters) | {"owner": filters.owner}, "chosen", "keys")
    return {name: value for name, value in told.items() if value != "all"}
