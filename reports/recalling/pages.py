"""The addresses of recalls: the list, one with its holders, its certificate, and beginning one.

Here belong the routes and pages. A recall is begun by the same function as on the command line, in the name of whoever
signed in; its withdrawals wait for another person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from assettrail.errors import ConfigurationError
from corrections.people.register import Person
from corrections.recall.holders import READ_FROM
from corrections.recall.recalls import begin_recall
from corrections.recall.report import FollowedHolder, Recall, certificate, find_recall, recalls_by
from publish.reading import NoSnapshot, Snapshot, current_snapshot
from reports.addresses import HOME, each_form
from reports.exports.listing import Gathered
from reports.own_records import OwnRecords
from reports.pages import Crumb, Page, Presenter, without_form
from reports.people.asking import current_person, decider, require
from reports.people.gate import Gate
from reports.problems import NothingFound, NothingToRead

LIST = Crumb("Recalls", "/recalls")
STREAM = ("corrections", "transitions")
Subject = Annotated[str, Form(max_length=300)]
Reason = Annotated[str, Form(max_length=4_000)]


class RecallsQuery(BaseModel):
    """These pages stand by the current snapshot and know no parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Line:
    """One recall in the list; instants in UTC. `done_count` holders have it no more, as the snapshot shows."""

    recall_id: str
    asset_id: str
    public_id: str
    etag: str | None
    reason: str
    recalled_at: datetime
    recalled_by: str
    ended_at: datetime | None
    snapshot: str
    done_count: int
    holder_count: int
    is_certified: bool


def router(presenter: Presenter, gate: Gate) -> APIRouter:
    """Return the addresses of recalls."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("see_corrections")])
    pages = _Pages(presenter, gate)

    @each_form(routes, "/recalls")
    def everything(request: Request, _query: Annotated[RecallsQuery, Query()]) -> Response:
        return pages.everything(request)

    @routes.get("/recalls/{recall_id}")
    def one(request: Request, recall_id: str, _query: Annotated[RecallsQuery, Query()]) -> Response:
        return pages.one(request, without_form(request, recall_id))

    @routes.get("/recalls/{recall_id}/certificate")
    def certified(request: Request, recall_id: str, _query: Annotated[RecallsQuery, Query()]) -> Response:
        return pages.certificate(request, recall_id)

    @routes.post("/recalls", dependencies=[require("recall")])
    def begin(request: Request, subject: Subject = "", reason: Reason = "") -> Response:
        return pages.begin(request, subject, reason)

    return routes


class _Pages:
    """Makes the pages of recalls."""

    def __init__(self, presenter: Presenter, gate: Gate) -> None:
        self._presenter = presenter
        self._gate = gate

    def everything(
        self, request: Request, refusal: ConfigurationError | None = None, subject: str = "", reason: str = ""
    ) -> Response:
        found = self._recalls()
        page = Page(
            template="recalls.html",
            title="Recalls",
            crumbs=(HOME, Crumb("Recalls")),
            needed=READ_FROM,
            content={"recalls": found, "refusal": refusal, "subject": subject, "reason": reason},
            figures={"recalls": [_told(one, current_person(request)) for one in found]},
            own=OwnRecords("recalls", len(found), len(found), self._gate.now(), (STREAM,)),
            listing=Gathered(
                "recalls", "One row per recall, as the snapshot shows it.", Line, lambda: map(_line, found)
            ),
            status=200 if refusal is None else 409,
        )
        return self._presenter.plain(request, page)

    def one(self, request: Request, recall_id: str) -> Response:
        found = self._found(recall_id)
        person = current_person(request)
        page = Page(
            template="recall.html",
            title=f"Recall of {found.recalled.public_id}",
            crumbs=(HOME, LIST, Crumb(found.recalled.public_id)),
            needed=READ_FROM,
            content={"recall": found, "doubts": found.doubts(), "counts": person.jurisdictions is None},
            figures={"recall": _told(found, person)},
            own=OwnRecords("recall", 1, 1, self._gate.now(), (STREAM,)),
            listing=Gathered(
                name="recall-holders",
                grain="One row per holder of the recalled asset, and what is known of it.",
                shape=FollowedHolder,
                rows=lambda: iter(found.holders),
                filters={"recall": found.recall_id},
            ),
        )
        return self._presenter.plain(request, page)

    def certificate(self, request: Request, recall_id: str) -> Response:
        """Return the certificate as JSON. Raises NothingFound while there is none, with what is missing."""
        found = self._found(recall_id)
        try:
            told = certificate(found)
        except ConfigurationError as error:
            raise NothingFound(error.tried, error.found, error.expected, error.remedy) from error
        self._presenter.take_out(request, f"/recalls/{found.recall_id}/certificate", found.snapshot_name)
        named = f'attachment; filename="recall-{found.recall_id}-certificate.json"'
        return JSONResponse(_without_counts(told, current_person(request)), headers={"Content-Disposition": named})

    def begin(self, request: Request, subject: str, reason: str) -> Response:
        """Begin a recall and lead to it; a refusal is shown beside the form, in its words."""
        snapshot, by = self._snapshot(), decider(request)
        try:
            begun = begin_recall(
                self._gate.settings, self._gate.house_clock, snapshot.database, snapshot.name, subject, by, reason
            )
        except ConfigurationError as refusal:
            return self.everything(request, refusal, subject, reason)
        return RedirectResponse(f"/recalls/{begun[0]}" if len(begun) == 1 else "/recalls", 303)

    def _recalls(self) -> list[Recall]:
        snapshot = self._snapshot()
        return recalls_by(self._gate.settings, snapshot.database, snapshot.name)

    def _found(self, recall_id: str) -> Recall:
        try:
            return find_recall(self._recalls(), recall_id)
        except ConfigurationError as error:
            raise NothingFound(
                error.tried, error.found, error.expected, "choose one from the list at /recalls"
            ) from error

    def _snapshot(self) -> Snapshot:
        try:
            return current_snapshot(self._gate.settings.home)
        except NoSnapshot as error:
            raise NothingToRead(error.tried, error.found, error.expected, error.remedy) from error


def _line(recall: Recall) -> Line:
    return Line(
        recall_id=recall.recall_id,
        asset_id=recall.recalled.asset_id,
        public_id=recall.recalled.public_id,
        etag=recall.recalled.etag,
        reason=recall.reason,
        recalled_at=recall.recalled_at,
        recalled_by=recall.recalled_by,
        ended_at=recall.ended_at,
        snapshot=recall.snapshot_name,
        done_count=recall.done,
        holder_count=len(recall.holders),
        is_certified=not recall.doubts(),
    )


def _told(recall: Recall, person: Person) -> dict[str, object]:
    return _without_counts(recall.as_dict(), person)


def _without_counts(told: dict[str, object], person: Person) -> dict[str, object]:
    """Leave out how many communications carried it for somebody who does not see all of them."""
    if person.jurisdictions is None:
        return told
    return told | {"communications_that_carried_it": None, "of_these_by_address": None}
