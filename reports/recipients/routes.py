"""The addresses of recipients: the form, looking somebody up, and the communications of one.

Here belong the routes and the order of a look-up: made, counted and written down, then led to. What was typed is the
body of one POST; the answer leads to an address that holds pseudonyms only, and no page gives the form back filled.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from assettrail.errors import ConfigurationError
from corrections.people.look_ups import TooManyLookUps, count_look_up
from ingest.pseudonym import RECIPIENT_KINDS
from reports.addresses import HOME, Cursor, PageQuery, Text, each_form
from reports.pages import Crumb, Page, Presenter, address, without_form
from reports.people.asking import decider, require
from reports.people.gate import Gate
from reports.recipients.addresses import path_of, pseudonyms_in
from reports.recipients.look_up import LookUpForm, LookUpRefused, LookUps, NoKeys
from reports.recipients.rows import NEEDED, read_recipient, recipient_listing
from reports.shelf import OpenSnapshot

FORM_PATH = "/recipients"
Typed = Annotated[str, Form()]
"""A field of any length and content: a limit here would be told with the beginning of what was typed."""


class RecipientQuery(PageQuery):
    """The communications of one recipient; `after` continues their list."""

    after: Text | None = None


def router(presenter: Presenter, gate: Gate, look_ups: LookUps) -> APIRouter:
    """Return the addresses of recipients."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("read")])

    @each_form(routes, FORM_PATH)
    def form(request: Request, query: Annotated[PageQuery, Query()]) -> Response:
        return presenter.answer(request, query.snapshot, partial(_form_page, LookUpForm(look_ups.lacking())))

    @routes.post(FORM_PATH, dependencies=[require("look_up_recipients")])
    def look_up(request: Request, kind: Typed = "", value: Typed = "", snapshot: Typed = "") -> Response:
        pinned = snapshot[:100]
        try:
            pseudonyms = _looked_up(request, gate, look_ups, kind, value)
        except (LookUpRefused, NoKeys, TooManyLookUps) as refusal:
            chosen = kind if kind in RECIPIENT_KINDS else RECIPIENT_KINDS[0]
            shown = LookUpForm(look_ups.lacking(), chosen, refusal)
            return presenter.answer(request, pinned, partial(_form_page, shown))
        return RedirectResponse(address(pinned, path_of(pseudonyms)), 303)

    @routes.get(FORM_PATH + "/{pseudonyms:path}")
    def one(request: Request, pseudonyms: str, query: Annotated[RecipientQuery, Query()]) -> Response:
        wanted = pseudonyms_in(without_form(request, pseudonyms))
        return presenter.answer(request, query.snapshot, partial(_recipient_page, wanted, query.after))

    return routes


def _looked_up(request: Request, gate: Gate, look_ups: LookUps, kind: str, value: str) -> tuple[str, ...]:
    """Return the pseudonyms, once the look-up is written down. Raises ConfigurationError, which names no value."""
    person = decider(request)
    pseudonyms = look_ups.pseudonyms(kind, value)
    try:
        with gate.store().begin() as session:
            at_most = gate.settings.reports.look_ups_per_hour
            count_look_up(session, gate.clock.now(), person, kind, pseudonyms, at_most)
    except TooManyLookUps:
        gate.record(person, "refused", FORM_PATH, None, "POST, too many look-ups")
        raise
    return pseudonyms


def _form_page(form: LookUpForm, _cursor: Cursor, _snapshot: OpenSnapshot) -> Page:
    return Page(
        template="recipients.html",
        title="Look up a recipient",
        crumbs=(HOME, Crumb("Recipients")),
        needed=NEEDED,
        content={"look_up": form},
        figures={
            "kinds": list(RECIPIENT_KINDS),
            "looks_up": form.lacking is None,
            "why_not": form.lacking.found if form.lacking else None,
        },
        status=_status(form.refusal),
    )


def _status(refusal: ConfigurationError | None) -> int:
    if refusal is None:
        return 200
    return 429 if isinstance(refusal, TooManyLookUps) else 503 if isinstance(refusal, NoKeys) else 400


def _recipient_page(pseudonyms: tuple[str, ...], after: str | None, cursor: Cursor, _snapshot: OpenSnapshot) -> Page:
    found = read_recipient(cursor, pseudonyms, after)
    return Page(
        template="recipient.html",
        title=f"Recipient {pseudonyms[0][:12]}",
        crumbs=(HOME, Crumb("Recipients", FORM_PATH), Crumb(pseudonyms[0][:12])),
        needed=NEEDED,
        content={"page": found, "path": path_of(pseudonyms)},
        figures={"recipient": found},
        seen=("recipient", ",".join(pseudonyms)),
        listing=recipient_listing(cursor, pseudonyms),
    )
