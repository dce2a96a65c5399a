"""The HTTP side of Exstream: routes, tokens, knobs.

What belongs here: the application that puts tokens and errors around the calls of `runtime_calls.py`,
`input_calls.py` and `design_calls.py`.

Knobs of this service (`POST /_sandbox/knobs`):
    iso_dates             true: replies carry ISO 8601 instants instead of epoch milliseconds
    expired_files         true: every file of every run is gone (404)
    corrupt_delivery_file true: delivery files are cut off, in new runs on disk and in every reply
    job_outcome           "error": new runs end in error and leave half-written files
    jobs_running          true: every run is shown as still running, without files
    timestamp_messages    true: new message files carry times without a zone
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ExceptionHandler

from sandbox import credentials
from sandbox.clock import SandboxClock, format_instant
from sandbox.exstream.context import Context
from sandbox.exstream.design_calls import design_routes
from sandbox.exstream.errors import ExstreamError, bad_request
from sandbox.exstream.input_calls import input_routes
from sandbox.exstream.runtime_calls import runtime_routes
from sandbox.exstream.state import ExstreamState
from sandbox.knobs import FaultMiddleware, Knobs
from sandbox.oauth import TokenRefusedError, token_form
from sandbox.request_log import RequestLog

__all__ = ["ExstreamState", "application"]

SERVICE_NAME = "exstream"


def application(state: ExstreamState, clock: SandboxClock, knobs: Knobs, request_log: RequestLog) -> Starlette:
    """Return the service over a state. Faults and counts go through the sandbox's own middleware."""
    knobs.declare(
        SERVICE_NAME,
        iso_dates=False,
        expired_files=False,
        corrupt_delivery_file=False,
        job_outcome="complete",
        jobs_running=False,
        timestamp_messages=False,
        clock_ahead_seconds=0,
    )
    context = Context(state, lambda name: knobs.switch(SERVICE_NAME, name))
    protected = [*runtime_routes(context), *input_routes(context), *design_routes(context)]
    return Starlette(
        routes=[
            Route(credentials.EXSTREAM_TOKEN_PATH, _token_endpoint(state), methods=["POST"]),
            *(_behind_token(route, state) for route in protected),
        ],
        middleware=[Middleware(FaultMiddleware, service=SERVICE_NAME, knobs=knobs, request_log=request_log)],
        exception_handlers={
            ExstreamError: cast("ExceptionHandler", _error_handler(clock)),
            HTTPException: cast("ExceptionHandler", _error_handler(clock)),
            TokenRefusedError: cast("ExceptionHandler", _token_refused_reply),
        },
    )


def _token_endpoint(state: ExstreamState) -> Callable[[Request], Awaitable[Response]]:
    async def token(request: Request) -> Response:
        fields = await token_form(request)
        reply = state.directory.issue(fields, request.headers.get("authorization"), state.clock.now())
        return JSONResponse(reply, headers={"Cache-Control": "no-store"})

    return token


def _behind_token(route: Route, state: ExstreamState) -> Route:
    """Return the route with the check of the bearer token and of the domain in front of it."""
    endpoint = route.endpoint

    async def checked(request: Request) -> Response:
        refusal = state.directory.refusal(request.headers.get("authorization"), state.clock.now())
        if refusal is not None:
            raise ExstreamError(401, "UNAUTHORIZED", refusal)
        return cast("Response", await endpoint(request))

    return Route(route.path, checked, methods=sorted(route.methods or {"GET"}))


def _error_handler(clock: SandboxClock) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def reply(request: Request, error: Exception) -> Response:
        headers = {}
        if isinstance(error, HTTPException):
            error = ExstreamError(error.status_code, "HTTP_ERROR", str(error.detail))
        if not isinstance(error, ExstreamError):
            error = bad_request(str(error))
        if error.status == 401:
            headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        body = error.body(request.url.path, format_instant(clock.now()))
        return JSONResponse(body, error.status, headers)

    return reply


async def _token_refused_reply(_request: Request, error: TokenRefusedError) -> Response:
    return JSONResponse(error.body, error.status, {"Cache-Control": "no-store"})
