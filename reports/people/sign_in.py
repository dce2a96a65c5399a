"""The pages that lead in and out: signing in, the provider's answer, signing out.

Here belong the routes only. Who a visitor is, is found by `gate`; what the provider's answer proves, by `oidc`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from assettrail.errors import ConfigurationError
from corrections.people.accesses import write_access
from corrections.people.register import as_acting, token_of
from corrections.people.sessions import (
    Attempt,
    TooManyAttempts,
    begin_attempt,
    begin_session,
    count_attempt,
    end_session,
    take_attempt,
)
from corrections.people.sign_in_names import person_of_sign_in_name
from corrections.store.database import is_absent
from reports.pages import Crumb, Page, Presenter
from reports.people.asking import require, visitor_of
from reports.people.gate import Gate
from reports.people.oidc import CALLBACK, Provider
from reports.people.refusals import NotAllowed, ProviderFailed, unknown_person
from reports.people.return_address import HOME, safe_return

BEGIN = "/sign-in/begin"
ReturnTo = Annotated[str, Query(max_length=4_000)]
Answer = Annotated[str, Query(max_length=4_000)]


def router(presenter: Presenter, gate: Gate) -> APIRouter:
    """Return the addresses of signing in and out."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("sign_in")])

    @routes.get("/sign-in")
    def sign_in(request: Request, return_to: ReturnTo = "") -> Response:
        return _page(presenter, gate, request, safe_return(return_to))

    @routes.post("/sign-in")
    def by_token(
        request: Request,
        token: Annotated[str, Form(max_length=200)] = "",
        return_to: Annotated[str, Form(max_length=4_000)] = "",
    ) -> Response:
        back = safe_return(return_to)
        if gate.mode != "local":
            raise _other_way(gate)
        try:
            return _signed_in_by_token(gate, request, token, back)
        except TooManyAttempts as refusal:
            return _page(presenter, gate, request, back, refusal.found, 429)
        except ConfigurationError as refusal:
            return _page(presenter, gate, request, back, refusal.found, 403)

    @routes.post("/sign-out")
    def sign_out(request: Request) -> Response:
        session_id = gate.cookies.session_id(request)
        if session_id is not None:
            with gate.store().begin() as session:
                person = visitor_of(request).person
                if person is not None:
                    write_access(session, gate.clock.now(), person, "sign_out", "", None)
                end_session(session, session_id)
        response = RedirectResponse("/sign-in", 303)
        gate.cookies.end_session(response)
        return response

    if gate.settings.reports.oidc is not None and gate.settings.reports.public_address is not None:
        provider = Provider(gate.settings.reports.oidc, gate.settings.reports.public_address)
        _add_provider(routes, gate, provider)
    return routes


def _add_provider(routes: APIRouter, gate: Gate, provider: Provider) -> None:
    @routes.get(BEGIN)
    def begin(request: Request, return_to: ReturnTo = "") -> Response:
        """Send the browser to the provider; what its answer must fit is bound to this browser."""
        state, attempt = secrets.token_urlsafe(32), _new_attempt(safe_return(return_to))
        address = provider.authorisation_address(state, attempt.nonce, attempt.code_verifier)
        with gate.store().begin() as session:
            record = count_attempt(session, _address_of(request), gate.clock.now(), _at_most(gate))
            begin_attempt(record, state, visitor_of(request).secret, attempt)
        return RedirectResponse(address, 303)

    @routes.get(CALLBACK)
    def answer(
        request: Request, state: Answer = "", code: Answer = "", error: Answer = "", iss: Answer | None = None
    ) -> Response:
        """Take the provider's answer, once, in the browser that asked."""
        with gate.store().begin() as session:
            attempt = take_attempt(session, state, visitor_of(request).secret, gate.clock.now())
        if attempt is None:
            raise _unasked()
        if error or not code:
            raise ProviderFailed(
                tried="to sign in by OpenID Connect",
                found=f"the provider refused: {error[:200] or 'no code'}",
                expected="a code",
                remedy="sign in again, or ask whoever runs the provider",
            )
        name = provider.sign_in_name(code, iss, attempt.nonce, attempt.code_verifier)
        return _signed_in_by_name(gate, request, name, attempt.return_to)


def _signed_in_by_token(gate: Gate, request: Request, token: str, back: str) -> Response:
    """Begin a session for the owner of a token. Raises ConfigurationError for a token that does not count."""
    now, house_now = gate.clock.now(), gate.house_clock.now()
    if is_absent(gate.settings):
        raise ConfigurationError(
            tried="to sign in with a token",
            found="an installation that has issued no token",
            expected="a person who was added, and their token",
            remedy="begin with `assettrail people begin NAME`",
        )
    with gate.store().begin() as session:
        count_attempt(session, _address_of(request), now, _at_most(gate))
    with gate.store().begin() as session:
        kept = token_of(session, token, house_now)
        person = as_acting(session, kept)
        ends_at = min(now + _longest(gate), now + (kept.expires_at - house_now))
        former = gate.cookies.session_id(request)
        session_id = begin_session(session, kept.person_id, kept.token_id, now, ends_at, former)
        write_access(session, now, person, "sign_in", "by a personal token", None, kept.token_id)
    return _welcome(gate, session_id, int((ends_at - now).total_seconds()), back)


def _signed_in_by_name(gate: Gate, request: Request, name: str, back: str) -> Response:
    now = gate.clock.now()
    with gate.store().begin() as session:
        person = person_of_sign_in_name(session, name)
        if person is None or person.person_id is None:
            raise unknown_person(name)
        former = gate.cookies.session_id(request)
        session_id = begin_session(session, person.person_id, None, now, now + _longest(gate), former)
        write_access(session, now, person, "sign_in", "by OpenID Connect", None)
    return _welcome(gate, session_id, int(_longest(gate).total_seconds()), back)


def _welcome(gate: Gate, session_id: str, seconds: int, back: str) -> Response:
    response = RedirectResponse(back, 303)
    gate.cookies.set_session(response, session_id, max(seconds, 1))
    return response


def _page(
    presenter: Presenter, gate: Gate, request: Request, back: str, refusal: str = "", status: int = 200
) -> Response:
    content: Mapping[str, object] = {
        "issuer": gate.settings.reports.oidc.issuer if gate.settings.reports.oidc else "",
        "begin": BEGIN,
        "return_to": "" if back == HOME else back,
        "refusal": refusal,
    }
    page = Page(
        template="sign_in.html",
        title="Sign in",
        crumbs=(Crumb("Home", "/"), Crumb("Sign in")),
        needed=(),
        content=content,
        figures={"mode": gate.mode},
        status=status,
    )
    return presenter.plain(request, page)


def _new_attempt(back: str) -> Attempt:
    return Attempt(nonce=secrets.token_urlsafe(32), code_verifier=secrets.token_urlsafe(48), return_to=back)


def _unasked() -> ProviderFailed:
    return ProviderFailed(
        tried="to sign in by OpenID Connect",
        found="an answer that this browser has not asked for, has used before, or that came too late",
        expected="the answer to a sign-in that this browser began within the last ten minutes",
        remedy="sign in again",
    )


def _other_way(gate: Gate) -> NotAllowed:
    return NotAllowed(
        tried="to sign in with a personal token",
        found=f"reports in the mode {gate.mode}",
        expected="the sign-in that this mode has",
        remedy="open /sign-in; tokens are for the command line and for the mode local",
    )


def _longest(gate: Gate) -> timedelta:
    return timedelta(hours=gate.settings.reports.session_hours)


def _at_most(gate: Gate) -> int:
    return gate.settings.reports.sign_ins_per_minute


def _address_of(request: Request) -> str:
    return (request.client.host if request.client else "nowhere")[:64]
