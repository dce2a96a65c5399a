"""Strict reading of vendors' JSON: one document or one line in, plain values or a `RecordRejected` out.

Here belong decoding (duplicate keys, NaN, numbers beyond a double, deep nesting, lone surrogates, NUL and invalid
UTF-8 are refused, so that whatever was decoded can be written again), the canonical form in which JSON columns are
landed, and the typed field readers that all records share. Nothing is converted in silence: a number where text was
promised rejects the record. Not here: what a field means, and any I/O.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import NoReturn, TypeAlias

from assettrail.errors import RecordRejected

JsonObject: TypeAlias = Mapping[str, object]

INT64_MAX = 2**63 - 1
DEEPEST_NESTING = 64
"""Levels of lists and objects in one document; vendors' records have less than ten, and every reader has a limit."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_SURROGATE_BYTES = re.compile(rb"\xed[\xa0-\xbf]")
_DIGITS = re.compile(r"-?\d{1,19}", re.ASCII)


def sha256_hex(data: bytes) -> str:
    """Lower-case hex SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def canonical_json(value: object) -> str:
    """JSON text with sorted keys and no spaces: equal values give equal text and equal row hashes."""
    return _CANONICAL.encode(value)


def json_or_none(value: object) -> str | None:
    """Canonical JSON text of a value for a JSON column; None stays None."""
    return None if value is None else canonical_json(value)


def decode_json(data: bytes, what: str) -> object:
    """Decode one JSON document or line; raise RecordRejected with the reason when it is not strictly sound.

    Duplicate keys are refused because readers disagree about which value counts; lone surrogates and NUL
    because no column can hold them.
    """
    value = _decoded(data, what)
    if b"\\u" in data:
        refuse_unsound_text(value, what)
    return value


def decode_object(data: bytes, what: str) -> JsonObject:
    """Decode one JSON object; anything else is RecordRejected."""
    return _as_object(decode_json(data, what), what)


def decode_document(data: bytes, what: str) -> object:
    """Decode one JSON document that carries records of many people, list or object; as `decode_envelope` otherwise."""
    return _decoded(data, what)


def decode_envelope(data: bytes, what: str) -> JsonObject:
    """Decode one JSON object that carries records of many people; RecordRejected as `decode_object`, but for texts.

    A NUL or lone surrogate that one of them wrote must not take the others' records with it: the reader of each
    record refuses it with `refuse_unsound_text`.
    """
    return _as_object(_decoded(data, what), what)


def refuse_unsound_text(value: object, what: str) -> None:
    """Raise RecordRejected when a text or key anywhere in a decoded value holds a NUL or a lone surrogate."""
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, str):
            if "\x00" in item:
                raise _rejected(what, "a NUL character")
            if not item.isascii() and _SURROGATE.search(item):
                raise _rejected(what, "a lone surrogate in a text")
        elif isinstance(item, dict):
            left.extend(item)
            left.extend(item.values())
        elif isinstance(item, list):
            left.extend(item)


def is_sound_text(data: bytes) -> bool:
    """Whether no text of a JSON document can hold a NUL or a lone surrogate, by one look at all of it; false: ask."""
    return b"\\u" not in data and b"\x00" not in data and not _SURROGATE_BYTES.search(data)


def text_or_none(record: JsonObject, name: str) -> str | None:
    """The text field `name`; absent and null are None."""
    value = record.get(name)
    if value is None or isinstance(value, str):
        return value
    raise wrong_type(name, value, "text")


def required_text(record: JsonObject, name: str) -> str:
    """The text field `name`, present and not empty."""
    value = record.get(name)
    if isinstance(value, str) and value:
        return value
    raise wrong_type(name, value, "text that is not empty")


def integer_or_none(record: JsonObject, name: str) -> int | None:
    """The whole-number field `name`, also when its digits come as text; absent and null are None."""
    value = record.get(name)
    if value is None:
        return None
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and -INT64_MAX <= value <= INT64_MAX:
        return value
    raise wrong_type(name, value, "a whole number of at most 64 bits")


def required_integer(record: JsonObject, name: str) -> int:
    """The whole-number field `name`, present."""
    value = integer_or_none(record, name)
    if value is None:
        raise wrong_type(name, value, "a whole number")
    return value


def flag_or_none(record: JsonObject, name: str) -> bool | None:
    """The true/false field `name`; absent and null are None."""
    value = record.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise wrong_type(name, value, "true or false")


def moment_or_none(record: JsonObject, name: str) -> str | None:
    """The instant field `name` as the vendor's own text: ISO-8601, or the digits of epoch milliseconds."""
    value = record.get(name)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise wrong_type(name, value, "an instant as text or epoch milliseconds")


def object_or_none(record: JsonObject, name: str) -> JsonObject | None:
    """The object field `name`; absent and null are None."""
    value = record.get(name)
    if value is None or isinstance(value, dict):
        return value
    raise wrong_type(name, value, "an object")


def list_or_none(record: JsonObject, name: str) -> list[object] | None:
    """The list field `name`; absent and null are None."""
    value = record.get(name)
    if value is None or isinstance(value, list):
        return value
    raise wrong_type(name, value, "a list")


def objects(record: JsonObject, name: str) -> list[JsonObject]:
    """The list-of-objects field `name`; absent and null are an empty list."""
    items = list_or_none(record, name) or []
    for item in items:
        if not isinstance(item, dict):
            raise wrong_type(f"{name}[]", item, "an object")
    return [item for item in items if isinstance(item, dict)]


def wrong_type(name: str, value: object, expected: str) -> RecordRejected:
    """The rejection for a field; its value is not shown, as it may identify a person."""
    found = "nothing" if value is None else "empty text" if value == "" else f"a {type(value).__name__}"
    return RecordRejected(
        tried=f"to read the field {name!r}",
        found=found,
        expected=expected,
        remedy="compare the record in the raw store with the vendor's contract; the rest of the batch landed",
    )


def _rejected(what: str, found: str) -> RecordRejected:
    return RecordRejected(
        tried=f"to read {what}",
        found=found,
        expected="strict JSON in UTF-8",
        remedy="look at the quarantined bytes in the raw store and have the sender write them again",
    )


def _sentence(error: ValueError) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error)


def _decoded(data: bytes, what: str) -> object:
    """The document without a look at its texts; a NUL that is not escaped is no JSON at all."""
    try:
        text = data.decode("utf-8")
        if "\x00" in text:
            raise _rejected(what, "a NUL character")
        value = _DECODER.decode(text)
        if text.count("[") + text.count("{") > DEEPEST_NESTING:
            _refuse_deep_nesting(value)
    except UnicodeDecodeError as error:
        raise _rejected(what, f"invalid UTF-8 at byte {error.start}") from error
    except RecursionError as error:
        raise _rejected(what, "JSON nested deeper than can be read") from error
    except ValueError as error:
        raise _rejected(what, f"no sound JSON: {_sentence(error)}") from error
    return value


def _as_object(value: object, what: str) -> JsonObject:
    if not isinstance(value, dict):
        raise _rejected(what, f"JSON {type(value).__name__} where an object was promised")
    return value


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def levels_of(value: object) -> int:
    """How many lists and objects lie inside each other at most; counting ends one beyond `DEEPEST_NESTING`."""
    level = [value] if isinstance(value, dict | list) else []
    depth = 0
    while level and depth <= DEEPEST_NESTING:
        depth += 1
        level = [
            part
            for item in level
            for part in (item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
            if isinstance(part, dict | list)
        ]
    return depth


def _refuse_deep_nesting(value: object) -> None:
    """Raise ValueError above `DEEPEST_NESTING`: what decodes at the edge could be too deep to write further in."""
    if levels_of(value) > DEEPEST_NESTING:
        raise ValueError(f"nested deeper than {DEEPEST_NESTING} levels")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"a number of {len(digits)} signs that is beyond what a double can hold")
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
_DECODER = json.JSONDecoder(object_pairs_hook=_unique_keys, parse_constant=_no_constant, parse_float=_finite)
