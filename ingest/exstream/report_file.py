"""One asset-use report of any size, read once for all the streams that it feeds, by several processes.

Here belong the walk over the file and the spill: Arrow files of rows that are read, hashed and free of recipients'
identifiers, in a folder that lives as long as the extracts do. What a line means is `report_rows`; what reads chunks is
`report_worker`; what lands is `ingest.landing`.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import takewhile
from typing import BinaryIO, Final

from assettrail.errors import RecordRejected
from ingest.exstream.report_rows import SHAPED_BYTES
from ingest.exstream.report_worker import REPORT_STREAMS, ChunkReader, ReportPlace, Spilled
from ingest.exstream.report_workers import ReportWorkers
from ingest.extract import Quarantined
from ingest.laid_aside import TableFile
from ingest.lines import LONGEST_LINE, FileBytes, LongLine, chunks_of_lines
from ingest.reading import in_one_line

SMALLEST_SHARED: Final = 4 << 20
"""Files from this size on are read by several processes: starting them takes a second."""
_SHARED_BLOCK_BYTES: Final = SHAPED_BYTES - (1 << 16)
"""Processes that only read take longer blocks: each costs them a table, a file and a message.

With the line that the block before it began, a block is still cut in one piece.
"""
_CHUNKS_AHEAD: Final = 2


@dataclass
class ReadReport:
    """A report that was read to its end: lines, and by stream the spilled files in order, and what was refused."""

    lines: int = 0
    files: dict[str, list[TableFile]] = field(default_factory=lambda: {name: [] for name in REPORT_STREAMS})
    refused: dict[str, list[Quarantined]] = field(default_factory=lambda: {name: [] for name in REPORT_STREAMS})

    def add(self, chunk: Spilled) -> None:
        """Add what a chunk gave."""
        self.lines += chunk.lines
        for stream, file in chunk.files.items():
            self.files[stream].append(file)
        for stream, refused in chunk.refused.items():
            self.refused[stream] += refused


def read_report_file(
    source: BinaryIO,
    size: int,
    place: ReportPlace,
    workers: Callable[[], ReportWorkers],
    is_wanted: Callable[[], bool] = lambda: True,
) -> ReadReport:
    """Read the report of a place, of so many bytes, by several processes when it is large, and spill its rows.

    What was read until then is returned when it is no longer wanted, as told between chunks.

    Raises RecordRejected when the file as a whole cannot be read, TransientSourceError when one of the processes
    ended, and OSError when rows cannot be laid aside.
    """
    place.spill.mkdir(parents=True, exist_ok=True)
    report = ReadReport()
    chunks = chunks_of_lines(FileBytes(source, _SHARED_BLOCK_BYTES if is_large(size) else None).blocks())
    spilled: Iterator[Spilled | LongLine]
    if not is_large(size):
        reader = ChunkReader(place)
        spilled = (chunk if isinstance(chunk, LongLine) else reader.read(*chunk) for chunk in chunks)
    else:
        spilled = _in_processes(chunks, workers(), pickle.dumps(place))
    for one in takewhile(lambda _: is_wanted(), spilled):
        report.add(_of_long_line(one, place) if isinstance(one, LongLine) else one)
    return report


def is_large(size: int) -> bool:
    """Whether a report of so many bytes is worth several processes."""
    return size >= SMALLEST_SHARED


def _in_processes(
    chunks: Iterator[tuple[int, bytes] | LongLine], workers: ReportWorkers, place: bytes
) -> Iterator[Spilled | LongLine]:
    """Have chunks read by processes, a few ahead, and give their results in the report's order."""
    waiting: deque[Future[Spilled] | LongLine] = deque()
    for chunk in chunks:
        waiting.append(chunk if isinstance(chunk, LongLine) else workers.submit(place, *chunk))
        if len(waiting) > workers.count + _CHUNKS_AHEAD:
            first = waiting.popleft()
            yield first if isinstance(first, LongLine) else first.result()
    while waiting:
        first = waiting.popleft()
        yield first if isinstance(first, LongLine) else first.result()


def refused_line(line: LongLine, source_uri: str, raw_hash: str) -> Quarantined:
    """The quarantine row of a line that is too long to be held."""
    error = RecordRejected(
        tried="to read a line of an asset-use report",
        found=f"{line.length} bytes",
        expected=f"at most {LONGEST_LINE} bytes",
        remedy="have the report written with one communication per line",
    )
    return Quarantined(source_uri, raw_hash, line.offset, in_one_line(error), line.sha256)


def _of_long_line(line: LongLine, place: ReportPlace) -> Spilled:
    refused = refused_line(line, place.source_uri, place.raw_hash)
    return Spilled(1, {}, {stream: [refused] for stream in REPORT_STREAMS})
