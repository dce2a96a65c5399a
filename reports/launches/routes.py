"""The addresses of the launches and of one launch."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from reports.addresses import HOME, Cursor, PageQuery, Text, each_form, not_found
from reports.drawing.lead_times import LeadTime, lead_times
from reports.launches.one_launch import read_launch_page
from reports.launches.rows import NEEDED, LaunchFilters, listing, read_launch, read_launches
from reports.launches.words import READINESS_STATES, REQUIREMENT_STATES
from reports.pages import Crumb, Page, Presenter, without_form
from reports.people.asking import require
from reports.shelf import OpenSnapshot
from reports.text import short

LABEL_LENGTH = 32


class LaunchesQuery(PageQuery):
    """The filters of the launches and the place in their list."""

    readiness: Literal["", "go", "no_go", "cancelled"] = ""
    time: Literal["", "coming", "over"] = ""
    text: Text = ""
    after: Text | None = None


def router(presenter: Presenter) -> APIRouter:
    """Return the addresses of the launches, answered by the presenter."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("read")])

    @each_form(routes, "/launches")
    def launches(request: Request, query: Annotated[LaunchesQuery, Query()]) -> Response:
        return presenter.answer(request, query.snapshot, partial(launches_page, query))

    @routes.get("/launches/{launch_id:path}")
    def launch(request: Request, launch_id: str, query: Annotated[PageQuery, Query()]) -> Response:
        build = partial(launch_page, without_form(request, launch_id))
        return presenter.answer(request, query.snapshot, build)

    return routes


def launches_page(query: LaunchesQuery, cursor: Cursor, _snapshot: OpenSnapshot) -> Page:
    """Return one page of launches."""
    filters = LaunchFilters(query.readiness, query.time, query.text.strip())
    found = read_launches(cursor, filters, query.after)
    rows = [
        LeadTime(
            short(each.launch_name or each.launch_id, LABEL_LENGTH),
            each.approved_to_referenced_hours,
            each.referenced_to_sent_hours,
        )
        for each in found.rows
    ]
    return Page(
        template="launches.html",
        title="Launches",
        crumbs=(HOME, Crumb("Launches")),
        needed=NEEDED,
        content={"page": found, "picture": lead_times(rows), "states": READINESS_STATES},
        figures={"launches": found},
        listing=listing(filters),
    )


def launch_page(launch_id: str, cursor: Cursor, _snapshot: OpenSnapshot) -> Page:
    """Return one launch. Raises NothingFound."""
    launch = read_launch(cursor, launch_id)
    if launch is None:
        raise not_found(cursor, "launch", launch_id, "a launch id of Trading Grid")
    found = read_launch_page(cursor, launch)
    rows = [
        LeadTime(
            short(each.public_id or each.asset_id or "not named", LABEL_LENGTH),
            each.approved_to_referenced_hours,
            each.referenced_to_sent_hours,
        )
        for each in found.visuals
    ]
    return Page(
        template="launch.html",
        title=f"Launch {launch.launch_name or launch.launch_id}",
        crumbs=(HOME, Crumb("Launches", "/launches"), Crumb(launch.launch_id)),
        needed=NEEDED,
        content={"page": found, "launch": launch, "picture": lead_times(rows), "states": REQUIREMENT_STATES},
        figures={"launch": found, "reasons": launch.reasons},
    )
