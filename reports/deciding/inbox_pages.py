"""The addresses of the corrections inbox: the list, many at once with a sample, one correction, and the decisions.

Here belong the routes. What they show is `inbox`; a decision is `corrections.approval`'s, with its own refusals, which
are shown in their own words beside the form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from assettrail.errors import ConfigurationError, ContractBroken
from corrections import approval
from corrections.bulk import bulk_of
from corrections.difference import KINDS, Kind
from corrections.people.register import Person
from corrections.recall.holders import READ_FROM, Recalled
from corrections.store.states import STATES, State
from publish.reading import NoSnapshot, current_snapshot
from reports.addresses import each_form
from reports.deciding import inbox
from reports.own_records import OwnRecords
from reports.pages import Crumb, Page, Presenter, without_form
from reports.people.asking import current_person, decider, require
from reports.people.gate import Gate
from reports.problems import NothingFound

HOME, INBOX = Crumb("Home", "/"), Crumb("Corrections", "/corrections")
STREAM = ("corrections", "transitions")
Reason = Annotated[str, Form(max_length=4_000)]
Hash = Annotated[str, Form(max_length=64)]
Done = Literal["approved", "rejected", ""]


class InboxQuery(BaseModel):
    """The filters of the list and the place in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: State | Literal["", "all"] = "proposed"
    kind: Kind | Literal[""] = ""
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1


class BulkQuery(BaseModel):
    """Which kind is decided together; empty: all that may be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind | Literal[""] = ""
    done: Annotated[int, Field(ge=0, le=10_000_000)] = 0


class OneQuery(BaseModel):
    """What was just done, to be said once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    done: Done = ""


def router(presenter: Presenter, gate: Gate) -> APIRouter:
    """Return the addresses of the inbox."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("see_corrections")])
    pages = _Pages(presenter, gate)

    @each_form(routes, "/corrections")
    def everything(request: Request, query: Annotated[InboxQuery, Query()]) -> Response:
        return pages.everything(request, query)

    @routes.get("/corrections/bulk.json")
    @routes.get("/corrections/bulk")
    def bulk(request: Request, query: Annotated[BulkQuery, Query()]) -> Response:
        return pages.bulk(request, query.kind, done=query.done)

    @routes.get("/corrections/{key}")
    def one(request: Request, key: str, query: Annotated[OneQuery, Query()]) -> Response:
        return pages.one(request, without_form(request, key), done=query.done)

    _add_decisions(routes, pages, gate)
    return routes


def _add_decisions(routes: APIRouter, pages: _Pages, gate: Gate) -> None:
    may_decide = [require("decide_corrections")]

    @routes.post("/corrections/bulk", dependencies=may_decide)
    def approve_many(
        request: Request, kind: Annotated[str, Form(max_length=64)] = "", seen_set: Hash = "", reason: Reason = ""
    ) -> Response:
        chosen = kind if kind in KINDS else ""
        try:
            _refuse_empty(reason)
            by = decider(request)
            done = approval.approve(
                gate.settings, gate.house_clock, None, by, reason, kind=chosen or None, seen_set=seen_set
            )
        except ConfigurationError as refusal:
            return pages.bulk(request, chosen, refusal=refusal, reason=reason)
        return RedirectResponse(f"/corrections/bulk?kind={chosen}&done={len(done)}", 303)

    @routes.post("/corrections/{key}/approve", dependencies=may_decide)
    def approve(request: Request, key: str, difference_hash: Hash = "", reason: Reason = "") -> Response:
        def decide(by: Person) -> None:
            approval.approve(gate.settings, gate.house_clock, [key], by, reason, difference_hash=difference_hash)

        return pages.decided(request, key, reason, "approved", decide)

    @routes.post("/corrections/{key}/reject", dependencies=may_decide)
    def reject(request: Request, key: str, reason: Reason = "") -> Response:
        def decide(by: Person) -> None:
            approval.reject(gate.settings, gate.house_clock, [key], by, reason)

        return pages.decided(request, key, reason, "rejected", decide)


class _Pages:
    """Makes the pages of the inbox."""

    def __init__(self, presenter: Presenter, gate: Gate) -> None:
        self._presenter = presenter
        self._gate = gate

    def everything(self, request: Request, query: InboxQuery) -> Response:
        state = "" if query.state == "all" else query.state
        found = inbox.read_inbox(self._gate.settings, state, query.kind, query.page)
        page = Page(
            template="corrections.html",
            title="Corrections",
            crumbs=(HOME, Crumb("Corrections")),
            needed=(),
            content={"inbox": found, "asked": query, "all_states": STATES, "kind_words": inbox.kind_words},
            figures={"inbox": found},
            own=OwnRecords("corrections", found.fitting_count, found.total_count, self._gate.now(), (STREAM,)),
            listing=inbox.listing(self._gate.settings, state, query.kind),
        )
        return self._presenter.plain(request, page)

    def bulk(
        self,
        request: Request,
        kind: str,
        refusal: ConfigurationError | None = None,
        reason: str = "",
        done: int = 0,
    ) -> Response:
        found = bulk_of(self._gate.settings, kind or None)
        sample = inbox.lines_of(found)
        found_count = sum(found.counts.values())
        page = Page(
            template="corrections_bulk.html",
            title="Approve many",
            crumbs=(HOME, INBOX, Crumb("Approve many")),
            needed=(),
            content={
                "bulk": found,
                "count": found_count,
                "sample": sample,
                "kind": kind,
                "kind_words": inbox.kind_words,
                "refusal": refusal,
                "reason": reason,
                "done": done,
            },
            figures={"counts": found.counts, "sample": sample, "set_hash": found.set_hash},
            own=OwnRecords(
                "corrections that may be approved together", len(sample), found_count, self._gate.now(), (STREAM,)
            ),
            status=200 if refusal is None else 409,
        )
        return self._presenter.plain(request, page)

    def one(
        self, request: Request, key: str, refusal: ConfigurationError | None = None, reason: str = "", done: str = ""
    ) -> Response:
        person = current_person(request)
        try:
            shown = inbox.read_correction(self._gate.settings, key, person, self._gate.house_now())
            asset = inbox.asset_of(self._gate.settings, key)
        except ConfigurationError as error:
            remedy = "look for it in the list of corrections"
            raise NothingFound(error.tried, error.found, error.expected, remedy) from error
        reach = self._reach(asset, person)
        page = Page(
            template="correction.html",
            title=f"Correction {shown.line.correction_key[:12]}",
            crumbs=(HOME, INBOX, Crumb(shown.line.correction_key[:12])),
            needed=READ_FROM,
            content={
                "shown": shown,
                "line": shown.line,
                "reach": reach,
                "names_asset": bool(asset.asset_id),
                "refusal": refusal,
                "reason": reason,
                "done": done,
            },
            figures={"correction": shown, "reach": reach},
            own=OwnRecords("correction with its history", 1, 1, self._gate.now(), (STREAM,)),
            status=200 if refusal is None else 409,
        )
        return self._presenter.plain(request, page)

    def decided(
        self, request: Request, key: str, reason: str, done: Done, decide: Callable[[Person], None]
    ) -> Response:
        """Decide, and show the correction as it is then; a refusal is shown with it, in its words."""
        try:
            _refuse_empty(reason)
            decide(decider(request))
        except ConfigurationError as refusal:
            return self.one(request, key, refusal, reason)
        return RedirectResponse(f"/corrections/{quote(key, safe='')}?done={done}", 303)

    def _reach(self, asset: Recalled, person: Person) -> inbox.Reach | None:
        """Return how far an asset reaches; None where no snapshot tells it: a decision does not wait for one."""
        try:
            return inbox.read_reach(current_snapshot(self._gate.settings.home).database, asset, person)
        except (NoSnapshot, ContractBroken):
            return None


def _refuse_empty(reason: str) -> None:
    if not reason.strip():
        raise ConfigurationError(
            tried="to decide on a correction",
            found="no reason",
            expected="a reason, which stands in the history",
            remedy="write why; nothing was decided",
        )
