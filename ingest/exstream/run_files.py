"""The files of engine runs read in batches of bounded size, from their sealed bytes, over REST and of a folder alike.

Here belong the batches of a stream, the spill folder's life and what casts doubt on a file that was read. Rows lie in
files, not in memory, when they are many; an asset-use report is read once for all its streams. What a file means is
`streams`, reading one report `report_file`; claims are the sources'.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Final

import pyarrow as pa

from assettrail.errors import RecordRejected
from evidence.left_behind import own_prefix, remove_left_behind
from evidence.refusing_disk import disk_told
from ingest.exstream.report_ahead import ReportAhead
from ingest.exstream.report_file import ReadReport, is_large, read_report_file
from ingest.exstream.report_worker import ReportPlace
from ingest.exstream.report_workers import ReportWorkers
from ingest.exstream.settled import JobKey
from ingest.exstream.streams import FILE_STREAMS, RunFile, RunFileReader, refused_whole, rows_aside, short_report
from ingest.laid_aside import LandableTable, TableFile, laid_aside
from ingest.pseudonym import recipients_of_run
from ingest.reading import Reading

ReportKey = tuple[str, str]
"""Where a report was found, and the hash of its bytes."""
ROWS_PER_BATCH: Final = 2_000_000


@dataclass
class FileBatch:
    """What some files of a stream gave: rows, what casts doubt on them, in words, and the jobs of corrupt files.

    All but the last one have records; the last one may have none.
    """

    reading: Reading = field(default_factory=Reading)
    doubts: list[str] = field(default_factory=list)
    corrupt: set[JobKey] = field(default_factory=set)
    is_last: bool = False

    @property
    def records(self) -> int:
        """How many records it has, refused ones included."""
        read = self.reading
        return len(read.rows) + sum(int(table.num_rows) for table in read.tables) + len(read.quarantined)

    def without_rest(self) -> Iterator[FileBatch]:
        """Take batches of at most `ROWS_PER_BATCH` rows, or of one table, off the beginning, until this one is such."""
        *full, rest = portions(self.reading.tables, ROWS_PER_BATCH)
        for tables in full:
            yield FileBatch(replace(self.reading, tables=tables), self.doubts, self.corrupt)
            self.reading, self.doubts, self.corrupt = Reading(), [], set()
        self.reading.tables = rest


class RunFiles:
    """Reads files of runs; what was spilled goes with this object.

    `open_raw` opens the sealed bytes of a hash. The spill folder's name tells the process, so that what a killed one
    left is removed by the next.
    """

    def __init__(self, reader: RunFileReader, open_raw: Callable[[str], BinaryIO], spill: Path) -> None:
        self._reader = reader
        self._open_raw = open_raw
        self._parent = spill
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._numbers = count()
        self._reports: dict[ReportKey, ReadReport | RecordRejected] = {}
        self._workers: ReportWorkers | None = None
        self._reading = Lock()
        self._laying_aside = Lock()
        self._ahead: tuple[ReportKey, ReportAhead[ReadReport | RecordRejected]] | None = None
        self._kept: set[ReportKey] = set()

    def batches(self, stream: str, files: Iterable[RunFile]) -> Iterator[FileBatch]:
        """Read the files of the stream's kind, batch by batch; at least one batch.

        Raises ConfigurationError with the free bytes when the disk refuses what is laid aside. It is told here, since
        a ConfigurationError within a reader says that the file is refused.
        """
        batch = FileBatch()
        try:
            for file in (each for each in files if each.kind == FILE_STREAMS[stream]):
                if batch.records >= ROWS_PER_BATCH:
                    yield batch
                    batch = FileBatch()
                with disk_told(f"to read {file.source_uri}", self._parent):
                    self._add(stream, file, batch)
                if file.kind == "report" and batch.records > ROWS_PER_BATCH:
                    self._rest()  # What lands now needs the memory; another large report starts them again.
                yield from batch.without_rest()
        finally:
            if FILE_STREAMS[stream] == "report":  # Other files need no processes; those that wait for reports stay.
                self._rest()
        batch.is_last = True
        yield batch

    def _add(self, stream: str, file: RunFile, batch: FileBatch) -> None:
        refused = len(batch.reading.quarantined)
        with self._open_raw(file.raw_hash) as source:
            if file.kind == "report" and file.mapping is None:
                doubts = self._add_report(stream, file, source, batch.reading)
            else:
                doubts = self._reader.read(stream, file, source, batch.reading, self._lay_aside)
        rows_aside(stream, batch.reading, self._lay_aside, file.size)
        batch.doubts += doubts
        if doubts or len(batch.reading.quarantined) > refused:
            batch.corrupt.add((file.domain, file.job_id))

    def expect(self, largest: int) -> None:
        """Start the processes that read large reports when the largest one, of so many bytes, will need them."""
        if is_large(largest):
            self._started()

    def read_ahead(self, file: RunFile, opened: Callable[[], BinaryIO]) -> None:
        """Begin to read an asset-use report that is large, unless another one is read ahead already.

        `opened` opens its bytes while they are not kept: at once, as they lie elsewhere when they are. Nothing of it is
        given before `is_kept`.
        """
        if file.kind == "report" and file.mapping is None and is_large(file.size) and self._ahead is None:
            self._ahead = _key(file), ReportAhead(partial(self._read_opened, file, opened()))

    def is_kept(self, file: RunFile) -> None:
        """The bytes of a file are kept: what is read ahead of it counts."""
        self._kept.add(_key(file))

    def forget_unkept(self) -> None:
        """Give up what is read ahead of a file that is not kept."""
        if self._ahead is not None and self._ahead[0] not in self._kept:
            self._ahead[1].give_up()
            self._ahead = None

    def _rest(self) -> None:
        """End the processes that read reports, unless one is read ahead; they are started when they are needed."""
        with self._reading:
            if self._workers is not None and self._ahead is None:
                self._workers.close()
                self._workers = None

    def _started(self) -> ReportWorkers:
        self._workers = self._workers or ReportWorkers()
        return self._workers

    def _add_report(self, stream: str, file: RunFile, source: BinaryIO, reading: Reading) -> list[str]:
        """Add an asset-use report's rows of one stream; return what casts doubt on its completeness, in words."""
        with self._reading:  # Of several streams that need a report the first one has it read for all.
            report = self._reports.get(_key(file))
            if report is None:
                report = self._reports[_key(file)] = self._read_ahead_or_now(file, source)
        if isinstance(report, RecordRejected):
            return refused_whole(file, report, reading)
        reading.tables += report.files[stream]
        reading.quarantined += report.refused[stream]
        return short_report(file, report.lines)

    def _read_ahead_or_now(self, file: RunFile, source: BinaryIO) -> ReadReport | RecordRejected:
        if self._ahead is None or self._ahead[0] != _key(file):
            return self._read_report(file, source)
        _, ahead = self._ahead
        self._ahead = None
        return ahead.result()

    def _read_opened(
        self, file: RunFile, source: BinaryIO, is_wanted: Callable[[], bool]
    ) -> ReadReport | RecordRejected:
        with source:
            return self._read_report(file, source, is_wanted)

    def _read_report(
        self, file: RunFile, source: BinaryIO, is_wanted: Callable[[], bool] = lambda: True
    ) -> ReadReport | RecordRejected:
        spill = self._spill() / f"report-{next(self._numbers):09}"
        recipients = recipients_of_run(self._reader.recipients, file.flow_instance_id)
        meaning = replace(self._reader, recipients=recipients).meaning(file)
        place = ReportPlace(meaning, file.source_uri, file.raw_hash, spill)
        try:
            return read_report_file(source, file.size, place, self._started, is_wanted)
        except RecordRejected as error:
            return error

    def _lay_aside(self, table: pa.Table) -> TableFile:
        return laid_aside(self._spill() / f"table-{next(self._numbers):09}.arrow", table)

    def _spill(self) -> Path:
        with self._laying_aside:
            if self._folder is None:
                self._parent.mkdir(parents=True, exist_ok=True)
                remove_left_behind(self._parent)
                self._folder = tempfile.TemporaryDirectory(prefix=own_prefix(), dir=self._parent)
            return Path(self._folder.name)


def portions(tables: Sequence[LandableTable], most_rows: int) -> Iterator[list[LandableTable]]:
    """Cut tables into groups of at most so many rows, or of one table; at least one group, which may be empty."""
    group: list[LandableTable] = []
    rows = 0
    for table in tables:
        if group and rows + table.num_rows > most_rows:
            yield group
            group, rows = [], 0
        group.append(table)
        rows += table.num_rows
    yield group


def _key(file: RunFile) -> ReportKey:
    return file.source_uri, file.raw_hash
