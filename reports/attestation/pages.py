"""The addresses of signing off and their pages: a period's statement with its form, and each signature.

Here belong the query and form parameters and the step from an address to a page. What is stated is `statement`, who
may sign is `reports.people.rights`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import duckdb
from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from corrections.attestation.signatures import (
    MEANINGS,
    Attestation,
    attestations,
    find_attestation,
    hash_of,
    sign,
)
from reports.addresses import HOME, PageQuery, Text, each_form
from reports.attestation.current import restated_by, statement_of
from reports.attestation.periods import Period
from reports.attestation.statement import Scope, Statement, from_text
from reports.exports.listing import Gathered
from reports.own_records import OwnRecords
from reports.pages import Crumb, Page, Presenter, address, without_form
from reports.people.asking import decider, jurisdictions_of, require
from reports.people.gate import Gate
from reports.prints.sign_off import sign_off_document
from reports.problems import BadQuestion, NothingFound
from reports.shelf import OpenSnapshot
from reports.twins import data_until

SHOWN_SIGNATURES = 12
"""How many signatures the first page compares with the snapshot; older ones are a click away."""
CRUMB = Crumb("Sign-off", "/sign-off")


class StatementQuery(PageQuery):
    """A period's statement: limited to these jurisdictions (separated by commas), where any are given."""

    jurisdictions: Text = ""


class SignOffQuery(PageQuery):
    """The first page; `period` opens the statement of one."""

    period: Text = ""


@dataclass(frozen=True)
class Signature:
    """One signature in the list; the text that was signed has the hash `statement_hash`."""

    attestation_id: str
    period: str
    statement_hash: str
    snapshot_name: str
    signed_at: datetime
    signed_by: str
    meaning: str
    reason: str


def router(presenter: Presenter, gate: Gate) -> APIRouter:
    """Return the addresses of signing off."""
    routes = APIRouter(include_in_schema=False)

    @each_form(routes, "/sign-off", require("read"))
    def overview(request: Request, query: Annotated[SignOffQuery, Query()]) -> Response:
        if query.period.strip():
            where = f"/sign-off/{Period.from_text(query.period)}"
            return RedirectResponse(address(query.snapshot or None, where), 303)
        known = _visible(gate, request)
        return presenter.answer(request, query.snapshot, partial(overview_page, gate, known))

    @routes.get("/sign-off/{period}", dependencies=[require("read")])
    def statement(request: Request, period: str, query: Annotated[StatementQuery, Query()]) -> Response:
        scope = _scope(request, without_form(request, period), query.jurisdictions)
        build = partial(statement_page, gate.settings, scope, _visible(gate, request), {})
        return presenter.answer(request, query.snapshot, build)

    @routes.post("/sign-off/{period}", dependencies=[require("sign_off")])
    def sign_statement(
        request: Request,
        period: str,
        seen_hash: Annotated[str, Form(max_length=64)] = "",
        meaning: Annotated[str, Form(max_length=20)] = "",
        reason: Annotated[str, Form(max_length=2_000)] = "",
        jurisdictions: Annotated[str, Form(max_length=300)] = "",
    ) -> Response:
        scope = _scope(request, period, jurisdictions)
        given: Mapping[str, object] = {"meaning": meaning, "reason": reason}
        by = decider(request)
        snapshot = presenter.shelf.current()
        with snapshot.cursor(by.jurisdictions) as cursor:
            made = statement_of(cursor, snapshot, scope, gate.settings)
        try:
            signed = sign(
                gate.settings,
                gate.house_clock,
                made.text,
                seen_hash,
                by,
                meaning,
                reason,
                period=str(scope.period),
                snapshot_name=snapshot.name,
            )
        except ConfigurationError as refusal:
            build = partial(
                statement_page, gate.settings, scope, _visible(gate, request), {**given, "refusal": refusal}
            )
            return presenter.answer(request, None, build)
        return RedirectResponse(f"/signatures/{signed.attestation_id}", 303)

    @routes.get("/signatures/{attestation_id}", dependencies=[require("read")])
    def signature(request: Request, attestation_id: str, query: Annotated[PageQuery, Query()]) -> Response:
        found = _found(_visible(gate, request), without_form(request, attestation_id))
        return presenter.answer(request, query.snapshot, partial(signature_page, gate.settings, found))

    @routes.get("/signatures/{attestation_id}/text", dependencies=[require("take_out")])
    def text(request: Request, attestation_id: str) -> Response:
        """The exact bytes that were signed: their SHA-256 is the statement's hash."""
        found = _found(_visible(gate, request), attestation_id)
        presenter.take_out(request, f"/signatures/{found.attestation_id}/text", found.snapshot_name)
        named = f'attachment; filename="statement-{found.period}-{found.statement_hash[:12]}.json"'
        return Response(found.text, media_type="application/json", headers={"Content-Disposition": named})

    return routes


def overview_page(
    gate: Gate, known: tuple[Attestation, ...], cursor: duckdb.DuckDBPyConnection, snapshot: OpenSnapshot
) -> Page:
    """Return the first page: which period to sign, and what was signed, compared with the snapshot."""
    latest = known[:SHOWN_SIGNATURES]
    shown = [(one, restated_by(cursor, snapshot, from_text(one.text), gate.settings)) for one in latest]
    until = data_until(snapshot)
    return Page(
        template="sign_off.html",
        title="Sign-off",
        crumbs=(HOME, Crumb("Sign-off")),
        needed=[(cover.system, cover.stream) for cover in snapshot.coverage],
        content={
            "shown": shown,
            "older": known[SHOWN_SIGNATURES:],
            "suggested": f"{until:%Y-%m}" if until else "",
        },
        figures={
            "signatures": [_figures(one) | {"is_restated": found.is_restated} for one, found in shown]
            + [_figures(one) for one in known[SHOWN_SIGNATURES:]]
        },
        own=OwnRecords("signatures that you may read", len(known), len(known), gate.now()),
        listing=Gathered(
            name="signatures",
            grain="One row per signature under the statement of a period, the latest first.",
            shape=Signature,
            rows=lambda: (Signature(**_figures(one)) for one in known),
        ),
    )


def statement_page(
    settings: Settings,
    scope: Scope,
    known: tuple[Attestation, ...],
    given: Mapping[str, object],
    cursor: duckdb.DuckDBPyConnection,
    snapshot: OpenSnapshot,
) -> Page:
    """Return what the snapshot states of a scope, with the form that signs exactly this."""
    made = statement_of(cursor, snapshot, scope, settings)
    return Page(
        template="statement.html",
        title=f"Sign-off of {scope.period}",
        crumbs=(HOME, CRUMB, Crumb(str(scope.period))),
        needed=[(cover.system, cover.stream) for cover in snapshot.coverage],
        content={
            "statement": made,
            "statement_hash": hash_of(made.text),
            "signatures": [one for one in known if one.period == str(scope.period)],
            "meanings": MEANINGS,
            "given": given,
        },
        figures={"statement_hash": hash_of(made.text), **_stated(made)},
        status=409 if "refusal" in given else 200,
    )


def signature_page(
    settings: Settings, found: Attestation, cursor: duckdb.DuckDBPyConnection, snapshot: OpenSnapshot
) -> Page:
    """Return a signature with its statement, and what the snapshot states otherwise."""
    signed = from_text(found.text)
    since = restated_by(cursor, snapshot, signed, settings)
    return Page(
        template="signature.html",
        title=f"{found.period} signed by {found.signed_by}",
        crumbs=(HOME, CRUMB, Crumb(found.period, f"/sign-off/{found.period}"), Crumb(f"Signed by {found.signed_by}")),
        needed=[(cover.system, cover.stream) for cover in snapshot.coverage],
        content={"signature": found, "statement": signed, "since": since, "meanings": MEANINGS},
        figures={
            "signature": _figures(found),
            "is_restated": since.is_restated,
            "restatement": since,
            **_stated(signed),
        },
        document=partial(sign_off_document, found, signed, since),
    )


def _scope(request: Request, period: str, jurisdictions: str) -> Scope:
    """Return the scope that is asked for, within what the person may see. Raises BadQuestion beyond that."""
    asked = {part.strip() for part in jurisdictions.split(",") if part.strip()}
    own = jurisdictions_of(request)
    if own is not None and not asked <= own:
        raise BadQuestion(
            tried=f"to state the period {period[:80]!r} for {', '.join(sorted(asked))[:200]}",
            found=f"a person who sees {', '.join(sorted(own)) or 'no jurisdiction'}",
            expected="some of these",
            remedy="leave the others out, or have an administrator widen what you see",
        )
    chosen = asked or own
    return Scope(Period.from_text(period), None if chosen is None else tuple(sorted(chosen)))


def _visible(gate: Gate, request: Request) -> tuple[Attestation, ...]:
    """Return the signatures whose whole statement the person may read, the latest first."""
    own = jurisdictions_of(request)
    known = attestations(gate.settings)
    if own is None:
        return known
    return tuple(one for one in known if set(from_text(one.text).scope.jurisdictions or ("",)) <= own)


def _found(known: tuple[Attestation, ...], attestation_id: str) -> Attestation:
    found = find_attestation(known, attestation_id)
    if found is None:
        raise NothingFound(
            tried=f"to open the signature “{attestation_id[:300]}”",
            found="no signature of that id that you may read",
            expected="the id of a signature, or how one alone begins",
            remedy="choose one from the list at /sign-off",
        )
    return found


def _figures(one: Attestation) -> dict[str, Any]:
    return {
        "attestation_id": one.attestation_id,
        "period": one.period,
        "statement_hash": one.statement_hash,
        "snapshot_name": one.snapshot_name,
        "signed_at": one.signed_at,
        "signed_by": one.signed_by,
        "meaning": one.meaning,
        "reason": one.reason,
    }


def _stated(made: Statement) -> dict[str, object]:
    """Return a statement for the twin: its own text holds the same, byte for byte."""
    return {
        "period": {
            "text": str(made.scope.period),
            "from": made.scope.period.starts_at,
            "until": made.scope.period.ends_at,
        },
        "jurisdictions": made.scope.jurisdictions,
        "is_complete": made.is_complete,
        "communications": made.communication_count,
        "asset_uses": made.asset_uses,
        "publications": made.publications,
        "streams": made.streams,
        "exceptions": made.exceptions,
        "exceptions_without_jurisdiction": made.unplaced_exception_count,
    }
