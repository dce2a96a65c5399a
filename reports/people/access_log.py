"""The log of accesses: writing to it from a route, and the page on which administrators read it.

Here belong `record_access`, `record_refusal` and the page `/access`. Where the log is kept is
`corrections.people.accesses`; what a snapshot counts of it is shown by `accesses_by_month`.
"""

from __future__ import annotations

import contextlib
from typing import Annotated, Final, Literal, get_args

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from assettrail.errors import ConfigurationError
from corrections.people.accesses import Access, AccessKind, all_accesses, count_accesses, read_accesses
from reports.addresses import HOME, each_form
from reports.exports.listing import Gathered, asked
from reports.own_records import OwnRecords
from reports.pages import Crumb, Page, Presenter
from reports.people.asking import Visitor, current_person, require
from reports.people.gate import Gate

KINDS: Final[tuple[AccessKind, ...]] = get_args(AccessKind)
STREAM: Final = ("corrections", "accesses")


class AccessQuery(BaseModel):
    """The filters of the log and the place in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    person: Annotated[str, Field(max_length=300)] = ""
    kind: AccessKind | Literal[""] = ""
    before: Annotated[int | None, Field(ge=1, le=2**62)] = None


def record_access(request: Request, kind: AccessKind, subject: str, detail: str = "") -> None:
    """Write to the log that the person of this request sees or takes out something, before they are given it.

    `subject` names it as its address does, never by a recipient's identifier; the snapshot is the one that the request
    reads. Raises ConfigurationError where it cannot be written: then nothing may be given.
    """
    gate: Gate = request.app.state.gate
    snapshot = getattr(request.state, "snapshot", None)
    gate.record(current_person(request), kind, subject, None if snapshot is None else snapshot.name, detail)


def record_refusal(request: Request) -> None:
    """Write to the log that somebody who is known was refused a page, which its pattern names: ids may be typed.

    Nothing is given, so that a log that cannot be written does not stand in the way of refusing.
    """
    visitor = getattr(request.state, "visitor", None)
    pattern = getattr(request.scope.get("route"), "path", None)
    if not isinstance(visitor, Visitor) or visitor.person is None or pattern is None:
        return
    gate: Gate = request.app.state.gate
    with contextlib.suppress(ConfigurationError):
        gate.record(visitor.person, "refused", pattern, None, request.method)


def router(presenter: Presenter, gate: Gate) -> APIRouter:
    """Return the address of the log."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("administer")])

    @each_form(routes, "/access")
    def accesses(request: Request, query: Annotated[AccessQuery, Query()]) -> Response:
        return presenter.plain(request, _page(request, gate, query))

    return routes


def _page(request: Request, gate: Gate, query: AccessQuery) -> Page:
    kind, person = query.kind, query.person.strip()
    read_at = gate.clock.now()
    with gate.store().read() as session:
        is_of_log = not person or count_accesses(session, person) > 0
    # Whom somebody looks for may be nobody of ours, but a customer.
    record_access(request, "access_log", person if is_of_log else "somebody who is not in the log", kind)
    with gate.store().read() as session:
        found = read_accesses(session, query.before, person, kind)
        count = count_accesses(session, person, kind)
        total = count_accesses(session)
    return Page(
        template="access.html",
        title="Accesses",
        crumbs=(HOME, Crumb("Accesses")),
        needed=(),
        content={"found": found, "count": count, "asked": query, "kinds": KINDS},
        figures={"accesses": found, "access_count": count},
        own=OwnRecords("accesses", count, total, read_at, (STREAM,)),
        listing=Gathered(
            name="accesses",
            grain="One row per thing that a person saw, took out or was refused, the oldest first.",
            shape=Access,
            rows=lambda: all_accesses(gate.settings, person, kind),
            filters=asked({"person": person, "kind": kind}),
        ),
    )
