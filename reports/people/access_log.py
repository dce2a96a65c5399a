"""The log of accesses: writing to it from a route, and the page that administrators read.

Here belong `record_access` and the page `/access`. Where the log is kept is `corrections.people.accesses`.
"""

from __future__ import annotations

from typing import Annotated, get_args

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from corrections.people.accesses import AccessKind, count_accesses, read_accesses
from reports.pages import Crumb, Page, Presenter
from reports.people.asking import current_person, require
from reports.people.gate import Gate

KINDS: tuple[AccessKind, ...] = get_args(AccessKind)


class AccessQuery(BaseModel):
    """The filters of the log and the place in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    person: Annotated[str, Field(max_length=300)] = ""
    kind: AccessKind | None = None
    before: Annotated[int | None, Field(ge=1, le=2**62)] = None


def record_access(request: Request, kind: AccessKind, subject: str, detail: str = "") -> None:
    """Write to the log that the person of this request sees or takes out something, before they are given it.

    `subject` names it as its address does, never by a recipient's identifier; the snapshot is the one that the request
    reads. Raises ConfigurationError where it cannot be written: then nothing may be given.
    """
    gate: Gate = request.app.state.gate
    snapshot = getattr(request.state, "snapshot", None)
    gate.record(current_person(request), kind, subject, None if snapshot is None else snapshot.name, detail)


def router(presenter: Presenter, gate: Gate) -> APIRouter:
    """Return the address of the log."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("administer")])

    @routes.get("/access.json")
    @routes.get("/access")
    def accesses(request: Request, query: Annotated[AccessQuery, Query()]) -> Response:
        record_access(request, "access_log", query.person.strip(), query.kind or "")
        with gate.store().read() as session:
            kind, person = query.kind or "", query.person.strip()
            found = read_accesses(session, query.before, person, kind)
            count = count_accesses(session, person, kind)
        page = Page(
            template="access.html",
            title="Accesses",
            crumbs=(Crumb("Home", "/"), Crumb("Accesses")),
            needed=(),
            content={"found": found, "count": count, "asked": query, "kinds": KINDS},
            figures={"accesses": found, "access_count": count},
        )
        return presenter.plain(request, page)

    return routes
