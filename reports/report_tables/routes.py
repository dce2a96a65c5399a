"""The addresses of the reports as tables.

Here belongs the step from a name in an address to a report of the snapshot: a name that is not in its list is not
found, and nothing of an address becomes a part of a question but as a bound value.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from reports.addresses import HOME, Cursor, PageQuery, Text
from reports.pages import Crumb, Page, Presenter, unpinned_path, without_form
from reports.people.asking import has_right, refuse_without_right, require, visitor_of
from reports.problems import NothingFound
from reports.report_tables.catalogue import NEEDS, ROOM, Report, read_reports
from reports.report_tables.rows import Chosen, listing, read_report
from reports.report_tables.words import shown_columns, shown_rows
from reports.shelf import OpenSnapshot

LIST = Crumb("Reports", ROOM)


class ReportQuery(PageQuery):
    """The rows of a report: those with a value in a column, and the place in their list."""

    column: Text = ""
    value: Text = ""
    after: Text | None = None


def router(presenter: Presenter) -> APIRouter:
    """Return the addresses of the reports, answered by the presenter."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("read")])

    @routes.get("/reports.json")
    @routes.get("/reports")
    def every(request: Request, query: Annotated[PageQuery, Query()]) -> Response:
        return presenter.answer(request, query.snapshot, partial(list_page, request))

    @routes.get("/reports/{name}")
    def one(request: Request, name: str, query: Annotated[ReportQuery, Query()]) -> Response:
        wanted = without_form(request, name)
        refuse_without_right(request, NEEDS.get(wanted, "read"))
        return presenter.answer(request, query.snapshot, partial(report_page, request, wanted, query))

    return routes


def list_page(request: Request, cursor: Cursor, snapshot: OpenSnapshot) -> Page:
    """Return the list of reports that somebody may see, by name."""
    reports = list(_reports(request, cursor, snapshot).values())
    return Page(
        template="reports.html",
        title="Reports",
        crumbs=(HOME, Crumb("Reports")),
        needed=_needed(snapshot),
        content={"reports": reports},
        figures={"reports": [_told(report) for report in reports]},
    )


def report_page(request: Request, name: str, query: ReportQuery, cursor: Cursor, snapshot: OpenSnapshot) -> Page:
    """Return one page of a report. Raises NothingFound for a name that the snapshot does not list."""
    reports = _reports(request, cursor, snapshot)
    report = reports.get(name)
    if report is None:
        raise NothingFound(
            tried=f"to open the report “{name[:300]}”",
            found="no report of that name in this snapshot that you may see",
            expected="a name as /reports lists it, such as rpt_community_shelf",
            remedy="choose the report from the list at /reports",
        )
    chosen = Chosen(query.column.strip(), query.value.strip())
    found = read_report(cursor, report, chosen, query.after)
    rows = shown_rows(report, found.rows)
    return Page(
        template="report.html",
        title=report.label,
        crumbs=(HOME, LIST, Crumb(report.label)),
        needed=_needed(snapshot),
        content={
            "report": report,
            "others": [each.name for each in reports.values() if report.answers_with(each)],
            "page": found,
            "columns": shown_columns(report),
            "rows": rows,
            "has_verdicts": any(cell.kind == "verdict" for row in rows for cell in row.cells),
        },
        figures={"report": _told(report), "columns": _columns(report), "page": found},
        seen=("query", unpinned_path(request)),
        listing=listing(report, chosen),
    )


def _reports(request: Request, cursor: Cursor, snapshot: OpenSnapshot) -> dict[str, Report]:
    return read_reports(cursor, snapshot.manifest, partial(has_right, visitor_of(request)))


def _needed(snapshot: OpenSnapshot) -> list[tuple[str, str]]:
    """Return what reports rest on: every stream of the snapshot, as nearly all of them rest on a verdict."""
    return [(cover.system, cover.stream) for cover in snapshot.coverage]


def _told(report: Report) -> dict[str, object]:
    return {"name": report.name, "grain": report.grain, "words": report.words}


def _columns(report: Report) -> list[dict[str, str | None]]:
    return [{"name": each.name, "type": each.type_name, "meaning": each.meaning} for each in report.columns]
