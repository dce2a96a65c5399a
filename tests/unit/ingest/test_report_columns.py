"""Reports read as columns against reports read line by line: the same rows and the same refusals, for any bytes."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.exstream.asset_use_report import ReportLine, read_line
from ingest.exstream.discretion import Kept
from ingest.exstream.plain_lines import plain_lines
from ingest.exstream.report_rows import ReportChunks, ReportMeaning
from ingest.lines import FileBytes, LongLine, chunks_of_lines
from ingest.reading import Reading
from ingest.rows import row_hashes
from ingest.schema import ROW_HASH, stream_schema
from ingest.strict import canonical_json
from tests.unit.ingest.read_values import values_of

STREAMS = ("communications", "renderings", "asset_uses")
OWN = "F"


class Pseudonyms:
    """Pseudonyms that a test can read."""

    key_id = "k"

    def pseudonym(self, kind: str, value: str) -> str:
        """Say what was given."""
        return f"{kind}:{value}"


MEANING = ReportMeaning(
    domain="claims",
    flow_instance_id=OWN,
    recipients=Pseudonyms(),
    kept=Kept(frozenset(), frozenset({"tier", "note"})),
    recipient_keys=("AccountNumber",),
    hosts=(),
    cloud="demo",
)

TEXTS = st.text(max_size=8) | st.sampled_from(["", "a", 'a"b', "a\\b", "ü", "\u2028", "C-0001234", "x@y.de"])
URLS = st.sampled_from(
    [
        "https://res.cloudinary.com/demo/image/upload/f_auto/v7/a/b.jpg",
        "https://res.cloudinary.com/demo/image/upload/l_text:Arial_20:Jane/v7/a/b.jpg?mail=a@b.de",
        "https://res.cloudinary.com/demo/image/upload/w_100/a%22b/%C3%BC.jpg",
        "http://[::1",
        "not an address",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | TEXTS
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)


def maybe(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly the right value, at times anything."""
    return st.one_of(right, right, right, right, right, right, st.none(), ANYTHING)


def member(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object whose fields may each be absent, with an unknown one now and then."""
    known = {name: maybe(value) for name, value in fields.items()}
    whole = st.fixed_dictionaries(known)
    return whole | whole | st.fixed_dictionaries({}, optional={**known, "unknown": ANYTHING})


PARTS = st.dictionaries(st.sampled_from(["tier", "note", "rule", "inputs", "AccountNumber"]), ANYTHING, max_size=3)
REFERENCES = member(asset_id=TEXTS, version=st.integers(0, 2**63), etag=TEXTS, public_id=TEXTS)
USES = member(
    ordinal=st.integers(1, 3),
    binding=st.sampled_from(["embedded", "live_url"]),
    placeholder=TEXTS,
    asset_reference=REFERENCES,
    url=URLS | TEXTS,
    target_reference=TEXTS | PARTS,
)
RENDERINGS = member(
    rendering_id=TEXTS,
    channel=TEXTS,
    queue=TEXTS,
    queue_name=TEXTS,
    selection=PARTS,
    retrieval=PARTS,
    rendition_request=PARTS,
    uses=st.lists(USES, max_size=3),
)
TIMES = st.sampled_from(
    ["2026-02-28T08:32:48Z", "2026-02-28 08:32:48+01:00", "20260228T083248Z", "1768035600000", "2026-02-28T08:32:48"]
)
LINES = member(
    communication_id=TEXTS,
    generated_at=TIMES | TEXTS,
    flow_instance_id=st.sampled_from([OWN, OWN, OWN, "G"]),
    recipient_id=TEXTS,
    document_type=TEXTS,
    template_id=TEXTS,
    template_version=TEXTS | st.integers(0, 10),
    segment=TEXTS,
    jurisdiction=TEXTS,
    language=TEXTS,
    offer_ids=st.lists(TEXTS, max_size=2),
    profile=PARTS,
    renderings=st.lists(RENDERINGS, max_size=2),
)


def plain_line(number: int) -> dict[str, Any]:
    """A line as an engine writes it."""
    use = {"ordinal": 1, "binding": "embedded", "asset_reference": {"asset_id": "a", "version": 5, "etag": "e"}}
    rendering = {"rendering_id": "R1", "channel": "web", "uses": [use], "selection": {"rule": "r"}}
    return {
        "communication_id": f"COM-{number}",
        "generated_at": "2026-02-28T08:32:48Z",
        "recipient_id": f"C-{number}",
        "profile": {"tier": "gold"},
        "renderings": [rendering],
    }


@st.composite
def reports(draw: st.DrawFn) -> bytes:
    """Reports with good lines, odd lines, broken lines and lines whose bytes were changed."""
    lines = []
    for value in draw(st.lists(LINES, max_size=4)):
        ascii_only, spaced = draw(st.booleans()), draw(st.booleans())
        text = json.dumps(value, ensure_ascii=ascii_only, separators=None if spaced else (",", ":"))
        data = text.encode("utf-8", "surrogatepass")
        for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
            at, byte = draw(st.integers(0, len(data) - 1)), draw(st.integers(0, 255))
            data = data[:at] + bytes([byte]) + data[at + draw(st.sampled_from([0, 1])) :]
        lines.append(data)
        if draw(st.booleans()):
            lines.append(json.dumps(plain_line(len(lines))).encode())
    return b"\n".join(lines)


def read(stream: str, data: bytes) -> Reading:
    """Read as the pipeline does."""
    reading = Reading()
    chunks = ReportChunks(MEANING, "uri", "0" * 64)
    for piece in chunks_of_lines(FileBytes(BytesIO(data)).blocks()):
        assert not isinstance(piece, LongLine)
        chunks.read(piece[1], piece[0], {stream: reading})
    assert_hashed(stream, reading.tables)
    return reading


def assert_hashed(stream: str, tables: list[pa.Table]) -> None:
    """Each row of a table has the hash that the row would get alone."""
    for table in tables:
        columns = table.select(list(stream_schema("exstream", stream).columns)).to_pydict()
        assert table.column(ROW_HASH).to_pylist() == row_hashes(columns, table.num_rows)


def read_alone(stream: str, data: bytes) -> Reading:
    """Read every line by the reader of single lines."""
    reading = Reading()
    chunks = ReportChunks(MEANING, "uri", "0" * 64)
    offset = 0
    for line in data.split(b"\n"):
        if line.strip():
            chunks.read_alone(stream, ReportLine(offset, line, read_line(line)), reading)
        offset += len(line) + 1
    return reading


def contents(reading: Reading) -> tuple[list[str], list[tuple[int, str, str]]]:
    """What a reading holds, without the order in which it was read."""
    rows = sorted(canonical_json(dict(values)) for values in values_of(reading))
    return rows, sorted((one.offset, one.reason, one.excerpt_hash) for one in reading.quarantined)


@pytest.mark.parametrize("stream", STREAMS)
@settings(max_examples=300, deadline=None)
@given(data=reports())
def test_columns_say_what_single_lines_say(stream: str, data: bytes) -> None:
    """A fast reader that lets one line through, or changes one value, changes what is proven about a customer."""
    assert contents(read(stream, data)) == contents(read_alone(stream, data))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"channel"', '"channel": "email", "channel"', 1),
        lambda text: text.replace('"etag"', '"version": 6, "etag"', 1),
        lambda text: text.replace('"tier"', '"tier": "x", "tier"', 1),
        lambda text: text.replace('"rule"', '"rule": "x", "rule"', 1),
        lambda text: text.replace('"COM-1"', '"COM-1", "communi\\u0063ation_id": "COM-2"', 1),
        lambda text: text.replace('"web"', '"we\\u0000b"', 1),
        lambda text: text.replace('"web"', '"we\\ud800b"', 1),
        lambda text: text.replace('"version": 5', '"version": NaN', 1),
        lambda text: text.replace('"web"', '"we\\u0022b\\u0022", "channel": "x"', 1),
        lambda text: text.replace('"gold"', "1e400", 1),
        lambda text: text.replace('"gold"', "[" * 70 + "]" * 70, 1),
    ],
)
@pytest.mark.parametrize("stream", STREAMS)
def test_what_readers_disagree_about_is_refused(stream: str, change: Any) -> None:
    """Of a key that stands twice one JSON reader takes the first value and another the last."""
    lines = [json.dumps(plain_line(number)) for number in range(3)]
    data = "\n".join([lines[0], change(lines[1]), lines[2]]).encode()
    found = contents(read(stream, data))
    assert found == contents(read_alone(stream, data))
    assert len(found[1]) == 1


@pytest.mark.parametrize("number", ["5.0", "1e2", "18446744073709551617", "true", '"x"'])
def test_a_version_that_is_no_whole_number_is_refused_with_its_use(number: str) -> None:
    """A version that was rounded on the way is another version."""
    lines = [json.dumps(plain_line(at)) for at in range(3)]
    lines[1] = lines[1].replace('"version": 5', f'"version": {number}')
    data = "\n".join(lines).encode()
    found = contents(read("asset_uses", data))
    assert found == contents(read_alone("asset_uses", data))
    assert (len(found[0]), len(found[1])) == (2, 1)


def test_lines_of_engines_are_plain() -> None:
    """The fast way is of no use when the lines of a real report do not take it."""
    data = "\n".join(json.dumps(plain_line(number)) for number in range(100)).encode()
    assert len(plain_lines(data, OWN) or []) == 100
    assert len(plain_lines(data.replace(b"\n", b"\r\n"), OWN) or []) == 100
