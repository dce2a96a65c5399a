"""The address of the trust page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from reports.addresses import HOME, Cursor, PageQuery, each_form
from reports.drawing import timeline
from reports.pages import Crumb, Page, Presenter
from reports.people.asking import require
from reports.shelf import OpenSnapshot
from reports.trust.rows import StreamState, claims_listing, read_trust
from reports.words import STREAMS


def router(presenter: Presenter) -> APIRouter:
    """Return the address of the trust page, answered by the presenter."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("watch_pipeline")])

    @each_form(routes, "/trust")
    def trust(request: Request, query: Annotated[PageQuery, Query()]) -> Response:
        return presenter.answer(request, query.snapshot, trust_page)

    return routes


def trust_page(cursor: Cursor, snapshot: OpenSnapshot) -> Page:
    """Return the trust page of a snapshot."""
    found = read_trust(cursor, snapshot)
    return Page(
        template="trust.html",
        title="Trust",
        crumbs=(HOME, Crumb("Trust")),
        needed=tuple(STREAMS),
        content={"page": found, "picture": timeline.claims([_lane(each) for each in found.streams])},
        figures={"trust": found, "whole_stream_count": found.whole_count},
        listing=claims_listing(),
    )


def _lane(stream: StreamState) -> tuple[str, list[timeline.Period]]:
    """Return the lane of a stream: solid where it is complete, hatched where it is claimed incompletely."""
    periods: list[timeline.Period] = [(start, end, "approval") for start, end in stream.complete]
    return f"{stream.system} {stream.stream}", [
        *periods,
        *((start, end, "validity") for start, end in stream.incomplete),
    ]
