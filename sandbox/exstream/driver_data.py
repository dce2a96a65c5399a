"""Driver data: what a batch call hands to the engine, one communication per line.

What belongs here: reading JSON lines strictly. A line is the `communication` of the asset-use report without
`flow_instance_id`, plus `account_number`; a rendering may have `template_images`, the addresses of images that its
template shows by itself, which stand in HTML outputs and in no report. One bad line refuses the whole call, so that no
half batch exists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.clock import parse_instant
from sandbox.exstream.errors import ExstreamError, bad_request

JsonObject = dict[str, Any]

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]{1,200}")
_BINDINGS = ("embedded", "live_url")


@dataclass(frozen=True)
class Customer:
    """One line: the account number of the recipient and the communication as the report will state it."""

    account_number: str
    communication: JsonObject


def read_driver_data(body: bytes) -> Sequence[Customer]:
    """Return the customers of a batch in the order of the file.

    Raises ExstreamError 400 that names the line and what is wrong with it.
    """
    customers = []
    seen: set[str] = set()
    for number, line in enumerate(body.split(b"\n"), start=1):
        if not line.strip():
            continue
        customer = _read_line(number, line)
        communication_id = customer.communication["communication_id"]
        if communication_id in seen:
            raise _line_error(number, f"communication_id {communication_id!r} appeared before in this file")
        seen.add(communication_id)
        customers.append(customer)
    if not customers:
        raise bad_request("The driver data holds no communication.")
    return customers


def uses_of(communication: JsonObject) -> Iterator[JsonObject]:
    """Yield every asset use of every rendering of a communication."""
    for rendering in communication["renderings"]:
        yield from rendering.get("uses") or ()


def _read_line(number: int, line: bytes) -> Customer:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise _line_error(number, f"is not JSON: {error}") from error
    if not isinstance(record, dict):
        raise _line_error(number, "is not a JSON object")
    for name in ("account_number", "communication_id"):
        if not isinstance(record.get(name), str) or not _PRINTABLE.fullmatch(record[name]):
            raise _line_error(number, f"{name} must be a printable text of 1 to 200 characters")
    generated_at = record.get("generated_at")
    if generated_at is not None:
        _require_instant(number, generated_at)
    _require_renderings(number, record.get("renderings"))
    account_number = record.pop("account_number")
    return Customer(account_number, record)


def _require_instant(number: int, text: object) -> None:
    try:
        parse_instant(str(text))
    except ValueError as error:
        raise _line_error(number, f"generated_at is {text!r}; it must be ISO 8601 with a zone") from error


def _require_renderings(number: int, renderings: object) -> None:
    if not isinstance(renderings, list) or not renderings:
        raise _line_error(number, "renderings must be a list that is not empty")
    seen = set()
    for rendering in renderings:
        if not isinstance(rendering, dict):
            raise _line_error(number, "every rendering must be an object")
        for name in ("rendering_id", "channel"):
            if not isinstance(rendering.get(name), str) or not _PRINTABLE.fullmatch(rendering[name]):
                raise _line_error(number, f"{name} of a rendering must be a printable text")
        queue_name = rendering.get("queue_name", rendering["channel"])
        if not isinstance(queue_name, str) or not _SAFE_NAME.fullmatch(queue_name):
            raise _line_error(number, "queue_name must be made of letters, digits, dot, dash and underscore")
        if rendering["rendering_id"] in seen:
            raise _line_error(number, f"rendering_id {rendering['rendering_id']!r} appears twice")
        seen.add(rendering["rendering_id"])
        _require_uses(number, rendering.get("uses") or [])
        _require_template_images(number, rendering.get("template_images") or [])


def _require_uses(number: int, uses: object) -> None:
    if not isinstance(uses, list):
        raise _line_error(number, "uses must be a list")
    for use in uses:
        if not isinstance(use, dict) or not isinstance(use.get("ordinal"), int):
            raise _line_error(number, "every use must be an object with a whole-number ordinal")
        if use.get("binding") not in _BINDINGS:
            raise _line_error(number, f"binding is {use.get('binding')!r}; allowed are {', '.join(_BINDINGS)}")


def _require_template_images(number: int, images: object) -> None:
    if not isinstance(images, list) or not all(isinstance(one, str) and _PRINTABLE.fullmatch(one) for one in images):
        raise _line_error(number, "template_images must be a list of addresses")


def _line_error(number: int, problem: str) -> ExstreamError:
    return bad_request(f"Driver data, line {number}: {problem}.")
