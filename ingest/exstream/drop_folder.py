"""Exstream as a source from a folder of engine output: the same streams and records as over REST.

Here belong waiting until runs are written to their end, and what may be claimed of a folder. The source's files are
never moved or deleted. A run is ready when its files are the same at two looks, and nothing was written to them for a
while; a delivery file that is at rest without its closing tag goes to quarantine, and its run's reports are not read. A
folder's delivery file is the manifest of its own run only; that no run is missing is known to whoever fills the folder,
so that a folder's claim never covers a window. A run that was read whole, without a doubt, and lies as it lay then is
not read again. Which files a run has is `run_folder`, how it is known again `settled_runs`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from assettrail.clock import Clock
from assettrail.errors import ContractBroken
from assettrail.run_layout_settings import RunLayout
from assettrail.settings import Settings
from evidence.raw_store import FileChanged, StagedRaw
from ingest.exstream.html_outputs import OUTPUTS_NOT_READ, HtmlOutputReader
from ingest.exstream.opening import html_output_reader, report_name, rest_seconds, run_file_reader
from ingest.exstream.report_file import is_large
from ingest.exstream.report_mapping import ReportMapping
from ingest.exstream.run_files import FileBatch, RunFiles
from ingest.exstream.run_folder import (
    ExpectedReports,
    FileUnreadable,
    OutputsOfFolder,
    RunAtALook,
    RunFolder,
    Sizes,
    StagedRunFile,
    find_runs,
    output_list,
    sizes_of,
    stage_run,
)
from ingest.exstream.settled import JobKey
from ingest.exstream.settled_runs import SettledRuns, meaning_of_files
from ingest.exstream.streams import FILE_STREAMS, RunFile
from ingest.extract import Claim, Extract
from ingest.landing_store import LandingStore
from ingest.pseudonym_keys import run_pseudonyms
from ingest.reading import Reading, Values

Cursor = Mapping[str, object]

STREAMS = ("jobs", "flow_instances", *FILE_STREAMS)
POORER_STREAMS = frozenset({"jobs", "flow_instances", "engine_messages"})
COMPOSED = "composed"
"""Our own word for a job of which a run has a closed delivery file: the vendor's `complete` would be guessed."""
SECONDS_BETWEEN_LOOKS = 1.0
_WORDS_PER_DETAIL = 5
_A_PART = "a part of the folder; the rest follows in the next batch"
_NO_LIST_OF_RUNS = "nothing says that no other run was composed"


@dataclass(frozen=True)
class _Look:
    """What was ready in the folder at one time; `closed` holds the delivery files (by hash) with a closing tag.

    `runs` are read, `settled` were before; `sound` are those of `runs` about which nothing is in doubt as far
    as a look tells. `output_gaps` are doubts about HTML outputs, and `message_gaps` about messages, which are no doubts
    about anything else.
    """

    runs: tuple[RunAtALook, ...]
    settled: tuple[RunAtALook, ...]
    sound: tuple[RunAtALook, ...]
    files: tuple[RunFile, ...]
    closed: frozenset[str]
    doubts: tuple[str, ...]
    output_gaps: tuple[str, ...]
    message_gaps: tuple[str, ...]


@dataclass(frozen=True)
class _Staged:
    """A run's files that are sealed; not whole when one of them was being written.

    `looked` is how large HTML outputs were that were read and are not kept; `gaps` says which are missing. `unread` is
    what keeps the run from being read, in words.
    """

    files: Sequence[StagedRunFile]
    is_whole: bool = True
    unread: str = ""
    looked: Sizes = field(default_factory=dict)
    gaps: tuple[str, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Whether the delivery file has its closing tag."""
        return self.files[0].is_closed

    @property
    def is_sound(self) -> bool:
        """Whether the run was staged whole, and no output of it is missing."""
        return self.is_whole and not self.unread and self.is_closed and not self.gaps

    @property
    def rests(self) -> bool:
        """Whether nothing of the run was being written, now that HTML outputs are looked at for the second time."""
        try:
            return self.is_whole and not self.unread and sizes_of(self.looked) == self.looked
        except FileUnreadable:  # It is gone.
            return False


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

    Jobs and flow instances are known by the path only, and as `COMPOSED`: one run of theirs has written its closing
    tag, and what became of steps behind it is in no folder. Where REST has landed, `rest_domains` are its own (None:
    all): a folder's poorer rows of them would replace those of REST, and are left. Read one domain either over REST or
    from a folder.
    """

    name = "exstream"

    def __init__(
        self,
        folder: Path,
        report_name: str,
        clock: Clock,
        mappings: Mapping[str, ReportMapping],
        files: RunFiles,
        keep_staged: Callable[[StagedRaw], None],
        layout: RunLayout,
        outputs: HtmlOutputReader | None,
        stage_open: Callable[[BinaryIO, str], StagedRaw],
        rest_seconds: float,
        settled: SettledRuns,
        rest_domains: Collection[str] | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._folder = folder
        self._layout = layout
        self._outputs = outputs
        self._stage_open = stage_open
        self._reports = ExpectedReports(report_name, mappings, layout)
        self._clock = clock
        self._run_files = files
        self._keep_staged = keep_staged
        self._progress: dict[str, _Progress] = {}
        self._rest_seconds = rest_seconds
        self._settled = settled
        self._rest_domains = rest_domains
        self._corrupt: set[JobKey] = set()
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

        Raises ConfigurationError when there is no such folder, ContractBroken for a stream that does not
        exist. A run that cannot be read is a doubt, and the others are read.
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
            files = self._richer(look.files) if has_rest and stream in POORER_STREAMS else look.files
            self._progress[stream] = _Progress(self._batches(stream, files, look.closed))
        progress = self._progress[stream]
        batch = next(progress.batches)
        progress.add(batch)
        self._corrupt.update(batch.corrupt)
        if batch.is_last:
            del self._progress[stream]
        words = _words(look, progress, self._doubts_of(stream, look), has_rest=has_rest)
        claim = _claim(now, words if batch.is_last else [_A_PART])
        read = batch.reading
        return Extract(read.rows, read.quarantined, claim, since, more=not batch.is_last, tables=read.tables)

    def has_landed(self, streams: Collection[str]) -> None:
        """Note the runs that were read whole, when all streams of them have landed. Raises as `SettledRuns.keep`."""
        if self._look is None or not set(STREAMS).issubset(streams):
            return
        sound = [one for one in self._look.sound if (one.run.domain, one.run.job_id) not in self._corrupt]
        self._settled.keep({one.lies for one in (*self._look.settled, *sound) if one.lies is not None})

    def _richer(self, files: Sequence[RunFile]) -> Sequence[RunFile]:
        """The files of domains of which REST tells nothing."""
        return [file for file in files if self._rest_domains is not None and file.domain not in self._rest_domains]

    def _batches(self, stream: str, files: Sequence[RunFile], closed: Collection[str]) -> Iterator[FileBatch]:
        if stream in FILE_STREAMS:
            return self._run_files.batches(stream, files)
        reading = Reading()
        _known_by_path(stream, files, closed, reading)
        return iter([FileBatch(reading, is_last=True)])

    def _looked(self) -> _Look:
        """What was ready when the folder was looked at first."""
        with self._looking:
            self._look = self._look or self._look_around()
            return self._look

    def _look_around(self) -> _Look:
        """Find the runs, wait one look for their files to rest, and keep the files of those that do.

        Their bytes are sealed, and a large report is read, while that is waited for: a file that does not rest leaves
        nothing.
        """
        known = self._settled.known()
        found = find_runs(self._folder, self._layout)
        runs = [RunAtALook.of(run, self._reports) for run in found.runs]
        settled = [one for one in runs if one.lies in known]
        begun = [one for one in runs if one.run.is_begun and one.lies not in known]
        until = time.monotonic() + self._seconds_to_rest([one.sizes for one in begun])
        reports = [one.sizes[path][0] for one in begun for kind, _, path in one.files if kind == "report"]
        self._run_files.expect(max(reports, default=0))
        with ExitStack() as unkept:
            unkept.callback(self._run_files.forget_unkept)
            staged = {one.run.path: self._staged(one, unkept) for one in begun}
            self._pause(max(0.0, until - time.monotonic()))
            ready = [one for one in begun if staged[one.run.path].rests and one.is_same(self._reports)]
            for one in ready:
                self._keep(staged[one.run.path])
        files = [file for one in ready for file in staged[one.run.path].files]
        return _Look(
            runs=tuple(ready),
            settled=tuple(settled),
            sound=tuple(one for one in ready if staged[one.run.path].is_sound),
            files=tuple(one.file for one in files),
            closed=frozenset(one.raw.sha256 for one in files if one.is_closed),
            doubts=(*found.unseen, *self._doubts(runs, [*settled, *ready], staged)),
            output_gaps=tuple(gap for one in ready for gap in staged[one.run.path].gaps),
            message_gaps=tuple(_without_messages([*settled, *ready])),
        )

    def _seconds_to_rest(self, sizes: Collection[Sizes]) -> float:
        """How long to look until nothing was written to the youngest file for as long as it takes to believe in it.

        Times of files and our clock may be of two machines: a file whose time lies ahead of us is young.
        """
        written = [nanoseconds for each in sizes for _, nanoseconds in each.values()]
        if not written:
            return 0.0
        age = max(0.0, time.time() - max(written) / 1e9)
        return max(SECONDS_BETWEEN_LOOKS, self._rest_seconds - age)

    def _staged(self, looked: RunAtALook, unkept: ExitStack) -> _Staged:
        """Seal a run's files and the list of its HTML outputs, and begin to read the first large report.

        What is not kept goes with `unkept`.
        """
        found: list[StagedRunFile] = []
        if looked.unread:
            return _Staged(found, unread=looked.unread)
        try:
            for one in stage_run(looked.run, looked.files, self._stage_open):
                unkept.callback(one.raw.drop)
                found.append(one)
                self._run_files.read_ahead(one.file, one.raw.open)
            return self._with_outputs(looked.run, found, unkept)
        except FileChanged:
            return _Staged(found, is_whole=False)
        except FileUnreadable as error:
            return _Staged(found, unread=error.found)

    def _with_outputs(self, run: RunFolder, found: list[StagedRunFile], unkept: ExitStack) -> _Staged:
        """Make and seal the list of the addresses in a run's HTML outputs, where they are read."""
        if self._outputs is None:
            return _Staged(found)
        outputs = OutputsOfFolder(run, self._layout)
        with found[0].raw.open() as delivery:
            listed = self._outputs.read(delivery, outputs.open, run.path.as_uri(), f"run {run.docgen_uuid}")
        if listed is None:
            return _Staged(found)
        with listed.file.content as content:
            raw = self._stage_open(content, f"the list of HTML outputs of {run.path}")
        unkept.callback(raw.drop)
        return _Staged([*found, output_list(run, raw, listed.file.size)], looked=outputs.looked, gaps=listed.gaps)

    def _keep(self, staged: _Staged) -> None:
        for one in staged.files:
            self._keep_staged(one.raw)
            self._run_files.is_kept(one.file)

    def _doubts(
        self, looked: Sequence[RunAtALook], whole: Sequence[RunAtALook], staged: Mapping[Path, _Staged]
    ) -> Iterator[str]:
        """What casts doubt on a look, in words: runs that are left or being written, and reports that are missing.

        `whole` are read or were; those that were are not among `staged`.
        """
        paths = {one.run.path for one in whole}
        for one in looked:
            run, read = one.run, staged.get(one.run.path)
            if not run.is_begun:
                yield f"run {run.docgen_uuid} has no delivery file that can be read"
            elif read is not None and read.unread:
                yield f"run {run.docgen_uuid} was left, a file of it cannot be read: {read.unread}"
            elif run.path not in paths:
                yield f"run {run.docgen_uuid} is still being written and was left for the next ingest"
            elif read is not None and not read.is_closed:
                yield f"run {run.docgen_uuid} has a delivery file without an end: its reports were not read"
            else:
                yield from self._reports.missing(run, one.files)

    def _doubts_of(self, stream: str, look: _Look) -> Sequence[str]:
        """What casts doubt on a stream of a look, in words."""
        if FILE_STREAMS.get(stream) == "messages":
            return [*look.doubts, *look.message_gaps]
        if FILE_STREAMS.get(stream) != "outputs":
            return look.doubts
        return [*look.doubts, *look.output_gaps] if self._outputs is not None else [OUTPUTS_NOT_READ]


def _known_by_path(stream: str, files: Sequence[RunFile], closed: Collection[str], reading: Reading) -> None:
    """One row per job or flow instance whose run lies in the folder; `closed` are sound delivery files, by hash."""
    known: dict[str, tuple[Values, RunFile]] = {}
    for file in files:
        if file.kind != "delivery" or file.raw_hash not in closed:
            continue
        own: Values = {"domain": file.domain, "job_id": file.job_id, "status": COMPOSED}
        if stream == "flow_instances":
            known[file.flow_instance_id] = ({**own, "flow_instance_id": file.flow_instance_id}, file)
        else:
            known[file.job_id] = (own, file)
    for values, file in known.values():
        reading.add([values], file.source_uri, file.raw_hash)


def _without_messages(runs: Sequence[RunAtALook]) -> Iterator[str]:
    """The runs that have no message file, in words."""
    return (f"run {one.run.docgen_uuid} has no message file" for one in runs if not one.has_messages)


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
        keep_staged=store.keep_staged,
        layout=reader.layout,
        outputs=html_output_reader(settings, reader, store.spill),
        stage_open=store.stage_raw_open,
        rest_seconds=rest_seconds(settings),
        settled=SettledRuns(store, folder, meaning_of_files(settings, STREAMS)),
        rest_domains=settings.exstream.domains if settings.exstream else None,
    )


def _claim(now: datetime, words: Sequence[str]) -> Claim:
    """What may be claimed of a folder: never that a window is complete."""
    detail = "; ".join([*words, _NO_LIST_OF_RUNS])
    return Claim(window_from=None, window_to=now, complete=False, how="unknown", detail=detail)


def _words(look: _Look, progress: _Progress, doubted: Sequence[str], *, has_rest: bool) -> list[str]:
    """What is said of a stream that was read to its end, the doubts about it among it."""
    doubts = list(doubted)
    if has_rest:
        doubts.append("adds to what is read over REST, whose claim stands")
    doubts += progress.doubts
    if progress.refused:
        doubts.append(f"{progress.refused} records could not be read")
    settled = f", {len(look.settled)} of them as they were when they were read before" if look.settled else ""
    return [
        f"{len(look.runs) + len(look.settled)} runs in the folder{settled}{'' if doubts else ', each read whole'}",
        *doubts[:_WORDS_PER_DETAIL],
    ]
