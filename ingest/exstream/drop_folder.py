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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assettrail.clock import Clock
from assettrail.errors import ConfigurationError, ContractBroken, RecordRejected
from assettrail.settings import Settings
from ingest.exstream.delivery_file import FILE_NAME as DELIVERY_NAME
from ingest.exstream.delivery_file import customers_processed, decode_xml, has_closing_tag
from ingest.exstream.message_file import FILE_NAME as MESSAGES_NAME
from ingest.exstream.opening import report_name, run_file_reader
from ingest.exstream.streams import FILE_STREAMS, FileKind, RunFile, RunFileReader
from ingest.extract import Claim, Extract
from ingest.landing import LandingStore
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
        read_raw: Callable[[str], bytes],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._folder = folder
        self._report_name = report_name
        self._clock = clock
        self._reader = reader
        self._keep_raw = keep_raw
        self._read_raw = read_raw
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
        claim = Claim(
            window_from=None,
            window_to=now,
            complete=False,
            how="unknown",
            detail="; ".join([*words, _NO_LIST_OF_RUNS]),
        )
        return Extract(reading.rows, reading.quarantined, claim, since, tables=reading.tables)

    def _read(self, stream: str, look: _Look, reading: Reading) -> list[str]:
        """Add the stream's rows; return what casts doubt on their completeness."""
        if stream not in FILE_STREAMS:
            self._known_by_path(stream, look, reading)
            return []
        doubts: list[str] = []
        for file in look.files:
            if file.kind == FILE_STREAMS[stream]:
                doubts += self._reader.read(stream, file, self._read_raw(file.raw_hash), reading)
        return doubts

    def _look_around(self) -> _Look:
        """Find the runs, wait one look for their files to rest, and keep the files of those that do."""
        runs = list(self._runs())
        before = {run.path: self._sizes(run) for run in runs}
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

    def _paths(self, run: RunFolder) -> Iterator[tuple[FileKind, Path]]:
        yield "delivery", run.path / DELIVERY_NAME
        messages = run.path / MESSAGES_NAME
        if messages.is_file():
            yield "messages", messages
        for report in sorted(run.path.glob(f"Report_*/{_literal(self._report_name)}")):
            yield "report", report

    def _sizes(self, run: RunFolder) -> dict[Path, tuple[int, int]]:
        sizes = {}
        for _, path in self._paths(run):
            try:
                found = path.stat()
            except OSError as error:
                raise _unreadable(path, error) from error
            sizes[path] = (found.st_size, found.st_mtime_ns)
        return sizes

    def _files(self, run: RunFolder, doubts: list[str], closed: set[str]) -> Iterator[RunFile]:
        """The run's files, kept in the raw store; what a run should have and has not is a doubt."""
        paths = list(self._paths(run))
        kinds = {kind for kind, _ in paths}
        doubts += [f"run {run.docgen_uuid} has no {name}" for kind, name in _EXPECTED.items() if kind not in kinds]
        customers: int | None = None
        for kind, path in paths:
            data = _content(path)
            raw_hash = self._keep_raw(data)
            if kind == "delivery":
                customers = _customers(data)
                closed.update([raw_hash] if _is_closed(data) else [])
            yield RunFile(
                kind=kind,
                domain=run.domain,
                job_id=run.job_id,
                flow_instance_id=run.flow_instance_id,
                flow_step_id=None,
                docgen_uuid=run.docgen_uuid,
                source_uri=path.as_uri(),
                raw_hash=raw_hash,
                size=len(data),
                customers=customers,
            )

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


_EXPECTED: Mapping[FileKind, str] = {"report": "asset-use report"}


def open_drop_folder(settings: Settings, store: LandingStore, folder: Path) -> DropFolderSource:
    """Open a folder of engine output as a source for this installation's landing.

    Raises ConfigurationError when a key is missing. The `exstream` section may be absent: nothing is called.
    """
    return DropFolderSource(
        folder=folder,
        report_name=report_name(settings),
        clock=store.clock,
        reader=run_file_reader(settings),
        keep_raw=store.put_raw,
        read_raw=store.raw.get,
    )


def _literal(name: str) -> str:
    """A file name as a glob pattern that means only itself."""
    return re.sub(r"([*?\[])", r"[\1]", name)


def _content(path: Path) -> bytes:
    """The file's bytes. A pipe or device would never end, and is refused before it is opened."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ConfigurationError(
                tried=f"to read {path}",
                found="a pipe, device or folder",
                expected="a file of engine output",
                remedy="remove it from the drop folder; the other runs can be ingested without this one",
            )
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


def _customers(data: bytes) -> int | None:
    """How many customers a finished delivery file states; None for one that is not finished or cannot be read."""
    try:
        return customers_processed(decode_xml(data)) if has_closing_tag(data) else None
    except RecordRejected:
        return None


def _is_closed(data: bytes) -> bool:
    try:
        return has_closing_tag(data)
    except RecordRejected:
        return False


def _unreadable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to read {path}",
        found=error.strerror or type(error).__name__,
        expected="a file that this user may read",
        remedy="correct the folder's rights, or wait until the run's files are all there",
    )
