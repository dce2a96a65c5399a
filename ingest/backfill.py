"""Reading past days of a stream again: what a source has for a window of days, landed once, the cursor left alone.

Here belongs what stands behind `assettrail backfill` and the partitioned assets: which streams can be asked by window,
which days may be asked for, what may be claimed, and when days count as read. How a source reads a window is its own. A
backfill has no cursor, so that the stream goes on where it was; what has landed lands no second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import polars as pl

from assettrail.errors import ConfigurationError, ContractBroken, TransientSourceError
from evidence.leaves import BatchClaim
from ingest.cloudinary.access import WANT_OF_CALLS
from ingest.cloudinary.source import CloudinarySource
from ingest.exstream.records import vendor_instant
from ingest.exstream.source import ExstreamSource
from ingest.extract import KNOWN_GAP, DayWindow, Extract, Source
from ingest.landed_files import landed_file
from ingest.landing import Gate, LandedBatch, land
from ingest.landing_store import LandingStore
from ingest.run import with_clock_told
from ingest.schema import STREAMS, stream_schema
from ingest.trading_grid.opening import TradingGridStreams
from ingest.trading_grid.source import TradingGridSource

SYSTEMS_WITH_WINDOWS: Final = ("cloudinary", "exstream", "trading_grid")
_ONLY_STREAM: Final[Mapping[str, str]] = {"cloudinary": "resources"}

_JOB_KEY: Final = ("domain", "job_id")
_INSTEAD: Final[Mapping[tuple[str, str], str]] = {
    (
        "cloudinary",
        "notifications",
    ): "a poll queue gives each message once, and has no days. Messages that were received "
    "and refused can be read again with `assettrail quarantine replay`; what was never told stays a gap of "
    "`assettrail claims`, and the versions that assets have now come with `assettrail ingest cloudinary`",
}
_SHOWS_WHAT_IS_NOW: Final = "it shows what is now, whatever day is asked for. `assettrail ingest {system}` reads that"


def days_of(first: date, last: date, now: datetime) -> DayWindow:
    """Return the window of whole days (UTC), both included, cut at the present instant.

    Raises ConfigurationError when they are the wrong way round or have not begun.
    """
    start = datetime.combine(first, time(), UTC)
    end = datetime.combine(last + timedelta(days=1), time(), UTC)
    if start >= end or start >= now:
        raise ConfigurationError(
            tried=f"to read the days {first} to {last} (UTC) again",
            found="the last before the first" if start >= end else f"days that have not begun at {now:%Y-%m-%d %H:%M}Z",
            expected="past days, or today, the first one first",
            remedy="correct --from and --to",
        )
    return DayWindow(start, min(end, now))


def refuse_without_windows(system: str, stream: str) -> None:
    """Raise ContractBroken for a stream whose source cannot be asked for days, with what can be done instead."""
    stream_schema(system, stream)
    if not _has_windows(system, stream):
        raise ContractBroken(
            tried=f"to read past days of {system}/{stream} again",
            found="a stream that cannot be asked for days: "
            + _INSTEAD.get((system, stream), _SHOWS_WHAT_IS_NOW.format(system=system)),
            expected="cloudinary/resources, or a stream of exstream or trading_grid",
            remedy="do what is named above",
        )


def _has_windows(system: str, stream: str) -> bool:
    return system in SYSTEMS_WITH_WINDOWS and stream == _ONLY_STREAM.get(system, stream)


def streams_with_windows(source: Source) -> tuple[str, ...]:
    """Return the streams of an opened source that can be read by window, in landing order."""
    return tuple(stream for stream in source.streams() if stream in _windows_of(source, stream))


def split_name(name: str) -> tuple[str, str]:
    """Return system and stream of `system/stream`. Raises ContractBroken when there is no such stream."""
    system, _, stream = name.partition("/")
    return (system, stream) if (system, stream) in STREAMS else _unknown(name)


def backfill_stream(
    source: Source, stream: str, window: DayWindow, store: LandingStore, gate: Gate
) -> list[LandedBatch]:
    """Land what the source has for a window; the last batch has the claim about it, or about what of it may lack.

    The claim is complete only up to where the stream's own reading has come: what lies behind that was never read as a
    whole, and the reports would take the end of the window for the end of what is known. Raises what source and landing
    raise, and ContractBroken for a stream without windows.
    """
    refuse_without_windows(source.name, stream)
    schema = stream_schema(source.name, stream)
    with store.raw.use.scope(), store.locked(source.name, stream):
        return [
            land(store, schema, _claimed_at_most(store, source.name, stream, with_clock_told(source, extract)), gate)
            for extract in _extracts(source, stream, window, store)
        ]


class ReadDays:
    """Whether a window of past days counts as read, stream by stream of one system.

    It does not where the calls of the hour did not suffice, or where a batch that tells of these days is held and
    nobody has decided on it. A claim that is incomplete for another reason is about what the source can tell: to read
    again would not change it.
    """

    def __init__(self, store: LandingStore, system: str, window: DayWindow) -> None:
        self._store = store
        self._system = system
        self._window = window
        self._held: list[str] = []
        self._cut_off: list[str] = []
        self._streams: list[str] = []

    def counts(self, stream: str, batches: Sequence[LandedBatch]) -> bool:
        """Say whether the days of a stream count as read, by the batches that the window brought and by the log."""
        held, claim = self._undecided(stream), batches[-1].claim
        is_cut_off = not claim.complete and WANT_OF_CALLS in claim.detail
        self._held += held
        self._cut_off += [f"{stream}: {claim.detail}"] if is_cut_off else []
        self._streams += [f"{self._system}/{stream}"] if held or is_cut_off else []
        return not held and not is_cut_off

    def refuse_unread(self) -> None:
        """Raise for the streams that do not count; what has landed of them stays landed.

        ContractBroken where a batch is held, TransientSourceError where there were too few calls.
        """
        tried = f"to read past days of {', '.join(self._streams)} again"
        if self._held:
            told = f"{len(self._held)} batch(es) held at the landing gate: {', '.join(self._held)}"
            raise ContractBroken(
                tried=tried,
                found="; ".join([told, *self._cut_off]),
                expected="batches that keep what their source promised",
                remedy="see their rows with `assettrail batches show` and decide with `assettrail batches accept` or "
                "`reject`; then read the days again",
            )
        if self._cut_off:
            raise TransientSourceError(
                tried=tried,
                found="; ".join(self._cut_off),
                expected="calls enough to read them to their end",
                remedy="read the same days again when there are calls (`assettrail sources cloudinary budget` tells); "
                "what was read has landed, and lands no second time",
            )

    def _undecided(self, stream: str) -> list[str]:
        """The held batches of a stream whose claim is about some of the days."""
        self._store.ledger.refresh()
        return [
            str(batch.leaf.load_id)
            for batch in self._store.ledger.of_stream(self._system, stream)
            if batch.standing == "held" and _overlap(batch.leaf.claim, self._window)
        ]


def _overlap(claim: BatchClaim, window: DayWindow) -> bool:
    return claim.window_to >= window.start and (claim.window_from is None or claim.window_from < window.end)


def _extracts(source: Source, stream: str, window: DayWindow, store: LandingStore) -> Iterator[Extract]:
    own = _own_source(source, stream)
    if isinstance(own, ExstreamSource):
        yield from own.extract_window(stream, window, first_day_of_jobs(store, window, own.overlap))
    elif isinstance(own, CloudinarySource):
        yield from own.extract_window(stream, window)
    elif isinstance(own, TradingGridSource):
        yield own.extract_window(stream, window)
    else:
        raise ContractBroken(
            tried=f"to read past days of {source.name}/{stream} again",
            found="a stream that comes in files, which cannot be asked for days",
            expected=f"a stream that the service of [{source.name}] gives by the settings",
            remedy="have the files of these days dropped again: "
            f"`assettrail ingest {source.name} --folder PATH` reads a folder whole, and nothing lands twice",
        )


def _own_source(source: Source, stream: str) -> Source | None:
    """The source that gives a stream, where several are one system."""
    return source.source_of(stream) if isinstance(source, TradingGridStreams) else source


def _windows_of(source: Source, stream: str) -> tuple[str, ...]:
    own = _own_source(source, stream)
    if isinstance(own, CloudinarySource | ExstreamSource | TradingGridSource):
        return own.streams_with_windows()
    return ()


def first_day_of_jobs(store: LandingStore, window: DayWindow, overlap: timedelta) -> date:
    """Return the day (UTC) from which jobs are listed: that of the earliest landed job that ran in the window.

    At least `overlap` before the window, for jobs that have not landed.
    """
    last_told: dict[tuple[str, str], tuple[str | None, str | None]] = {}
    store.ledger.refresh()
    for batch in store.ledger.of_stream("exstream", "jobs"):
        path = None if batch.standing == "rejected" else landed_file(store, batch)
        if path is not None:
            rows = pl.read_parquet(path, columns=[*_JOB_KEY, "start_at_raw", "end_at_raw"], hive_partitioning=False)
            last_told.update({(domain, job_id): (start, end) for domain, job_id, start, end in rows.iter_rows()})
    starts = [window.start - overlap]
    for start_raw, end_raw in last_told.values():
        start, end = vendor_instant(start_raw), vendor_instant(end_raw)
        if start is not None and start < window.start and (end is None or end >= window.start):
            starts.append(start)
    return min(starts).astimezone(UTC).date()


def _claimed_at_most(store: LandingStore, system: str, stream: str, extract: Extract) -> Extract:
    """The extract with a claim that does not reach beyond what the stream's own reading has claimed as complete."""
    store.ledger.refresh()
    ends = [
        batch.leaf.claim.window_to
        for batch in store.ledger.of_stream(system, stream)
        if batch.leaf.cursor is not None and batch.leaf.claim.complete and batch.standing == "accepted"
    ]
    claim, known_to = extract.claim, max(ends, default=None)
    if not claim.complete or (known_to is not None and claim.window_to <= known_to):
        return extract
    reached = known_to.isoformat() if known_to else "nowhere"
    detail = f"{claim.detail}; the stream's own reading has come to {reached}: run `assettrail ingest {system}` first"
    return replace(extract, claim=replace(claim, complete=False, how=KNOWN_GAP, detail=detail))


def _unknown(name: str) -> tuple[str, str]:
    raise ContractBroken(
        tried=f"to read past days of {name!r} again",
        found="no stream of that name",
        expected="one of " + ", ".join("/".join(each) for each in STREAMS if _has_windows(*each)),
        remedy="write it as system/stream",
    )
