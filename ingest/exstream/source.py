"""Exstream as a source over REST: ten streams from one walk, their claims and cursors, and those of Design.

Here belongs what a stream claims. A claim covers the time from the end of the last complete one to the walk's
beginning, or to the start of the earliest job that is still running. It is complete when every listing had as
many records as the service counts, every file of a finished step was there, every record could be read, and no job was
deleted before it was read. A file that is corrupt or did not come is asked for again at the next ingests; one that is
gone leaves its window incomplete for good, also when that window ends only in a later walk. Not here: HTTP (`client`),
the walk (`walk`), rows (`streams`, `records`).

The cursor has the same size however many jobs run: it names the day from which jobs are listed again, which is the
start of the earliest one that must be read again, and not the jobs (`mark`). What has been read to its end since then
is told by `settled`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from assettrail.clock import Clock
from assettrail.errors import AssettrailError, ContractBroken
from assettrail.exstream_settings import ExstreamSettings
from ingest.exstream.deleted_jobs import deleted_before_read, deleted_in_window
from ingest.exstream.design import DESIGN_STREAMS, DesignStreams
from ingest.exstream.engine_clock import by_engine_clock
from ingest.exstream.html_outputs import OUTPUTS_NOT_READ
from ingest.exstream.mark import Cursor, Mark, told_about
from ingest.exstream.records import listed_values
from ingest.exstream.run_files import FileBatch, RunFiles
from ingest.exstream.settled import JobKey, Settled, bits_of, key_hash
from ingest.exstream.streams import FILE_STREAMS
from ingest.exstream.walk import Gap, Kept, Walk, Walker, day_of
from ingest.extract import KNOWN_GAP, Claim, DayWindow, Extract, known_by
from ingest.reading import Reading, Values
from ingest.service_clock import ServiceClock
from ingest.strict import JsonObject

Moment = TypeVar("Moment", date, datetime)

LISTED_STREAMS = ("jobs", "flow_instances", "flow_steps", "resource_references")
STREAMS = (*LISTED_STREAMS, *FILE_STREAMS)
ATTEMPTS_AT_A_CORRUPT_FILE = 3
WORDS_PER_DETAIL = 5


@dataclass
class _Progress:
    """How far one stream has read the files of the walk, and what it met on the way."""

    batches: Iterator[FileBatch] | None = None
    doubts: list[str] = field(default_factory=list)
    corrupt: set[JobKey] = field(default_factory=set)
    refused: int = 0

    def add(self, batch: FileBatch) -> None:
        """Take over what a batch met."""
        self.doubts += batch.doubts
        self.corrupt |= batch.corrupt
        self.refused += len(batch.reading.quarantined)


@dataclass(frozen=True)
class _Doubt:
    """What a walk missed: anything at all, and what waiting for a corrupt file does not bring back.

    `gaps` are all that it met, also those that an earlier claim told.
    """

    is_for_good: bool
    is_any: bool
    gaps: Sequence[Gap]


class ExstreamSource:
    """The streams of an installation over REST: ten from one walk, and those of Design (`design`)."""

    name = "exstream"

    def __init__(
        self,
        walker: Walker,
        settings: ExstreamSettings,
        clock: Clock,
        files: RunFiles,
        design: DesignStreams,
        service_clock: ServiceClock | None = None,
    ) -> None:
        self.service_clock = service_clock or ServiceClock()
        self._walker = walker
        self._settings = settings
        self._clock = clock
        self._files = files
        self._design = design
        self._walk: Walk | None = None
        self._served: set[str] = set()
        self._progress: dict[str, _Progress] = {}
        self._window_walk: tuple[tuple[DayWindow, date], Walk] | None = None

    @property
    def overlap(self) -> timedelta:
        """How far before a mark jobs are listed again."""
        return timedelta(days=self._settings.overlap_days)

    def streams_with_windows(self) -> tuple[str, ...]:
        """The streams that can be read by window: those of the walk."""
        return STREAMS

    def streams(self) -> tuple[str, ...]:
        """The streams in landing order."""
        return (*STREAMS, *DESIGN_STREAMS)

    def extract(self, stream: str, since: Cursor | None) -> Extract:
        """One batch of a stream. Raises the client's errors; ContractBroken for a stream that does not exist."""
        if stream in DESIGN_STREAMS:
            return self._design.extract(stream, since)
        self._refuse_unknown(stream)
        mark = Mark.read(since)
        if self._is_left_out(stream):
            claim = Claim(mark.complete_to, self._clock.now(), complete=False, how=KNOWN_GAP, detail=OUTPUTS_NOT_READ)
            return Extract((), (), claim, since)
        walk = self._walk_for(stream, mark)
        if failure := _failure(stream, walk):
            self._served.add(stream)
            raise failure
        progress = self._progress.setdefault(stream, _Progress())
        progress.batches = progress.batches or self._batches(stream, walk)
        batch = next(progress.batches)
        progress.add(batch)
        if not batch.is_last:
            return self._part(walk, mark, batch.reading, since)
        self._served.add(stream)
        return _whole(stream, walk, mark, batch.reading, progress, self.overlap)

    def _is_left_out(self, stream: str) -> bool:
        """Whether the settings say that a stream is not read."""
        return FILE_STREAMS.get(stream) == "outputs" and not self._settings.html_outputs_per_run

    def _batches(self, stream: str, walk: Walk) -> Iterator[FileBatch]:
        if stream in FILE_STREAMS:
            return self._files.batches(stream, walk.files)
        reading = Reading()
        _read_listed(stream, walk, self._settings.engine_zone, reading)
        return iter([FileBatch(reading, is_last=True)])

    @staticmethod
    def _refuse_unknown(stream: str) -> None:
        if stream not in STREAMS:
            is_design = stream in DESIGN_STREAMS
            raise ContractBroken(
                tried=f"to extract exstream/{stream}",
                found="a stream that cannot be asked for days: each ingest reads it as Design is now"
                if is_design
                else "no such stream",
                expected=f"one of {', '.join(STREAMS)}",
                remedy="read it with `assettrail ingest exstream`" if is_design else "correct the stream's name",
            )

    def extract_window(self, stream: str, window: DayWindow, from_day: date) -> Iterator[Extract]:
        """A stream's batches of the jobs that ran in a window, jobs listed that started on `from_day` or later.

        None has a cursor; the last one has the claim. One walk serves all streams of a window. Raises as `extract`.
        """
        self._refuse_unknown(stream)
        if self._is_left_out(stream):
            detail = f"{window.label}: {OUTPUTS_NOT_READ}"
            yield Extract((), (), Claim(window.start, window.end, False, KNOWN_GAP, detail), None)
            return
        if self._window_walk is None or self._window_walk[0] != (window, from_day):
            walk = self._walker.walk(self._clock.now(), from_day, None, (window.start, window.end))
            self._window_walk = ((window, from_day), walk)
        walk = self._window_walk[1]
        if failure := _failure(stream, walk):
            self._window_walk = None
            raise failure
        progress = _Progress()
        for batch in self._batches(stream, walk):
            progress.add(batch)
            claim = _window_claim(stream, walk, window, progress) if batch.is_last else _window_part(window)
            yield Extract(batch.reading.rows, batch.reading.quarantined, claim, None, tables=batch.reading.tables)

    def _walk_for(self, stream: str, mark: Mark) -> Walk:
        """The walk that serves this stream: one for all, made anew when a stream is asked for a second time."""
        overlap = timedelta(days=self._settings.overlap_days)
        from_day = mark.day - overlap if mark.day else None
        settled = Settled(mark.settled_to - overlap, mark.running) if mark.settled_to else None
        is_again = stream in self._served
        if self._walk is None or is_again or not self._walk.serves(from_day, settled):
            self._walk = self._walker.walk(self._clock.now(), from_day, settled)
            self._progress.clear()
            self._served.clear()
        return self._walk

    def _part(self, walk: Walk, mark: Mark, reading: Reading, since: Cursor | None) -> Extract:
        claim = Claim(
            window_from=mark.complete_to,
            window_to=walk.began,
            complete=False,
            how=KNOWN_GAP,
            detail="a part of the walk; the rest follows in the next batch",
        )
        return Extract(reading.rows, reading.quarantined, claim, since, more=True, tables=reading.tables)


def _failure(stream: str, walk: Walk) -> AssettrailError | None:
    """What kept the walk from a file that the stream is read from; asked for again, all is walked anew."""
    kind = FILE_STREAMS.get(stream)
    if kind is None:
        return None
    return walk.failed.get(kind) or (walk.failed.get("delivery") if kind == "outputs" else None)


def _gaps(stream: str, walk: Walk) -> list[Gap]:
    """What the walk missed of a stream."""
    return [gap for gap in walk.gaps if gap.kind in {_kind(stream), "all"}]


def _kind(stream: str) -> str:
    return FILE_STREAMS.get(stream, "references" if stream == "resource_references" else "all")


def _whole(stream: str, walk: Walk, mark: Mark, reading: Reading, progress: _Progress, overlap: timedelta) -> Extract:
    """The last batch of a stream in a walk, with the claim and the cursor for the whole of it."""
    known = _gaps(stream, walk)
    if stream != "jobs":
        known += deleted_before_read(walk.deleted, mark, overlap)
    gaps = [gap for gap in known if not mark.has_told(gap.job)]
    missing = [gap.text for gap in gaps if gap.is_certain] + progress.doubts
    if progress.refused:
        missing.append(f"{progress.refused} records could not be read")
    unsure = [gap.text for gap in gaps if not gap.is_certain]
    window_to = _window_to(walk, mark, _kind(stream))
    progress.corrupt |= {(gap.job.domain, gap.job.job_id) for gap in gaps if gap.job and gap.is_again}
    doubt = _Doubt(any(not gap.is_again for gap in gaps), bool(missing or unsure), known)
    after = _mark_after(walk, mark, progress, window_to, doubt, overlap)
    if mark.doubted_to:
        missing.append(f"an earlier walk missed something of the time until {mark.doubted_to.isoformat()}")
    doubts = unsure + missing
    claim = Claim(
        window_from=mark.complete_to,
        window_to=window_to,
        complete=not doubts,
        how=known_by("equal_counts", missing, doubts),
        detail=_detail(walk, doubts),
    )
    return Extract(reading.rows, reading.quarantined, claim, after.write(), tables=reading.tables)


def _window_part(window: DayWindow) -> Claim:
    """The claim of a batch that is not the last one of its window."""
    return Claim(window.start, window.end, False, KNOWN_GAP, f"{window.label}: a part; the rest follows")


def _window_claim(stream: str, walk: Walk, window: DayWindow, progress: _Progress) -> Claim:
    """The claim of a whole window: complete when nothing is missing and no job that ran in it still runs."""
    gaps = _gaps(stream, walk) + ([] if stream == "jobs" else deleted_in_window(walk.deleted))
    missing = [gap.text for gap in gaps if gap.is_certain] + progress.doubts
    if progress.refused:
        missing.append(f"{progress.refused} records could not be read")
    if walk.open_jobs:
        missing.append("jobs that ran then still run")
    doubts = [gap.text for gap in gaps if not gap.is_certain] + missing
    return Claim(
        window_from=window.start,
        window_to=window.end,
        complete=not doubts,
        how=known_by("equal_counts", missing, doubts),
        detail=f"{window.label}: {_detail(walk, doubts)}",
    )


def _mark_after(
    walk: Walk, mark: Mark, progress: _Progress, window_to: datetime, doubt: _Doubt, overlap: timedelta
) -> Mark:
    """The mark for the next walk; it claims and settles nothing while a corrupt file is waited for."""
    corrupt = {key_hash(key).hex() for key in progress.corrupt}
    waited = mark.corrupt if mark.corrupt in corrupt else min(corrupt, default=None)
    attempts = 1 + (mark.attempts if waited == mark.corrupt else 0)
    running = bits_of(walk.open_jobs)
    if waited is not None and attempts < ATTEMPTS_AT_A_CORRUPT_FILE:
        starts = [walk.starts.get(key) for key in progress.corrupt]
        day = _day_after(walk, mark, starts, is_held=None in starts)
        doubted_to = walk.began if doubt.is_for_good else mark.doubted_to
        return replace(
            mark, day=day, running=mark.running | running, doubted_to=doubted_to, corrupt=waited, attempts=attempts
        )
    doubted_to = walk.began if doubt.is_any else mark.doubted_to
    settled_to = max(walk.began, mark.settled_to or walk.began)
    settled = Settled(settled_to - overlap, running)
    return Mark(
        day=_day_after(walk, mark, []),
        complete_to=window_to,
        settled_to=settled_to,
        running=running,
        doubted_to=doubted_to if doubted_to and doubted_to > window_to else None,
        told=told_about(gap.job for gap in doubt.gaps if gap.job and not settled.has(gap.job)),
    )


def _day_after(walk: Walk, mark: Mark, again: Iterable[datetime | None], *, is_held: bool = False) -> date | None:
    """The day of the latest start, or of the earliest job to read `again` or that runs.

    With `is_held`, or when a running job's day is not known, it does not go on.
    """
    # A job dated in the future must not move the mark past the jobs that start until then.
    latest = day_of(min(walk.latest_start, walk.began)) if walk.latest_start else None
    day = mark.day if is_held or walk.is_undated_open else _latest(mark.day, latest)
    starts = [*walk.open_jobs.values(), *again]
    return min([day, *(day_of(start) for start in starts if start)]) if day else None


def _window_to(walk: Walk, mark: Mark, kind: str) -> datetime:
    """Up to when everything composed has been read: a job that still runs may compose from its start on."""
    if kind == "all":
        return walk.began
    starts = [start for start in walk.open_jobs.values() if start is not None]
    until = min([walk.began, *starts])
    return max(until, mark.complete_to) if mark.complete_to else until


def _latest(one: Moment | None, other: Moment | None) -> Moment | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)


def _detail(walk: Walk, doubts: list[str]) -> str:
    read = f"{len(walk.jobs)} jobs, {len(walk.files)} files of runs read"
    words = [*doubts[:WORDS_PER_DETAIL]]
    if len(doubts) > WORDS_PER_DETAIL:
        words.append(f"and {len(doubts) - WORDS_PER_DETAIL} more")
    words += walk.notes[:WORDS_PER_DETAIL]
    if walk.open_jobs:
        words.append(f"{len(walk.open_jobs)} jobs still run and are read again")
    return "; ".join([read, *words])


def _read_listed(stream: str, walk: Walk, zone: str | None, reading: Reading) -> None:
    """Rows of the streams that listings give; `zone` is that of the engine's clock."""
    records = {
        "jobs": walk.jobs,
        "flow_instances": walk.instances,
        "flow_steps": walk.steps,
        "resource_references": walk.references,
    }[stream]
    for kept in records:
        read = _values(stream, kept, zone)
        reading.read_each([kept.payload], read, kept.source_uri, kept.raw_hash, kept.number)


def _values(stream: str, kept: Kept, zone: str | None) -> Callable[[JsonObject], list[Values]]:
    return lambda item: [by_engine_clock(listed_values(stream, item, kept.context), zone)]
