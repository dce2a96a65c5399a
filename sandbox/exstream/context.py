"""What every call needs: the state, the knobs, and the replies that all calls share.

What belongs here: reading path, query and body of a request, and the `{status, data, page}` envelopes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.exstream.design import Actor
from sandbox.exstream.errors import bad_request, not_found
from sandbox.exstream.query import Condition, FilterKey, Row, page, parse_filter
from sandbox.exstream.runtime import to_milliseconds
from sandbox.exstream.state import DOMAINS, ExstreamState
from sandbox.exstream.views import with_dates


@dataclass(frozen=True)
class Context:
    """The state with the knobs; `knob` returns how a declared knob stands now."""

    state: ExstreamState
    knob: Callable[[str], Any]

    def domain(self, request: Request) -> str:
        """Return the domain in the path. Raises ExstreamError 404 for one that is not there."""
        domain = str(request.path_params["domain"])
        if domain not in DOMAINS:
            raise not_found(f"There is no domain {domain!r}; there are {', '.join(DOMAINS)}.")
        return domain

    def actor(self, request: Request) -> Actor:
        """Return who acts: the header X-Sandbox-Actor where it is given, else the OAuth client."""
        name = request.headers.get("x-sandbox-actor") or self.state.directory.client_id
        return Actor(name, to_milliseconds(self.state.clock.now()))

    def one(self, row: Row) -> Response:
        """Reply one record."""
        return JSONResponse({"status": "success", "data": self._shown(row)})

    def many(self, rows: Iterable[object]) -> Response:
        """Reply a list that is not paged."""
        data = [self._shown(row) if isinstance(row, dict) else row for row in rows]
        return JSONResponse({"status": "success", "data": data})

    def paged(
        self,
        request: Request,
        rows: Iterable[Row],
        keys: Mapping[str, FilterKey],
        conditions: Iterable[Condition] = (),
        sort: str = "desc_startDate",
    ) -> Response:
        """Reply one page of the rows that the request's `filter` and the conditions let through."""
        asked = parse_filter(request.query_params.get("filter", ""), keys)
        parameters = {"sort": sort, **{name: value for name, value in request.query_params.items() if value}}
        data, described = page(rows, [*asked, *conditions], parameters)
        shown = [self._shown(row) for row in data]
        return JSONResponse({"status": "success", "data": shown, "page": described})

    def _shown(self, row: Row) -> Row:
        return with_dates(row, is_iso=bool(self.knob("iso_dates")))


def is_set(request: Request, name: str) -> bool:
    """Return a true-or-false query parameter, False when absent. Raises ExstreamError 400."""
    text = request.query_params.get(name, "false")
    if text not in ("true", "false"):
        raise bad_request(f"{name} is {text!r}; it must be true or false.")
    return text == "true"


async def json_body(request: Request) -> object:
    """Return the JSON of a request's body. Raises ExstreamError 400."""
    try:
        return json.loads(await request.body())
    except ValueError as error:
        raise bad_request(f"The body is not JSON: {error}.") from error
