"""What a request may say: bodies and query parameters, checked before anything is stored.

What belongs here: pure functions from untrusted JSON to the values of a record. All problems of one body are
reported together. What does not belong here: whether a referred object exists (`state.py` knows).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.clock import parse_instant
from sandbox.trading_grid.errors import ApiError
from sandbox.trading_grid.shapes import Field, JsonObject, RecordType

MAXIMUM_LIMIT = 500
DEFAULT_LIMIT = 100
MAXIMUM_TEXT_LENGTH = 20_000
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class ListQuery:
    """One page of a list: `updated_since` is inclusive, `offset` counts records, `filters` are exact."""

    updated_since: datetime | None
    offset: int
    limit: int
    filters: Mapping[str, str]


def validate_new(record_type: RecordType, body: object) -> JsonObject:
    """Return every writable field of a new object, absent ones as None or their default.

    A client may choose the identifier of an object with a single identifier field.
    Raises ApiError 400 that lists every problem of the body.
    """
    values = _as_object(body)
    own_id = record_type.id_fields if record_type.id_prefix else ()
    known = {*own_id, *(field.name for field in record_type.fields)}
    problems = _unknown_fields(record_type, values, known)
    record: JsonObject = {}
    for name in own_id:
        record[name] = values.get(name)
        problems += _problems(Field(name), values.get(name), record_type)
    for field in record_type.fields:
        value = values.get(field.name)
        problems += _problems(field, value, record_type)
        record[field.name] = field.default if value is None else value
    _refuse(problems)
    if isinstance(record.get("asset"), dict):
        record["asset"] = _complete_asset(record_type, record["asset"])
    return record


def validate_change(record_type: RecordType, body: object) -> JsonObject:
    """Return the fields that a PATCH sets. Raises ApiError 400 for none, unknown or unchangeable fields."""
    values = _as_object(body)
    problems = _unknown_fields(record_type, values, set(record_type.changeable))
    for field in record_type.fields:
        if field.name in values and field.name in record_type.changeable:
            value = values[field.name]
            problems += _problems(field, value, record_type)
            if value is None and (field.choices or field.default):
                problems.append((field.name, "may not be null"))
    if not values:
        problems.append(("body", f"names no field to change; changeable are {list(record_type.changeable)}"))
    _refuse(problems)
    if isinstance(values.get("asset"), dict):
        return {**values, "asset": _complete_asset(record_type, values["asset"])}
    return values


def validate_names(body: object, required: tuple[str, ...]) -> JsonObject:
    """Return an action's body that must hold exactly these non-empty texts. Raises ApiError 400."""
    values = _as_object(body)
    problems = [(name, "is not a field of this action") for name in values if name not in required]
    problems += [(name, "is required: a text that is not empty") for name in required if not values.get(name)]
    problems += [
        (name, f"must be a text, not {_kind_of(values[name])}")
        for name in required
        if values.get(name) and not isinstance(values[name], str)
    ]
    _refuse(problems)
    return values


def parse_list_query(record_type: RecordType, parameters: Mapping[str, str]) -> ListQuery:
    """Return the page that a list request asks for. Raises ApiError 400 for what it cannot read."""
    problems = [
        (name, f"is not a parameter of {record_type.path}")
        for name in parameters
        if name not in ("updatedSince", "offset", "limit", *record_type.filters)
    ]
    since: datetime | None = None
    if "updatedSince" in parameters:
        try:
            # A plus sign that was not percent-encoded arrives as a space.
            since = parse_instant(parameters["updatedSince"].replace(" ", "+"))
        except ValueError:
            problem = f"is {parameters['updatedSince']!r}; it must be an instant such as 2026-01-05T10:00:00Z"
            problems.append(("updatedSince", problem))
    offset = _whole_number(parameters, "offset", 0, 0, None, problems)
    limit = _whole_number(parameters, "limit", DEFAULT_LIMIT, 1, MAXIMUM_LIMIT, problems)
    _refuse(problems)
    filters = {name: parameters[name] for name in record_type.filters if name in parameters}
    return ListQuery(since, offset, limit, filters)


def _as_object(body: object) -> JsonObject:
    if not isinstance(body, dict):
        raise ApiError(400, "invalid_request", f"The body must be a JSON object, not {_kind_of(body)}.")
    return body


def _unknown_fields(record_type: RecordType, values: JsonObject, known: set[str]) -> list[tuple[str, str]]:
    problems = []
    for name in values:
        if name in known:
            continue
        is_servers = name in (*record_type.server_fields, "updatedAt")
        problems.append((name, "is set by the server" if is_servers else "may not be written here"))
    return problems


def _problems(field: Field, value: object, record_type: RecordType) -> list[tuple[str, str]]:
    if value is None:
        return [(field.name, "is required")] if field.is_required else []
    if field.kind == "asset":
        return _asset_problems(field.name, value, record_type)
    if field.kind == "parts":
        return _part_problems(field, value)
    if field.kind == "texts":
        problem = _texts_problem(field, value)
    elif field.kind == "whole_number":
        is_number = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        problem = None if is_number else "must be a whole number from 0"
    else:
        problem = _text_problem(field, value)
    return [(field.name, problem)] if problem else []


def _texts_problem(field: Field, value: object) -> str | None:
    if not isinstance(value, list):
        return f"must be an array of texts, not {_kind_of(value)}"
    return next((problem for one in value if (problem := _text_problem(field, one))), None)


def _text_problem(field: Field, value: object) -> str | None:
    if not isinstance(value, str):
        return f"must be a text, not {_kind_of(value)}"
    if not value.strip():
        return "must not be empty"
    if len(value) > MAXIMUM_TEXT_LENGTH:
        return f"has {len(value)} characters; at most {MAXIMUM_TEXT_LENGTH} are allowed"
    if field.choices and value not in field.choices:
        return f"is {value!r}; allowed are {', '.join(field.choices)}"
    return _pattern_problem(field, value)


def _pattern_problem(field: Field, value: str) -> str | None:
    if field.kind == "sha256" and not _SHA256.fullmatch(value):
        return "must be 64 lower-case hexadecimal digits"
    if field.kind == "instant" and not _is_instant(value):
        return f"is {value!r}; it must be an instant such as 2026-01-05T10:00:00Z"
    is_number = value.isascii() and value.isdigit()
    if field.kind == "digits" and not (is_number and len(value) == field.digit_count):
        return f"must be {field.digit_count} digits"
    return None


def _is_instant(text: str) -> bool:
    try:
        parse_instant(text)
    except ValueError:
        return False
    return True


def _asset_problems(name: str, value: object, record_type: RecordType) -> list[tuple[str, str]]:
    known = record_type.asset_fields
    if not isinstance(value, dict):
        return [(name, f"must be an object with {', '.join(known)}")]
    problems = [(f"{name}.{key}", "may not be written here") for key in value if key not in known]
    for key in known:
        part = value.get(key)
        if part is None:
            continue
        if key == "version":
            if isinstance(part, bool) or not isinstance(part, int) or part < 1:
                problems.append((f"{name}.version", "must be a whole number from 1"))
        elif not isinstance(part, str) or not part:
            problems.append((f"{name}.{key}", "must be a text that is not empty"))
    if not any(value.get(key) for key in ("assetId", "publicId", "url")):
        problems.append((name, "must have at least one of assetId, publicId, url"))
    return problems


def _part_problems(field: Field, value: object) -> list[tuple[str, str]]:
    if not isinstance(value, dict):
        return [(field.name, f"must be an object with {', '.join(field.parts)}")]
    unknown = [(f"{field.name}.{key}", "may not be written here") for key in value if key not in field.parts]
    wrong = [
        (f"{field.name}.{key}", "must be a text that is not empty")
        for key in field.parts
        if value.get(key) is not None and (not isinstance(value[key], str) or not value[key])
    ]
    return unknown + wrong


def _complete_asset(record_type: RecordType, asset: object) -> JsonObject:
    return {key: asset.get(key) for key in record_type.asset_fields} if isinstance(asset, dict) else {}


def _whole_number(
    parameters: Mapping[str, str],
    name: str,
    default: int,
    least: int,
    most: int | None,
    problems: list[tuple[str, str]],
) -> int:
    text = parameters.get(name)
    if text is None:
        return default
    is_number = text.isascii() and text.isdigit() and len(text) <= 12
    if is_number and int(text) >= least and (most is None or int(text) <= most):
        return int(text)
    span = f"from {least}" if most is None else f"from {least} to {most}"
    problems.append((name, f"is {text!r}; it must be a whole number {span}"))
    return default


def _refuse(problems: list[tuple[str, str]]) -> None:
    if problems:
        sentence = "; ".join(f"{name} {problem}" for name, problem in problems)
        raise ApiError(400, "invalid_request", f"The request was refused: {sentence}.", problems)


def _kind_of(value: object) -> str:
    names = {dict: "an object", list: "an array", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
