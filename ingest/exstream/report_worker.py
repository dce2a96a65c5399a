"""Reading chunks of reports and laying their rows aside, in this process or in one that does nothing else.

Here belong what one chunk gives and the loop of a process that reads chunks for another: tasks come through standard
input, chunks lie in memory that both have, what they gave goes through standard output, and the process ends when its
input does, so that none outlives who started it. Which process reads what is `report_workers`.
"""

from __future__ import annotations

import gc
import os
import pickle
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Final

from assettrail.errors import AssettrailError
from ingest.exstream import shared_memory
from ingest.exstream.report_rows import ReportChunks, ReportMeaning
from ingest.extract import Quarantined
from ingest.laid_aside import TableFile, laid_aside
from ingest.reading import Reading
from ingest.rows import read_rows
from ingest.schema import stream_schema

REPORT_STREAMS: Final = ("communications", "renderings", "asset_uses")


@dataclass(frozen=True)
class Spilled:
    """What one chunk gave: its lines, and by stream the table that is laid aside, and what was refused."""

    lines: int
    files: Mapping[str, TableFile]
    refused: Mapping[str, Sequence[Quarantined]]


@dataclass(frozen=True)
class ReportPlace:
    """One report: what its values mean, where it lies, its hash, and the folder that its rows are laid aside in."""

    meaning: ReportMeaning
    source_uri: str
    raw_hash: str
    spill: Path


class ChunkReader:
    """Reads chunks of one report in one process, and spills them."""

    def __init__(self, report: ReportPlace) -> None:
        self._chunks = ReportChunks(report.meaning, report.source_uri, report.raw_hash)
        self._spill = report.spill

    def read(self, offset: int, chunk: bytes) -> Spilled:
        """Read a chunk of whole lines that begins at `offset`. Raises OSError when its rows cannot be laid aside."""
        readings = {stream: Reading() for stream in REPORT_STREAMS}
        lines = self._chunks.read(chunk, offset, readings)
        files: dict[str, TableFile] = {}
        refused: dict[str, list[Quarantined]] = {}
        for stream, reading in readings.items():
            read = read_rows(stream_schema("exstream", stream), reading.rows, reading.tables)
            refused[stream] = [*reading.quarantined, *read.refused]
            if read.table.num_rows:
                path = self._spill / f"{stream}-{offset:015}.arrow"
                files[stream] = laid_aside(path, read.table)
        return Spilled(lines, files, refused)


class WithoutPandas(MetaPathFinder):
    """Says that pandas is not installed: Arrow would import it at its first array, for as long as many chunks take."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:  # noqa: ARG002 - the protocol
        """Refuse pandas with ModuleNotFoundError, and leave all else to the finders that follow."""
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


ChunkTask = tuple[bytes, int, int, int]
"""A chunk to read: the pickled `ReportPlace`, where the chunk begins, the number of its memory, and its bytes there."""


def serve(memories: Sequence[int]) -> None:
    """Read chunks until the input of `ChunkTask` ends: each gives `Spilled` or the error.

    `memories` are the descriptors of the memory that chunks lie in.
    """
    sys.meta_path.insert(0, WithoutPandas())
    gc.disable()  # What a chunk makes has no cycles and goes with the chunk; looking for them costs a fifth.
    tasks = sys.stdin.buffer
    found = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    chunks = shared_memory.found(memories)
    place, reader = b"", None
    while True:
        try:
            wanted, offset, memory, size = pickle.load(tasks)  # noqa: S301 - from the process that started this one
        except EOFError:
            os._exit(0)  # Everything was given and flushed; taking what is remembered apart would only take time.
        try:
            if reader is None or wanted != place:
                place, reader = wanted, ChunkReader(pickle.loads(wanted))  # noqa: S301 - as above
            result: Spilled | OSError | AssettrailError = reader.read(offset, chunks[memory][:size])
        except (OSError, AssettrailError) as error:
            result = error
        pickle.dump(result, found, pickle.HIGHEST_PROTOCOL)
        found.flush()
