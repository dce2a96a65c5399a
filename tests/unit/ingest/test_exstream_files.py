"""The files of engine runs: encodings, half-written files, hostile XML, and what never lands."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from assettrail.errors import RecordRejected
from ingest.exstream.delivery_file import read_delivery_file
from ingest.exstream.discretion import Kept
from ingest.exstream.engine_clock import by_engine_clock
from ingest.exstream.message_file import EngineMessage, RefusedLine, read_message_file
from ingest.exstream.records import Job, listed_values, vendor_instant
from ingest.exstream.report_mapping import load_mapping
from ingest.exstream.streams import FILE_STREAMS, RunFile, RunFileReader
from ingest.reading import Reading
from ingest.schema import stream_schema
from ingest.strict import sha256_hex
from tests.unit.ingest.read_values import values_of

MAPPINGS = Path(__file__).parents[3] / "ingest" / "exstream" / "mappings"
BODY = """
<!DOCTYPE outputList>
<outputList transactions="0" customersProcessed="2" pagesProcessed="3">
  <queue mimeType="application/pdf" pdl="PDF" name="archive">
    <file name="/mnt/x/claims/jobs/J/F/docgen/D/output/Queue_25_archive/0001_MÜLLER &amp; Söhne.pdf">
      <customer number="1">
        <key name="AccountNumber">0001</key>
        <key name="AccountNumber_MFC">0001-A</key>
        <key name="TotalPagesInDocument">2</key>
      </customer>
      <customer number="2"><key name="AccountNumber">0002</key></customer>
      <pageCount>2</pageCount>
      <fileSize>12345</fileSize>
    </file>
    <file name="/mnt/x/claims/jobs/J/F/docgen/D/output/Queue_25_archive/0003.pdf"><pageCount>1</pageCount></file>
    <reportFile dataFile="r" name="r" reportType="report"><customer number="1"/></reportFile>
  </queue>
</outputList>
"""
OUTSIDE = '<?xml version="1.0" standalone="no"?>' + BODY.replace("outputList>", 'outputList SYSTEM "o.dtd">', 1)
ENCODED = [
    codecs.BOM_UTF16_LE + ('<?xml version="1.0" encoding="UTF-16"?>' + BODY).encode("utf-16-le"),
    codecs.BOM_UTF16_BE + ('<?xml version="1.0" encoding="UTF-16"?>' + BODY).encode("utf-16-be"),
    ('<?xml version="1.0" encoding="UTF-16"?>' + BODY).encode("utf-16-le"),
    ('<?xml version="1.0" encoding="UTF-16" standalone="no"?>' + BODY).encode(),
    codecs.BOM_UTF8 + ('<?xml version="1.0" encoding="UTF-8"?>' + BODY).encode(),
    ('<?xml version="1.0" encoding="ISO-8859-1"?>' + BODY).encode("iso-8859-1"),
    BODY.encode(),
    OUTSIDE.encode(),
]


@pytest.mark.parametrize("data", ENCODED)
def test_every_encoding_gives_the_same_outputs(data: bytes) -> None:
    """A declaration that lies about the bytes has made other readers fail on sound files."""
    read = read_delivery_file(data)
    assert [(output.customer_number, output.page_count, output.size_bytes) for output in read.outputs] == [
        (1, 2, 12345),
        (2, 2, 12345),
    ]
    assert read.outputs[0].path.endswith("0001_MÜLLER & Söhne.pdf")
    assert [number for number, _ in read.refused] == [2]
    assert read.customers_processed == 2


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (ENCODED[0][: len(ENCODED[0]) // 4 * 2], "closing tag"),
        (b"", "closing tag"),
        (BODY.replace("</queue>", "").encode(), "well-formed"),
        (BODY.replace("<!DOCTYPE outputList>", '<!DOCTYPE o [<!ENTITY a "b">]>').encode(), "entities"),
        (
            BODY.replace("<!DOCTYPE outputList>", '<!DOCTYPE o [<!ENTITY a SYSTEM "file:///etc/passwd">]>').encode(),
            "entities",
        ),
        (OUTSIDE.replace("0001</", "&part;0001</").encode(), "undefined entity"),
        (OUTSIDE.replace('number="1"', 'number="&part;1"').encode(), "undefined entity"),
        (BODY.replace("outputList", "other", 2).replace("<outputList", "<other").encode(), ""),
        (BODY.encode() + b"\xff", "not utf-8"),
    ],
)
def test_a_file_that_is_not_whole_or_hostile_is_refused_whole(data: bytes, reason: str) -> None:
    """Believing the first half of a manifest would claim that the other customers got nothing."""
    with pytest.raises(RecordRejected) as refusal:
        read_delivery_file(data)
    assert reason in refusal.value.found


@pytest.mark.parametrize(
    "whole",
    [
        BODY.lstrip().replace("</queue>", f"</queue><!--{pad}{'😀' * 9000}-->").encode(encoding)
        for pad in ("", "x")
        for encoding in ("utf-16", "utf-16-be", "utf-8")
    ]
    + [
        f"{BODY}<!-- composed by 25.2 -->\n<?engine end?>\n".encode("utf-16"),
        (BODY + " " * 100_000).encode("utf-16"),
        BODY.encode() + b"\r\n" * 50_000,
    ],
)
def test_what_stands_at_the_end_of_a_whole_file_does_not_refuse_it(whole: bytes) -> None:
    """A sound manifest that is called half written stays so at every ingest: its letters never land."""
    assert len(read_delivery_file(whole).outputs) == 2


def test_a_run_without_a_customer_may_write_its_root_in_one_tag() -> None:
    """A run that composed nothing is no run that was cut off."""
    assert read_delivery_file(b'<?xml version="1.0"?><outputList customersProcessed="0"/>\n').outputs == ()
    for cut in (b'<outputList customersProcessed="0"', b"</outputList", b"</outputList><!-- comp", b"</outputList>x"):
        with pytest.raises(RecordRejected, match="closing tag"):
            read_delivery_file(cut)


ONE_QUEUE = (
    '<queue name="q"><file name="/x/docgen/D/output/1">{}</file><file name="/x/docgen/D/output/2">{}</file></queue>'
)


@pytest.mark.parametrize(
    "inside",
    [
        f"<queues>{ONE_QUEUE}</queues>",
        ONE_QUEUE.replace("file", "outputFile"),
        ONE_QUEUE.replace("queue", "lane"),
        "",
    ],
)
def test_a_manifest_of_another_structure_is_refused(inside: str) -> None:
    """A release that names its elements otherwise would prove that nobody was written to."""
    inside = inside.format('<customer number="1"/>', '<customer number="2"/>')
    read, doubts = rows_of("delivery_outputs", f'<outputList customersProcessed="2">{inside}</outputList>'.encode())
    assert (values_of(read), len(read.quarantined)) == ([], 1)
    assert "no output, and 2 customers" in doubts[0]
    read, doubts = rows_of("delivery_outputs", f"<outputList>{inside}</outputList>".encode())
    assert (values_of(read), read.quarantined, doubts) == ([], [], [])


def test_a_manifest_with_fewer_customers_than_it_states_is_doubted() -> None:
    """The letters of customers who are not told of would be called never sent; one customer has several outputs."""
    beyond = [(1, number, "for 1 of the 2") for number in (1 << 40, 10**18 - 1)]
    for first, second, short in ((0, 1, None), (2, 2, "for 1 of the 2"), (7, 90, None), *beyond):
        inside = ONE_QUEUE.format(f'<customer number="{first}"/>', f'<customer number="{second}"/>')
        read, doubts = rows_of("delivery_outputs", f'<outputList customersProcessed="2">{inside}</outputList>'.encode())
        assert (len(values_of(read)), len(doubts)) == (2, 1 if short else 0)
        assert short is None or short in doubts[0]


def test_messages_keep_their_number_and_their_continuation_lines() -> None:
    """Grouping by the printed id breaks when a customer changes the severity letter; the number stays."""
    data = (
        b"banner\r\n01/31/2026 10:00:00 EX004120W (12) frame\r\n   customer 3\n\nEX003004E placeholder\n"
        b"EX000001I \xff\n" + b"x" * 70_000
    )
    read = list(read_message_file(BytesIO(data)))
    found = [item for item in read if isinstance(item, EngineMessage)]
    assert [(m.line_number, m.message_number, m.severity, m.sequence) for m in found] == [
        (1, None, None, None),
        (2, "004120", "W", 12),
        (5, "003004", "E", None),
    ]
    assert found[1].text == "frame\ncustomer 3"
    assert found[1].issued_at_raw == "01/31/2026 10:00:00"
    refused = [item for item in read if isinstance(item, RefusedLine)]
    assert [data[item.offset : item.offset + 3] for item in refused] == [b"EX0", b"xxx"]


def test_equal_messages_of_two_runs_are_two_records_each() -> None:
    """Without printed times two runs may write the same bytes: one of them would have had no messages."""
    data = b"EX000101I (1) begins\nEX000102I (1) ends\n"
    runs = [("F1", "S1", None), ("F1", "S2", None), ("F2", None, "D2"), ("F3", None, "D3")]
    keys, told = [], []
    for instance, step, docgen in runs:
        read = Reading()
        file = RunFile("messages", "claims", "J", instance, step, docgen, "uri", sha256_hex(data), len(data))
        READER.read("engine_messages", file, BytesIO(data), read)
        keys += [
            tuple(row[name] for name in stream_schema("exstream", "engine_messages").key) for row in values_of(read)
        ]
        told += [(row["flow_instance_id"], row["engine_run_id"], row["flow_step_id"]) for row in values_of(read)]
    assert len(set(keys)) == 2 * len(runs)
    assert told[::2] == [("F1", "S1", "S1"), ("F1", "S2", "S2"), ("F2", "D2", None), ("F3", "D3", None)]


def messages_of(data: bytes, zone: str | None) -> tuple[Reading, list[str]]:
    reading = Reading()
    file = RunFile("messages", "claims", "J", "F", "S", "D", "uri", sha256_hex(data), len(data))
    reader = replace(READER, zone=zone)
    return reading, reader.read("engine_messages", file, BytesIO(data), reading)


def test_printed_times_become_instants_by_the_zone_of_the_engine() -> None:
    """A message without an instant can be put next to no job and no letter."""
    data = b"01/31/2026 10:00:00 EX004120W (12) frame\nEX003004E no time\n"
    read, doubts = messages_of(data, "America/New_York")
    timed, untimed = values_of(read)
    assert timed["issued_at_raw"] == "2026-01-31T10:00:00-05:00"
    told = {"issued_at_raw": {"text": "01/31/2026 10:00:00", "zone": "America/New_York"}}
    assert json.loads(str(timed["written_times"])) == told
    assert (untimed["issued_at_raw"], untimed["written_times"], doubts) == (None, None, [])


def test_printed_times_are_not_guessed() -> None:
    """A guessed zone puts a message before the letter that it warned of."""
    data = b"EX000101I begins\n01/31/2026 10:00:00 EX004120W (12) frame\n"
    read, doubts = messages_of(data, None)
    assert values_of(read) == []
    assert [(refused.offset, refused.excerpt_hash) for refused in read.quarantined] == [(0, sha256_hex(data))]
    assert "exstream.engine_zone" in read.quarantined[0].reason
    assert "without an offset" in doubts[0]


def test_a_time_that_the_clock_showed_twice_costs_its_message_alone() -> None:
    """One message in the hour that comes twice must not cost the messages of a night, nor be put an hour off."""
    twice = b"10/25/2026 02:30:00 EX004120W (12) frame"
    read, _ = messages_of(b"EX000101I begins\n" + twice + b"\n10/25/2026 03:30:00 EX000102I ends\n", "Europe/Berlin")
    assert [values["message_number"] for values in values_of(read)] == ["000101", "000102"]
    assert [(refused.offset, refused.excerpt_hash) for refused in read.quarantined] == [(17, sha256_hex(twice))]


def test_times_of_listings_without_an_offset_are_those_of_the_engine() -> None:
    """A job whose times nobody can read lies in no window, and its letters are proven for no day."""
    item = {"id": "j", "status": "complete", "startDate": "2026-01-31T10:00:00", "endDate": 1769882400000}
    values = by_engine_clock(listed_values("jobs", item, ("claims",)), "Europe/Berlin")
    assert (values["start_at_raw"], values["end_at_raw"]) == ("2026-01-31T10:00:00+01:00", "1769882400000")
    told = {"start_at_raw": {"text": "2026-01-31T10:00:00", "zone": "Europe/Berlin"}}
    assert json.loads(str(values["written_times"])) == told
    with pytest.raises(RecordRejected) as refusal:
        by_engine_clock(listed_values("jobs", item, ("claims",)), None)
    assert "exstream.engine_zone" in refusal.value.expected
    assert by_engine_clock({"start_at_raw": "2026-01-31"}, "Europe/Berlin")["start_at_raw"] == "2026-01-31"


class Pseudonyms:
    """Pseudonyms that a test can foretell."""

    key_id = "k1"

    def pseudonym(self, kind: str, value: str) -> str:
        """Kind and a short hash."""
        return f"{kind}:{hashlib.sha256(value.encode()).hexdigest()[:8]}"


KEPT = Kept(frozenset({"TotalPagesInDocument", "AccountNumber_MFC"}), frozenset({"tier", "since", "AccountNumber"}))
READER = RunFileReader(Pseudonyms(), {"AccountNumber": "account"}, KEPT, (), "demo")


def rows_of(stream: str, data: bytes, customers: int | None = None) -> tuple[Reading, list[str]]:
    reading = Reading()
    file = RunFile(FILE_STREAMS[stream], "claims", "J", "F", "S", "D", "uri", "raw", len(data), customers)
    return reading, READER.read(stream, file, BytesIO(data), reading)


@pytest.mark.parametrize(("name", "stream"), [("failure_report", "renderings"), ("letter_register", "asset_uses")])
def test_a_table_that_ends_within_a_line_is_doubted(name: str, stream: str) -> None:
    """A line that was cut reads as a whole one: with another outcome, or by the layout of shorter lines."""
    mapping = load_mapping(MAPPINGS / f"{name}.toml")
    reader = replace(READER, mappings={name: mapping})
    (path,) = (path for path in MAPPINGS.glob(f"{name}.*") if path.suffix != ".toml")
    first = b"".join(path.read_bytes().replace(b'"Meier; A."', b"Meier").splitlines(keepends=True)[:2])
    for data, is_doubted in ((first, False), (first[:-2], True), (gzip.compress(first[:-2]), True)):
        file = RunFile("report", "claims", "J", "F", None, "D", "uri", "raw", len(data), mapping=name)
        reading = Reading()
        doubts = reader.read(stream, file, BytesIO(data), reading)
        assert reading.rows
        assert ["its last record may be cut" in doubt for doubt in doubts] == [True] * is_doubted
    ends_so = replace(mapping, shape=mapping.shape.model_copy(update={"last_line_end": False}))
    assert replace(reader, mappings={name: ends_so}).read(stream, file, BytesIO(data), Reading()) == []


@pytest.mark.parametrize(("content", "is_doubted"), [(b"", True), (b" \n\n", True), (None, False)])
def test_a_table_without_its_header_is_doubted(content: bytes | None, *, is_doubted: bool) -> None:
    """A report that was cut to nothing reads as one of a run without letters."""
    mapping = load_mapping(MAPPINGS / "letter_register.toml")
    reader = replace(READER, mappings={mapping.name: mapping})
    header = (MAPPINGS / "letter_register.csv").read_bytes().splitlines(keepends=True)[0]
    for data in (header if content is None else content, gzip.compress(header if content is None else content)):
        file = RunFile("report", "claims", "J", "F", None, "D", "uri", "raw", len(data), mapping=mapping.name)
        doubts = reader.read("communications", file, BytesIO(data), Reading())
        expected = ["the report letter_register of flow instance F is empty, and has no header"]
        assert doubts == expected * is_doubted


def line(**changes: object) -> dict[str, object]:
    use = {"ordinal": 1, "binding": "embedded", "asset_reference": {"asset_id": "a", "version": 5, "etag": "e"}}
    url = "https://res.cloudinary.com/demo/image/upload/f_auto/v7/a/b.jpg"
    live = {"ordinal": 2, "binding": "live_url", "url": url, "target_reference": {"public_id": "x"}}
    rendering = {"rendering_id": "r", "channel": "email", "queue": "q", "uses": [use, live]}
    made = {
        "communication_id": "C1",
        "flow_instance_id": "F",
        "recipient_id": "C-0001234",
        "generated_at": "2026-01-31T10:00:00Z",
        "profile": {"note": "call +49 171 1234567", "AccountNumber": "0001", "since": "2024-01-01"},
        "renderings": [{**rendering, "selection": {"rule": "R", "inputs": {"email": "a@b.de", "tier": "gold"}}}],
    }
    return {**made, **changes}


def test_no_identifier_of_a_recipient_lands() -> None:
    """Landing is read by analysts: a customer number in it is a data breach."""
    outputs, _ = rows_of("delivery_outputs", ENCODED[0])
    report = json.dumps(line()).encode()
    communications, _ = rows_of("communications", report)
    renderings, _ = rows_of("renderings", report)
    messages, _ = rows_of("engine_messages", b"EX004120W (1) account ACC-0001234 overflows\n")
    parts = (outputs, communications, renderings, messages)
    landed = "".join(str(values) for part in parts for values in values_of(part))
    for secret in ("'0001'", "0001-A", "C-0001234", "1234567", "a@b.de", "ACC-0001234", '"0001"'):
        assert secret not in landed
    assert outputs.rows[0].values["recipient_pseudonym"] == Pseudonyms().pseudonym("account", "0001")
    assert outputs.rows[0].values["keys"] == '{"TotalPagesInDocument":"2"}'
    assert values_of(communications)[0]["recipient_pseudonym"] == Pseudonyms().pseudonym("customer", "C-0001234")
    assert '"since":"2024-01-01"' in str(values_of(communications)[0]["profile"])
    assert values_of(renderings)[0]["selection"] == '{"inputs":{"tier":"gold"},"rule":"R"}'


def test_uses_carry_reference_or_read_address() -> None:
    """The verdict of a letter hangs on exactly these columns."""
    reading, doubts = rows_of("asset_uses", json.dumps(line()).encode())
    first, second = values_of(reading)
    assert (first["asset_id"], first["version"], first["etag"], first["delivery_state"]) == ("a", 5, "e", None)
    assert (second["delivery_state"], second["delivery_version"], second["delivery_public_id"]) == ("parsed", 7, "a/b")
    assert second["target_reference"] == '{"public_id":"x"}'
    assert doubts == []


def test_only_the_bad_line_or_use_is_quarantined_and_a_short_report_is_doubted() -> None:
    """One corrupt line must cost one line; a report cut at a line's end must not look whole."""
    good = json.dumps(line()).encode()
    bad_use = json.dumps(
        line(
            renderings=[
                {
                    "rendering_id": "r",
                    "channel": "c",
                    "uses": [{"ordinal": 1, "binding": "sideways"}, {"ordinal": 2, "binding": "embedded"}],
                }
            ]
        )
    ).encode()
    data = b"\n".join([good, b'{"communication_id":"C2","communication_id":"C3"}', bad_use, good[:40]])
    uses, _ = rows_of("asset_uses", data)
    assert sorted(values["ordinal"] for values in values_of(uses)) == [1, 2, 2]
    assert [refused.offset for refused in uses.quarantined] == [
        len(good) + 1,
        data.index(bad_use),
        data.rindex(good[:40]),
    ]
    _, doubts = rows_of("communications", good + b"\n", customers=2)
    assert doubts == ["the asset-use report of flow instance F has 1 lines for 2 customers of its delivery file"]
    other, _ = rows_of("communications", json.dumps(line(flow_instance_id="G")).encode())
    assert (len(values_of(other)), len(other.quarantined)) == (0, 1)


def test_dates_come_as_milliseconds_or_text() -> None:
    """The documented form of dates and the real one differ; reading only one loses the watermark."""
    for start in (1757584405639, "1757584405639", "2025-09-11T09:53:25.639Z"):
        job = Job.from_response({"id": "j", "status": "started", "startDate": start}, "claims", str)
        assert job.start_at_raw == str(start)
        assert job.started_at is not None
        assert round(job.started_at.timestamp()) == 1757584406
    assert vendor_instant("2025-09-11T09:53:25") is None
    assert vendor_instant("9" * 40) is None
