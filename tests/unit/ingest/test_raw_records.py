"""Cutting one record out of a sealed file: the whole record, nothing of another one, with its place and hash."""

from __future__ import annotations

import gzip
import hashlib
import io
import json

import pytest

from assettrail.errors import RecordRejected
from ingest.exstream.raw_records import LONGEST_PART, MOST_PARTS, delivery_parts, report_parts, use_in_line


def line(letter: str, **more: object) -> bytes:
    """A line of our report."""
    return json.dumps({"communication_id": letter, **more}).encode() + b"\n"


@pytest.mark.parametrize("packed", [False, True])
def test_a_line_is_found_at_its_place_in_plain_and_packed_files(*, packed: bool) -> None:
    """An offset that counts packed bytes leads an auditor to the middle of another customer."""
    data = line("COM-1") + line("COM-12", note="COM-1") + line("COM-1", n=2)
    parts = report_parts(io.BytesIO(gzip.compress(data) if packed else data), "COM-1")
    assert [data[part.offset : part.offset + part.length] for part in parts] == [
        line("COM-1")[:-1],
        line("COM-1", n=2)[:-1],
    ]
    assert [part.sha256 for part in parts] == [hashlib.sha256(part.text.encode()).hexdigest() for part in parts]


@pytest.mark.parametrize("letter", ["COM/1", "COM-é", 'COM-"1"', "COM-\u202e1"])
def test_an_id_is_found_however_it_is_spelled(letter: str) -> None:
    """JSON has several spellings of one id; a record that is not found reads as evidence that was lost."""
    escaped = "".join(f"\\u{ord(each):04x}" for each in letter)
    spellings = [
        json.dumps({"communication_id": letter}),
        json.dumps({"communication_id": letter}, ensure_ascii=False),
        json.dumps({"communication_id": letter}).replace("/", "\\/"),
        f'{{"communication_id": "{escaped}"}}',
    ]
    for spelled in spellings:
        assert len(report_parts(io.BytesIO(spelled.encode() + b"\n" + line("COM-2")), letter)) == 1, spelled


def test_a_report_of_another_design_gives_the_lines_with_the_id_as_a_word() -> None:
    """A part of a longer id is another customer's line."""
    data = b"id;asset\nCOM-1;a\nCOM-11;b\nXCOM-1;c\nCOM-1;d\n"
    assert [part.text for part in report_parts(io.BytesIO(data), "COM-1")] == ["COM-1;a", "COM-1;d"]


def test_what_is_given_is_bounded_and_says_so() -> None:
    """A line of a gigabyte on a page takes the server with it, and one that is cut in silence is false evidence."""
    data = line("COM-1", note="x" * (LONGEST_PART + 10)) + line("COM-1") * 40
    parts = report_parts(io.BytesIO(data), "COM-1")
    assert len(parts) == MOST_PARTS
    assert (parts[0].is_cut, len(parts[0].text), parts[0].length) == (True, LONGEST_PART, len(data.split(b"\n")[0]))
    assert all(part.is_cut and not part.text for part in parts[1:])


def test_bytes_that_are_no_text_are_seen_as_such() -> None:
    """Bytes that are left out, or replaced, are a record that nobody can compare with its hash."""
    assert report_parts(io.BytesIO(b"COM-1 \xff\xfe\n"), "COM-1")[0].text == "COM-1 \\xff\\xfe"


def test_damaged_gzip_is_refused() -> None:
    """Half a file that reads as a whole one would say that the record is not in it."""
    with pytest.raises(RecordRejected, match="gzip"):
        report_parts(io.BytesIO(gzip.compress(line("COM-1") * 100)[:-9]), "COM-2")


@pytest.mark.parametrize("text", ["no json", "[]", '{"renderings": 1}', '{"renderings": [{"rendering_id": "R1"}]}'])
def test_a_line_of_another_shape_tells_nothing_of_a_use(text: str) -> None:
    """An error about the shape would keep the whole record from the officer."""
    assert use_in_line(text, "R1", 1) is None


def customer(number: int, letter: str) -> str:
    """A customer of a delivery file."""
    return f'<customer number="{number}"><key name="CommunicationId">{letter}</key></customer>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "iso8859-1"])
def test_a_customer_is_found_at_its_bytes_in_every_encoding(encoding: str) -> None:
    """A place that counts characters points into another customer of a UTF-16 file."""
    text = (
        f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?><outputList>'
        f'<queue name="é"><file name="a">{customer(2, "COM-1")}</file></queue>'
        f'<queue name="print"><file name="b">{customer(1, "COM-9")}{customer(2, "COM-&amp;1")}</file>'
        f'<reportFile><customer number="2"/></reportFile></queue></outputList>'
    )
    data = text.encode(encoding)
    found = delivery_parts(io.BytesIO(data), "print", 2, {"CommunicationId": "COM-&1"})
    assert [part.text for part in found] == [customer(2, "COM-&amp;1")]
    assert found[0].within == '<file name="b">'
    cut = data[found[0].offset : found[0].offset + found[0].length]
    assert hashlib.sha256(cut).hexdigest() == found[0].sha256
    assert cut.decode("utf-16-le" if encoding == "utf-16" else encoding.removesuffix("-sig")) == found[0].text


def test_a_customer_far_behind_in_a_large_file_is_found_in_pieces() -> None:
    """An element that lies across two pieces of reading must not be lost, nor its place."""
    many = "".join(customer(number, f"COM-{number}") for number in range(20_000))
    data = f'<outputList><queue name="print"><file name="b">{many}</file></queue></outputList>'.encode()
    found = delivery_parts(io.BytesIO(data), "print", 19_998, {"CommunicationId": "COM-19998"})
    assert data[found[0].offset : found[0].offset + found[0].length] == customer(19_998, "COM-19998").encode()


def test_a_file_that_is_no_text_is_refused() -> None:
    """Guessing at bytes would show what was never received."""
    with pytest.raises(RecordRejected, match="not utf-8"):
        delivery_parts(io.BytesIO(b"<outputList>\xff</outputList>"), "print", 1, {})
