"""Who looked at what, and how often: the accesses that have landed, counted by month, for administrators.

Here belong the page `/access/months` and its questions over `rpt_accesses`. The log itself, to the last moment, is
`access_log`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any, Final, Literal

import duckdb
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from corrections.people.accesses import AccessKind
from reports.addresses import HOME, PageQuery, Text, each_form
from reports.exports.listing import Listing, asked
from reports.pages import Crumb, Page, Presenter
from reports.paging import require_place
from reports.people.access_log import KINDS, STREAM
from reports.people.asking import require
from reports.rows import read, read_number
from reports.shelf import OpenSnapshot

PAGE_ROWS: Final = 50


class MonthsQuery(PageQuery):
    """The filters of the counts and the place in their list."""

    person: Text = ""
    kind: AccessKind | Literal[""] = ""
    subject: Text = ""
    after: Text | None = None

    def bound(self) -> dict[str, Any]:
        """Return the values of the question's parameters."""
        return {"person": self.person.strip(), "kind": self.kind, "subject": self.subject.strip()}


@dataclass(frozen=True)
class Counted:
    """One row per month, person, kind of access, outcome and subject."""

    access_summary_key: str
    month: date
    person_name: str
    access_type: str
    outcome_code: str
    subject_id: str | None
    access_count: int
    first_accessed_at: datetime
    last_accessed_at: datetime


_COLUMNS: Final = """
    select
        access_summary_key,
        month,
        person_name,
        access_type,
        outcome_code,
        subject_id,
        access_count,
        first_accessed_at,
        last_accessed_at
"""

_MATCHING: Final = """
    from reports.rpt_accesses
    where ($person = '' or person_name = $person)
        and ($kind = '' or access_type = $kind)
        and ($subject = '' or subject_id = $subject)
"""

_PLACE: Final = "(month, access_count, access_summary_key)"

_LATEST_FIRST: Final = "order by month desc, access_count desc, access_summary_key desc"


def router(presenter: Presenter) -> APIRouter:
    """Return the address of the counts."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("administer")])

    @each_form(routes, "/access/months")
    def months(request: Request, query: Annotated[MonthsQuery, Query()]) -> Response:
        return presenter.answer(request, query.snapshot, partial(months_page, query))

    return routes


def months_page(query: MonthsQuery, cursor: duckdb.DuckDBPyConnection, _snapshot: OpenSnapshot) -> Page:
    """Return one page of the counts, the latest month first. Raises BadQuestion for a place that is not there."""
    require_place(cursor, "reports.rpt_accesses", "access_summary_key", query.after)
    page = f"""
        {_COLUMNS} {_MATCHING}
            and (
                $after is null
                or {_PLACE} < (select {_PLACE} from reports.rpt_accesses where access_summary_key = $after)
            )
        {_LATEST_FIRST}
        limit $most
    """  # noqa: S608 - only the constants above are written into the text
    rows = read(cursor, Counted, page, query.bound() | {"after": query.after, "most": PAGE_ROWS + 1})
    count = read_number(cursor, f"select count(*) {_MATCHING}", query.bound())
    return Page(
        template="accesses_by_month.html",
        title="Accesses by month",
        crumbs=(HOME, Crumb("Accesses", "/access"), Crumb("By month")),
        needed=(STREAM,),
        content={
            "rows": rows[:PAGE_ROWS],
            "count": count,
            "accesses": read_number(cursor, f"select sum(access_count) {_MATCHING}", query.bound()),
            "asked": query,
            "kinds": KINDS,
            "after": rows[PAGE_ROWS - 1].access_summary_key if len(rows) > PAGE_ROWS else None,
        },
        figures={"counts": rows[:PAGE_ROWS], "count": count},
        seen=("access_log", "by month"),
        listing=Listing(
            name="accesses-by-month",
            grain="One row per month, person, kind of access, outcome and subject.",
            sql=f"{_COLUMNS} {_MATCHING} {_LATEST_FIRST}",
            parameters=query.bound(),
            filters=asked(query.bound()),
        ),
    )
