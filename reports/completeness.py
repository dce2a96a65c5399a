"""What the claims cover: the periods about which a page may say "none", and those about which it may not.

Here belongs what a page can know of its streams, read from the mart of claims. Which periods the claims of one stream
cover is `ingest.windows`, the same for the command line.
Rule: DESIGN.md §2.3, a report never says "none" where the claims do not cover its period.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import duckdb

from ingest.windows import BEGINNING, QUEUES, Window, covered_windows
from reports.rows import read
from reports.text import instant


@dataclass(frozen=True)
class _Claim:
    system: str
    stream: str
    window_from: datetime | None
    window_to: datetime
    is_covering: bool
    outcome: str
    row_count: int
    quarantined_count: int

    @property
    def window(self) -> Window:
        """The period that the claim speaks of."""
        return self.window_from, self.window_to


@dataclass(frozen=True)
class StreamCoverage:
    """One row per stream: the periods that complete, accepted claims cover, and what stands beside them."""

    system: str
    stream: str
    windows: tuple[Window, ...]
    claim_count: int
    incomplete_count: int
    held_count: int
    row_count: int
    quarantined_count: int

    def covers(self, instant: datetime) -> bool:
        """Tell whether a complete claim covers the instant, as the warehouse reads windows: with both ends."""
        return any((start is None or start <= instant) and instant <= end for start, end in self.windows)

    def covered_until(self, instant: datetime) -> datetime | None:
        """Return the end of the unbroken period that holds the instant, or None where no complete claim does."""
        ends = [end for start, end in self.windows if (start is None or start <= instant) and instant <= end]
        return max(ends, default=None)


@dataclass(frozen=True)
class Completeness:
    """What a page can know: its streams, the periods that all of them cover, and the streams without any claim."""

    streams: tuple[StreamCoverage, ...]
    windows: tuple[Window, ...]
    missing: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Tell whether every stream has one unbroken period, and nothing is incomplete, held or quarantined."""
        return not self.missing and all(
            len(stream.windows) == 1 and not (stream.incomplete_count or stream.held_count or stream.quarantined_count)
            for stream in self.streams
        )

    @property
    def sentence(self) -> str:
        """What a page can know, in one sentence: the streams without a claim, or the periods that all cover."""
        if self.missing:
            return (
                f"There is no claim at all about {', '.join(self.missing)}: what is not shown may exist all the same."
            )
        if not self.windows:
            return "No period is covered by complete claims of every source: what is not shown may exist all the same."
        periods = "; ".join(
            f"{instant(begins, 'the first record')} to {instant(ends)} UTC" for begins, ends in self.windows
        )
        return f"Complete claims cover {periods}: within, what is not shown did not happen; outside, nothing is known."


def read_coverage(cursor: duckdb.DuckDBPyConnection) -> tuple[StreamCoverage, ...]:
    """Return the coverage of every stream that has a claim, ordered by system and stream."""
    claims = read(
        cursor,
        _Claim,
        """
        select
            system_code as system,
            stream_name as stream,
            window_from,
            window_to,
            is_complete and outcome = 'accepted' as is_covering,
            outcome,
            row_count,
            quarantined_count
        from marts.fct_claims
        order by system_code, stream_name, window_from nulls first, window_to
        """,
    )
    grouped = groupby(claims, key=lambda claim: (claim.system, claim.stream))
    return tuple(_coverage(system, stream, list(group)) for (system, stream), group in grouped)


def completeness(coverage: Iterable[StreamCoverage], needed: Sequence[tuple[str, str]]) -> Completeness:
    """Return what a page that rests on the `needed` (system, stream) pairs can know."""
    by_name = {(stream.system, stream.stream): stream for stream in coverage}
    present = tuple(by_name[name] for name in needed if name in by_name)
    missing = tuple(f"{system} {stream}" for system, stream in needed if (system, stream) not in by_name)
    shared = () if missing else shared_windows([stream.windows for stream in present])
    return Completeness(present, shared, missing)


def shared_windows(streams: Sequence[Sequence[Window]]) -> tuple[Window, ...]:
    """Return the periods that every stream covers; no stream at all covers nothing."""
    if not streams:
        return ()
    shared = tuple(streams[0])
    for windows in streams[1:]:
        shared = tuple(
            (_later(mine[0], theirs[0]), min(mine[1], theirs[1]))
            for mine in shared
            for theirs in windows
            if (_later(mine[0], theirs[0]) or BEGINNING) < min(mine[1], theirs[1])
        )
    return shared


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    instants = [instant for instant in (one, other) if instant is not None]
    return max(instants) if instants else None


def _coverage(system: str, stream: str, claims: Sequence[_Claim]) -> StreamCoverage:
    return StreamCoverage(
        system=system,
        stream=stream,
        windows=covered_windows(claims, is_queue=(system, stream) in QUEUES),
        claim_count=len(claims),
        incomplete_count=sum(not claim.is_covering and claim.outcome == "accepted" for claim in claims),
        held_count=sum(claim.outcome == "held" for claim in claims),
        row_count=sum(claim.row_count for claim in claims if claim.outcome == "accepted"),
        quarantined_count=sum(claim.quarantined_count for claim in claims),
    )
