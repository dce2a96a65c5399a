"""The addresses of dispositions: the standing exceptions, one with its history, many with a sample, and writing.

Here belong the routes. What they show is `exceptions`; a disposition is written by `corrections.dispositions`, whose
refusals are shown in their own words beside the form.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

import duckdb
from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from assettrail.errors import ConfigurationError
from corrections.dispositions import KINDS, Order, dispose
from reports.addresses import each_form
from reports.deciding import exceptions
from reports.deciding.orders import read_order, refuse_other_set
from reports.exception_list import NEEDED, tells_strength
from reports.exceptions.made import own_of
from reports.exceptions.seen import is_seen_told, read_seen
from reports.own_records import OwnRecords
from reports.pages import Crumb, Page, Presenter, without_form
from reports.people.asking import decider, require
from reports.people.gate import Gate
from reports.shelf import OpenSnapshot
from reports.words import CONTROLS

HOME, LIST = Crumb("Home", "/"), Crumb("Dispositions", "/dispositions")
Line = Annotated[str, Form(max_length=300)]
Cursor = duckdb.DuckDBPyConnection


class WorkQuery(BaseModel):
    """The control, the place in the list, and of how many a disposition was just made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    snapshot: Annotated[str, Field(max_length=100)] = ""
    control: Annotated[str, Field(max_length=100)] = ""
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    done: Annotated[int, Field(ge=0, le=10_000_000)] = 0


class _Filled(BaseModel):
    """A form as it was filled, to be shown again where it is refused."""

    disposition: str = ""
    owner: str = ""
    due_on: str = ""
    accepted_until: str = ""
    reason: str = ""

    def order(self) -> Order:
        """Return what it asks for. Raises ConfigurationError for a disposition or a day that is none."""
        return read_order(self.disposition, self.owner, self.reason, self.due_on, self.accepted_until)


def router(presenter: Presenter, gate: Gate) -> APIRouter:
    """Return the addresses of dispositions."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("read")])
    pages = _Pages(gate)

    @each_form(routes, "/dispositions")
    def work(request: Request, query: Annotated[WorkQuery, Query()]) -> Response:
        return presenter.answer(request, query.snapshot, lambda cursor, _: pages.work(cursor, query))

    @routes.get("/dispositions/bulk.json")
    @routes.get("/dispositions/bulk")
    def bulk(request: Request, query: Annotated[WorkQuery, Query()]) -> Response:
        return presenter.answer(request, query.snapshot, lambda cursor, _: pages.together(cursor, query.control))

    @routes.get("/dispositions/{key}")
    def one(request: Request, key: str, query: Annotated[WorkQuery, Query()]) -> Response:
        wanted = without_form(request, key)
        return presenter.answer(request, query.snapshot, lambda cursor, _: pages.one(cursor, wanted, done=query.done))

    _add_writing(routes, presenter, pages)
    return routes


def _add_writing(routes: APIRouter, presenter: Presenter, pages: _Pages) -> None:
    may_write = [require("dispose_exceptions")]

    @routes.post("/dispositions/bulk", dependencies=may_write)
    def write_many(
        request: Request,
        seen_set: Annotated[str, Form(max_length=64)] = "",
        control: Annotated[str, Form(max_length=100)] = "",
        disposition: Line = "",
        owner: Line = "",
        due_on: Line = "",
        accepted_until: Line = "",
        reason: Annotated[str, Form(max_length=4_000)] = "",
    ) -> Response:
        filled = _Filled(
            disposition=disposition, owner=owner, due_on=due_on, accepted_until=accepted_until, reason=reason
        )

        def write(cursor: Cursor, _: OpenSnapshot) -> Page | Response:
            together = exceptions.read_together(cursor, pages.settings, control, pages.today())
            try:
                refuse_other_set(together, seen_set)
                count = dispose(pages.settings, pages.gate.house_clock, together.keys, decider(request), filled.order())
            except ConfigurationError as refusal:
                return pages.together(cursor, control, refusal, filled)
            return RedirectResponse(f"/dispositions?done={count}", 303)

        return presenter.answer(request, None, write)

    @routes.post("/dispositions/{key}", dependencies=may_write)
    def write_one(
        request: Request,
        key: str,
        disposition: Line = "",
        owner: Line = "",
        due_on: Line = "",
        accepted_until: Line = "",
        reason: Annotated[str, Form(max_length=4_000)] = "",
    ) -> Response:
        filled = _Filled(
            disposition=disposition, owner=owner, due_on=due_on, accepted_until=accepted_until, reason=reason
        )

        def write(cursor: Cursor, _: OpenSnapshot) -> Page | Response:
            line, _history = exceptions.read_one(cursor, pages.settings, key, pages.today())
            chosen = [line.exception.exception_key]
            try:
                dispose(pages.settings, pages.gate.house_clock, chosen, decider(request), filled.order())
            except ConfigurationError as refusal:
                return pages.one(cursor, key, refusal, filled)
            return RedirectResponse(f"/dispositions/{chosen[0]}?done=1", 303)

        return presenter.answer(request, None, write)


class _Pages:
    """Makes the pages of dispositions."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.settings = gate.settings

    def today(self) -> date:
        """Return the day (UTC) by which acceptances and due days are told."""
        return self.gate.now().date()

    def work(self, cursor: Cursor, query: WorkQuery) -> Page:
        found = exceptions.read_work(cursor, self.settings, query.control, query.page, self.today())
        return Page(
            template="dispositions.html",
            title="Dispositions",
            crumbs=(HOME, Crumb("Dispositions")),
            needed=NEEDED,
            content={"work": found, "asked": query, "controls": CONTROLS},
            figures={"work": found},
            own=self._own(*found.lines),
            listing=exceptions.work_listing(
                self.settings, query.control, self.today(), with_strength=tells_strength(cursor)
            ),
        )

    def _own(self, *lines: exceptions.Line) -> OwnRecords:
        """Return what a page of these lines can know of their dispositions."""
        return own_of(self.settings, sum(line.disposition is not None for line in lines), self.gate.now())

    def together(
        self, cursor: Cursor, control: str, refusal: ConfigurationError | None = None, filled: _Filled | None = None
    ) -> Page:
        found = exceptions.read_together(cursor, self.settings, control, self.today())
        return Page(
            template="dispositions_bulk.html",
            title="Dispose of many",
            crumbs=(HOME, LIST, Crumb("Many at once")),
            needed=NEEDED,
            content={
                "together": found,
                "control": control,
                "controls": CONTROLS,
                "refusal": refusal,
                "filled": filled or _Filled(),
                "kinds": KINDS,
            },
            figures={
                "exception_count": len(found.keys),
                "beyond_count": found.beyond_count,
                "sample": found.sample,
                "set_hash": found.set_hash,
            },
            own=self._own(*found.sample),
            status=200 if refusal is None else 409,
        )

    def one(
        self,
        cursor: Cursor,
        key: str,
        refusal: ConfigurationError | None = None,
        filled: _Filled | None = None,
        done: int = 0,
    ) -> Page:
        line, history = exceptions.read_one(cursor, self.settings, key, self.today())
        seen = read_seen(cursor, key)
        return Page(
            template="disposition.html",
            title=f"Exception {line.exception.subject_id}",
            crumbs=(HOME, LIST, Crumb(line.exception.subject_id)),
            needed=NEEDED,
            content={
                "line": line,
                "history": history,
                "seen": seen,
                "is_seen_told": is_seen_told(cursor),
                "refusal": refusal,
                "filled": filled or _Filled(),
                "kinds": KINDS,
                "done": done,
            },
            figures={"exception": line, "history": history, "seen": seen},
            own=self._own(line),
            status=200 if refusal is None else 409,
        )
