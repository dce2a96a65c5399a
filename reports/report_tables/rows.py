"""The rows of one report: a page of them, filtered by one value, and all of them to be exported.

Here belong these questions. The names in them are those that the published file lists, and quoted; every value is
bound. Instants are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import duckdb

from publish.content import quoted
from reports.exports.listing import Listing
from reports.problems import BadQuestion
from reports.remembered import once
from reports.report_tables.catalogue import SCHEMA, Report, ReportColumn
from reports.report_tables.order import PLACE, order_of
from reports.rows import read_entries, read_number

PAGE_ROWS: Final = 50
TOLD_VALUES: Final = 40
"""How many values of a column the page names where no row has the one that was asked for."""
EVALUATED: Final = "evaluated_at"


@dataclass(frozen=True)
class Chosen:
    """Which rows were asked for: those with this value in this column; all of them without a value."""

    column: str = ""
    value: str = ""

    @property
    def is_any_set(self) -> bool:
        """Tell whether anything is left out."""
        return bool(self.value)


@dataclass(frozen=True)
class ReportPage:
    """The page: rows by the names of their columns, how many fit, and the place behind the last one.

    `known_from` and `known_until` are the least and the greatest instant up to which rows are evaluated, None where the
    report does not tell: then it is known as far as the whole snapshot is. `unknown_count` are the rows of which it
    could tell and does not: a stream that they rest on has no complete claim. `held_values` are those of the chosen
    column where no row has the one that was asked for; None where rows fit, or where the column has too many.
    """

    chosen: Chosen
    order: str
    rows: tuple[dict[str, object], ...]
    row_count: int
    total_count: int
    is_first_page: bool
    after: str | None
    known_from: datetime | None
    known_until: datetime | None
    unknown_count: int
    held_values: tuple[str, ...] | None = None


def read_report(cursor: duckdb.DuckDBPyConnection, report: Report, chosen: Chosen, after: str | None) -> ReportPage:
    """Return one page of a report, at most `PAGE_ROWS` rows. Raises BadQuestion for what is not there."""
    if after is not None:
        _require_row(cursor, report, after)
    total = once(
        cursor, ("rows of a report", report.name), lambda: read_number(cursor, f"select count(*) {_from(report)}")
    )
    known = once(cursor, ("a report is evaluated", report.name), lambda: _known(cursor, report))
    fits, bound = _fits(report, chosen)
    order = order_of(report)
    place, beside, behind = (order.place(_from(report)), f", {PLACE}", f"and ({order.behind})") if after else ("",) * 3
    rows = read_entries(
        cursor,
        f"""
        {place}
        select {_columns(report)} {_from(report)}{beside} where {fits} {behind}
        order by {order.sql} limit {PAGE_ROWS + 1}
        """,
        bound | ({"after": after} if after else {}),
    )
    shown = tuple(rows[:PAGE_ROWS])
    last = shown[-1].get(report.key) if len(rows) > PAGE_ROWS else None
    return ReportPage(
        chosen=chosen,
        order=order.words,
        rows=shown,
        row_count=_count(cursor, report, fits, bound) if chosen.is_any_set else total,
        total_count=total,
        is_first_page=after is None,
        after=None if last is None else str(last),
        known_from=known[0],
        known_until=known[1],
        unknown_count=known[2],
        held_values=_held(cursor, report, chosen) if chosen.is_any_set and not rows and after is None else None,
    )


def listing(report: Report, chosen: Chosen) -> Listing:
    """Return all rows that fit, to be exported, in the order in which they lie: a sort would hold all of them."""
    fits, bound = _fits(report, chosen)
    return Listing(
        name=report.name,
        grain=report.grain or f"One row per row of {report.name}.",
        sql=f"select {_columns(report)} {_from(report)} where {fits}",
        parameters=bound,
        filters={chosen.column: chosen.value} if chosen.is_any_set else {},
    )


def _count(cursor: duckdb.DuckDBPyConnection, report: Report, fits: str, bound: dict[str, Any]) -> int:
    return read_number(cursor, f"select count(*) {_from(report)} where {fits}", bound)


def _held(cursor: duckdb.DuckDBPyConnection, report: Report, chosen: Chosen) -> tuple[str, ...] | None:
    """Return the values that a column has, by which rows can be asked for; None where they are too many to name."""
    column = report.column(chosen.column)
    if column is None:
        return None
    found = read_entries(
        cursor,
        f"select distinct {_asked(column)} as held {_from(report)} where {_asked(column)} <> '' order by held "
        f"limit {TOLD_VALUES + 1}",
    )
    return tuple(str(each["held"]) for each in found) if len(found) <= TOLD_VALUES else None


def _from(report: Report) -> str:
    return f"from {quoted(SCHEMA, report.name)}"


def _columns(report: Report) -> str:
    return ", ".join(quoted(column.name) for column in report.columns)


def _fits(report: Report, chosen: Chosen) -> tuple[str, dict[str, Any]]:
    """Return which rows fit. Raises BadQuestion for a column that rows cannot be chosen by."""
    if not chosen.is_any_set:
        return "true", {}
    column = report.column(chosen.column)
    if column is None or not column.can_be_asked_for:
        raise BadQuestion(
            tried=f"to choose rows of {report.name} by one value",
            found=f"column={chosen.column[:80]!r}" if chosen.column else "a value, and no column",
            expected="one of " + ", ".join(each.name for each in report.columns if each.can_be_asked_for),
            remedy="choose a column from the list on the report's page",
        )
    return f"{_asked(column)} = $value", {"value": chosen.value}


def _asked(column: ReportColumn) -> str:
    """Return what a value is compared with: a text as it is, whether something holds as it is shown."""
    name = quoted(column.name)
    return name if column.is_text else f"case when {name} then 'yes' when not {name} then 'no' end"


def _known(cursor: duckdb.DuckDBPyConnection, report: Report) -> tuple[datetime | None, datetime | None, int]:
    """Return the least and greatest instant up to which rows are evaluated, and of how many rows it is not told."""
    if report.column(EVALUATED) is None:
        return None, None, 0
    untold = read_number(cursor, f"select count(*) {_from(report)} where {EVALUATED} is null")
    (told,) = read_entries(cursor, f"select min({EVALUATED}) as least, max({EVALUATED}) as greatest {_from(report)}")
    least, greatest = (each if isinstance(each, datetime) else None for each in (told["least"], told["greatest"]))
    return least, greatest, untold


def _require_row(cursor: duckdb.DuckDBPyConnection, report: Report, key: str) -> None:
    """Raise BadQuestion where the list shall continue behind a row that the report does not hold."""
    if not _count(cursor, report, f"{quoted(report.key)} = $key", {"key": key}):
        raise BadQuestion(
            tried="to continue the report behind the row in the address",
            found=f"the row {key[:80]!r}, which this snapshot does not hold",
            expected="a row as the link to the next page carries it, of the same snapshot",
            remedy="go back to the first page of the report",
        )
