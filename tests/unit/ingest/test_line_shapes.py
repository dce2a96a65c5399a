"""Lines of one shape read by columns of bytes: what they say is what a strict reader of each line says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.exstream import shape_book
from ingest.exstream.line_shapes import cut_lines
from ingest.exstream.report_rows import ReportChunks
from ingest.exstream.shape_slots import line_slots
from ingest.exstream.shaped_tables import ShapedTables
from ingest.reading import Reading
from tests.unit.ingest.test_report_columns import (
    MEANING,
    STREAMS,
    URLS,
    assert_hashed,
    contents,
    plain_line,
    read_alone,
)

TEXTS = st.text(st.characters(exclude_characters='"\\\\', exclude_categories=["Cs", "Cc"]), max_size=6)


def use(**changed: Any) -> dict[str, Any]:
    """A use as an engine writes it."""
    reference = {"asset_id": "a", "version": 5, "etag": "e"}
    return {"ordinal": 1, "binding": "embedded", "asset_reference": reference, "url": None, **changed}


def line(number: int, uses: list[dict[str, Any]], **changed: Any) -> dict[str, Any]:
    """A line with a part of each kind."""
    decision = {"retrieval_id": f"RET-{number}", "returned": [{"asset_id": "b", "version": 6}], "asked": {"tier": "x"}}
    rendering = {"rendering_id": "R1", "channel": "web", "queue_name": "q", "retrieval": decision, "uses": uses}
    return {**plain_line(number), "flow_instance_id": "F", "offer_ids": ["O-1"], "renderings": [rendering], **changed}


def report(lines: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in lines)


def shaped(data: bytes) -> tuple[int, tuple[tuple[int, bytes], ...]]:
    """How many lines were read by their shape, and the others."""
    found = ShapedTables(MEANING, "uri", "0" * 64).read(data)
    return found.lines, found.others


def assert_read_as_alone(data: bytes) -> None:
    """All streams of a report, with the hashes of their rows, are what single lines give."""
    readings = {stream: Reading() for stream in STREAMS}
    count = ReportChunks(MEANING, "uri", "0" * 64).read(data, 0, readings)
    assert count == sum(1 for one in data.split(b"\n") if one.strip())
    for stream, reading in readings.items():
        assert_hashed(stream, reading.tables)
        assert contents(reading) == contents(read_alone(stream, data))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"communication_id": TEXTS, "recipient_id": TEXTS, "segment": TEXTS, "template_version": TEXTS}
        ),
        min_size=1,
        max_size=5,
    ),
    st.lists(
        st.builds(
            use,
            ordinal=st.integers(0, 10**18),
            placeholder=TEXTS,
            url=URLS | TEXTS,
            target_reference=TEXTS,
            binding=st.sampled_from(["embedded", "live_url", "other", ""]),
        ),
        max_size=3,
    ),
)
def test_values_of_one_shape_say_what_single_lines_say(
    values: list[dict[str, str]], uses: list[dict[str, Any]]
) -> None:
    """A value that is read from its neighbour's place puts one customer's letter into another's file."""
    data = report([line(number, uses, **one) for number, one in enumerate(values)])
    assert_read_as_alone(data)


def test_lines_of_engines_are_read_by_their_shape() -> None:
    """The fast way is of no use when the lines of a real report do not take it."""
    live = use(binding="live_url", asset_reference=None, url="https://res.cloudinary.com/demo/image/upload/v7/a/b.jpg")
    lines = [line(number, [use(), live] if number % 2 else [live]) for number in range(100)]
    assert shaped(report(lines)) == (100, ())
    assert shaped(report(lines).replace(b"\n", b"\r\n")) == (100, ())
    assert shaped(report(lines).removesuffix(b"\n")) == (100, ())
    assert_read_as_alone(report(lines))


CHANGES: list[Callable[[str], str]] = [
    lambda text: text.replace('"channel"', '"channel": "x", "channel"', 1),
    lambda text: text.replace('"etag"', '"version": 6, "etag"', 1),
    lambda text: text.replace('"tier"', '"tier": "x", "tier"', 1),
    lambda text: text.replace('"web"', '"we\\"b"', 1),
    lambda text: text.replace('"web"', '"we\\ud800b"', 1),
    lambda text: text.replace('"web"', '"we\tb"', 1),
    lambda text: text.replace('"web"', '"we\x00b"', 1),
    lambda text: text.replace('"web"', '"web', 1),
    lambda text: text.replace('"web"', "web", 1),
    lambda text: text.replace('"web"', "null", 1),
    lambda text: text.replace('"web"', "7", 1),
    lambda text: text.replace('"web"', '""', 1),
    lambda text: text.replace('"web"', '"a": "b"', 1),
    lambda text: text.replace(": 5", ": 05", 1),
    lambda text: text.replace(": 5", ": -5", 1),
    lambda text: text.replace(": 5", ": -0", 1),
    lambda text: text.replace(": 5", ": 5.0", 1),
    lambda text: text.replace(": 5", ": 5e3", 1),
    lambda text: text.replace(": 5", ": 9007199254740993", 1),
    lambda text: text.replace(": 5", ": 9223372036854775807", 1),
    lambda text: text.replace(": 5", ": 9223372036854775808", 1),
    lambda text: text.replace(": 5", ": " + "9" * 400, 1),
    lambda text: text.replace(": 5", ": NaN", 1),
    lambda text: text.replace(": 5", ": true", 1),
    lambda text: text.replace(": 5", ': "5"', 1),
    lambda text: text.replace(": 5", ":5 ", 1),
    lambda text: text.replace(": 5", ": ", 1),
    lambda text: ": ".join(text.rsplit(": 5", 1)),
    lambda text: ': , "tag": 5'.join(text.rsplit(": 5", 1)),
    lambda text: text.replace(": 5", ": ", 1).replace(": 1", ": 1 2", 1),
    lambda text: text.replace(": 5", ": 5 5", 1).replace(": 1,", ": ,", 1),
    lambda text: text.replace('"offer_ids": ["O-1"]', '"offer_ids": [1, 2.5, -0.0]', 1),
    lambda text: text.replace('"offer_ids": ["O-1"]', '"offer_ids": "O-1"', 1),
    lambda text: text.replace('"offer_ids": ["O-1"]', '"offer_ids": ' + "[" * 70 + "]" * 70, 1),
    lambda text: text.replace('"queue_name"', '"queue": null, "queue_name"', 1),
    lambda text: text.replace('"flow_instance_id": "F"', '"flow_instance_id": "G"', 1),
    lambda text: text.replace('"flow_instance_id": "F", ', "", 1),
    lambda text: text.replace("2026-02-28T08:32:48Z", "2026-02-30T08:32:48Z", 1),
    lambda text: text.replace("2026-02-28T08:32:48Z", "2026-02-28 08:32:48+01:00", 1),
    lambda text: text.replace('"tier": "gold"', '"tier": "jane@example.com", "AccountNumber": "1"', 1),
    lambda text: text.replace('"asset_reference": {', '"asset_reference": {"unknown": {"etag": "x"}, ', 1),
    lambda text: text.replace('"url": null', '"url": null, "target_reference": {"url": "https://x.test/a"}', 1),
    lambda text: text[:-1] + ",}",
    lambda text: text + " {}",
    lambda text: text + "\n\n \n",
    lambda text: text.replace("{", "{ ").replace(":", " :"),
    lambda text: text[: len(text) // 2],
    lambda text: "",
]


@pytest.mark.parametrize("change", CHANGES)
def test_one_odd_line_among_others_is_read_as_alone(change: Callable[[str], str]) -> None:
    """A line that only looks like the others lands what nobody wrote, or takes the lines around it along."""
    lines = [json.dumps(line(number, [use(), use(ordinal=2)])) for number in range(4)]
    changed = change(lines[1])
    assert changed != lines[1]
    for around in ([lines[0], changed, *lines[2:]], [changed], [*lines, changed]):
        assert_read_as_alone("\n".join(around).encode())


@pytest.mark.parametrize("odd", [b"\\u00e9", b'\\"', b"\t", b'"', b"\xff", b"\r", b"\x00"])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_a_line_that_cannot_be_cut_leaves_the_others_as_fast_as_they_were(odd: bytes, ends: bytes) -> None:
    """One customer with a quotation mark in a name would have millions of others read the slow way."""
    lines = report([line(number, [use()]) for number in range(9)]).splitlines()
    lines[2] = lines[2].replace(b"COM-2", b"COM-2" + odd)
    lines[7], lines[8] = (one.replace(b'"web"', b'"we\\u0062"') for one in lines[7:])
    data = ends.join(lines)
    starts = [sum(len(one) + len(ends) for one in lines[:number]) for number in (2, 3, 7)]
    others = ((starts[0], data[starts[0] : starts[1]]), (starts[2], data[starts[2] :]))
    assert shaped(data) == (6, others)
    assert_read_as_alone(data)


@pytest.mark.parametrize("bad", [b"\xff", b"\xed\xa0\x80", b"\xc0\x80"])
def test_bytes_that_are_no_text_are_refused_with_their_line(bad: bytes) -> None:
    """Bytes that are replaced on the way in are no longer what was sent."""
    data = report([line(number, [use()]) for number in range(3)])
    assert_read_as_alone(data.replace(b"COM-1", b"COM-" + bad))


def test_which_lines_are_left_does_not_depend_on_what_was_read_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two processes that read one report each chunk must get the same rows in the same order, whoever reads it."""
    monkeypatch.setattr(shape_book, "MOST_SHAPES", 8)
    many = [line(number, [use()] * number) for number in range(12)]
    tables = ShapedTables(MEANING, "uri", "0" * 64)
    tables.read(report(many[-3:]))
    again, others = tables.read(report(many)), shaped(report(many))
    assert (again.lines, again.others) == others == (8, ((len(report(many[:8])), report(many[8:])),))


def test_a_shape_tells_where_its_values_stand() -> None:
    """A slot that is off by one names the wrong asset in every line of the report."""
    cut = cut_lines(report([line(0, [use()])]))
    assert cut is not None
    slots = line_slots(cut.around(0))
    assert slots is not None
    values = [cut.segments[2 * slot + 1].as_py() for slot in slots.renderings[0].uses[0] if slot >= 0]
    assert values == ["1", "embedded", "a", "5", "e"]


@pytest.mark.parametrize(
    "other", ['{"a": , "b": "x"}', '{"a": 5 5, "b": "x"}', '{"a": "5", "b": "x"}', '{"a": 5, "b": 5}']
)
def test_what_stands_in_place_of_a_value_makes_another_shape(other: str) -> None:
    """Of lines that share a shape nothing but the values is looked at any more."""
    cut = cut_lines(f'{{"a": 5, "b": "x"}}\n{{"a": 678, "b": ""}}\n{other}\n'.encode())
    assert cut is not None
    assert cut.shapes.indices.to_pylist() == [0, 0, 1]
