"""Files that are cut, packed in each other, swollen, or hold what cannot be read: the rest lands, and is told apart."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import zipfile
from collections.abc import Callable

import pytest

from tests.adapters.conformance.ways import (
    FILES,
    CloudinaryListing,
    CloudinaryPoll,
    ExstreamFolder,
    ExstreamRest,
    GridDrop,
    LineFiles,
    Way,
    upload,
)
from tests.adapters.ingest.stand_ins import ROOT


def listed(way: type[Way]) -> str:
    return way.name


def zipped(data: bytes, name: str = "day.ack.jsonl") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return packed.getvalue()


def two_members(lines: list[bytes]) -> tuple[bytes, bytes]:
    return gzip.compress(b"\n".join(lines[:2]) + b"\n"), gzip.compress(b"\n".join(lines[2:]) + b"\n")


WHOLE = {
    "gzip under a plain name": lambda lines: gzip.compress(b"\n".join(lines) + b"\n"),
    "gzip of several members": lambda lines: b"".join(two_members(lines)),
    "a byte order mark": lambda lines: b"\xef\xbb\xbf" + b"\n".join(lines) + b"\n",
    "CRLF": lambda lines: b"\r\n".join(lines) + b"\r\n",
    "no end of the last line": b"\n".join,
    "empty lines": lambda lines: b"\n\n".join(lines) + b"\n \n",
}


@pytest.mark.parametrize("form", list(WHOLE))
@pytest.mark.parametrize("way", [ExstreamFolder, GridDrop], indirect=True, ids=listed)
def test_a_whole_file_lands_whatever_it_is_packed_in(way: LineFiles, form: str) -> None:
    """A form that a partner's tools chose is no reason to lose a day, nor its first line."""
    held = way.hold_in_one_file(4)
    way.rewrite(WHOLE[form](way.records()))
    batch = way.ingest()
    assert (way.landed(), batch.quarantined) == (sorted(held), 0)


REFUSED: dict[str, tuple[Callable[[list[bytes]], bytes], str]] = {
    "gzip that is cut": (lambda lines: gzip.compress(b"\n".join(lines * 90))[:-30], "cut|damaged"),
    "a bomb": (lambda lines: gzip.compress(lines[0] + b"\n" + b" " * (32 << 20)), "100 times"),
    "gzip within gzip": (lambda lines: gzip.compress(gzip.compress(b"\n".join(lines))), ""),
    "a zip": (lambda lines: zipped(b"\n".join(lines)), ""),
    "a zip whose entry leads out": (lambda lines: zipped(b"\n".join(lines), "../../evil.jsonl"), ""),
    "a zip within gzip": (lambda lines: gzip.compress(zipped(b"\n".join(lines))), ""),
}


@pytest.mark.parametrize("form", list(REFUSED))
@pytest.mark.parametrize("way", [ExstreamFolder, GridDrop], indirect=True, ids=listed)
def test_a_file_that_cannot_be_trusted_lands_in_no_part(way: LineFiles, form: str) -> None:
    """Half of a file looks like a quiet day; a bomb fills the disk; a name that leads out writes where it likes."""
    way.hold_in_one_file(4)
    make, _ = REFUSED[form]
    way.rewrite(make(way.records()))
    batch = way.ingest()
    assert way.landed() == []
    assert batch.quarantined >= 1
    assert not batch.claim.complete
    assert not list(way.folder.rglob("evil*"))


@pytest.mark.parametrize("way", FILES, indirect=True, ids=listed)
def test_a_file_cut_between_two_members_claims_nothing(way: LineFiles) -> None:
    """Nothing in such a file shows the cut: only a count beside it can, and without one the window stays open."""
    held = way.hold_in_one_file(4)
    first, _ = two_members(way.records())
    way.rewrite(first)
    batch = way.ingest()
    assert (len(way.landed()), batch.quarantined) == (2, 0), batch.claim.detail
    assert set(way.landed()) <= held
    # The service tells how many there are; of a folder nobody knows what else was to come.
    assert (batch.claim.complete, batch.claim.how) == (
        False,
        "known_gap" if type(way) is ExstreamRest else "unknown",
    )


BAD_LINES = {
    "a key twice": lambda good: good[:-1] + b',"x":1,"x":2}',
    "NaN": lambda good: good[:-1] + b',"x":NaN}',
    "Infinity": lambda good: good[:-1] + b',"x":-Infinity}',
    "a number beyond a double": lambda good: good[:-1] + b',"x":1e999}',
    "deep nesting": lambda good: good[:-1] + b',"x":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "a lone surrogate": lambda good: good[:-1] + b',"x":"\\ud800"}',
    "an escaped NUL": lambda good: good[:-1] + b',"x":"\\u0000"}',
    "a NUL": lambda good: good[:-1] + b',"x":"\x00"}',
    "a byte that is no UTF-8": lambda good: good[:-1] + b',"x":"\xff"}',
    "a cut line": lambda good: good[:-9],
    "a list": lambda _good: b"[1]",
}


@pytest.mark.parametrize("way", FILES, indirect=True, ids=listed)
def test_bad_lines_cost_themselves_and_no_other(way: LineFiles) -> None:
    """One line must neither stop the file nor be half-read; each is told with its place, and can be found again."""
    held = way.hold_in_one_file(len(BAD_LINES) + 1)
    good, *others = way.records()
    lines = [good, *(spoil(line) for line, spoil in zip(others, BAD_LINES.values(), strict=True))]
    data = b"\n".join(lines) + b"\n"
    way.rewrite(data)
    extract = way.source().extract(way.stream, None)
    offsets = {part.offset for part in extract.quarantined}
    places, at = set(), 0
    for line in lines:
        places.add(at)
        at += len(line) + 1
    assert offsets == places - {0}, sorted(part.reason for part in extract.quarantined)
    batch = way.ingest()
    assert len(way.landed()) == 1
    assert set(way.landed()) <= held
    assert batch.quarantined == len(BAD_LINES)
    assert not batch.claim.complete


HOSTILE = (
    "p\u0430ypal",
    "gnp.\u202ereh",
    "he\u200bro",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "=1+1",
    "e\u0301",
)


@pytest.mark.parametrize("way", [ExstreamFolder, GridDrop], indirect=True, ids=listed)
def test_hostile_names_land_as_they_were_written(way: LineFiles) -> None:
    """A name that is tidied on its way in is another name: look-alikes and turned text are kept."""
    held = sorted(way.hold_in_one_file(len(HOSTILE)))
    data = b"\n".join(way.records()) + b"\n"
    for name, hostile in zip(held, HOSTILE, strict=True):
        data = data.replace(f'"{name}"'.encode(), f'"{hostile}"'.encode())
    way.rewrite(data)
    assert way.ingest().quarantined == 0
    assert way.landed() == sorted(HOSTILE)


HOSTILE_IDS = ("p\u0430ypal", "gnp.\u202ereh", "he\u200bro", "e\u0301", "paypal")
"""What Cloudinary takes as a public_id: look-alike letters, turned, zero-width and taken-apart text."""


@pytest.mark.parametrize("way", [CloudinaryListing, CloudinaryPoll], indirect=True, ids=listed)
def test_hostile_names_of_assets_land_as_they_were_written(way: Way) -> None:
    """Two assets whose names look alike are two: one that is tidied takes over the other's approval."""
    for name in HOSTILE_IDS:
        upload(way.sandbox, name)
    assert way.ingest().quarantined == 0
    assert sorted(row["public_id"] for row in way.rows()) == sorted(HOSTILE_IDS)


SHAPES: dict[str, tuple[Callable[[bytes, bytes], bytes], bool]] = {
    "a new field": (lambda line, _: line[:-1] + b',"brand_new":{"a":[1]}}', True),
    "a new value of a list": (
        lambda line, _: line.replace(b'"thanks"', b'"refused"').replace(b'"email"', b'"hologram"'),
        True,
    ),
    "a type that changed": (lambda line, key: line.replace(key, key + b'17,"was":'), False),
    "a field that is gone": (lambda line, key: line.replace(key, b'"was":'), False),
    "nothing but null": (lambda line, key: line.replace(key, key + b'null,"was":'), False),
}


@pytest.mark.parametrize("shape", list(SHAPES))
@pytest.mark.parametrize("way", [ExstreamFolder, GridDrop], indirect=True, ids=listed)
def test_a_line_of_another_shape_is_kept_or_refused_and_never_cast(way: LineFiles, shape: str) -> None:
    """A column that changed its type, or is gone, must not land as NULL; a new one must not stop the night."""
    held = sorted(way.hold_in_one_file(3))
    first, second, third = way.records()
    key = b'"communication_id":' if isinstance(way, ExstreamRest) else b'"id": '
    assert key in second, second
    change, lands = SHAPES[shape]
    changed = change(second, key)
    assert changed != second
    way.rewrite(b"\n".join([first, changed, third]))
    batch = way.ingest()
    assert (len(way.landed()), batch.quarantined) == ((3, 0) if lands else (2, 1))
    assert set(way.landed()) <= set(held)


_MEASURED = """
import re, sys
from pathlib import Path
from ingest.lines import LongLine, FileBytes, chunks_of_lines
with open(sys.argv[1], "rb") as file:
    pieces = list(chunks_of_lines(FileBytes(file).blocks()))
print(sum(isinstance(piece, LongLine) for piece in pieces), len(pieces))
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.parametrize("way", [ExstreamFolder, GridDrop], indirect=True, ids=listed)
def test_a_line_of_100_mb_costs_itself_and_little_memory(way: LineFiles) -> None:
    """One line without an end must not take the machine down, and with it every other stream."""
    held = way.hold_in_one_file(2)
    first, second = way.records()
    way.rewrite(first + b"\n" + b"x" * (100 << 20) + b"\n" + second + b"\n")
    shown = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(way.file())], cwd=ROOT, capture_output=True, text=True, check=True
    )
    long_lines, _, peak = shown.stdout.split()
    assert (int(long_lines), int(peak) < 512) == (1, True)
    batch = way.ingest()
    assert (way.landed(), batch.quarantined) == (sorted(held), 1)
