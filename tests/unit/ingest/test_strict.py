"""Strict JSON: what one malformed line may do to the rest, and to the meaning of its own fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assettrail.errors import RecordRejected
from ingest.strict import (
    canonical_json,
    decode_object,
    flag_or_none,
    integer_or_none,
    moment_or_none,
    required_text,
    text_or_none,
)

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"], min_codepoint=1)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=5), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"a":1,"a":2}', "twice"),
        (b'{"a":{"b":1,"b":1}}', "twice"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":-Infinity}', "Infinity"),
        (b'{"a":"\xff"}', "UTF-8"),
        (b'{"a":"\\ud800"}', "surrogate"),
        (b'{"a":"\\u0000"}', "NUL"),
        (b'{"a":"\x00"}', "NUL"),
        (b"[" * 100_000 + b"]" * 100_000, "deeper"),
        (b'{"a":' + b"[" * 500 + b"]" * 500 + b"}", "deeper than 64"),
        (b'{"a":1e999}', "double"),
        (b'{"a":[-1e400]}', "double"),
        (b'{"a":' + b"9" * 5_000 + b"}", "sound JSON"),
        (b'{"a":1', "sound JSON"),
        (b"[1]", "object was promised"),
        (b"", "sound JSON"),
    ],
)
def test_a_malformed_line_is_refused_with_its_reason(line: bytes, reason: str) -> None:
    """A line that two readers would read differently must never become a row."""
    with pytest.raises(RecordRejected) as refusal:
        decode_object(line, "a line")
    assert reason in refusal.value.found


@given(st.dictionaries(st.text("abc", max_size=5), JSON_VALUES, max_size=4))
def test_canonical_json_round_trips_and_does_not_depend_on_order(content: dict[str, object]) -> None:
    """A row hash that depends on key order would land the same row again and again."""
    text = canonical_json(content)
    assert decode_object(text.encode(), "a line") == content
    assert canonical_json(dict(reversed(content.items()))) == text


def test_no_value_is_converted_in_silence() -> None:
    """A number read as text, or a truth value as a number, would change evidence without anyone noticing."""
    record = {"n": 1, "t": "x", "b": True, "f": 1.5, "digits": "0012", "big": 2**63, "empty": ""}
    for read, name in (
        (text_or_none, "n"),
        (integer_or_none, "t"),
        (integer_or_none, "b"),
        (integer_or_none, "f"),
        (integer_or_none, "big"),
        (flag_or_none, "n"),
        (required_text, "empty"),
        (required_text, "absent"),
        (moment_or_none, "b"),
    ):
        with pytest.raises(RecordRejected):
            read(record, name)
    assert integer_or_none(record, "digits") == 12
    assert text_or_none(record, "absent") is None


def test_a_refusal_never_shows_the_value() -> None:
    """Quarantine reasons are read by many; a recipient's name in them would be a leak."""
    with pytest.raises(RecordRejected) as refusal:
        integer_or_none({"recipient": "Erika Mustermann"}, "recipient")
    assert "Mustermann" not in str(refusal.value)
