"""Faults and switches that tests turn at run time, and the ASGI middleware that injects the faults.

Belongs here: faults that any HTTP service can have (error status, delay, cut body) and the store of the switches
that a service reads itself. Does not belong here: what a switch means; its service says that. How an answer breaks
on its way is in `broken_answers`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from sandbox.broken_answers import CutBody, DrippingBody, HangingBody, ReplacedBody, SwollenBody, WithoutLength
from sandbox.request_log import RequestLog, request_label

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SERVICES = ("cloudinary", "exstream", "trading_grid")
_FAULT_KEYS = frozenset(
    {
        "status",
        "times",
        "path",
        "method",
        "message",
        "headers",
        "delay_seconds",
        "truncate_body_after",
        "truncate_silently",
        "query",
        "replace",
        "drip_seconds",
        "hang_after_headers",
        "without_length",
        "swell_mib",
        "after",
        "is_done",
    }
)
_EFFECTS = frozenset(
    {
        "status",
        "delay_seconds",
        "truncate_body_after",
        "query",
        "replace",
        "drip_seconds",
        "hang_after_headers",
        "without_length",
        "swell_mib",
    }
)


class KnobError(ValueError):
    """A knob that does not exist or has a value of the wrong kind; its text says which exist."""


@dataclass
class Fault:
    """One fault of one service; `times` None means until it is reset, `after` lets so many requests through first.

    `query` replaces parameters of the request (None takes one away), so that another page is served than was asked for;
    `replace` replaces texts of the answer's body, where a lone surrogate U+DC80 to U+DCFF stands for one raw byte;
    `swell_mib` sends it as gzip that nobody asked for, with so many MiB of white space behind it.
    """

    status: int | None = None
    times: int | None = None
    path: str = ""
    method: str = ""
    message: str = "Injected by the sandbox"
    headers: dict[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    truncate_body_after: int | None = None
    truncate_silently: bool = False
    query: dict[str, str | None] = field(default_factory=dict)
    replace: dict[str, str] = field(default_factory=dict)
    drip_seconds: float = 0.0
    hang_after_headers: bool = False
    without_length: bool = False
    swell_mib: int = 0
    after: int = 0
    is_done: bool = False

    def matches(self, method: str, path: str) -> bool:
        """Say whether the fault is not used up and is meant for this request."""
        is_live = self.times is None or self.times > 0
        return is_live and self.path in path and self.method in {"", method}

    def use_once(self) -> None:
        """Count one use down."""
        if self.times is not None:
            self.times -= 1


class Knobs:
    """Faults by service, and switches by service and name."""

    def __init__(self) -> None:
        self._faults: dict[str, list[Fault]] = {service: [] for service in SERVICES}
        self._defaults: dict[str, dict[str, object]] = {service: {} for service in SERVICES}
        self._switches: dict[str, dict[str, object]] = {service: {} for service in SERVICES}

    def declare(self, service: str, **defaults: object) -> None:
        """Say which switches a service reads and how they stand when nobody touched them."""
        self._defaults[service].update(defaults)

    def switch(self, service: str, name: str) -> Any:
        """Return how a declared switch stands now. Raises KeyError for one that was not declared."""
        return self._switches[service].get(name, self._defaults[service][name])

    def turn(self, order: Mapping[str, object]) -> None:
        """Apply one order: `{"service": …, "reset": true}`, a fault, or switches of that service.

        Raises KnobError, and changes nothing, when the service or a key is not known.
        """
        if not isinstance(order, Mapping):
            raise KnobError('Expected an object with a service, such as {"service": "exstream", "status": 503}.')
        service = order.get("service")
        if not isinstance(service, str) or service not in SERVICES:
            raise KnobError(f"Unknown service {service!r}; one of {', '.join(SERVICES)}.")
        keys = set(order) - {"service", "reset"}
        switches = {key: order[key] for key in keys & set(self._defaults[service])}
        fault = {key: order[key] for key in keys & _FAULT_KEYS}
        unknown = keys - set(switches) - set(fault)
        if unknown:
            known = ", ".join(sorted(_FAULT_KEYS | set(self._defaults[service])))
            raise KnobError(f"Unknown knobs {sorted(unknown)} of {service}; known are {known}.")
        for name, value in switches.items():
            _refuse_other_kind(name, value, self._defaults[service][name])
        if fault and not _EFFECTS & set(fault):
            raise KnobError(f"A fault needs one of {', '.join(sorted(_EFFECTS))}; found only {sorted(fault)}.")
        if order.get("reset"):
            self._faults[service].clear()
            self._switches[service].clear()
        self._switches[service].update(switches)
        if fault:
            self._faults[service].append(Fault(**fault))  # type: ignore[arg-type]

    def next_fault(self, service: str, method: str, path: str) -> Fault | None:
        """Return the first live fault for this request and count it down, or None."""
        for fault in self._faults[service]:
            if fault.matches(method, path):
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.use_once()
                return fault
        return None

    def reset(self) -> None:
        """Take back every fault and switch of every service."""
        for service in SERVICES:
            self._faults[service].clear()
            self._switches[service].clear()

    def as_json(self) -> dict[str, object]:
        """Return how every service's faults and switches stand."""
        return {
            service: {
                "faults": [vars(fault) for fault in self._faults[service]],
                "switches": self._defaults[service] | self._switches[service],
            }
            for service in SERVICES
        }


def _refuse_other_kind(name: str, value: object, default: object) -> None:
    is_number = isinstance(default, (int, float)) and not isinstance(default, bool)
    kinds: tuple[type, ...] = (int, float) if is_number else (type(default),)
    if not isinstance(value, kinds) or (is_number and isinstance(value, bool)):
        raise KnobError(f"Knob {name} is {value!r}; expected a value like its default {default!r}.")


class FaultMiddleware:
    """Counts every request of one service and injects the faults that its knobs ask for."""

    def __init__(self, app: ASGIApp, service: str, knobs: Knobs, request_log: RequestLog) -> None:
        self._app = app
        self._service = service
        self._knobs = knobs
        self._request_log = request_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_over = False

        def end() -> None:
            nonlocal is_over
            if not is_over:
                is_over = True
                captured = scope.get("path_params", {}) if "endpoint" in scope else None
                self._request_log.end(self._service, request_label(scope["method"], scope["path"], captured))

        self._request_log.begin()
        try:
            await self._serve(scope, receive, send, end)
        finally:
            end()

    async def _serve(self, scope: Scope, receive: Receive, send: Send, end: Callable[[], None]) -> None:
        fault = self._knobs.next_fault(self._service, scope["method"], scope["path"])
        if fault is None:
            await self._app(scope, receive, _telling(send, end))
            return
        if fault.delay_seconds:
            receive = await _received(receive)
            await asyncio.sleep(fault.delay_seconds)
        if fault.status is not None:
            if fault.is_done:
                await self._app(scope, receive, _to_nobody)
            await _answer_with_error(fault, send)
            return
        if fault.query:
            scope = {**scope, "query_string": _changed_query(scope["query_string"], fault.query)}
        await self._app(scope, receive, _telling(_broken(fault, send), end))


def _telling(send: Send, end: Callable[[], None]) -> Send:
    """A `send` that says when the answer begins: the work is done then, however long the answer takes."""

    async def tell(message: Message) -> None:
        end()
        await send(message)

    return tell


async def _received(receive: Receive) -> Receive:
    """The request's body, read now: a client that leaves later takes nothing of it back."""
    messages = [await receive()]
    while messages[-1]["type"] == "http.request" and messages[-1].get("more_body"):
        messages.append(await receive())
    left = iter(messages)

    async def replay() -> Message:
        return next(left, None) or await receive()

    return replay


async def _to_nobody(_message: Message) -> None:
    """Where the answer goes that the client is not given."""


def _broken(fault: Fault, send: Send) -> Send:
    """The way to the client with the fault's damage on it; what is replaced is replaced before it is cut."""
    if fault.without_length:
        send = WithoutLength(send)
    if fault.hang_after_headers:
        send = HangingBody(send)
    if fault.drip_seconds:
        send = DrippingBody(send, fault.drip_seconds)
    if fault.truncate_body_after is not None:
        send = CutBody(send, fault.truncate_body_after, is_silent=fault.truncate_silently)
    if fault.swell_mib:
        send = SwollenBody(send, fault.swell_mib)
    if fault.replace:
        send = ReplacedBody(send, fault.replace)
    return send


def _changed_query(query: bytes, changes: Mapping[str, str | None]) -> bytes:
    kept = [(name, value) for name, value in parse_qsl(query.decode(), keep_blank_values=True) if name not in changes]
    return urlencode([*kept, *((name, value) for name, value in changes.items() if value is not None)]).encode()


async def _answer_with_error(fault: Fault, send: Send) -> None:
    body = json.dumps({"error": {"message": fault.message}}).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    headers |= {name.lower(): value for name, value in fault.headers.items()}
    raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": fault.status, "headers": raw_headers})
    await send({"type": "http.response.body", "body": body})
