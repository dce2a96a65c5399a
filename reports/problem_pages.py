"""Which error becomes which page.

Here belong the handlers of errors, with status and title. What an error says is written where it is raised.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import duckdb
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from assettrail.errors import AssettrailError, ConfigurationError, ContractBroken, EvidenceBroken, TransientSourceError
from corrections.people.sessions import TooManyAttempts
from evidence.raw_removals import RawRemoved
from reports.headers import NOT_STORED, SECURITY_HEADERS
from reports.pages import Presenter, back_to, form_of
from reports.people import sign_in
from reports.people.access_log import record_refusal
from reports.people.asking import visitor_of
from reports.people.refusals import FormRefused, NotAllowed, NotSignedIn, ProviderFailed
from reports.people.return_address import sign_in_address
from reports.problems import BadQuestion, NoLongerAsked, NothingFound, NothingToRead
from reports.text import TWIN_ENDING

_PAGES: Final[Mapping[type[AssettrailError], tuple[int, str]]] = {
    BadQuestion: (400, "This address cannot be read"),
    FormRefused: (403, "This form was not taken"),
    NothingFound: (404, "Not found in this snapshot"),
    NoLongerAsked: (410, "Withdrawn"),
    RawRemoved: (410, "No longer kept"),
    TooManyAttempts: (429, "Too many attempts"),
    ProviderFailed: (502, "Signing in did not work"),
    NothingToRead: (503, "Nothing to read yet"),
    ConfigurationError: (503, "This installation needs attention"),
    EvidenceBroken: (503, "This installation needs attention"),
    TransientSourceError: (503, "Something that is asked does not answer"),
}


def add_problem_pages(application: FastAPI, presenter: Presenter) -> None:
    """Register the page of every error."""
    for kind, (status, title) in _PAGES.items():
        _add_problem(application, presenter, kind, status, title)

    @application.exception_handler(NotSignedIn)
    def lead_in(request: Request, error: NotSignedIn) -> Response:
        """Lead a browser to where it signs in, and back afterwards; tell a program what is missing."""
        if request.method != "GET" or form_of(request).endswith(TWIN_ENDING):
            return presenter.problem(request, 401, "Nobody is signed in", error)
        first = sign_in.BEGIN if presenter.signs_in_elsewhere else "/sign-in"
        return RedirectResponse(sign_in_address(first, back_to(request)), 303)

    @application.exception_handler(NotAllowed)
    def refuse_person(request: Request, error: NotAllowed) -> Response:
        record_refusal(request)
        return presenter.problem(request, 403, "Not for you", error)

    @application.exception_handler(RequestValidationError)
    def refuse(request: Request, error: RequestValidationError) -> Response:
        return presenter.problem(request, 400, "This address cannot be read", bad_parameters(error))

    @application.exception_handler(HTTPException)
    def http_problem(request: Request, error: HTTPException) -> Response:
        response = presenter.problem(request, error.status_code, *_http_words(request, error))
        response.headers.update(error.headers or {})
        return response

    @application.exception_handler(duckdb.Error)
    def unreadable(request: Request, error: duckdb.Error) -> Response:
        restricted_to = visitor_of(request).person
        if isinstance(error, duckdb.CatalogException) and restricted_to and restricted_to.jurisdictions is not None:
            return presenter.problem(request, 403, "Not for you", _counts_over_all(request))
        return presenter.problem(request, 500, "This snapshot cannot answer", _unreadable(request, error))

    @application.exception_handler(Exception)
    def mistake(request: Request, error: Exception) -> Response:
        """Answer for a mistake of ours; the server logs its traceback. It comes past the header middleware."""
        response = presenter.problem(request, 500, "The page could not be made", _mistake(request, error))
        response.headers.update({**SECURITY_HEADERS, "Cache-Control": NOT_STORED})
        return response


def _add_problem(
    application: FastAPI, presenter: Presenter, kind: type[AssettrailError], status: int, title: str
) -> None:
    @application.exception_handler(kind)
    def show(request: Request, error: AssettrailError) -> Response:
        return presenter.problem(request, status, title, error)


def _counts_over_all(request: Request) -> NotAllowed:
    return NotAllowed(
        tried=f"to make the page {request.url.path[:300]}",
        found="figures that count over the communications of all jurisdictions",
        expected="a person who is not restricted to jurisdictions",
        remedy="have somebody without the restriction open it",
    )


def bad_parameters(error: RequestValidationError) -> BadQuestion:
    """Return the error of the house for parameters that no page understands: all mistakes in one text."""
    mistakes = [
        f"{mistake['loc'][-1]}={str(mistake.get('input'))[:80]!r}: {mistake['msg']}" for mistake in error.errors()
    ]
    return BadQuestion(
        tried="to understand the parameters of the address",
        found="; ".join(mistakes),
        expected="only the parameters that the page's own links and forms use, within their limits",
        remedy="correct the parameters named above, or leave them out",
    )


def _http_words(request: Request, error: HTTPException) -> tuple[str, AssettrailError]:
    if error.status_code == 405:
        return "The reports only read", BadQuestion(
            tried=f"a {request.method} request to {request.url.path[:300]}",
            found="a page that is only read",
            expected="a GET request",
            remedy="open the address in a browser",
        )
    return "No such page", BadQuestion(
        tried=f"to open the page {request.url.path[:300]}",
        found="no page at this address",
        expected="/, /exceptions, /communications/…, /assets/…, /cases/… or /search",
        remedy="start from the home page, or search by an id",
    )


def _unreadable(request: Request, error: duckdb.Error) -> AssettrailError:
    return ContractBroken(
        tried=f"to read {request.url.path[:300]} from the snapshot",
        found=f"{type(error).__name__}: {str(error).splitlines()[0][:300]}",
        expected="the tables of the marts, as this release of assettrail publishes them",
        remedy="publish again with `assettrail build`, or read an older snapshot with ?snapshot=",
    )


def _mistake(request: Request, error: Exception) -> AssettrailError:
    return ContractBroken(
        tried=f"to make the page {request.url.path[:300]}",
        found=f"a mistake in assettrail ({type(error).__name__})",
        expected="a page",
        remedy="report the address of this page; the server's log has the details, and no data was changed",
    )
