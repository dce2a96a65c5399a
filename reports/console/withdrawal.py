"""Withdrawing a saved query, and what its link shows from then on: who withdrew it, when and why, and what it asked.

Here belong the form at `/sql/NAME/withdrawal` and the page of a query that is no longer run. What may be withdrawn by
whom is `corrections.people.saved_queries`. An administrator who is no analyst asks no snapshot anything here: the page
shows a text, and none of its rows.
"""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from assettrail.errors import ConfigurationError
from corrections.people.accesses import write_access
from corrections.people.saved_queries import (
    LONGEST_REASON,
    SavedQuery,
    find_query,
    may_withdraw,
    saved_queries,
    withdraw_query,
)
from reports.addresses import HOME
from reports.console.statement import digest
from reports.own_records import OwnRecords
from reports.pages import Crumb, Page, Presenter, form_of
from reports.people.asking import current_person, decider, require
from reports.people.gate import Gate
from reports.problems import NoLongerAsked, NothingFound
from reports.text import ROW_ENDINGS

SQL: Final = Crumb("SQL", "/sql")


def router(presenter: Presenter, gate: Gate) -> APIRouter:
    """Return the addresses of withdrawing."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("withdraw_query")])

    @routes.get("/sql/{name}/withdrawal.json")
    @routes.get("/sql/{name}/withdrawal")
    def ask(request: Request, name: str) -> Response:
        return presenter.plain(request, withdrawal_page(gate, request, query_of(gate, name)))

    @routes.post("/sql/{name}/withdrawal")
    def withdraw(request: Request, name: str, reason: Annotated[str, Form(max_length=10_000)] = "") -> Response:
        by, query = decider(request), query_of(gate, name)
        try:
            with gate.store().begin() as session:
                withdrawn = withdraw_query(session, gate.clock.now(), by, query.name, reason)
                subject = f"sha256:{digest(withdrawn.statement)}"
                write_access(session, gate.clock.now(), by, "query", subject, None, f"withdrawn: {withdrawn.name}")
        except ConfigurationError as refusal:
            return presenter.plain(request, withdrawal_page(gate, request, query_of(gate, name), refusal, reason))
        return RedirectResponse(f"/sql/{withdrawn.name}/withdrawal", 303)

    return routes


def query_of(gate: Gate, name: str) -> SavedQuery:
    """Return the saved query of that name, withdrawn or not. Raises NothingFound."""
    with gate.reading() as session:
        found = None if session is None else find_query(session, name)
    if found is None:
        raise NothingFound(
            tried=f"to open the saved query {name[:80]!r}",
            found="none of that name",
            expected="the name of a query that was saved",
            remedy="choose one from the list at /sql/saved",
        )
    return found


def no_longer_run(presenter: Presenter, gate: Gate, request: Request, query: SavedQuery) -> Response:
    """Return the page behind the link of a withdrawn query (410), or its twin. Raises NoLongerAsked for its rows."""
    if form_of(request) in ROW_ENDINGS:
        raise NoLongerAsked(
            tried=f"to take out the rows of the saved query {query.name}",
            found=f"that {query.withdrawn_by} withdrew it at {query.withdrawn_at:%Y-%m-%d %H:%M:%S} UTC",
            expected="a query that is not withdrawn",
            remedy=f"read at /sql/{query.name} why, and what it asked",
        )
    return presenter.plain(request, withdrawal_page(gate, request, query, status=410))


def withdrawal_page(
    gate: Gate,
    request: Request,
    query: SavedQuery,
    refusal: ConfigurationError | None = None,
    reason: str = "",
    status: int = 200,
) -> Page:
    """Return the page: the query's text and author, its withdrawal, or the form for it where the person may."""
    person = current_person(request)
    return Page(
        template="sql_withdrawal.html",
        title=f"{'Withdrawn' if query.is_withdrawn else 'Withdraw'}: {query.name}",
        crumbs=(HOME, SQL, Crumb("Saved queries", "/sql/saved"), Crumb(query.name)),
        needed=(),
        content={
            "saved": query,
            "may_withdraw_it": may_withdraw(query, person.name, person.roles),
            "refusal": refusal,
            "reason": reason[:LONGEST_REASON],
            "longest": LONGEST_REASON,
        },
        figures={"saved": query, "sql": query.statement, "is_withdrawn": query.is_withdrawn},
        own=OwnRecords("saved queries", 1, _count(gate), gate.now()),
        status=409 if refusal else status,
    )


def _count(gate: Gate) -> int:
    with gate.reading() as session:
        return 0 if session is None else len(saved_queries(session))
