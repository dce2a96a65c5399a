"""Exstream as a source from a folder of engine output: the same streams and records as over REST.

Here belong finding the runs in a folder, waiting until they are written to their end, and what may be claimed
of a folder. The source's files are never moved or deleted. A run is ready when its files have the same size
at two looks and the delivery file has its closing tag; a delivery file that is at rest without one goes to
quarantine. A folder's delivery file is the manifest of its own run only; that no run is missing is known to
whoever fills the folder, so that a folder's claim never covers a window.
"""

from __future__ import annotations

import io
import re
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from assettrail.clock import Clock
from assettrail.errors import ConfigurationError, ContractBroken, RecordRejected
from assettrail.settings import Settings
from ingest.exstream.delivery_file import FILE_NAME as DELIVERY_NAME
from ingest.exstream.delivery_text import HEAD_BYTES, customers_processed, has_closing_tag
from ingest.exstream.message_file import FILE_NAME as MESSAGES_NAME
from ingest.exstream.opening import report_name, run_file_reader
from ingest.exstream.report_file import is_large
from ingest.exstream.report_mapping import ReportMapping
from ingest.exstream.run_files import FileBatch, RunFiles
from ingest.exstream.streams import FILE_STREAMS, FileKind, RunFile
from ingest.extract import Claim, Extract
from ingest.landing_store import LandingStore
from ingest.pseudonym_keys import run_pseudonyms
from ingest.reading import Reading, Values

Cursor = Mapping[str, object]

STREAMS = ("jobs", "flow_instances", *FILE_STREAMS)
POORER_STREAMS = frozenset({"jobs", "flow_instances", "engine_messages"})
SECONDS_BETWEEN_LOOKS = 1.0
_WORDS_PER_DETAIL = 5
_A_PART = "a part of the folder; the rest follows in the next batch"
_NO_LIST_OF_RUNS = "nothing says that no other run was composed"
_RUN = re.compile(r"(?:^|/)(?P<domain>[^/]+)/jobs/(?P<job>[^/]+)/(?P<instance>[^/]+)/docgen/(?P<docgen>[^/]+)/output$")


@dataclass(frozen=True)
class RunFolder:
    """One output folder of an engine run, by the ids in its path."""

    path: Path
    domain: str
    job_id: str
    flow_instance_id: str
    docgen_uuid: str


@dataclass(frozen=True)
class _Look:
    """What was ready in the folder at one time; `closed` holds the delivery files (by hash) with a closing tag."""

    runs: tuple[RunFolder, ...]
    files: tuple[RunFile, ...]
    closed: frozenset[str]
    doubts: tuple[str, ...]


@dataclass
class _Progress:
    """How far one stream has been read, and what was met on the way."""

    batches: Iterator[FileBatch]
    doubts: list[str] = field(default_factory=list)
    refused: int = 0

    def add(self, batch: FileBatch) -> None:
        """Take over what a batch met."""
        self.doubts += batch.doubts
        self.refused += len(batch.reading.quarantined)


class DropFolderSource:
    """The streams of `STREAMS` from one folder.

    Jobs and flow instances are known by the path only, and as complete, since the run has written its closing
    tag; read one domain either over REST or from a folder, as the poorer rows of the folder would replace
    those of REST.
    """

    name = "exstream"

    def __init__(
        self,
        folder: Path,
        report_name: str,
        clock: Clock,
        mappings: Mapping[str, ReportMapping],
        files: RunFiles,
        keep_raw_file: Callable[[Path], str],
        open_raw: Callable[[str], BinaryIO],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._folder = folder
        self._report_name = report_name
        self._clock = clock
        self._mappings = mappings
        self._run_files = files
        self._keep_raw_file = keep_raw_file
        self._open_raw = open_raw
        self._progress: dict[str, _Progress] = {}
        self._pause = pause
        self._look: _Look | None = None
        self._looking = Lock()

    def streams(self) -> tuple[str, ...]:
        """The streams in landing order."""
        return STREAMS

    def beside(self) -> tuple[str, ...]:
        """The streams of asset-use reports, when one of them is large. Raises as `extract`."""
        reports = (file for file in self._looked().files if file.kind == "report" and file.mapping is None)
        has_large = any(is_large(file.size) for file in reports)
        return tuple(stream for stream, kind in FILE_STREAMS.items() if kind == "report") if has_large else ()

    def extract(self, stream: str, since: Cursor | None) -> Extract:
        """All of one stream that the folder holds. The cursor is handed on as it was: a folder has none.

        Raises ConfigurationError when the folder cannot be read, ContractBroken for a stream that does not
        exist.
        """
        if stream not in STREAMS:
            raise ContractBroken(
                tried=f"to extract exstream/{stream} from a folder",
                found="a stream that a folder does not hold",
                expected=f"one of {', '.join(STREAMS)}",
                remedy="read it over REST",
            )
        now = self._clock.now()
        look = self._looked()
        has_rest = since is not None and "complete_to" in since
        if stream not in self._progress:
            is_left = has_rest and stream in POORER_STREAMS
            self._progress[stream] = _Progress(
                iter([FileBatch(is_last=True)]) if is_left else self._batches(stream, look)
            )
        progress = self._progress[stream]
        batch = next(progress.batches)
        progress.add(batch)
        if batch.is_last:
            del self._progress[stream]
        claim = _claim(now, _words(look, progress, has_rest=has_rest) if batch.is_last else [_A_PART])
        read = batch.reading
        return Extract(read.rows, read.quarantined, claim, since, more=not batch.is_last, tables=read.tables)

    def _batches(self, stream: str, look: _Look) -> Iterator[FileBatch]:
        if stream in FILE_STREAMS:
            return self._run_files.batches(stream, look.files)
        reading = Reading()
        self._known_by_path(stream, look, reading)
        return iter([FileBatch(reading, is_last=True)])

    def _looked(self) -> _Look:
        """What was ready when the folder was looked at first."""
        with self._looking:
            self._look = self._look or self._look_around()
            return self._look

    def _look_around(self) -> _Look:
        """Find the runs, wait one look for their files to rest, and keep the files of those that do."""
        runs = list(self._runs())
        before = {run.path: self._sizes(run) for run in runs}
        self._run_files.expect(
            max((size for sizes in before.values() for size in self._report_sizes(sizes)), default=0)
        )
        self._pause(SECONDS_BETWEEN_LOOKS if runs else 0.0)
        ready: list[RunFolder] = []
        files: list[RunFile] = []
        closed: set[str] = set()
        doubts: list[str] = []
        for run in runs:
            if self._sizes(run) != before[run.path]:
                doubts.append(f"run {run.docgen_uuid} is still being written and was left for the next ingest")
                continue
            ready.append(run)
            files += self._files(run, doubts, closed)
        return _Look(tuple(ready), tuple(files), frozenset(closed), tuple(doubts))

    def _runs(self) -> Iterator[RunFolder]:
        if not self._folder.is_dir():
            raise ConfigurationError(
                tried=f"to read engine output from {self._folder}",
                found="no such folder",
                expected="a folder with <domain>/jobs/<job>/<flow instance>/docgen/<uuid>/output below it",
                remedy="correct the path, or exstream.drop_folder",
            )
        for manifest in sorted(self._folder.resolve().rglob(DELIVERY_NAME)):
            match = _RUN.search(manifest.parent.as_posix())
            if match:
                yield RunFolder(manifest.parent, match["domain"], match["job"], match["instance"], match["docgen"])

    def _paths(self, run: RunFolder) -> Iterator[tuple[FileKind, str | None, Path]]:
        """The run's files: kind, mapping of a report that the customer designed, path."""
        yield "delivery", None, run.path / DELIVERY_NAME
        messages = run.path / MESSAGES_NAME
        if messages.is_file():
            yield "messages", None, messages
        for mapping, name in self._report_names():
            plain = f"Report_*/{_literal(name)}"
            for report in sorted([*run.path.glob(plain), *run.path.glob(f"{plain}.gz")]):
                yield "report", mapping, report

    def _report_names(self) -> Iterator[tuple[str | None, str]]:
        """Our own report, if there is one, and those with a mapping: mapping and file name."""
        if self._report_name:
            yield None, self._report_name
        for name, mapping in self._mappings.items():
            yield name, mapping.file

    def _sizes(self, run: RunFolder) -> dict[Path, tuple[int, int]]:
        sizes = {}
        for _, _, path in self._paths(run):
            try:
                found = path.stat()
            except OSError as error:
                raise _unreadable(path, error) from error
            sizes[path] = (found.st_size, found.st_mtime_ns)
        return sizes

    @staticmethod
    def _report_sizes(sizes: Mapping[Path, tuple[int, int]]) -> Iterator[int]:
        """The sizes of a run's reports."""
        return (size for path, (size, _) in sizes.items() if path.name not in {DELIVERY_NAME, MESSAGES_NAME})

    def _kept(self, path: Path) -> str:
        """The hash of a file that is kept now."""
        _refuse_special(path)
        try:
            return self._keep_raw_file(path)
        except OSError as error:
            raise _unreadable(path, error) from error

    def _files(self, run: RunFolder, doubts: list[str], closed: set[str]) -> Iterator[RunFile]:
        """The run's files, kept in the raw store; what a run should have and has not is a doubt."""
        paths = list(self._paths(run))
        doubts += self._missing_reports(run, {mapping for kind, mapping, _ in paths if kind == "report"})
        customers: int | None = None
        for kind, mapping, path in paths:
            raw_hash = self._kept(path)
            with self._open_raw(raw_hash) as kept:
                size = kept.seek(0, io.SEEK_END)
                if kind == "delivery":
                    is_closed, customers = _end_and_customers(kept)
                    closed.update([raw_hash] if is_closed else [])
            yield RunFile(
                kind=kind,
                domain=run.domain,
                job_id=run.job_id,
                flow_instance_id=run.flow_instance_id,
                flow_step_id=None,
                docgen_uuid=run.docgen_uuid,
                source_uri=path.as_uri(),
                raw_hash=raw_hash,
                size=size,
                customers=customers,
                mapping=mapping,
            )

    def _missing_reports(self, run: RunFolder, found: set[str | None]) -> Iterator[str]:
        """The reports that each run should have and this one has not, in words."""
        if self._report_name and None not in found:
            yield f"run {run.docgen_uuid} has no asset-use report"
        for name, mapping in self._mappings.items():
            if mapping.shape.expected and name not in found:
                yield f"run {run.docgen_uuid} has no report {name}"

    @staticmethod
    def _known_by_path(stream: str, look: _Look, reading: Reading) -> None:
        """One row per job or flow instance whose run lies in the folder."""
        known: dict[str, tuple[Values, RunFile]] = {}
        for file in look.files:
            if file.kind != "delivery" or file.raw_hash not in look.closed:
                continue
            own: Values = {"domain": file.domain, "job_id": file.job_id, "status": "complete"}
            if stream == "flow_instances":
                known[file.flow_instance_id] = ({**own, "flow_instance_id": file.flow_instance_id}, file)
            else:
                known[file.job_id] = (own, file)
        for values, file in known.values():
            reading.add([values], file.source_uri, file.raw_hash)


def open_drop_folder(settings: Settings, store: LandingStore, folder: Path) -> DropFolderSource:
    """Open a folder of engine output as a source for this installation's landing.

    Raises ConfigurationError when a key is missing. The `exstream` section may be absent: nothing is called.
    """
    reader = run_file_reader(settings, run_pseudonyms(settings, store))
    return DropFolderSource(
        folder=folder,
        report_name=report_name(settings),
        clock=store.clock,
        mappings=reader.mappings,
        files=RunFiles(reader, store.raw.open, store.spill),
        keep_raw_file=store.put_raw_file,
        open_raw=store.raw.open,
    )


def _literal(name: str) -> str:
    """A file name as a glob pattern that means only itself."""
    return re.sub(r"([*?\[])", r"[\1]", name)


def _refuse_special(path: Path) -> None:
    """Refuse what is no file before it is opened: a pipe or device would never end."""
    try:
        is_file = stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        raise _unreadable(path, error) from error
    if not is_file:
        raise ConfigurationError(
            tried=f"to read {path}",
            found="a pipe, device or folder",
            expected="a file of engine output",
            remedy="remove it from the drop folder; the other runs can be ingested without this one",
        )


def _claim(now: datetime, words: Sequence[str]) -> Claim:
    """What may be claimed of a folder: never that a window is complete."""
    detail = "; ".join([*words, _NO_LIST_OF_RUNS])
    return Claim(window_from=None, window_to=now, complete=False, how="unknown", detail=detail)


def _words(look: _Look, progress: _Progress, *, has_rest: bool) -> list[str]:
    """What is said of a stream that was read to its end, the doubts about it among it."""
    doubts = list(look.doubts)
    if has_rest:
        doubts.append("adds to what is read over REST, whose claim stands")
    doubts += progress.doubts
    if progress.refused:
        doubts.append(f"{progress.refused} records could not be read")
    return [
        f"{len(look.runs)} runs in the folder{'' if doubts else ', each read whole'}",
        *doubts[:_WORDS_PER_DETAIL],
    ]


def _end_and_customers(source: BinaryIO) -> tuple[bool, int | None]:
    """Whether a delivery file is finished, and how many customers it states; None for one that is not finished."""
    try:
        if not has_closing_tag(source):
            return False, None
    except RecordRejected:
        return False, None
    source.seek(0)
    return True, customers_processed(source.read(HEAD_BYTES))


def _unreadable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to read {path}",
        found=error.strerror or type(error).__name__,
        expected="a file that this user may read",
        remedy="correct the folder's rights, or wait until the run's files are all there",
    )
