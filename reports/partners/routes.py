"""The addresses of the partner matrix and of one partner."""

from __future__ import annotations

from functools import partial
from typing import Annotated, get_args

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from reports.addresses import HOME, Cursor, PageQuery, Text, each_form, not_found
from reports.pages import Crumb, Page, Presenter, without_form
from reports.paging import day_of, whole_number_of
from reports.partners.described import read_partner
from reports.partners.rows import NEEDED, MatrixFilters, matrix_listing, read_matrix
from reports.partners.trail_rows import PartnerRows, partner_listing, read_partner_page
from reports.partners.words import MATRIX_STATES_BY_CODE, SUPERSEDED
from reports.people.asking import require
from reports.prints.audit_trail import audit_trail_document, read_trail
from reports.problems import BadQuestion
from reports.shelf import OpenSnapshot


class MatrixQuery(PageQuery):
    """The filters of the matrix and the place in its list."""

    partner: Text = ""
    gtin: Text = ""
    state: Text = ""
    silent: Text = ""
    after: Text | None = None


class PartnerQuery(PageQuery):
    """The period of the audit trail (the day of `to` is not in it) and the place in it; `rows` is what is exported."""

    since: Annotated[str, Field(max_length=40, alias="from")] = ""
    until: Annotated[str, Field(max_length=40, alias="to")] = ""
    after: Text | None = None
    rows: PartnerRows = "artwork"


def router(presenter: Presenter) -> APIRouter:
    """Return the addresses of the partners, answered by the presenter."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("read")])

    @each_form(routes, "/partners")
    def matrix(request: Request, query: Annotated[MatrixQuery, Query()]) -> Response:
        return presenter.answer(request, query.snapshot, partial(matrix_page, query))

    @routes.get("/partners/{partner_id:path}")
    def partner(request: Request, partner_id: str, query: Annotated[PartnerQuery, Query()]) -> Response:
        build = partial(partner_page, without_form(request, partner_id), query)
        return presenter.answer(request, query.snapshot, build)

    return routes


def matrix_page(query: MatrixQuery, cursor: Cursor, _snapshot: OpenSnapshot) -> Page:
    """Return one page of the matrix. Raises BadQuestion for a state or number that nobody knows."""
    known = (*MATRIX_STATES_BY_CODE, SUPERSEDED)
    if query.state and query.state not in known:
        raise BadQuestion(
            tried="to show the pairs of one state",
            found=f"state={query.state[:80]!r}",
            expected="one of " + ", ".join(known),
            remedy="choose a state from the list on the page of the partners",
        )
    silent = whole_number_of(query.silent.strip(), "the days of silence")
    filters = MatrixFilters(query.partner.strip(), query.gtin.strip(), query.state, silent)
    found = read_matrix(cursor, filters, query.after)
    return Page(
        template="partners.html",
        title="Partners",
        crumbs=(HOME, Crumb("Partners")),
        needed=NEEDED,
        content={"page": found, "states": MATRIX_STATES_BY_CODE.values()},
        figures={"matrix": found},
        listing=matrix_listing(filters),
    )


def partner_page(partner_id: str, query: PartnerQuery, cursor: Cursor, _snapshot: OpenSnapshot) -> Page:
    """Return one partner. Raises NothingFound, or BadQuestion for a period that ends before it begins."""
    partner = read_partner(cursor, partner_id)
    if partner is None:
        raise not_found(cursor, "partner", partner_id, "a partner id of Trading Grid")
    since, until = day_of(query.since.strip(), "from="), day_of(query.until.strip(), "to=")
    if since is not None and until is not None and since >= until:
        raise BadQuestion(
            tried="to show the audit trail of a period",
            found=f"a period from {query.since} to {query.until}",
            expected="a period that ends after it begins; the day of to= is not in it",
            remedy="give the first day of the period and the day behind its last one",
        )
    found = read_partner_page(cursor, partner, since, until, query.after)
    document = None
    if since is not None and until is not None:
        trail = read_trail(cursor, partner.partner_id, since, until)
        document = partial(audit_trail_document, partner.partner_id, partner.partner_name, since, until, trail)
    return Page(
        template="partner.html",
        title=f"Partner {partner.partner_name or partner.partner_id}",
        crumbs=(HOME, Crumb("Partners", "/partners"), Crumb(partner.partner_id)),
        needed=NEEDED,
        content={"page": found, "partner": partner},
        figures={"partner": found},
        listing=partner_listing(cursor, partner, query.rows, since, until),
        choices=get_args(PartnerRows),
        document=document,
    )
