"""Files that are cut, packed in each other, swollen, or hold what cannot be read: the rest lands, and is told apart."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest

from assettrail.errors import TransientSourceError
from evidence.durable import TEMPORARY_PREFIX
from ingest.quarantine import list_quarantine
from ingest.run import ingest_stream
from ingest.trading_grid import drop_records, mailbox
from ingest.trading_grid.drop_source import LARGEST_FILE
from ingest.trading_grid.removal import removable_files
from tests.adapters.conformance.ways import (
    FILES,
    CloudinaryListing,
    CloudinaryPoll,
    ExstreamFolder,
    ExstreamRest,
    GridDrop,
    GridMailbox,
    LineFiles,
    Way,
    upload,
)
from tests.adapters.ingest.stand_ins import ROOT, accept


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


def nothing_half_written(way: Way) -> bool:
    """Whether the home holds whole files only, none that a writer has begun."""
    return not [path for path in way.store.home.rglob(f"{TEMPORARY_PREFIX}*") if path.is_file()]


@pytest.mark.parametrize("way", [GridMailbox], indirect=True, ids=listed)
def test_a_bomb_in_a_mailbox_is_quarantined_and_stays_there(way: GridMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A partner's file that swells must not fill the memory, and is the partner's evidence: it is not deleted."""
    (name,) = way.hold(1)
    bombs = {"spaces.ack.jsonl": b" " * (32 << 20), "lines.ack.jsonl": b"\n".join([way.record("B")] * 20_000)}
    for bomb, unpacked in bombs.items():
        (way.drops / bomb).write_bytes(gzip.compress(unpacked))
    monkeypatch.setattr(drop_records, "MOST_UNPACKED_BYTES", 1 << 20)
    source, box = way.opened_source()
    tracemalloc.start()
    try:
        batch = ingest_stream(source, way.stream, way.store, accept)[-1]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 32 << 20
    assert (way.landed(), batch.quarantined) == ([name], 2)
    assert (batch.claim.complete, batch.claim.how) == (False, "known_gap")
    reasons = sorted(record.reason for record in list_quarantine(way.store, way.store.ledger))
    assert ["100 times" in reason or "more than 1048576 bytes" in reason for reason in reasons] == [True, True]
    removable, _ = removable_files(way.store, source)
    box.remove(removable)
    assert {path.name for path in way.drops.iterdir()} == set(bombs)
    assert nothing_half_written(way)


@pytest.mark.parametrize("way", [GridMailbox], indirect=True, ids=listed)
def test_a_file_of_a_mailbox_that_has_no_end_is_left_where_it_is(
    way: GridMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that never ends, or is larger than a machine can hold, must not keep the others from landing."""
    (name,) = way.hold(1)
    for strange in ("endless.ack.jsonl", "unsized.ack.jsonl", "huge.ack.jsonl"):
        (way.drops / strange).write_bytes(way.record("S") + b"\n")
    os.truncate(way.drops / "huge.ack.jsonl", 1 << 40)
    way.mailbox.endless.add("endless.ack.jsonl")
    way.mailbox.unsized.add("unsized.ack.jsonl")
    batch = way.ingest()
    assert way.landed() == [name]
    assert (batch.claim.complete, batch.claim.how) == (False, "known_gap")
    assert "endless.ack.jsonl changed while it was copied" in batch.claim.detail
    assert "unsized.ack.jsonl was left: the service does not say how large it is" in batch.claim.detail
    assert f"huge.ack.jsonl was left: {1 << 40} bytes, more than {LARGEST_FILE}" in batch.claim.detail
    assert way.mailbox.given < 1 << 20
    assert len(list((way.store.home / "raw").rglob("*.sealed"))) == 1
    assert (len(list(way.drops.iterdir())), way.mailbox.removed) == (4, [])
    assert nothing_half_written(way)


@pytest.mark.parametrize("way", [GridMailbox], indirect=True, ids=listed)
def test_files_of_a_mailbox_that_do_not_come_keep_no_other_waiting(
    way: GridMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One file that hangs, in every run anew, must not be the end of what all partners send."""
    monkeypatch.setattr(mailbox, "_TIMES_LONGER_FOR_A_FILE", 0.1)
    names = sorted(way.hold(3))
    hanging = ["a.ack.jsonl", "b.ack.jsonl", "y.ack.jsonl", "z.ack.jsonl"]
    for name in hanging:
        (way.drops / name).write_bytes(way.record("S") + b"\n")
    way.mailbox.stalled.update(path.name for path in way.drops.iterdir())
    with pytest.raises(TransientSourceError, match=r"(?s)to copy .* taken out of the mailbox.* no other file came"):
        way.ingest()
    assert way.landed() == []
    way.mailbox.stalled = set(hanging)
    batch = way.ingest()
    assert way.landed() == names
    assert "all else was left for the next ingest, as 3 files did not come" in batch.claim.detail
    way.mailbox.stalled = set(hanging[:2])
    batch = way.ingest()
    assert way.landed() == [*names, "S"]
    assert (batch.claim.complete, batch.claim.how) == (False, "known_gap")
    assert all(f"{name} was left: " in batch.claim.detail for name in hanging[:2])
    assert (len(list(way.drops.iterdir())), way.mailbox.removed) == (7, [])
    way.mailbox.stalled.clear()
    assert nothing_half_written(way)


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
