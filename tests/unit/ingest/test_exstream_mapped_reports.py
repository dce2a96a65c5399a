"""Reports that customers designed: the mapping's own mistakes, what lands by it, and what does not."""

from __future__ import annotations

import gzip
import hashlib
import shutil
from io import BytesIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assettrail.command_line.application import application
from assettrail.errors import ConfigurationError, RecordRejected
from assettrail.settings import Settings
from ingest.dry_run import DryRun
from ingest.exstream.mapped_report import count_records, mapped_lines
from ingest.exstream.mapping_check import try_mapping
from ingest.exstream.report_mapping import load_mapping
from ingest.lines import LongLine

MAPPINGS = Path(__file__).parents[3] / "ingest" / "exstream" / "mappings"
EXAMPLES = {"letter_register": "csv", "failure_report": "psv", "decision_log": "jsonl"}


def tried(name: str, folder: Path = MAPPINGS) -> DryRun:
    return try_mapping(Settings(), folder / f"{name}.{EXAMPLES[name]}", folder / f"{name}.toml")


def counts(run: DryRun) -> dict[str, tuple[int, int]]:
    return {stream.stream: (stream.rows, stream.distinct) for stream in run.streams}


def test_a_table_with_a_header_gives_all_three_streams() -> None:
    """A customer who has only this register must get the same verdicts as one with our own report."""
    run = tried("letter_register")
    assert run.records == 4
    assert counts(run) == {"communications": (3, 2), "renderings": (3, 2), "asset_uses": (2, 2)}
    communication, rendering, use = (stream.first[0] for stream in run.streams)
    assert communication["generated_at_raw"] == "2026-01-31T10:00:00+01:00"
    assert communication["offer_ids"] == '["spring24","bonus"]'
    assert communication["recipient_pseudonym"] == "(account 1)"
    assert (rendering["rendering_id"], rendering["channel"]) == ("L-1001/P", "print")
    assert rendering["rendition_request"] == '{"request_id":"RQ-1"}'
    assert (use["ordinal"], use["public_id"], use["version"]) == (1, "brand/hero", 1768035600)
    (refused,) = run.refused
    assert refused.streams == ("communications", "renderings", "asset_uses")
    assert "does not translate" in refused.reason


def test_lines_of_several_lengths_are_told_apart_and_others_refused() -> None:
    """A column read one too far to the left would name the wrong customer without any error."""
    run = tried("failure_report")
    assert counts(run) == {"communications": (2, 2), "renderings": (2, 2)}
    assert [row["channel"] for row in run.streams[1].first] == ["print", "email"]
    assert [refused.reason.partition("found ")[2] for refused in run.refused] == ["5 columns, expected 7 or 8 columns"]


def test_json_lines_land_once_for_each_element_of_their_list() -> None:
    """Each image of a letter is a use of its own, with the letter's one decision beside it."""
    run = tried("decision_log")
    assert counts(run) == {"communications": (3, 2), "renderings": (3, 2), "asset_uses": (2, 2)}
    assert run.streams[1].first[0]["selection"] == '{"chosen":"brand/hero","rule":"R7","selection_id":"S-1"}'
    assert [use["binding"] for use in run.streams[2].first] == ["live_url", "embedded"]
    assert run.streams[2].first[0]["delivery_public_id"] == "brand/hero"
    assert len(run.refused) == 1


def test_no_identifier_shows_in_a_dry_run(capsys: pytest.CaptureFixture[str]) -> None:
    """The output of a dry run is pasted into tickets."""
    for name in EXAMPLES:
        shown = repr(tried(name))
        assert "ACC-" not in shown
        assert "C-1" not in shown.replace("RC-1", "")
        assert "Meier" not in shown


MISTAKEN = """
system = "exstream"
name = "x"
file = "R.csv"
format = "pipe"
delimiter = ";"
columns = ["letter", "account", "letter"]
streams = ["communications", "asset_uses"]
colour = "red"
[fields]
communication_id = "account"
recipient_id = "account"
tone = "letter"
template_id = "no_such_column"
binding = { constant = "glued" }
ordinal = { column = "letter", constant = 1 }
segment = { column = "letter", split = "|" }
"""


def test_all_mistakes_of_a_mapping_stand_in_one_message(tmp_path: Path) -> None:
    """Mistakes told one at a time cost a deployment each."""
    path = tmp_path / "m.toml"
    path.write_text(MISTAKEN.replace('colour = "red"\n', ""))
    with pytest.raises(ConfigurationError) as refusal:
        load_mapping(path)
    for mistake in (
        "delimiter: only of csv",
        "columns: 'letter' stands twice",
        "fields.tone: no such field",
        "fields.template_id: no column 'no_such_column'",
        "fields.binding: 'glued' is neither",
        "fields.ordinal: exactly one of",
        "fields.segment: only offer_ids is split",
        "fields.generated_at: required by communications",
        "fields.rendering_id: required by asset_uses",
        "asset_uses needs one of asset_id, public_id, url",
        "fields.communication_id: the column of recipient_id",
    ):
        assert mistake in refusal.value.found, mistake
    path.write_text(MISTAKEN)
    with pytest.raises(ConfigurationError) as refusal:
        load_mapping(path)
    assert "colour: no such line in a mapping" in refusal.value.found
    assert "fields.generated_at: required" in refusal.value.found


def test_a_file_without_the_mapped_columns_is_refused_with_all_of_them(tmp_path: Path) -> None:
    """A renamed column must stop the mapping and not land NULL for every customer."""
    for path in MAPPINGS.glob("letter_register.*"):
        shutil.copy(path, tmp_path)
    file = tmp_path / "letter_register.csv"
    file.write_text(file.read_text().replace("LetterNo;Account;DocType", "Letter;Account;Kind"))
    with pytest.raises(ConfigurationError) as refusal:
        tried("letter_register", tmp_path)
    assert "the file has no column 'LetterNo'" in refusal.value.found
    assert "the file has no column 'DocType'" in refusal.value.found


def test_marks_that_are_not_closed_cost_their_own_line(tmp_path: Path) -> None:
    """One clerk's stray quotation mark must not swallow the rest of the month."""
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        'system="exstream"\nname="x"\nfile="r"\nformat="csv"\nstreams=["communications"]\n'
        'columns=["a","b","c"]\n[fields]\ncommunication_id="a"\ngenerated_at="b"\ndocument_type="c"\n'
    )
    at = "2026-01-31T10:00:00Z"
    good = f'1,{at},"two\nlines ""quoted"""\n'
    bad = f'2,{at},"open\n'
    lines = good + bad + "".join(f"{number},{at},x\n" for number in range(3, 300)) + f"300,{at},caf\xe9"
    data = b"\xef\xbb\xbf" + lines.encode("latin-1")
    read = list(mapped_lines(load_mapping(mapping), BytesIO(data), "r"))
    assert len(read) == 300
    failed = [line for line in read if isinstance(line.content, Exception)]
    assert [data[line.offset : line.offset + 3] for line in failed] == [b"2,2", b"300"]
    assert not isinstance(read[0].content, Exception)
    assert read[0].content["document_type"] == 'two\nlines "quoted"'


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_gzip_gives_what_the_plain_report_gives(name: str, tmp_path: Path) -> None:
    """Large reports come as gzip: refused line by line, a customer's uses would all be missing."""
    mapping = load_mapping(MAPPINGS / f"{name}.toml")
    data = (MAPPINGS / f"{name}.{EXAMPLES[name]}").read_bytes()
    half = len(data) // 2
    members = gzip.compress(data[:half]) + gzip.compress(data[half:])
    plain, packed = (
        [(line.offset, line.line, repr(line.content)) for line in mapped_lines(mapping, BytesIO(file), "r")]
        for file in (data, members)
    )
    assert packed == plain
    assert count_records(mapping, BytesIO(members)) == count_records(mapping, BytesIO(data))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (gzip.compress(b"1|2\n" * 99)[:-9], "cut before its end|damaged"),
        (gzip.compress(b"x")[:10] + b"\xff" * 40, "damaged"),
        (gzip.compress(bytes(64 << 20)), "grows more than 100 times"),
    ],
    ids=["cut", "damaged", "bomb"],
)
def test_gzip_that_is_none_is_refused_whole(data: bytes, found: str) -> None:
    """A file that swells takes the machine; one that is cut would land as if it were all."""
    with pytest.raises(RecordRejected, match=found):
        list(mapped_lines(load_mapping(MAPPINGS / "failure_report.toml"), BytesIO(data), "r"))


def test_a_line_too_long_to_be_held_costs_itself() -> None:
    """One line without an end must neither take the memory nor the letters behind it."""
    long = b"x" * (12 << 20)
    data = b"1|2\n" + long + b"\n" + b'"|2\n'
    first, refused, last = mapped_lines(load_mapping(MAPPINGS / "failure_report.toml"), BytesIO(data), "r")
    assert refused == LongLine(4, len(long), hashlib.sha256(long).hexdigest())
    assert (first.offset, last.offset) == (0, 5 + len(long))


@pytest.mark.parametrize("text", ["31.01.2026 10:00", "2026-01-31T10:00:00", "tomorrow"])
def test_a_time_without_a_zone_is_not_guessed(tmp_path: Path, text: str) -> None:
    """The instant decides which version was approved: an hour off gives another verdict."""
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        'system="exstream"\nname="x"\nfile="r"\nformat="pipe"\nstreams=["communications"]\n'
        'columns=["a","b"]\n[fields]\ncommunication_id="a"\ngenerated_at="b"\n'
    )
    (line,) = mapped_lines(load_mapping(mapping), BytesIO(f"1|{text}".encode()), "r")
    assert isinstance(line.content, Exception)


def test_the_command_tells_what_would_not_land_and_ends_with_1() -> None:
    """A pipeline that tries mappings before a release needs an exit code, and a person the reasons."""
    name = str(MAPPINGS / "failure_report")
    said = CliRunner().invoke(application, ["sources", "check", f"{name}.psv", "--mapping", f"{name}.toml"])
    assert said.exit_code == 1
    assert "exstream/communications: 2 rows" in said.stdout
    assert "expected 7 or 8 columns" in said.stdout
    unknown = CliRunner().invoke(application, ["sources", "check", "no-such-system"])
    assert isinstance(unknown.exception, ConfigurationError)
