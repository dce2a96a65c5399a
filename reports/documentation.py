"""The documentation of the models, as dbt writes it: one HTML file with everything in it.

Here belongs serving that file. It is dbt's own page, whose scripts stand in it, so that it cannot live under the policy
of the reports. It has a policy of its own, under which it reaches nobody, also not the address that dbt counts its
readers by; beside the reports (`/docs`) it stands in a sandbox, too: its scripts are of no site, read no page of the
reports and send nothing in the reader's name.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from reports.headers import SECURITY_HEADERS, SecurityHeaders
from reports.people.asking import require
from reports.problems import NothingFound

SITE = Path("documentation") / "index.html"
"""Where below the home `assettrail docs build` lays it."""

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; "
    "font-src data:; connect-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)

SANDBOXED = f"sandbox allow-scripts; {POLICY}"


def router(site: Path) -> APIRouter:
    """Return the address `/docs` of the reports, which shows the file `site` as it was made last."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("read")])

    @routes.get("/docs")
    def show() -> Response:
        if not site.exists():
            raise NothingFound(
                tried="to open the documentation of the tables",
                found=f"no file {site}",
                expected="dbt's site, as `assettrail docs build` makes it",
                remedy="run `assettrail docs build`; until then /sql lists the tables and columns",
            )
        return FileResponse(site, media_type="text/html", headers={"Content-Security-Policy": SANDBOXED})

    return routes


def documentation(site: Path) -> ASGIApp:
    """Return the application that shows the file `site` and nothing else."""

    def show(_: Request) -> Response:
        return FileResponse(site, media_type="text/html")

    application = Starlette(routes=[Route("/", show), Route("/index.html", show)])
    return SecurityHeaders(application, {**SECURITY_HEADERS, "Content-Security-Policy": POLICY})
