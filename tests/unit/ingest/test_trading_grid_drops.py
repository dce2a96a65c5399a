"""Dropped exports: what a mapping reads of them, whatever state they are in."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
import zlib
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from ingest.cloudinary.delivery_url import parse_delivery_url
from ingest.pseudonym import mask_identifiers
from ingest.rows import read_rows
from ingest.schema import stream_schema
from ingest.trading_grid import drop_mapping
from ingest.trading_grid.context import Context
from ingest.trading_grid.drop_mapping import DropMapping, load_drop_mapping
from ingest.trading_grid.drop_records import DropReading, read_drop
from ingest.trading_grid.mapping_check import try_mapping

ROOT = Path(__file__).parents[3]
EXAMPLES = Path(drop_mapping.__file__).parent / "mappings"
CONTEXT = Context(mask_identifiers, partial(parse_delivery_url, cloud="demo"), {"P-NY": "America/New_York"})
CSV = """
system = "trading_grid"
stream = "acknowledgements"
files = "ack*.csv*"
format = "csv"
[columns]
acknowledgement_id = "id"
partner_id = "partner"
code = "code"
at_raw = "at"
[constants]
kind = "portal"
"""
JSONL = CSV.replace('"csv"', '"jsonl"').replace("ack*.csv*", "ack*.jsonl*")
HEADER = "id,partner,code,at\n"
AT = "2026-03-12T10:00:00Z"


def mapping(tmp_path: Path, text: str = CSV) -> DropMapping:
    path = tmp_path / "m.toml"
    path.write_text(text, encoding="utf-8")
    return load_drop_mapping(path)


def read(tmp_path: Path, data: bytes | str, text: str = CSV) -> DropReading:
    content = data.encode() if isinstance(data, str) else data
    return read_drop(mapping(tmp_path, text), content, "file:///drop", "00" * 32, CONTEXT)


def rows(found: DropReading, stream: str = "acknowledgements") -> list[dict[str, Any]]:
    table = read_rows(stream_schema("trading_grid", stream), found.reading.rows, found.reading.tables).table
    made: list[dict[str, Any]] = table.to_pylist()
    return made


def ids(found: DropReading) -> list[str]:
    return [row["acknowledgement_id"] for row in rows(found)]


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.toml")))
def test_the_documented_examples_read_their_own_file(name: str) -> None:
    """An example that does not work is copied by everybody who begins."""
    loaded = load_drop_mapping(EXAMPLES / name)
    (file,) = [path for path in EXAMPLES.iterdir() if path.suffix != ".toml" and loaded.reads(path.name)]
    found = try_mapping(Settings(), file, EXAMPLES / name)
    assert found.records > 0
    assert found.refused == ()
    assert found.streams[0].rows == found.records


def test_times_get_the_zone_of_the_mapping_and_stay_as_written_beside_it() -> None:
    """A local time that lands as UTC proves a late answer to be in time."""
    path = EXAMPLES / "portal_acknowledgements.toml"
    data = (EXAMPLES / "portal_acknowledgements.csv").read_bytes()
    first, _ = rows(read_drop(load_drop_mapping(path), data, "file:///x", "00" * 32, CONTEXT))
    assert first["at_raw"] == "2026-03-12T10:15:00+01:00"
    assert json.loads(first["written_times"]) == {"at_raw": {"text": "12.03.2026 10:15:00", "zone": "Europe/Berlin"}}


def test_the_partners_zone_wins_and_without_any_the_record_is_refused(tmp_path: Path) -> None:
    """Of two partners in two zones one is six hours off when there is one zone for all."""
    text = f"{HEADER}1,P-NY,,2026-03-12 10:00\n2,P-XX,,2026-03-12 10:00\n3,P-XX,,2026-03-12T10:00:00+05:30\n"
    found = read(tmp_path, text)
    assert [(row["acknowledgement_id"], row["at_raw"]) for row in rows(found)] == [
        ("1", "2026-03-12T10:00:00-04:00"),
        ("3", "2026-03-12T10:00:00+05:30"),
    ]
    (refused,) = found.reading.quarantined
    assert "without an offset" in refused.reason
    assert refused.offset == text.index("2,P-XX")


@pytest.mark.parametrize(
    ("data", "is_cut"),
    [
        (f"{HEADER}1,PART", True),
        (f"{HEADER}1,P-NY,a,{AT}\n2,PARTNER,b,{AT}", True),
        (f'{HEADER}1,P-NY,a,{AT}\n2,"PART\nNER","b",{AT}', True),
        (f"{HEADER}1,P-NY,a,{AT}\n", False),
        (f"{HEADER}1,P-NY,a,{AT}\r\n\r\n ", False),
        (HEADER.strip(), True),
    ],
)
def test_a_last_record_without_a_line_end_is_told(tmp_path: Path, data: str, is_cut: bool) -> None:
    """A partner's id that was cut is another partner's, and the file would be removed as read."""
    for content in (data.encode(), gzip.compress(data.encode())):
        found = read(tmp_path, content)
        assert found.is_perhaps_cut == is_cut
        assert any("may be cut" in note for note in found.notes) == is_cut
        assert len(rows(found)) == data.count(AT)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'3,"P,,x', "quotation mark"),
        (b'3,P"Q,,x', "quotation mark"),
        (b'3,P"Q",,x', "quotation mark"),
        (b'3,"P"Q,,x', "quotation mark"),
        (b"3,P\xff,,x", "invalid UTF-8"),
        (b"3,P\x00,,x", "NUL"),
        (b"3,P", "2 fields"),
        (b"3,P,,x,y", "5 fields"),
        (b",P,,x", "empty|nothing"),
        (b"3,P,,yesterday", "found a text of the form 'xxxxxxxxx'"),
        (b"3," + b"P" * (5 << 20) + b",,x", "bytes"),
    ],
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_one_bad_csv_line_costs_one_line(tmp_path: Path, line: bytes, reason: str, end: bytes) -> None:
    """A lone quotation mark swallows the rest of the file in most readers, and they call it one record."""
    good = [b"id,partner,code,at", b"1,P,a," + AT.encode(), b"2,P,b," + AT.encode()]
    behind = [b'4,"P ""x""",d,' + AT.encode(), b'5,"P' + end + b'Q",e,' + AT.encode()]
    data = end.join([*good, line, *behind]) + end
    found = read(tmp_path, b"\xef\xbb\xbf" + data)
    assert ids(found) == ["1", "2", "4", "5"]
    (refused,) = found.reading.quarantined
    assert re.search(reason, refused.reason)
    assert (b"\xef\xbb\xbf" + data)[refused.offset :].startswith(line[:3])


@pytest.mark.parametrize(
    "line",
    [
        b'{"id": "3", "id": "4"}',
        b'{"id": "3", "x": NaN}',
        b'{"id": "3", "at": "' + AT.encode(),
        b'{"id": "3\\ud800"}',
        b'{"id": "3\\u0000"}',
        b'{"id": "\x00"}',
        b'{"id": "\xff"}',
        b"[" * 10_000,
        b'{"id": 3, "partner": "P", "at": "' + AT.encode() + b'"}',
        b'"3"',
        b'{"id": "' + b"3" * (5 << 20) + b'"}',
    ],
)
def test_one_bad_json_line_costs_one_line(tmp_path: Path, line: bytes) -> None:
    """A value that was cast to NULL, or the first of two keys, is a fact that nobody wrote."""
    good = [json.dumps({"id": str(number), "partner": "P", "at": AT}).encode() for number in (1, 2)]
    found = read(tmp_path, b"\r\n".join([good[0], line, b"", good[1]]), JSONL)
    assert ids(found) == ["1", "2"]
    assert [each.offset for each in found.reading.quarantined] == [len(good[0]) + 2]
    assert found.records == 3


def test_numbers_of_json_lines_are_read_where_the_mapping_says_so(tmp_path: Path) -> None:
    """An export whose ids are numbers is refused line by line; one that changed to numbers must be."""
    said = JSONL.replace("[columns]", 'numbers = ["acknowledgement_id", "at_raw"]\n[columns]')
    lines = '{"id": 17, "partner": "P", "at": 1757584405639}\n{"id": "18", "partner": 5, "at": "' + AT + '"}'
    found = read(tmp_path, lines, said)
    assert [(row["acknowledgement_id"], row["at_raw"]) for row in rows(found)] == [("17", "1757584405639")]
    assert "'partner_id'" in found.reading.quarantined[0].reason
    assert len(read(tmp_path, lines, JSONL).reading.quarantined) == 2
    with pytest.raises(ConfigurationError, match=r"(?s)numbers: kind is no mapped column.*csv everything is text"):
        mapping(tmp_path, CSV.replace("[columns]", 'numbers = ["kind"]\n[columns]'))


def many(count: int) -> bytes:
    return (HEADER + "".join(f"{number},P,c{number},{AT}\n" for number in range(count))).encode()


def test_gzip_of_several_members_is_read_whole(tmp_path: Path) -> None:
    """A reader that stops at the first member loses the rest of the day without an error."""
    whole = many(5000)
    found = read(tmp_path, gzip.compress(whole[:30_000]) + gzip.compress(whole[30_000:]))
    assert len(ids(found)) == 5000


ZIP = b"PK\x03\x04" + b"\x00" * 60
BOMB = gzip.compress(HEADER.encode() + b"\n" * (64 << 20))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (gzip.compress(many(5000))[:-2000], "cut"),
        (gzip.compress(many(5000))[:-4], "cut"),
        (gzip.compress(many(50))[:20] + b"garbage" * 9, "damaged|cut"),
        (gzip.compress(gzip.compress(many(50))), "gzip within gzip"),
        (gzip.compress(ZIP), "zip archive"),
        (ZIP, "zip archive"),
        (BOMB, "100 times"),
        (many(5).decode().encode("utf-16"), "UTF-16"),
        (b"id,partner,code,code\n", "twice"),
        (b"id,partner,kode,at\n1,P,c," + AT.encode(), "no code"),
        (b"PSEUDO", "no at, code, id, partner"),
        (b'"id,partner', "quotation mark"),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused_as_a_whole(tmp_path: Path, data: bytes, reason: str) -> None:
    """Half of a file that lands looks like a quiet day; a bomb fills the disk."""
    found = read(tmp_path, data)
    assert found.is_refused
    assert rows(found) == []
    (refused,) = found.reading.quarantined
    assert re.search(reason, refused.reason)


def test_a_file_of_bad_lines_is_one_refusal(tmp_path: Path) -> None:
    """Ten million quarantined lines fill the memory and hide what is wrong: the mapping."""
    lines = b"\n".join(b"%d,P,c,noon" % number for number in range(10_001))
    found = read(tmp_path, HEADER.encode() + lines)
    assert found.is_refused
    (refused,) = found.reading.quarantined
    assert "more than 10000 records" in refused.reason


def test_gzip_is_known_by_its_bytes(tmp_path: Path) -> None:
    """A wrong extension is no reason to lose a file."""
    assert len(ids(read(tmp_path, gzip.compress(many(3))))) == 3
    assert zlib.crc32(many(3)) != 0
    assert len(ids(read(tmp_path, many(3)))) == 3


def test_new_columns_are_told_and_stay_in_the_raw_store(tmp_path: Path) -> None:
    """A partner who begins to send hashes would never be noticed."""
    found = read(tmp_path, f"id,partner,code,at,sha256\n1,P,c,{AT},ab\n")
    assert ids(found) == ["1"]
    assert found.notes == ["fields that no column takes: sha256"]
    line = json.dumps({"id": "1", "partner": "P", "at": AT, "hash": 1})
    assert read(tmp_path, line, JSONL).notes == ["fields that no column takes: hash"]


@how(deadline=None)
@given(data=st.binary(max_size=300), header=st.booleans())
def test_no_bytes_crash_the_reader(tmp_path_factory: pytest.TempPathFactory, data: bytes, header: bool) -> None:
    """One strange file must stop neither the run nor the others."""
    folder = tmp_path_factory.getbasetemp()
    content = HEADER.encode() + data if header else data
    for text in (CSV, JSONL):
        found = read(folder, content, text)
        assert found.is_refused or found.records == len(rows(found)) + len(found.reading.quarantined)


records = st.lists(
    st.tuples(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12)),
    max_size=8,
)


@how(deadline=None)
@given(values=records)
def test_every_text_comes_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, values: list[tuple[str]]
) -> None:
    """Line ends, quotation marks and delimiters within a field are the customer's words."""
    lines = ['"' + value.replace('"', '""') + f'",P,,{AT}' for (value,) in values]
    found = read(tmp_path_factory.getbasetemp(), "\n".join([HEADER.strip(), *lines]))
    assert found.reading.quarantined == []
    assert ids(found) == [value.replace("\r\n", "\n").replace("\n", "\r\n") for (value,) in values]


def test_all_mistakes_of_a_mapping_are_told_at_once(tmp_path: Path) -> None:
    """A mapping is corrected by hand; one mistake per run would take a day."""
    wrong = CSV.replace('code = "code"', 'colour = "c"\nkind = "k"').replace('at_raw = "at"', "")
    with pytest.raises(ConfigurationError) as mistakes:
        mapping(tmp_path, wrong)
    for part in ("columns.colour", "columns.at_raw is missing", "kind stands in columns and in constants"):
        assert part in mistakes.value.found
    several = wrong.replace('format = "csv"', 'format = "xml"').replace('kind = "k"', 'zone = "k"')
    with pytest.raises(ConfigurationError) as mistakes:
        mapping(tmp_path, several)
    for part in ("format: Input should be", "columns.colour", "columns.zone", "columns.at_raw is missing"):
        assert part in mistakes.value.found
    for change in ('stream = "launches"', 'zone = "Mars/Base"', 'format = "xml"', 'columns = "x"'):
        name = change.split(" ")[0]
        text = "\n".join(line for line in CSV.splitlines() if not line.startswith(name))
        with pytest.raises(ConfigurationError):
            mapping(tmp_path, change + text)


def test_a_dry_run_shows_what_would_land_and_what_would_not(tmp_path: Path) -> None:
    """Whoever adds a partner sees before the first ingest what the mapping makes of the export."""
    mapping(tmp_path)
    file = tmp_path / "export.csv"
    file.write_text(f"{HEADER}1,P,c,{AT}\n1,P,d,{AT}\n2,P,c,noon\n", encoding="utf-8")
    found = try_mapping(Settings(), file, tmp_path / "m.toml")
    (stream,) = found.streams
    assert (found.records, stream.rows, stream.distinct, len(found.refused)) == (3, 2, 2, 1)
    assert stream.first[0]["acknowledgement_id"] == "1"
    assert any("not 'ack*.csv*'" in note for note in found.notes)
    assert any("contradict" in note for note in found.notes)


CATALOGUE = (EXAMPLES / "catalogue_images.csv").read_text(encoding="utf-8").splitlines()
GTIN_ROW = CATALOGUE[1]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("04006381333931_A1C1.jpg,JPG", "a%b.jpg,JPG", "'%'"),
        ("04006381333931_A1C1.jpg,JPG", "noextension,JPG", "extension"),
        (",JPG,", ",PNG,", "found a text of the form 'xxx' (3 characters), expected JPG"),
        (",SI,", ",XX,", "found a text of the form 'xx' (2 characters), expected SI"),
        (",INT,", ",,", "purpose"),
        (",INT,F,", ",INT,,", "orientation"),
        (",URL,https://images.example/04006381333931_A1C1.jpg,", ",FTP,,", "external_location"),
        ("4006381333931,,", "4006381333932,,", "no GTIN"),
        ("4006381333931,,", "4006381333931,PID,", "both"),
        ("4006381333931,,", ",,", "neither"),
        ("Insert", "Upsert", "found a text of the form 'xxxxxx' (6 characters)"),
        ("Front, in pack", "Front ~ pack", "'~'"),
    ],
)
def test_an_image_set_that_the_catalogue_refuses_is_refused(tmp_path: Path, old: str, new: str, reason: str) -> None:
    """A row that the catalogue never took must not stand in a report as the image that partners saw."""
    assert old in GTIN_ROW
    text = "\n".join([CATALOGUE[0], GTIN_ROW.replace(old, new, 1), CATALOGUE[2]])
    found = read(tmp_path, text, (EXAMPLES / "catalogue_upload.toml").read_text(encoding="utf-8"))
    assert [row["item_reference"] for row in rows(found, "catalogue_images")] == ["product:PID001:RED"]
    (refused,) = found.reading.quarantined
    assert reason in refused.reason


def test_an_update_may_leave_out_what_it_does_not_change(tmp_path: Path) -> None:
    """An empty field of an update clears nothing: refusing it would lose the update."""
    text = "\n".join(["ACTION" + CATALOGUE[0][6:], "update,,4006381333931,,,x.jpg,,,,,,,900,PX,"])
    found = read(tmp_path, text, (EXAMPLES / "catalogue_upload.toml").read_text(encoding="utf-8"))
    (row,) = rows(found, "catalogue_images")
    assert (row["action"], row["file_type"], row["height"]) == ("update", None, "900")
    assert row["item_reference"] == "gtin:04006381333931"


def test_a_line_of_100_mb_costs_one_line_and_little_memory(tmp_path: Path) -> None:
    """One line without an end takes the machine down, and with it every other stream."""
    mapping(tmp_path)
    file = tmp_path / "ack.csv"
    with file.open("wb") as out:
        out.write(HEADER.encode() + b"1,P,c," + AT.encode() + b"\n2,P,")
        for _ in range(100):
            out.write(b"x" * (1 << 20))
        out.write(b"," + AT.encode() + b"\n3,P,c," + AT.encode() + b"\n")
    command = [sys.executable, "-c", _MEASURED, str(file), str(tmp_path / "m.toml")]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    found = json.loads(shown.stdout)
    assert (found["rows"], found["refused"]) == (2, 1)
    assert found["peak_mb"] < 512
    shutil.rmtree(tmp_path)


_MEASURED = """
import json, re, sys
from pathlib import Path
from assettrail.settings import Settings
from ingest.trading_grid.mapping_check import try_mapping
found = try_mapping(Settings(), Path(sys.argv[1]), Path(sys.argv[2]))
# Of this program alone: the figure of getrusage would begin with that of the process it was forked from.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps({"rows": found.streams[0].rows, "refused": len(found.refused), "peak_mb": peak}))
"""
