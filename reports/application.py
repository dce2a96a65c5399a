"""The reports as one ASGI application.

Here belongs the wiring: routes, static files, security headers, and which error becomes which page. Nothing is read
before the first request, so that the application starts where nothing has been published yet.
"""

from __future__ import annotations

import duckdb
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from assettrail.errors import AssettrailError, ContractBroken
from assettrail.settings import Settings
from reports.brand.routes import router as brand_router
from reports.downloads.routes import router as downloads_router
from reports.feedback.routes import router as feedback_router
from reports.headers import NOT_STORED, SECURITY_HEADERS, SecurityHeaders
from reports.launches.routes import router as launches_router
from reports.pages import STATIC, Presenter
from reports.partners.routes import router as partners_router
from reports.prints.printer import Printer
from reports.problems import BadQuestion, NothingFound, NothingToRead
from reports.routes import router
from reports.shelf import SnapshotShelf
from reports.trust.routes import router as trust_router


class FingerprintedFiles(StaticFiles):
    """Static files that may be kept for ever where the address carries their fingerprint, and not at all otherwise."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file with the header that says how long it may be kept."""
        response = await super().get_response(path, scope)
        is_fingerprinted = b"v=" in scope.get("query_string", b"")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_fingerprinted else NOT_STORED
        return response


def create_application(settings: Settings) -> FastAPI:
    """Return the reports over the snapshots under `settings.home`; without docs pages, which load foreign scripts."""
    presenter = Presenter(SnapshotShelf(settings.home), Printer(settings.reports))
    application = FastAPI(title="assettrail reports", docs_url=None, redoc_url=None, openapi_url=None)
    application.add_middleware(SecurityHeaders)
    application.mount("/static", FingerprintedFiles(directory=STATIC), name="static")
    application.include_router(router(presenter, settings.verdicts.clock_uncertainty_seconds))
    for room in (partners_router, launches_router, brand_router, feedback_router, trust_router, downloads_router):
        application.include_router(room(presenter))
    _add_problem_pages(application, presenter)
    return application


def _add_problem_pages(application: FastAPI, presenter: Presenter) -> None:
    def problem(status: int, title: str) -> None:
        """Register the page for one kind of error of the house."""
        kind = _KINDS[status]

        @application.exception_handler(kind)
        def show(request: Request, error: AssettrailError) -> Response:
            return presenter.problem(request, status, title, error)

    problem(400, "This address cannot be read")
    problem(404, "Not found in this snapshot")
    problem(503, "Nothing to read yet")

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
        return presenter.problem(request, 500, "This snapshot cannot answer", _unreadable(request, error))

    @application.exception_handler(Exception)
    def mistake(request: Request, error: Exception) -> Response:
        """Answer for a mistake of ours; the server logs its traceback. It comes past the header middleware."""
        response = presenter.problem(request, 500, "The page could not be made", _mistake(request, error))
        response.headers.update({**SECURITY_HEADERS, "Cache-Control": NOT_STORED})
        return response


_KINDS = {400: BadQuestion, 404: NothingFound, 503: NothingToRead}


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
        expected="an address that a link of these pages leads to",
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
