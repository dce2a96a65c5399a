"""One asset-use report of any size, read once for all the streams that it feeds, by several processes.

Here belong the walk over the file, the processes, and the spill: Arrow files of rows that are read, hashed and free of
recipients' identifiers, in a folder that lives as long as the extracts do. What a line means is `report_rows`; what
lands is `ingest.landing`.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa

from assettrail.errors import RecordRejected
from ingest.exstream.asset_use_report import LONGEST_LINE
from ingest.exstream.report_lines import LongLine, ReportBytes, chunks_of_lines
from ingest.exstream.report_rows import ReportChunks, ReportMeaning
from ingest.extract import Quarantined
from ingest.reading import Reading, in_one_line
from ingest.rows import read_rows
from ingest.schema import stream_schema

REPORT_STREAMS: Final = ("communications", "renderings", "asset_uses")
SMALLEST_SHARED: Final = 4 << 20
"""Files from this size on are read by several processes: starting them takes a second."""
_MOST_PROCESSES: Final = 4
_CHUNKS_AHEAD: Final = 2


@dataclass(frozen=True)
class Spilled:
    """What one chunk gave: its lines, and by stream an Arrow file with so many rows, and what was refused."""

    lines: int
    files: Mapping[str, tuple[Path, int]]
    refused: Mapping[str, Sequence[Quarantined]]


@dataclass
class ReadReport:
    """A report that was read to its end: lines, and by stream the spilled files in order, and what was refused."""

    sha256: str = ""
    lines: int = 0
    files: dict[str, list[tuple[Path, int]]] = field(default_factory=lambda: {name: [] for name in REPORT_STREAMS})
    refused: dict[str, list[Quarantined]] = field(default_factory=lambda: {name: [] for name in REPORT_STREAMS})

    def add(self, chunk: Spilled) -> None:
        """Add what a chunk gave."""
        self.lines += chunk.lines
        for stream, file in chunk.files.items():
            self.files[stream].append(file)
        for stream, refused in chunk.refused.items():
            self.refused[stream] += refused


class _ChunkReader:
    """Reads chunks of one report in one process, and spills them."""

    def __init__(self, meaning: ReportMeaning, source_uri: str, raw_hash: str, spill: Path) -> None:
        self._chunks = ReportChunks(meaning, source_uri, raw_hash)
        self._spill = spill

    def read(self, offset: int, chunk: bytes) -> Spilled:
        readings = {stream: Reading() for stream in REPORT_STREAMS}
        lines = self._chunks.read(chunk, offset, readings)
        files: dict[str, tuple[Path, int]] = {}
        refused: dict[str, list[Quarantined]] = {}
        for stream, reading in readings.items():
            read = read_rows(stream_schema("exstream", stream), reading.rows, reading.tables)
            refused[stream] = [*reading.quarantined, *read.refused]
            if read.table.num_rows:
                path = self._spill / f"{stream}-{offset:015}.arrow"
                write_spilled(path, read.table)
                files[stream] = (path, read.table.num_rows)
        return Spilled(lines, files, refused)


_readers: list[_ChunkReader] = []
"""The reader of a process that was started for one report; empty in every other process."""


def read_report_file(path: Path, meaning: ReportMeaning, source_uri: str, raw_hash: str, spill: Path) -> ReadReport:
    """Read a report whose file has this hash (lower-case hex SHA-256), and spill its rows under `spill`.

    Raises RecordRejected when the file as a whole cannot be read, or is not the file of this hash any more, and
    OSError when it cannot be opened.
    """
    spill.mkdir(parents=True, exist_ok=True)
    report = ReadReport()
    with path.open("rb") as file, ExitStack() as stack:
        content = ReportBytes(file)
        pieces = chunks_of_lines(content.blocks())
        spilled: Iterator[Spilled | LongLine]
        if path.stat().st_size < SMALLEST_SHARED:
            reader = _ChunkReader(meaning, source_uri, raw_hash, spill)
            spilled = (piece if isinstance(piece, LongLine) else reader.read(*piece) for piece in pieces)
        else:
            spilled = _in_processes(pieces, stack, (meaning, source_uri, raw_hash, spill))
        for one in spilled:
            report.add(_of_long_line(one, source_uri, raw_hash) if isinstance(one, LongLine) else one)
        report.sha256 = content.sha256
    if report.sha256 != raw_hash:
        raise RecordRejected(
            tried=f"to read the asset-use report {path.name}",
            found="another content than a moment before",
            expected=f"the file with SHA-256 {raw_hash}",
            remedy="wait until the file is written to its end; the next ingest reads it",
        )
    return report


def spilled_table(path: Path) -> pa.Table:
    """A spilled file as a table that lies in the file, not in memory."""
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def _in_processes(
    pieces: Iterator[tuple[int, bytes] | LongLine],
    stack: ExitStack,
    arguments: tuple[ReportMeaning, str, str, Path],
) -> Iterator[Spilled | LongLine]:
    """Have chunks read by processes, a few ahead, and give their results in the report's order."""
    count = max(1, min(_MOST_PROCESSES, os.cpu_count() or 1))
    context = multiprocessing.get_context("spawn")
    pool = stack.enter_context(ProcessPoolExecutor(count, context, _start, arguments))
    waiting: deque[Future[Spilled] | LongLine] = deque()
    for piece in pieces:
        waiting.append(piece if isinstance(piece, LongLine) else pool.submit(_read, *piece))
        if len(waiting) > count + _CHUNKS_AHEAD:
            first = waiting.popleft()
            yield first if isinstance(first, LongLine) else first.result()
    while waiting:
        first = waiting.popleft()
        yield first if isinstance(first, LongLine) else first.result()


def _start(meaning: ReportMeaning, source_uri: str, raw_hash: str, spill: Path) -> None:
    gc.disable()  # What a chunk makes has no cycles and goes with the chunk; looking for them costs a fifth.
    _readers.append(_ChunkReader(meaning, source_uri, raw_hash, spill))


def _read(offset: int, chunk: bytes) -> Spilled:
    return _readers[-1].read(offset, chunk)


def write_spilled(path: Path, table: pa.Table) -> None:
    """Lay a table aside in a file that `spilled_table` opens."""
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())


def refused_line(line: LongLine, source_uri: str, raw_hash: str) -> Quarantined:
    """The quarantine row of a line that is too long to be held."""
    error = RecordRejected(
        tried="to read a line of an asset-use report",
        found=f"{line.length} bytes",
        expected=f"at most {LONGEST_LINE} bytes",
        remedy="have the report written with one communication per line",
    )
    return Quarantined(source_uri, raw_hash, line.offset, in_one_line(error), line.sha256)


def _of_long_line(line: LongLine, source_uri: str, raw_hash: str) -> Spilled:
    return Spilled(1, {}, {stream: [refused_line(line, source_uri, raw_hash)] for stream in REPORT_STREAMS})
