"""Reports of any size: cut between lines, decompressed with guards, read by processes as by one."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assettrail.errors import RecordRejected, TransientSourceError
from ingest import lines
from ingest.exstream import report_file
from ingest.exstream.report_file import ReadReport, gathered, read_report_file
from ingest.exstream.report_worker import ReportPlace
from ingest.exstream.report_workers import ReportWorkers
from ingest.exstream.run_files import RunFiles, portions
from ingest.exstream.streams import RunFileReader
from ingest.lines import FileBytes, LongLine, chunks_of_lines
from tests.unit.ingest.test_report_columns import MEANING, plain_line


def blocks_of(data: bytes) -> list[bytes]:
    return list(FileBytes(io.BytesIO(data)).blocks())


@settings(max_examples=200, deadline=None)
@given(lines=st.lists(st.binary(max_size=40), max_size=30), cuts=st.lists(st.integers(0, 600), max_size=8))
def test_chunks_are_the_report_cut_between_lines(lines: list[bytes], cuts: list[int]) -> None:
    """A line that is cut in two, left out or doubled is a communication that is lost or counted twice."""
    data = b"\n".join(line.replace(b"\n", b"") for line in lines)
    at = sorted({0, len(data), *(cut for cut in cuts if cut <= len(data))})
    found = list(chunks_of_lines(data[a:b] for a, b in pairwise(at)))
    chunks = [piece for piece in found if not isinstance(piece, LongLine)]
    mark = 3 if data.startswith(b"\xef\xbb\xbf") and (len(at) < 2 or at[1] >= 3) else 0
    assert b"".join(chunk for _, chunk in chunks) == data[mark:]
    assert all(data[offset : offset + len(chunk)] == chunk for offset, chunk in chunks)
    assert all(chunk.endswith(b"\n") for _, chunk in chunks[:-1])


def test_a_line_of_100_mb_is_named_and_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line without an end must not take the memory of the machine, nor the lines around it."""
    monkeypatch.setattr(lines, "BLOCK_BYTES", 100)
    monkeypatch.setattr(lines, "LONGEST_LINE", 1000)
    data = b"first\n" + b"x" * 5000 + b"\nlast\n" + b"y" * 3000
    found = list(chunks_of_lines(iter(blocks_of(data))))
    long_lines = [piece for piece in found if isinstance(piece, LongLine)]
    assert [(line.offset, line.length) for line in long_lines] == [(6, 5000), (5012, 3000)]
    assert long_lines[0].sha256 == hashlib.sha256(b"x" * 5000).hexdigest()
    assert b"".join(piece[1] for piece in found if not isinstance(piece, LongLine)) == b"first\nlast\n"


@settings(max_examples=200, deadline=None)
@given(
    lengths=st.lists(st.one_of(st.integers(1, 10), st.just(-7)), max_size=40),
    room=st.integers(10, 30),
)
def test_gathered_chunks_are_those_that_follow_one_another(lengths: list[int], room: int) -> None:
    """Memory that is used again too early, or lines put behind others than their own, would be another report."""
    pieces: list[tuple[int, bytes] | LongLine] = []
    offset = 0
    for number, length in enumerate(lengths):
        pieces.append(LongLine(offset, -length, "") if length < 0 else (offset, bytes([number]) * length))
        offset += abs(length)
    memory = [bytearray(room) for _ in range(2)]
    taken = 0
    found: list[tuple[int, bytes] | LongLine] = []
    for piece in gathered(pieces, memory.pop):
        if isinstance(piece, LongLine):
            found.append(piece)
            continue
        taken += 1
        found.append((piece.offset, bytes(piece.lines)))
        memory.append(piece.buffer)
    assert [one for one in found if isinstance(one, LongLine)] == [one for one in pieces if isinstance(one, LongLine)]
    assert [one for piece in found for one in _bytes_of(piece)] == [one for piece in pieces for one in _bytes_of(piece)]
    assert taken <= 1 + sum(map(abs, lengths)) // (room - 9) + lengths.count(-7)


def _bytes_of(piece: tuple[int, bytes] | LongLine) -> list[tuple[int, int]]:
    """Each byte with its place in the report."""
    if isinstance(piece, LongLine):
        return [(piece.offset, -1)]
    return list(enumerate(piece[1], start=piece[0]))


@pytest.mark.parametrize("block_bytes", [None, 1, 100])
def test_gzip_of_several_members_is_read_whole(block_bytes: int | None) -> None:
    """Engines append a member for each part of a run; reading the first only would lose the others in silence."""
    data = gzip.compress(b"a\n" * 1000) + gzip.compress(b"") + gzip.compress(b"b\n" * 1000)
    blocks = list(FileBytes(io.BytesIO(data), block_bytes).blocks())
    assert b"".join(blocks) == b"a\n" * 1000 + b"b\n" * 1000
    assert block_bytes is None or max(map(len, blocks)) <= block_bytes


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (gzip.compress(b"a\n" * 100_000)[:-5], "cut before its end"),
        (gzip.compress(b"abc\n" * 100)[:-8] + bytes(8), "damaged"),
        (gzip.compress(b"a\n") + b"no gzip at all, but words", "damaged"),
        (gzip.compress(bytes(64 << 20)), "grows more than 100 times"),
    ],
)
def test_gzip_that_is_not_whole_or_hostile_is_refused(data: bytes, reason: str) -> None:
    """Half a report that looks like a whole one proves letters unsent that were sent."""
    with pytest.raises(RecordRejected) as refused:
        blocks_of(data)
    assert reason in refused.value.found


def report(folder: Path, lines: int) -> tuple[Path, str]:
    """A compressed report with a broken line in each hundred."""
    chance = random.Random(3)
    made = [
        json.dumps(plain_line(n) | {"segment": chance.randbytes(chance.randrange(1500)).hex()}) for n in range(lines)
    ]
    made[50::100] = ['{"communication_id": 1}'] * len(made[50::100])
    path = folder / "AssetUseReport.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(made).encode()))
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def place(sha256: str, spill: Path) -> ReportPlace:
    return ReportPlace(MEANING, "uri", sha256, spill)


def read_whole(path: Path, where: ReportPlace, workers: Callable[[], ReportWorkers]) -> ReadReport:
    with path.open("rb") as file:
        return read_report_file(file, path.stat().st_size, where, workers)


def contents(found: ReadReport) -> dict[str, object]:
    rows = {stream: [row for file in files for row in file.open().to_pylist()] for stream, files in found.files.items()}
    return {"rows": rows, "refused": found.refused, "lines": found.lines}


def test_several_processes_read_what_one_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk that a process lost or read twice would be letters that are missing or doubled."""
    path, sha256 = report(tmp_path, 4000)
    alone = read_whole(path, place(sha256, tmp_path / "alone"), ReportWorkers)
    monkeypatch.setattr(report_file, "SMALLEST_SHARED", 0)
    workers = ReportWorkers()
    shared = read_whole(path, place(sha256, tmp_path / "shared"), lambda: workers)
    workers.close()
    assert len(alone.files["communications"]) > 1
    assert contents(shared) == contents(alone)
    assert (alone.lines, len(alone.refused["communications"])) == (4000, 40)


def test_reports_that_are_read_at_one_time_do_not_mix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks lie in memory that processes share: another report's lines in it would land as this one's."""
    monkeypatch.setattr(report_file, "SMALLEST_SHARED", 0)
    paths = []
    for number, count in enumerate((3000, 4000)):
        folder = tmp_path / f"report-{number}"
        folder.mkdir()
        paths.append(report(folder, count))
    workers = ReportWorkers()
    with ThreadPoolExecutor(2) as threads:
        both = [
            threads.submit(read_whole, path, place(sha256, path.parent / "spill"), lambda: workers)
            for path, sha256 in paths
        ]
        found = [contents(one.result()) for one in both]
    workers.close()
    monkeypatch.setattr(report_file, "SMALLEST_SHARED", 1 << 40)
    alone = [read_whole(path, place(sha256, path.parent / "alone"), ReportWorkers) for path, sha256 in paths]
    assert found == [contents(one) for one in alone]


def test_a_report_that_is_given_up_leaves_the_processes_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report that does not rest is read no further; the next one uses the same memory."""
    path, sha256 = report(tmp_path, 4000)
    monkeypatch.setattr(report_file, "SMALLEST_SHARED", 0)
    workers = ReportWorkers()
    with path.open("rb") as file:
        read_report_file(file, path.stat().st_size, place(sha256, tmp_path / "none"), lambda: workers, lambda: False)
    whole = read_whole(path, place(sha256, tmp_path / "spill"), lambda: workers)
    workers.close()
    assert whole.lines == 4000


def test_a_process_that_was_killed_is_told_and_no_chunk_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel ends the largest process when memory is short: its chunk must not be missing in silence."""
    path, sha256 = report(tmp_path, 10)
    monkeypatch.setattr(report_file, "SMALLEST_SHARED", 0)
    workers = ReportWorkers()
    for worker in workers._workers:
        worker.kill()
    with pytest.raises(TransientSourceError, match="a process that ended with -9"):
        read_whole(path, place(sha256, tmp_path / "spill"), lambda: workers)
    workers.close()


def test_what_another_process_cannot_write_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another process cannot write must stop the ingest just as what this one cannot write."""
    path, sha256 = report(tmp_path, 10)
    monkeypatch.setattr(report_file, "SMALLEST_SHARED", 0)
    workers = ReportWorkers()
    (tmp_path / "spill").mkdir()
    (tmp_path / "spill" / "communications-000000000000000.arrow").mkdir()
    with pytest.raises(OSError, match="directory"):
        read_whole(path, place(sha256, tmp_path / "spill"), lambda: workers)
    workers.close()


def test_portions_keep_every_table_in_order(tmp_path: Path) -> None:
    """What lies between two batches must land in one of them."""
    path, sha256 = report(tmp_path, 2000)
    found = read_whole(path, place(sha256, tmp_path / "spill"), ReportWorkers)
    tables = found.files["asset_uses"]
    groups = list(portions(tables, 700))
    assert [table for group in groups for table in group] == tables
    assert len(groups) > 1
    assert list(portions([], 1)) == [[]]


def test_a_process_that_reads_does_without_pandas() -> None:
    """Arrow imports it at its first array where it can: that takes each process longer than its share of a report."""
    words = (
        "import sys; from ingest.exstream.report_worker import WithoutPandas; import pyarrow as pa; "
        "sys.meta_path.insert(0, WithoutPandas()); pa.array([1]); sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0


def test_processes_wait_for_the_report_while_other_files_are_read(tmp_path: Path) -> None:
    """Started anew for the report they would take a second again, which starting them early was to save."""
    recipients = MEANING.recipients
    reader = RunFileReader(recipients, {}, MEANING.kept)
    files = RunFiles(reader, lambda _: io.BytesIO(), tmp_path)
    files.expect(report_file.SMALLEST_SHARED)
    started = files._workers
    assert [batch.records for batch in files.batches("delivery_outputs", [])] == [0]
    assert files._workers is started is not None
    assert [batch.records for batch in files.batches("communications", [])] == [0]
    assert files._workers is None
