"""Faults and switches that tests turn at run time, and the ASGI middleware that injects the faults.

Belongs here: faults that any HTTP service can have (error status, delay, cut body) and the store of the switches
that a service reads itself. Does not belong here: what a switch means; its service says that.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

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
    }
)
_EFFECTS = frozenset({"status", "delay_seconds", "truncate_body_after"})


class KnobError(ValueError):
    """A knob that does not exist or has a value of the wrong kind; its text says which exist."""


@dataclass
class Fault:
    """One fault of one service; `times` None means until it is reset."""

    status: int | None = None
    times: int | None = None
    path: str = ""
    method: str = ""
    message: str = "Injected by the sandbox"
    headers: dict[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    truncate_body_after: int | None = None
    truncate_silently: bool = False

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
                fault.use_once()
                return fault
        return None

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
        try:
            await self._serve(scope, receive, send)
        finally:
            captured = scope.get("path_params", {}) if "endpoint" in scope else None
            label = request_label(scope["method"], scope["path"], captured)
            self._request_log.count(self._service, label)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._knobs.next_fault(self._service, scope["method"], scope["path"])
        if fault is None:
            await self._app(scope, receive, send)
            return
        if fault.delay_seconds:
            await asyncio.sleep(fault.delay_seconds)
        if fault.status is not None:
            await _answer_with_error(fault, send)
            return
        if fault.truncate_body_after is not None:
            send = _CutBody(send, fault.truncate_body_after, is_silent=fault.truncate_silently)
        await self._app(scope, receive, send)


async def _answer_with_error(fault: Fault, send: Send) -> None:
    body = json.dumps({"error": {"message": fault.message}}).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    headers |= {name.lower(): value for name, value in fault.headers.items()}
    raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": fault.status, "headers": raw_headers})
    await send({"type": "http.response.body", "body": body})


class _CutBody:
    """A `send` that stops after so many bytes of the body.

    Silent: the length header says the cut length, so that the transport looks whole. Otherwise the header keeps
    the full length and the connection is closed in mid-body, because the response is never finished.
    """

    def __init__(self, send: Send, limit: int, *, is_silent: bool) -> None:
        self._send = send
        self._left = limit
        self._is_silent = is_silent
        self._is_over = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._send(self._start(message))
        elif not self._is_over:
            await self._send_part(message)

    def _start(self, message: Message) -> Message:
        if not self._is_silent:
            return message
        headers = []
        for name, value in message["headers"]:
            is_length = name.lower() == b"content-length"
            headers.append((name, str(min(int(value), self._left)).encode() if is_length else value))
        return {**message, "headers": headers}

    async def _send_part(self, message: Message) -> None:
        body = message.get("body", b"")
        self._left -= len(body)
        if self._left >= 0:
            await self._send(message)
            return
        self._is_over = True
        kept = body[: self._left]
        await self._send({"type": "http.response.body", "body": kept, "more_body": not self._is_silent})
