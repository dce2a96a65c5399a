"""The HTTP side of Trading Grid: routes, tokens, JSON in and out.

What belongs here: turning requests into calls of `TradingGridState` and its answers into replies. What does
not belong here: any rule about the objects.

    POST  /oauth2/token                          client credentials, form-encoded
    GET   /api/v1/<objects>?updatedSince=&offset=&limit=   updatedSince is inclusive; other styles: page_styles.py
    GET   /api/v1/<objects>/{id}                 a member's id is <communityId>:<partnerId>
    POST  /api/v1/<objects>                      201; a known correlationId: 200, the first one
    PATCH /api/v1/<objects>/{id}                 what may be changed of an object, where anything may
    DELETE /api/v1/<objects>/{id}                204, without a trace in any listing
    POST  /api/v1/publications/{id}/withdraw     {"withdrawnBy"}
    GET, POST /api/v1/cases/{id}/messages        the case's thread
    GET, POST /api/v1/launches/{id}/messages     the launch's discussion
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ExceptionHandler

from sandbox import credentials
from sandbox.clock import SandboxClock
from sandbox.knobs import FaultMiddleware, Knobs
from sandbox.oauth import TokenRefusedError, token_form
from sandbox.request_log import RequestLog
from sandbox.trading_grid.errors import ApiError
from sandbox.trading_grid.page_styles import listed
from sandbox.trading_grid.records import RECORD_TYPES
from sandbox.trading_grid.shapes import RecordType
from sandbox.trading_grid.state import TradingGridState
from sandbox.trading_grid.validation import parse_list_query

__all__ = ["TradingGridState", "application"]

SERVICE_NAME = "trading_grid"
Handler = Callable[[Request], Awaitable[Response]]


def application(state: TradingGridState, clock: SandboxClock, knobs: Knobs, request_log: RequestLog) -> Starlette:
    """Return the service over a state. Faults and counts go through the sandbox's own middleware."""
    knobs.declare(SERVICE_NAME, page_style="offset", states_total=True, cursor_epoch=0)
    endpoints = _Endpoints(state, clock, knobs)
    routes = [Route(credentials.TRADING_GRID_TOKEN_PATH, endpoints.token, methods=["POST"])]
    routes += _routes_of_actions(endpoints)
    for record_type in RECORD_TYPES.values():
        routes += _routes_of(endpoints, record_type)
    return Starlette(
        routes=routes,
        middleware=[Middleware(FaultMiddleware, service=SERVICE_NAME, knobs=knobs, request_log=request_log)],
        exception_handlers={
            ApiError: cast("ExceptionHandler", _api_error_reply),
            TokenRefusedError: cast("ExceptionHandler", _token_refused_reply),
            HTTPException: cast("ExceptionHandler", _http_error_reply),
        },
    )


@dataclass(frozen=True)
class _Thread:
    """Messages that hang on an object: whose they are, their own path, and the field that names the object."""

    of: str
    messages: str
    id_field: str


_THREADS = (
    _Thread("cases", "thread-messages", "caseId"),
    _Thread("launches", "launch-messages", "launchId"),
)


def _routes_of_actions(endpoints: _Endpoints) -> list[Route]:
    protected = endpoints.protected
    routes = [Route("/api/v1/publications/{id}/withdraw", protected(endpoints.withdraw), methods=["POST"])]
    for thread in _THREADS:
        path = f"/api/v1/{thread.of}/{{id}}/messages"
        routes.append(Route(path, protected(partial(endpoints.list_messages, thread)), methods=["GET"]))
        routes.append(Route(path, protected(partial(endpoints.post_message, thread)), methods=["POST"]))
    return routes


def _routes_of(endpoints: _Endpoints, record_type: RecordType) -> list[Route]:
    """Return the routes of one kind of object: literal paths, so that requests are counted by object."""

    def bound(handler: Callable[[RecordType, Request], Awaitable[Response]]) -> Handler:
        return endpoints.protected(partial(handler, record_type))

    listed = f"/api/v1/{record_type.path}"
    routes = [
        Route(listed, bound(endpoints.list_objects), methods=["GET"]),
        Route(listed, bound(endpoints.create), methods=["POST"]),
        Route(f"{listed}/{{id}}", bound(endpoints.get_one), methods=["GET"]),
        Route(f"{listed}/{{id}}", bound(endpoints.delete), methods=["DELETE"]),
    ]
    if record_type.changeable:
        routes.append(Route(f"{listed}/{{id}}", bound(endpoints.change), methods=["PATCH"]))
    return routes


class _Endpoints:
    """The handlers, each one request in and one reply out."""

    def __init__(self, state: TradingGridState, clock: SandboxClock, knobs: Knobs) -> None:
        self._state = state
        self._clock = clock
        self._knobs = knobs

    def protected(self, handler: Handler) -> Handler:
        """Return the handler behind the check of the bearer token: 401 in the OAuth form otherwise."""

        async def checked(request: Request) -> Response:
            refusal = self._state.tokens.refusal(request.headers.get("authorization"), self._clock.now())
            if refusal is not None:
                body = {"error": "invalid_token", "error_description": refusal}
                return JSONResponse(body, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
            return await handler(request)

        return checked

    async def token(self, request: Request) -> Response:
        """Issue a token for the client credentials of a form."""
        fields = await token_form(request)
        reply = self._state.tokens.issue(fields, request.headers.get("authorization"), self._clock.now())
        return JSONResponse(reply, headers={"Cache-Control": "no-store"})

    async def list_objects(self, record_type: RecordType, request: Request) -> Response:
        """Reply one page of objects, in the style that the switches say."""
        return listed(
            self._state,
            record_type,
            request.query_params,
            str(self._knobs.switch(SERVICE_NAME, "page_style")),
            states_total=bool(self._knobs.switch(SERVICE_NAME, "states_total")),
            epoch=int(self._knobs.switch(SERVICE_NAME, "cursor_epoch")),
        )

    async def get_one(self, record_type: RecordType, request: Request) -> Response:
        """Reply one object."""
        return JSONResponse(self._state.get(record_type.path, request.path_params["id"]))

    async def create(self, record_type: RecordType, request: Request) -> Response:
        """Store a new object."""
        written = self._state.add(record_type.path, await _json_body(request))
        return JSONResponse(written.record, 201 if written.is_new else 200)

    async def change(self, record_type: RecordType, request: Request) -> Response:
        """Change fields of an object."""
        body = await _json_body(request)
        return JSONResponse(self._state.change(record_type.path, request.path_params["id"], body))

    async def delete(self, record_type: RecordType, request: Request) -> Response:
        """Delete an object."""
        self._state.delete(record_type.path, request.path_params["id"])
        return Response(status_code=204)

    async def withdraw(self, request: Request) -> Response:
        """Withdraw a publication."""
        return JSONResponse(self._state.withdraw(request.path_params["id"], await _json_body(request)))

    async def list_messages(self, thread: _Thread, request: Request) -> Response:
        """Reply one page of a thread."""
        of_id = request.path_params["id"]
        self._state.get(thread.of, of_id)
        parameters = {**request.query_params, thread.id_field: of_id}
        query = parse_list_query(RECORD_TYPES[thread.messages], parameters)
        return JSONResponse(self._state.page(thread.messages, query))

    async def post_message(self, thread: _Thread, request: Request) -> Response:
        """Post into a thread; the same correlationId again posts nothing."""
        of_id = request.path_params["id"]
        self._state.get(thread.of, of_id)
        body = await _json_body(request)
        if isinstance(body, dict):
            body = {**body, thread.id_field: of_id}
        written = self._state.add(thread.messages, body)
        return JSONResponse(written.record, 201 if written.is_new else 200)


async def _json_body(request: Request) -> object:
    try:
        return json.loads(await request.body())
    except ValueError as error:
        raise ApiError(400, "invalid_request", f"The body is not JSON: {error}.") from error


async def _api_error_reply(_request: Request, error: ApiError) -> Response:
    return JSONResponse(error.body(), error.status)


async def _http_error_reply(_request: Request, error: HTTPException) -> Response:
    code = {404: "not_found", 405: "not_allowed"}.get(error.status_code, "invalid_request")
    body = ApiError(error.status_code, code, error.detail).body()
    return JSONResponse(body, error.status_code, error.headers)


async def _token_refused_reply(_request: Request, error: TokenRefusedError) -> Response:
    headers = {"Cache-Control": "no-store"}
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="trading-grid"'
    return JSONResponse(error.body, error.status, headers)
