"""The addresses of feedback."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from reports.addresses import HOME, Cursor, PageQuery, Text, each_form, not_found
from reports.drawing.renditions import side_by_side
from reports.feedback.rows import NEEDED, FeedbackFilters, listing, read_feedback, read_feedback_page
from reports.feedback.words import CHANGE_STATES
from reports.pages import Crumb, Page, Presenter, without_form
from reports.people.asking import require
from reports.shelf import OpenSnapshot


class FeedbackQuery(PageQuery):
    """The filters of the feedback and the place in its list."""

    category: Text = ""
    change: Text = ""
    standing: Literal["", "open", "reopened"] = ""
    text: Text = ""
    after: Text | None = None


def router(presenter: Presenter) -> APIRouter:
    """Return the addresses of feedback, answered by the presenter."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("read")])

    @each_form(routes, "/feedback")
    def every(request: Request, query: Annotated[FeedbackQuery, Query()]) -> Response:
        return presenter.answer(request, query.snapshot, partial(list_page, query))

    @routes.get("/feedback/{feedback_id:path}")
    def one(request: Request, feedback_id: str, query: Annotated[PageQuery, Query()]) -> Response:
        build = partial(feedback_page, without_form(request, feedback_id))
        return presenter.answer(request, query.snapshot, build)

    return routes


def list_page(query: FeedbackQuery, cursor: Cursor, _snapshot: OpenSnapshot) -> Page:
    """Return one page of feedback."""
    filters = FeedbackFilters(query.category, query.change, query.standing, query.text.strip())
    found = read_feedback_page(cursor, filters, query.after)
    return Page(
        template="feedback_list.html",
        title="Feedback",
        crumbs=(HOME, Crumb("Feedback")),
        needed=NEEDED,
        content={"page": found, "states": CHANGE_STATES},
        figures={"feedback": found, "total_count": found.total_count, "open_count": found.open_count},
        listing=listing(filters),
    )


def feedback_page(feedback_id: str, cursor: Cursor, _snapshot: OpenSnapshot) -> Page:
    """Return one feedback. Raises NothingFound."""
    found = read_feedback(cursor, feedback_id)
    if found is None:
        raise not_found(cursor, "feedback", feedback_id, "a feedback id of Trading Grid")
    before, after = found.before, found.after
    return Page(
        template="feedback.html",
        title=f"Feedback {found.feedback_id}",
        crumbs=(HOME, Crumb("Feedback", "/feedback"), Crumb(found.feedback_id)),
        needed=NEEDED,
        content={
            "feedback": found,
            "picture": side_by_side(
                (before.width_px, before.height_px, before.size_bytes),
                (after.width_px, after.height_px, after.size_bytes) if after else None,
            ),
        },
        figures={
            "feedback": found,
            "bytes_saved": found.bytes_saved,
            "hours_to_fix": int(found.time_to_fix.total_seconds() // 3600) if found.time_to_fix else None,
        },
    )
