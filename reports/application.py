"""The reports as one ASGI application.

Here belongs the wiring: routes, static files, security headers, and which error becomes which page. Nothing is read
before the first request, so that the application starts where nothing has been published yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fastapi import APIRouter, Depends, FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from assettrail.errors import ContractBroken
from assettrail.settings import Settings
from reports import documentation, routes
from reports.attestation import pages as sign_off_pages
from reports.brand import routes as brand_routes
from reports.console import routes as console_routes
from reports.console import withdrawal
from reports.console.supervisor import Console, Limits
from reports.deciding import exception_pages, inbox_pages
from reports.downloads import routes as downloads_routes
from reports.exceptions import routes as exceptions_routes
from reports.feedback import routes as feedback_routes
from reports.headers import NOT_STORED, SecurityHeaders, origin_of
from reports.known import routes as known_routes
from reports.launches import routes as launches_routes
from reports.page_templates import STATIC
from reports.pages import Presenter
from reports.partners import routes as partners_routes
from reports.people import access_log, accesses_by_month, sign_in
from reports.people.asking import Require
from reports.people.bodies import SmallBodies
from reports.people.cookies import RememberedBrowsers
from reports.people.gate import Gate
from reports.prints.printer import Printer
from reports.problem_pages import add_problem_pages
from reports.recalling import pages as recall_pages
from reports.recipients import routes as recipient_routes
from reports.recipients.look_up import LookUps
from reports.report_tables import routes as report_routes
from reports.shelf import SnapshotShelf
from reports.trust import routes as trust_routes
from reports.unsealing import routes as unsealing_routes


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
    gate = Gate(settings)
    presenter = Presenter(SnapshotShelf(settings.home), gate, Printer(settings.reports))
    public = settings.reports.public_address
    application = FastAPI(
        title="assettrail reports",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(gate.admit)],
    )
    application.state.gate = gate
    application.state.presenter = presenter
    application.state.origin_of = _origin_of(public)
    application.add_middleware(RememberedBrowsers, cookies=gate.cookies)
    application.add_middleware(SmallBodies, cap=settings.reports.form_bytes_cap)
    application.add_middleware(SecurityHeaders, public_address=public)
    application.mount("/static", FingerprintedFiles(directory=STATIC), name="static")
    for rooms in _rooms(presenter, gate):
        refuse_open_routes(rooms)
        application.include_router(rooms)
    add_problem_pages(application, presenter)
    return application


def _rooms(presenter: Presenter, gate: Gate) -> Iterator[APIRouter]:
    """Yield the groups of pages, each from a module of its own."""
    look_ups = LookUps(gate.settings.keys.folder, gate.settings.home)
    yield routes.router(presenter, look_ups, gate.settings.verdicts)
    yield recipient_routes.router(presenter, gate, look_ups)
    yield routes.health_router(presenter)
    yield exceptions_routes.router(presenter, gate)
    yield sign_in.router(presenter, gate)
    yield access_log.router(presenter, gate)
    yield accesses_by_month.router(presenter)
    yield inbox_pages.router(presenter, gate)
    yield exception_pages.router(presenter, gate)
    yield sign_off_pages.router(presenter, gate)
    yield recall_pages.router(presenter, gate)
    yield unsealing_routes.router(presenter, gate)
    yield known_routes.router(presenter, gate)
    for room in (partners_routes, launches_routes, brand_routes, feedback_routes, trust_routes, downloads_routes):
        yield room.router(presenter)
    yield report_routes.router(presenter)
    yield documentation.router(gate.settings.home / documentation.SITE)
    chosen = gate.settings.reports
    console = Console(Limits(chosen.sql_seconds, chosen.sql_memory_mib))
    yield withdrawal.router(presenter, gate)
    yield console_routes.router(presenter, gate, console, chosen.sql_rows)


def refuse_open_routes(rooms: APIRouter) -> None:
    """Raise ContractBroken where a route does not say which right it needs: it would be open to everybody."""
    for route in rooms.routes:
        dependant = getattr(route, "dependant", None)
        if dependant is None or not any(isinstance(one.call, Require) for one in dependant.dependencies):
            raise ContractBroken(
                tried="to add a page to the reports",
                found=f"the route {getattr(route, 'path', route)}, which needs no right",
                expected="`dependencies=[require(…)]` on it or on its router, with a right of reports.people.rights",
                remedy="name the right that people need to open it",
            )


def _origin_of(public_address: str | None) -> Callable[[Request], str]:
    """Return what tells the origin that people see the reports under."""
    if public_address is not None:
        return lambda _: origin_of(public_address)
    return lambda request: f"{request.url.scheme}://{request.url.netloc}"
