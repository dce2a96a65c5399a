"""The address of the exceptions.

Here belong its query and the step from an address to the page. What it shows is `reports.exception_list` and `made`.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from corrections.dispositions import owners_of
from reports import exception_list
from reports.addresses import HOME, Cursor, PageQuery, Text, each_form
from reports.exception_list import GRAIN, NAME, Filters, Standing, Work, asked_of
from reports.exceptions.made import all_made, keys_of, made_of, own_of
from reports.exceptions.seen import seen_relation
from reports.exceptions.subjects import subjects_of
from reports.exports.listing import Deferred
from reports.pages import Crumb, Page, Presenter
from reports.people.asking import require
from reports.people.gate import Gate
from reports.problems import BadQuestion
from reports.shelf import OpenSnapshot
from reports.words import CONTROLS


class ExceptionsQuery(PageQuery):
    """The filters of the exceptions and the place in their list."""

    control: Text = ""
    standing: Standing = "all"
    text: Text = ""
    asset: Text = ""
    owner: Text = ""
    work: Work = "all"
    after: Text | None = None
    before: Text | None = None


def router(presenter: Presenter, gate: Gate) -> APIRouter:
    """Return the address of the exceptions, answered by the presenter."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("read")])

    @each_form(routes, "/exceptions")
    def exceptions(request: Request, query: Annotated[ExceptionsQuery, Query()]) -> Response:
        return presenter.answer(request, query.snapshot, partial(exceptions_page, gate, query))

    return routes


def exceptions_page(gate: Gate, query: ExceptionsQuery, cursor: Cursor, _snapshot: OpenSnapshot) -> Page:
    """Return one page of exceptions. Raises BadQuestion for a control that does not exist, or for two places."""
    if query.after is not None and query.before is not None:
        raise BadQuestion(
            tried="to continue the list of exceptions",
            found="both after= and before= in the address",
            expected="one of them, or none for the first page",
            remedy="leave one of them out",
        )
    read_at = gate.now().replace(microsecond=0)
    settings, today, owner = gate.settings, read_at.date(), query.owner.strip()
    if owner and query.work == "nobody":
        raise BadQuestion(
            tried="to list exceptions",
            found=f"owner={owner[:80]!r} of exceptions that nobody owns",
            expected="an owner, or work=nobody",
            remedy="leave one of them out",
        )
    filters = Filters(
        control=query.control,
        standing=query.standing,
        text=query.text.strip(),
        asset=query.asset.strip(),
        owner=owner,
        work=query.work,
        keys=keys_of(settings, owner, query.work, today),
    )
    found = exception_list.read_exceptions(cursor, filters, query.after, query.before)
    known = [facet.control_name for facet in found.facets]
    if filters.control and filters.control not in known and filters.control not in _controls_in(cursor):
        raise BadQuestion(
            tried="to show the exceptions of one control",
            found=f"control={filters.control[:80]!r}",
            expected="one of " + ", ".join(words.name for words in CONTROLS),
            remedy="choose a control from the list on the exceptions page",
        )
    with_strength = exception_list.tells_strength(cursor)
    made = made_of(settings, [row.exception_key for row in found.rows], today)
    subjects, seen = subjects_of(cursor, found.rows), seen_relation(cursor)
    return Page(
        template="exceptions.html",
        title="Exceptions",
        crumbs=(HOME, Crumb("Exceptions")),
        needed=exception_list.NEEDED,
        content={
            "page": found,
            "subjects": subjects,
            "made": made,
            "owners": owners_of(settings),
            "read_at": read_at,
        },
        figures={"exceptions": found, "subjects": subjects, "dispositions": made},
        own=own_of(settings, len(made), read_at),
        listing=Deferred(
            NAME,
            GRAIN,
            lambda: exception_list.listing(filters, all_made(settings, today), seen, with_strength=with_strength),
            asked_of(filters),
        ),
    )


def _controls_in(cursor: Cursor) -> set[str]:
    """Return the controls that hold an exception in the snapshot, whatever the filters."""
    return {name for (name,) in cursor.execute("select distinct control_name from marts.fct_exceptions").fetchall()}
