"""The documentation of the models, as dbt writes it: one HTML file with everything in it.

Here belongs serving that file. It is dbt's own page, whose scripts stand in it, so that it cannot live under the policy
of the reports; it has an application and a port of its own, and a policy under which it reaches nobody, also not the
address that dbt counts its readers by.
"""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from reports.headers import SECURITY_HEADERS, SecurityHeaders

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src 'self' data:; "
    "font-src data:; connect-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


def documentation(site: Path) -> ASGIApp:
    """Return the application that shows the file `site` and nothing else."""

    def show(_: Request) -> Response:
        return FileResponse(site, media_type="text/html")

    application = Starlette(routes=[Route("/", show), Route("/index.html", show)])
    return SecurityHeaders(application, {**SECURITY_HEADERS, "Content-Security-Policy": POLICY})
