"""The calls under `/orchestration/api/v1/inputs`: driver data in, a run out.

What belongs here: the batch call and the on-demand call, known from the vendor's API collection. A run is
composed before the reply is sent; the reply says `started`, as the vendor's does, and the runtime says how it
ended. The header `X-Sandbox-Outcome: error` makes one run end in error, the knob `job_outcome` makes all.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.exstream.composition import queue_of
from sandbox.exstream.context import Context
from sandbox.exstream.driver_data import Customer, JsonObject, read_driver_data
from sandbox.exstream.errors import ExstreamError, bad_request
from sandbox.exstream.html_page import html_page
from sandbox.exstream.runtime import Run
from sandbox.exstream.state import RunWish
from sandbox.exstream.views import as_running

BASE = "/orchestration/api/v1/inputs"
ON_DEMAND_CHANNEL = "ondemand"
OUTCOMES = ("complete", "error")
_CHANNEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def input_routes(context: Context) -> list[Route]:
    """Return the routes of the input calls."""
    calls = _InputCalls(context)
    return [
        Route(f"{BASE}/batch/{{domain}}/{{channel}}", calls.batch, methods=["POST"]),
        Route(f"{BASE}/ondemand/{{domain}}/generate", calls.on_demand, methods=["POST"]),
    ]


class _InputCalls:
    """The handlers, each one request in and one reply out."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def batch(self, request: Request) -> Response:
        """Compose JSON lines as one job; reply its flow instance as it stood at the start."""
        channel = request.path_params["channel"]
        if not _CHANNEL.fullmatch(channel):
            raise bad_request(f"channel is {channel!r}; it is made of letters, digits, dot, dash, underscore.")
        body = await request.body()
        customers = await asyncio.to_thread(read_driver_data, body)
        run = await self._run(request, channel, "BATCH", customers, body)
        return self._context.many([as_running(run.flow_instance)])

    async def on_demand(self, request: Request) -> Response:
        """Compose one communication; reply its HTML, base64, with the engine's output context."""
        body = await request.body()
        customers = read_driver_data(body)
        if len(customers) != 1:
            raise bad_request(f"An on-demand call composes one communication; found {len(customers)}.")
        communication = customers[0].communication
        asked = request.headers.get("communicationId")
        if asked is not None and asked != communication["communication_id"]:
            raise bad_request(f"The header communicationId is {asked!r}, the driver data says otherwise.")
        run = await self._run(request, ON_DEMAND_CHANNEL, "ONDEMAND", customers, body)
        if run.job["status"] == "error":
            raise ExstreamError(500, "ENGINE_ERROR", str(run.job["msg"]))
        data = [_content(customers[0], rendering) for rendering in communication["renderings"]]
        return JSONResponse({"status": "success", "details": None, "data": data})

    async def _run(self, request: Request, channel: str, mode: str, customers: Sequence[Customer], body: bytes) -> Run:
        outcome = request.headers.get("x-sandbox-outcome") or self._context.knob("job_outcome")
        if outcome not in OUTCOMES:
            raise bad_request(f"The outcome asked for is {outcome!r}; allowed are {', '.join(OUTCOMES)}.")
        wish = RunWish(
            domain=self._context.domain(request),
            channel=channel,
            mode=mode,
            triggered_by=self._context.actor(request).name,
            is_failed=outcome == "error",
            is_delivery_file_cut=bool(self._context.knob("corrupt_delivery_file")),
            has_message_times=bool(self._context.knob("timestamp_messages")),
            clock_ahead_seconds=int(self._context.knob("clock_ahead_seconds")),
        )
        state = self._context.state
        place, order = state.order(wish)
        composition = await asyncio.to_thread(state.compose_and_write, customers, order, body)
        return state.record(wish, place, order, composition)


def _content(customer: Customer, rendering: JsonObject) -> JsonObject:
    page = html_page(customer.communication, rendering, customer.account_number)
    return {
        "content": base64.b64encode(page).decode(),
        "mimeType": "text/html",
        "engineOutputContext": {
            "queueName": queue_of(rendering),
            "fileName": f"{rendering['rendering_id']}.html",
            "customerNumber": 1,
        },
    }
