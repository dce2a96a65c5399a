"""One asset-use report of any size, read once for all the streams that it feeds, by several processes.

Here belong the walk over the file and the spill: Arrow files of rows that are read, hashed and free of recipients'
identifiers, in a folder that lives as long as the extracts do. What a line means is `report_rows`; what reads chunks is
`report_worker`; what lands is `ingest.landing`.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, wait
from contextlib import closing
from dataclasses import dataclass, field
from itertools import takewhile
from typing import BinaryIO, Final, Generic, TypeVar

from assettrail.errors import RecordRejected
from ingest.exstream.report_worker import REPORT_STREAMS, ChunkReader, ReportPlace, Spilled
from ingest.exstream.report_workers import CHUNKS_AHEAD, ReportWorkers
from ingest.exstream.shared_memory import SharedMemory
from ingest.extract import Quarantined
from ingest.laid_aside import TableFile
from ingest.lines import LONGEST_LINE, FileBytes, LongLine, chunks_of_lines
from ingest.reading import in_one_line

SMALLEST_SHARED: Final = 4 << 20
"""Files from this size on are read by several processes: starting them takes a second."""
_BLOCK_BYTES: Final = 1 << 18
"""A report that is shared is decompressed in blocks that stay close to the processor."""


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
    spilled: Generator[Spilled | LongLine]
    if not is_large(size):
        reader = ChunkReader(place)
        chunks = chunks_of_lines(FileBytes(source).blocks())
        spilled = (chunk if isinstance(chunk, LongLine) else reader.read(*chunk) for chunk in chunks)
    else:
        chunks = chunks_of_lines(FileBytes(source, _BLOCK_BYTES).blocks())
        spilled = _in_processes(chunks, workers(), pickle.dumps(place))
    with closing(spilled):
        for one in takewhile(lambda _: is_wanted(), spilled):
            report.add(_of_long_line(one, place) if isinstance(one, LongLine) else one)
    return report


def is_large(size: int) -> bool:
    """Whether a report of so many bytes is worth several processes."""
    return size >= SMALLEST_SHARED


def _in_processes(
    chunks: Iterator[tuple[int, bytes] | LongLine], workers: ReportWorkers, place: bytes
) -> Generator[Spilled | LongLine]:
    """Have chunks read by processes, a few ahead, and give their results in the report's order."""
    with workers.alone:
        free = workers.memories
        waiting: deque[_Waiting] = deque()
        try:
            for piece in gathered(chunks, free.pop):
                if isinstance(piece, LongLine):
                    waiting.append(_Waiting(piece))
                else:
                    size = len(piece.lines)
                    waiting.append(_Waiting(workers.submit(place, piece.offset, piece.buffer, size), piece.buffer))
                if len(waiting) > workers.count + CHUNKS_AHEAD:
                    yield waiting.popleft().result(free)
            while waiting:
                yield waiting.popleft().result(free)
        finally:  # What is read no further is still looked at.
            wait([one.found for one in waiting if isinstance(one.found, Future)])


@dataclass(frozen=True)
class _Waiting:
    """A chunk that is being read, with the memory that it lies in, or a line that is not."""

    found: Future[Spilled] | LongLine
    memory: SharedMemory | None = None

    def result(self, free: list[SharedMemory]) -> Spilled | LongLine:
        """What was found; the memory of the chunk is free then."""
        found = self.found if isinstance(self.found, LongLine) else self.found.result()
        if self.memory is not None:
            free.append(self.memory)
        return found


Memory = TypeVar("Memory", bytearray, SharedMemory)


@dataclass(frozen=True)
class Gathered(Generic[Memory]):
    """Whole lines that begin at `offset`, in the beginning of memory that is used again."""

    offset: int
    lines: memoryview
    buffer: Memory


def gathered(
    chunks: Iterable[tuple[int, bytes] | LongLine], take: Callable[[], Memory]
) -> Iterator[Gathered[Memory] | LongLine]:
    """Put chunks that follow one another together, as many as there is room for in what `take` gives; none is longer.

    Processes that only read take long chunks: each costs them a table, a file and a message. Memory that is used again
    costs the kernel nothing: it clears each page of a new block.
    """
    buffer: Memory | None = None
    start = length = 0
    for chunk in chunks:
        lines = b"" if isinstance(chunk, LongLine) else chunk[1]
        if buffer is not None and (not lines or length + len(lines) > len(buffer)):
            yield Gathered(start, memoryview(buffer)[:length], buffer)
            buffer = None
        if isinstance(chunk, LongLine):
            yield chunk
            continue
        if buffer is None:
            buffer, start, length = take(), chunk[0], 0
        buffer[length : length + len(lines)] = lines
        length += len(lines)
    if buffer is not None:
        yield Gathered(start, memoryview(buffer)[:length], buffer)


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
