"""Exstream as a source from a folder of engine output: the same streams and records as over REST.

Here belong finding the runs in a folder, waiting until they are written to their end, and what may be claimed
of a folder. The source's files are never moved or deleted. A run is ready when its files have the same size
at two looks and the delivery file has its closing tag; a delivery file that is at rest without one goes to
quarantine. A folder's delivery file is the manifest of its own run only; that no run is missing is known to
whoever fills the folder, so that a folder's claim never covers a window.
"""

from __future__ import annotations

import re
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path

import pyarrow as pa

from assettrail.clock import Clock
from assettrail.errors import ConfigurationError, ContractBroken, RecordRejected
from assettrail.settings import Settings
from ingest.exstream.delivery_file import FILE_NAME as DELIVERY_NAME
from ingest.exstream.delivery_file import HEAD_BYTES, customers_processed, has_closing_tag
from ingest.exstream.message_file import FILE_NAME as MESSAGES_NAME
from ingest.exstream.opening import report_name, run_file_reader
from ingest.exstream.spilled_reports import SpilledReports, portions
from ingest.exstream.streams import FILE_STREAMS, FileKind, RunFile, RunFileReader
from ingest.extract import Claim, Extract
from ingest.landing import LandingStore
from ingest.pseudonym_keys import run_pseudonyms
from ingest.reading import Reading, Values

Cursor = Mapping[str, object]

STREAMS = ("jobs", "flow_instances", *FILE_STREAMS)
POORER_STREAMS = frozenset({"jobs", "flow_instances", "engine_messages"})
SECONDS_BETWEEN_LOOKS = 1.0
LARGEST_FILE = 512 << 20
_WORDS_PER_DETAIL = 5
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
        reader: RunFileReader,
        keep_raw: Callable[[bytes], str],
        keep_raw_file: Callable[[Path], str],
        read_raw: Callable[[str], bytes],
        spill: Path,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._folder = folder
        self._report_name = report_name
        self._clock = clock
        self._reader = reader
        self._keep_raw = keep_raw
        self._keep_raw_file = keep_raw_file
        self._read_raw = read_raw
        self._reports = SpilledReports(spill)
        self._rest: dict[str, Iterator[list[pa.Table]]] = {}
        self._pause = pause
        self._look: _Look | None = None

    def streams(self) -> tuple[str, ...]:
        """The streams in landing order."""
        return STREAMS

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
        self._look = self._look or self._look_around()
        if stream in self._rest:
            return self._portion(stream, Reading(), _claim(now, ["the rest of what was read before"]), since)
        has_rest = since is not None and "complete_to" in since
        reading = Reading()
        doubts = list(self._look.doubts)
        if has_rest:
            doubts.append("adds to what is read over REST, whose claim stands")
        if not (has_rest and stream in POORER_STREAMS):
            doubts += self._read(stream, self._look, reading)
        if reading.quarantined:
            doubts.append(f"{len(reading.quarantined)} records could not be read")
        runs = len(self._look.runs)
        words = [f"{runs} runs in the folder{'' if doubts else ', each read whole'}", *doubts[:_WORDS_PER_DETAIL]]
        self._rest[stream] = portions(reading.tables)
        return self._portion(stream, reading, _claim(now, words), since)

    def _portion(self, stream: str, reading: Reading, claim: Claim, since: Cursor | None) -> Extract:
        """The next tables of a stream that is landed in several batches, with the rows that are read one by one."""
        tables = next(self._rest[stream])
        following = next(self._rest[stream], None)
        if following is None:
            del self._rest[stream]
        else:
            self._rest[stream] = chain([following], self._rest[stream])
        more = following is not None
        return Extract(reading.rows, reading.quarantined, claim, since, more=more, tables=tables)

    def _read(self, stream: str, look: _Look, reading: Reading) -> list[str]:
        """Add the stream's rows; return what casts doubt on their completeness."""
        if stream not in FILE_STREAMS:
            self._known_by_path(stream, look, reading)
            return []
        files = [file for file in look.files if file.kind == FILE_STREAMS[stream]]
        try:
            return [doubt for file in files for doubt in self._read_file(stream, file, reading)]
        finally:
            if FILE_STREAMS[stream] == "report":
                self._reports.rest()

    def _read_file(self, stream: str, file: RunFile, reading: Reading) -> list[str]:
        """Add a file's rows; return what casts doubt on their completeness."""
        if file.path is None:
            return self._reader.read(stream, file, self._read_raw(file.raw_hash), reading)
        if file.kind == "delivery":
            return self._reports.read_delivery(file, file.path, self._reader, reading)
        return self._reports.read(stream, file, file.path, self._reader, reading)

    def _look_around(self) -> _Look:
        """Find the runs, wait one look for their files to rest, and keep the files of those that do."""
        runs = list(self._runs())
        before = {run.path: self._sizes(run) for run in runs}
        self._reports.expect(max((size for sizes in before.values() for size in self._report_sizes(sizes)), default=0))
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
        for name, mapping in self._reader.mappings.items():
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

    def _kept(self, kind: FileKind, mapping: str | None, path: Path) -> tuple[str, bytes | None]:
        """The hash of a file that is kept now, and its bytes; not those of files that may have any size."""
        if kind == "delivery" or (kind == "report" and mapping is None):
            _refuse_special(path)
            try:
                return self._keep_raw_file(path), None
            except OSError as error:
                raise _unreadable(path, error) from error
        data = _content(path)
        return self._keep_raw(data), data

    def _files(self, run: RunFolder, doubts: list[str], closed: set[str]) -> Iterator[RunFile]:
        """The run's files, kept in the raw store; what a run should have and has not is a doubt."""
        paths = list(self._paths(run))
        doubts += self._missing_reports(run, {mapping for kind, mapping, _ in paths if kind == "report"})
        customers: int | None = None
        for kind, mapping, path in paths:
            raw_hash, data = self._kept(kind, mapping, path)
            if kind == "delivery":
                is_closed, customers = _end_and_customers(path)
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
                size=path.stat().st_size if data is None else len(data),
                customers=customers,
                mapping=mapping,
                path=path if data is None else None,
            )

    def _missing_reports(self, run: RunFolder, found: set[str | None]) -> Iterator[str]:
        """The reports that each run should have and this one has not, in words."""
        if self._report_name and None not in found:
            yield f"run {run.docgen_uuid} has no asset-use report"
        for name, mapping in self._reader.mappings.items():
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
    return DropFolderSource(
        folder=folder,
        report_name=report_name(settings),
        clock=store.clock,
        reader=run_file_reader(settings, run_pseudonyms(settings, store)),
        keep_raw=store.put_raw,
        keep_raw_file=store.put_raw_file,
        read_raw=store.raw.get,
        spill=store.home / "spill",
    )


def _literal(name: str) -> str:
    """A file name as a glob pattern that means only itself."""
    return re.sub(r"([*?\[])", r"[\1]", name)


def _content(path: Path) -> bytes:
    """The file's bytes."""
    _refuse_special(path)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise _unreadable(path, error) from error
    if len(data) > LARGEST_FILE:
        raise ConfigurationError(
            tried=f"to read {path}",
            found=f"more than {LARGEST_FILE} bytes",
            expected=f"at most {LARGEST_FILE} bytes",
            remedy="have the engine write this run in parts; the other runs can be ingested without this one",
        )
    return data


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


def _end_and_customers(path: Path) -> tuple[bool, int | None]:
    """Whether a delivery file is finished, and how many customers it states; None for one that is not finished."""
    try:
        with path.open("rb") as source:
            if not has_closing_tag(source):
                return False, None
            source.seek(0)
            return True, customers_processed(source.read(HEAD_BYTES))
    except RecordRejected:
        return False, None
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to read {path}",
        found=error.strerror or type(error).__name__,
        expected="a file that this user may read",
        remedy="correct the folder's rights, or wait until the run's files are all there",
    )
