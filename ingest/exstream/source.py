"""Exstream as a source over REST: nine streams from one walk, their claims and cursors.

Here belongs what a stream claims. A claim covers the time from the end of the last complete one to the walk's
beginning, or to the start of the earliest job that is still running. It is complete when every listing had as
many records as the service counts, every file of a finished step was there, and every record could be read. A
file that is corrupt is asked for again at the next ingests; a file that is gone leaves its window incomplete
for good. Not here: HTTP (`client`), the walk (`walk`), rows (`streams`, `records`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from assettrail.clock import Clock
from assettrail.errors import ContractBroken
from assettrail.settings import ExstreamSettings
from ingest.exstream.records import FlowInstance, FlowStep, Job, ResourceReference, vendor_instant
from ingest.exstream.streams import FILE_STREAMS, RunFile, RunFileReader
from ingest.exstream.walk import JobKey, Kept, Walk, Walker, day_of
from ingest.extract import Claim, Extract
from ingest.pseudonym import mask_identifiers
from ingest.reading import Reading, Values, column_values

Cursor = Mapping[str, object]

LISTED_STREAMS = ("jobs", "flow_instances", "flow_steps", "resource_references")
STREAMS = (*LISTED_STREAMS, *FILE_STREAMS)
BYTES_PER_BATCH = 32 << 20
ATTEMPTS_AT_A_CORRUPT_FILE = 3
WORDS_PER_DETAIL = 5


@dataclass(frozen=True)
class _Mark:
    """A stream's cursor: the day to read from, the end of the last complete claim, and jobs to look at again."""

    day: date | None
    complete_to: datetime | None
    jobs: Mapping[JobKey, int]

    @classmethod
    def read(cls, cursor: Cursor | None) -> _Mark:
        """The cursor that `write` made; None means from the beginning."""
        content = cursor or {}
        day, until, jobs = content.get("day"), content.get("complete_to"), content.get("jobs")
        named: dict[JobKey, int] = {}
        for name, attempts in (jobs if isinstance(jobs, dict) else {}).items():
            domain, _, job_id = str(name).partition("/")
            named[domain, job_id] = int(attempts)
        return cls(
            day=date.fromisoformat(day) if isinstance(day, str) else None,
            complete_to=vendor_instant(until) if isinstance(until, str) else None,
            jobs=named,
        )

    def write(self) -> Cursor:
        """The mark as the cursor of a batch; `jobs` counts the attempts at files that were corrupt."""
        return {
            "day": self.day.isoformat() if self.day else None,
            "complete_to": self.complete_to.isoformat() if self.complete_to else None,
            "jobs": {f"{domain}/{job_id}": number for (domain, job_id), number in sorted(self.jobs.items())},
        }


@dataclass
class _Progress:
    """How far one stream has read the files of the walk, and what it met on the way."""

    position: int = 0
    doubts: list[str] = field(default_factory=list)
    corrupt: set[JobKey] = field(default_factory=set)
    refused: int = 0


class ExstreamSource:
    """The nine streams of an installation over REST."""

    name = "exstream"

    def __init__(
        self,
        walker: Walker,
        settings: ExstreamSettings,
        clock: Clock,
        reader: RunFileReader,
        read_raw: Callable[[str], bytes],
    ) -> None:
        self._walker = walker
        self._settings = settings
        self._clock = clock
        self._reader = reader
        self._read_raw = read_raw
        self._walk: Walk | None = None
        self._served: set[str] = set()
        self._progress: dict[str, _Progress] = {}

    def streams(self) -> tuple[str, ...]:
        """The streams in landing order."""
        return STREAMS

    def extract(self, stream: str, since: Cursor | None) -> Extract:
        """One batch of a stream. Raises the client's errors; ContractBroken for a stream that does not exist."""
        if stream not in STREAMS:
            raise ContractBroken(
                tried=f"to extract exstream/{stream}",
                found="no such stream",
                expected=f"one of {', '.join(STREAMS)}",
                remedy="correct the stream's name",
            )
        mark = _Mark.read(since)
        walk = self._walk_for(stream, mark)
        progress = self._progress.setdefault(stream, _Progress())
        reading = Reading()
        if stream in FILE_STREAMS:
            self._read_files(stream, walk, progress, reading)
        else:
            _read_listed(stream, walk, reading)
        progress.refused += len(reading.quarantined)
        if stream in FILE_STREAMS and progress.position < len(walk.files):
            return self._part(walk, mark, reading, since)
        self._served.add(stream)
        return _whole(stream, walk, mark, reading, progress)

    def _walk_for(self, stream: str, mark: _Mark) -> Walk:
        """The walk that serves this stream: one for all, made anew when a stream is asked for a second time."""
        from_day = mark.day - timedelta(days=self._settings.overlap_days) if mark.day else None
        is_again = stream in self._served
        if self._walk is None or is_again or not self._walk.serves(from_day, mark.jobs):
            self._walk = self._walker.walk(self._clock.now(), from_day, mark.jobs)
            self._progress.clear()
            self._served.clear()
        return self._walk

    def _read_files(self, stream: str, walk: Walk, progress: _Progress, reading: Reading) -> None:
        """Read files of the stream's kind until a batch is full; a batch that is not the last has records."""
        size = 0
        while progress.position < len(walk.files):
            file = walk.files[progress.position]
            if file.kind == FILE_STREAMS[stream]:
                if size + file.size > BYTES_PER_BATCH and not reading.is_empty:
                    return
                size += file.size
                self._read_file(stream, file, progress, reading)
            progress.position += 1

    def _read_file(self, stream: str, file: RunFile, progress: _Progress, reading: Reading) -> None:
        refused = len(reading.quarantined)
        doubts = self._reader.read(stream, file, self._read_raw(file.raw_hash), reading)
        progress.doubts.extend(doubts)
        if doubts or len(reading.quarantined) > refused:
            progress.corrupt.add((file.domain, file.job_id))

    def _part(self, walk: Walk, mark: _Mark, reading: Reading, since: Cursor | None) -> Extract:
        claim = Claim(
            window_from=mark.complete_to,
            window_to=walk.began,
            complete=False,
            how="unknown",
            detail="a part of the walk; the rest follows in the next batch",
        )
        return Extract(reading.rows, reading.quarantined, claim, since, more=True, tables=reading.tables)


def _whole(stream: str, walk: Walk, mark: _Mark, reading: Reading, progress: _Progress) -> Extract:
    """The last batch of a stream in a walk, with the claim and the cursor for the whole of it."""
    kind = FILE_STREAMS.get(stream, "references" if stream == "resource_references" else "all")
    gaps = [gap.text for gap in walk.gaps if gap.kind in {kind, "all"}]
    doubts = gaps + progress.doubts
    if progress.refused:
        doubts.append(f"{progress.refused} records could not be read")
    window_to = _window_to(walk, mark) if kind != "all" else walk.began
    retried = {
        key: mark.jobs.get(key, 0) + 1
        for key in progress.corrupt
        if mark.jobs.get(key, 0) + 1 < ATTEMPTS_AT_A_CORRUPT_FILE
    }
    stands = bool(retried) and bool(doubts)
    after = _Mark(
        # A job dated in the future must not move the mark past the jobs that start until then.
        day=_later(mark.day, day_of(min(walk.latest_start, walk.began)) if walk.latest_start else None),
        complete_to=mark.complete_to if stands else window_to,
        jobs={**dict.fromkeys(walk.open_jobs, 0), **retried},
    )
    claim = Claim(
        window_from=mark.complete_to,
        window_to=window_to,
        complete=not doubts,
        how="unknown" if doubts else "equal_counts",
        detail=_detail(walk, doubts),
    )
    return Extract(reading.rows, reading.quarantined, claim, after.write(), tables=reading.tables)


def _window_to(walk: Walk, mark: _Mark) -> datetime:
    """Up to when everything composed has been read: a job that still runs may compose from its start on."""
    starts = [start for start in walk.open_jobs.values() if start is not None]
    until = min([walk.began, *starts])
    return max(until, mark.complete_to) if mark.complete_to else until


def _later(one: date | None, other: date | None) -> date | None:
    return max((day for day in (one, other) if day is not None), default=None)


def _detail(walk: Walk, doubts: list[str]) -> str:
    read = f"{len(walk.jobs)} jobs, {len(walk.files)} files of runs read"
    words = [*doubts[:WORDS_PER_DETAIL]]
    if len(doubts) > WORDS_PER_DETAIL:
        words.append(f"and {len(doubts) - WORDS_PER_DETAIL} more")
    words += walk.notes[:WORDS_PER_DETAIL]
    if walk.open_jobs:
        words.append(f"{len(walk.open_jobs)} jobs still run and are read again")
    return "; ".join([read, *words])


def _read_listed(stream: str, walk: Walk, reading: Reading) -> None:
    """Rows of the streams that listings give."""
    records = {
        "jobs": walk.jobs,
        "flow_instances": walk.instances,
        "flow_steps": walk.steps,
        "resource_references": walk.references,
    }[stream]
    for kept in records:
        read = _values(stream, kept)
        reading.read_each([kept.payload], read, kept.source_uri, kept.raw_hash, kept.number)


def _values(stream: str, kept: Kept) -> Callable[[Mapping[str, object]], list[Values]]:
    domain = kept.context[0]
    if stream == "jobs":
        return lambda item: [column_values(Job.from_response(item, domain, mask_identifiers))]
    if stream == "flow_instances":
        return lambda item: [column_values(FlowInstance.from_response(item, domain, mask_identifiers))]
    if stream == "flow_steps":
        return lambda item: [column_values(FlowStep.from_response(item, domain))]
    _, flow_instance_id, collection_id = kept.context
    return lambda item: [column_values(ResourceReference.from_response(item, domain, flow_instance_id, collection_id))]
