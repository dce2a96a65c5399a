"""Asset-use reports of a folder, each read once for all its streams, as tables that lie in files and not in memory.

Here belong the spill folder's life and what casts doubt on a report that was read. Reading one report is `report_file`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Final

import pyarrow as pa

from assettrail.errors import RecordRejected
from ingest.exstream.report_file import SMALLEST_SHARED, ReadReport, read_report_file, spilled_table
from ingest.exstream.report_worker import ReportPlace, write_spilled
from ingest.exstream.report_workers import ReportWorkers
from ingest.exstream.streams import RunFile, RunFileReader
from ingest.pseudonym import recipients_of_run
from ingest.reading import Reading

ROWS_PER_BATCH: Final = 1_000_000


class SpilledReports:
    """The reports that were read since the folder was looked at; what was spilled goes with this object.

    The spill folder's name tells the process, so that what a killed one left is removed by the next.
    """

    def __init__(self, folder: Path) -> None:
        self._parent = folder
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._reports: dict[str, ReadReport | RecordRejected] = {}
        self._deliveries: list[Path] = []
        self._workers: ReportWorkers | None = None

    def expect(self, largest: int) -> None:
        """Start the processes that read large reports when the largest one, of so many bytes, will need them."""
        if largest >= SMALLEST_SHARED:
            self._started()

    def rest(self) -> None:
        """End the processes that read reports; they are started again when they are needed."""
        if self._workers is not None:
            self._workers.close()
            self._workers = None

    def _started(self) -> ReportWorkers:
        self._workers = self._workers or ReportWorkers()
        return self._workers

    def read(self, stream: str, file: RunFile, path: Path, reader: RunFileReader, reading: Reading) -> list[str]:
        """Add a report's rows of one stream; return what casts doubt on its completeness, in words."""
        report = self._reports.get(file.source_uri)
        if report is None:
            report = self._reports[file.source_uri] = self._read_file(file, path, reader)
        if isinstance(report, RecordRejected):
            reading.refuse(report, file.source_uri, file.raw_hash, 0, file.raw_hash.encode())
            return [f"the asset-use report of flow instance {file.flow_instance_id} cannot be read: {report.found}"]
        reading.tables += [spilled_table(spilled) for spilled, _ in report.files[stream]]
        reading.quarantined += report.refused[stream]
        if file.customers is not None and report.lines < file.customers:
            short = f"{report.lines} lines for {file.customers} customers of its delivery file"
            return [f"the asset-use report of flow instance {file.flow_instance_id} has {short}"]
        return []

    def read_delivery(self, file: RunFile, path: Path, reader: RunFileReader, reading: Reading) -> list[str]:
        """Add the rows of a delivery file of any size; return what casts doubt on its completeness, in words."""
        folder = self._spill() / f"delivery-{len(self._deliveries)}"
        folder.mkdir()
        self._deliveries.append(folder)
        numbers = count()

        def lay_aside(table: pa.Table) -> pa.Table:
            spilled = folder / f"{next(numbers):09}.arrow"
            write_spilled(spilled, table)
            return spilled_table(spilled)

        read = Reading()
        with path.open("rb") as source:
            doubts = reader.read_delivery(file, source, read, lay_aside)
            source.seek(0)
            if hashlib.file_digest(source, "sha256").hexdigest() != file.raw_hash:
                return [f"the delivery file of flow instance {file.flow_instance_id} changed while it was read"]
        reading.rows += read.rows
        reading.tables += read.tables
        reading.quarantined += read.quarantined
        return doubts

    def _read_file(self, file: RunFile, path: Path, reader: RunFileReader) -> ReadReport | RecordRejected:
        spill = self._spill() / str(len(self._reports))
        try:
            recipients = recipients_of_run(reader.recipients, file.flow_instance_id)
            meaning = replace(reader, recipients=recipients).meaning(file)
            return read_report_file(path, ReportPlace(meaning, file.source_uri, file.raw_hash, spill), self._started)
        except RecordRejected as error:
            return error

    def _spill(self) -> Path:
        if self._folder is None:
            self._parent.mkdir(parents=True, exist_ok=True)
            for left in self._parent.iterdir():
                if not _is_alive(left.name.partition("-")[0]):
                    shutil.rmtree(left, ignore_errors=True)
            self._folder = tempfile.TemporaryDirectory(prefix=f"{os.getpid()}-", dir=self._parent)
        return Path(self._folder.name)


def portions(tables: Sequence[pa.Table], most_rows: int = ROWS_PER_BATCH) -> Iterator[list[pa.Table]]:
    """Cut tables into groups of at most so many rows, or of one table; at least one group, which may be empty."""
    group: list[pa.Table] = []
    rows = 0
    for table in tables:
        if group and rows + table.num_rows > most_rows:
            yield group
            group, rows = [], 0
        group.append(table)
        rows += table.num_rows
    yield group


def _is_alive(process: str) -> bool:
    """Whether a process of this number runs; a name that is no number is nobody's."""
    if not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
