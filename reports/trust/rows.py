"""What the trust page reads: claims by stream, what is incomplete or held, and what the manifest tells of the pipeline.

Here belong its questions. Which periods complete claims cover is `reports.completeness`, which the snapshot's coverage
holds already; instants are UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb

from ingest.windows import Window, cut_windows, merge_windows
from publish.pipeline_state import PipelineState, PublishedBuild, builds_in
from reports.completeness import StreamCoverage
from reports.exports.listing import Listing
from reports.remembered import once
from reports.rows import read, read_number
from reports.shelf import OpenSnapshot
from reports.words import STREAMS, ControlWords, control_words, stream_words

LISTED_AT_MOST = 100


@dataclass(frozen=True)
class DoubtfulClaim:
    """One row per claim that covers nothing: incomplete, or of a batch that is held or rejected. Newest first."""

    system: str
    stream: str
    window_from: datetime | None
    window_to: datetime
    is_complete: bool
    how: str | None
    detail: str | None
    outcome: str
    row_count: int
    quarantined_count: int
    logged_at: datetime | None
    log_index: int

    @property
    def words(self) -> str:
        """The name of its stream for people."""
        return stream_words(self.system, self.stream)


@dataclass(frozen=True)
class StreamState:
    """One row per landing stream: what is completely known, what is claimed incompletely, what nobody claimed.

    `complete_until` ends the newest period that complete claims cover; `behind` is how far that is from the newest
    instant that any stream is claimed until.
    """

    system: str
    stream: str
    complete: tuple[Window, ...]
    incomplete: tuple[Window, ...]
    unknown: tuple[Window, ...]
    complete_until: datetime | None
    behind: timedelta | None
    last_logged_at: datetime | None
    claim_count: int
    incomplete_count: int
    held_count: int
    row_count: int
    quarantined_count: int

    @property
    def words(self) -> str:
        """The name of the stream for people."""
        return stream_words(self.system, self.stream)

    @property
    def is_whole(self) -> bool:
        """Tell whether one complete period reaches from the first claim on, with nothing held or refused."""
        return bool(self.complete) and not (
            self.unknown or self.incomplete or self.held_count or self.quarantined_count
        )


@dataclass(frozen=True)
class ControlState:
    """One row per control: whether it ran, what it found, up to when its inputs are completely known."""

    control_name: str
    ran: bool
    is_in_use: bool
    finding_count: int
    evaluated_until: datetime | None

    @property
    def words(self) -> ControlWords:
        """The words of the control."""
        return control_words(self.control_name)

    @property
    def is_healthy(self) -> bool:
        """Tell whether finding nothing means that there is nothing, up to `evaluated_until`."""
        return self.ran and self.evaluated_until is not None


@dataclass(frozen=True)
class PublishedTable:
    """One row per table of the snapshot, with the hash of its content."""

    table: str
    row_count: int
    content_hash: str


@dataclass(frozen=True)
class Trust:
    """The page. `pipeline` is None where the snapshot's manifest tells nothing of it."""

    streams: tuple[StreamState, ...]
    doubtful: tuple[DoubtfulClaim, ...]
    doubtful_count: int
    held: tuple[DoubtfulClaim, ...]
    held_count: int
    quarantined_count: int
    controls: tuple[ControlState, ...]
    builds: tuple[PublishedBuild, ...]
    failed_checks: tuple[str, ...]
    pipeline: PipelineState | None
    tables: tuple[PublishedTable, ...]
    log: Mapping[str, Any]
    previous: str | None

    @property
    def whole_count(self) -> int:
        """How many streams are whole."""
        return sum(stream.is_whole for stream in self.streams)

    @property
    def unhealthy_count(self) -> int:
        """How many controls in use cannot say that there is nothing; 0 where the manifest tells of none."""
        if self.pipeline is None:
            return 0
        return sum(control.is_in_use and not control.is_healthy for control in self.controls)

    @property
    def idle_count(self) -> int:
        """How many controls are not in use."""
        return sum(not control.is_in_use for control in self.controls)


def read_trust(cursor: duckdb.DuckDBPyConnection, snapshot: OpenSnapshot) -> Trust:
    """Return the page of a snapshot."""
    return once(cursor, read_trust, lambda: _read_trust(cursor, snapshot))


def _read_trust(cursor: duckdb.DuckDBPyConnection, snapshot: OpenSnapshot) -> Trust:
    manifest = snapshot.manifest
    pipeline = PipelineState.from_manifest(manifest.get("pipeline"))
    streams = _streams(cursor, snapshot.coverage)
    return Trust(
        streams=streams,
        doubtful=_doubtful(cursor, is_held=False),
        doubtful_count=read_number(cursor, f"select count(*) {_DOUBTFUL} and outcome <> 'held'"),
        held=_doubtful(cursor, is_held=True),
        held_count=read_number(cursor, "select count(*) from marts.fct_claims where outcome = 'held'"),
        quarantined_count=sum(stream.quarantined_count for stream in streams),
        controls=_controls(cursor, pipeline, manifest.get("controls_not_in_use") or ()),
        builds=builds_in(manifest),
        failed_checks=tuple(str(name) for name in manifest.get("failed_checks") or ()),
        pipeline=pipeline,
        tables=_tables(manifest.get("tables") or {}),
        log=manifest.get("log") or {},
        previous=manifest.get("previous"),
    )


@dataclass(frozen=True)
class _Claimed:
    system: str
    stream: str
    last_logged_at: datetime | None


@dataclass(frozen=True)
class _Uncovering:
    system: str
    stream: str
    window_from: datetime | None
    window_to: datetime


def _streams(cursor: duckdb.DuckDBPyConnection, coverage: Sequence[StreamCoverage]) -> tuple[StreamState, ...]:
    """Return every stream that is known by name or has a claim, ordered by system and stream."""
    logged = {
        (row.system, row.stream): row.last_logged_at
        for row in read(
            cursor,
            _Claimed,
            """
            select system_code as system, stream_name as stream, max(logged_at) as last_logged_at
            from marts.fct_claims
            group by system_code, stream_name
            """,
        )
    }
    uncovering: dict[tuple[str, str], list[Window]] = {}
    for row in read(
        cursor,
        _Uncovering,
        f"select system_code as system, stream_name as stream, window_from, window_to {_DOUBTFUL}",
    ):
        uncovering.setdefault((row.system, row.stream), []).append((row.window_from, row.window_to))
    covered = {(each.system, each.stream): each for each in coverage}
    horizon = _horizon([*(each.windows for each in coverage), *uncovering.values()])
    names = sorted({*STREAMS, *covered})
    return tuple(
        _stream(name, covered.get(name), uncovering.get(name, []), logged.get(name), horizon) for name in names
    )


def _stream(
    name: tuple[str, str],
    coverage: StreamCoverage | None,
    uncovering: Sequence[Window],
    last_logged_at: datetime | None,
    horizon: Window | None,
) -> StreamState:
    complete = coverage.windows if coverage else ()
    incomplete = cut_windows(merge_windows(uncovering), complete)
    until = max((end for _, end in complete), default=None)
    return StreamState(
        system=name[0],
        stream=name[1],
        complete=complete,
        incomplete=incomplete,
        unknown=cut_windows([horizon], [*complete, *incomplete]) if horizon else (),
        complete_until=until,
        behind=horizon[1] - until if horizon and until else None,
        last_logged_at=last_logged_at,
        claim_count=coverage.claim_count if coverage else 0,
        incomplete_count=coverage.incomplete_count if coverage else 0,
        held_count=coverage.held_count if coverage else 0,
        row_count=coverage.row_count if coverage else 0,
        quarantined_count=coverage.quarantined_count if coverage else 0,
    )


def _horizon(windows: Sequence[Sequence[Window]]) -> Window | None:
    """Return the period from the first to the last instant that any claim speaks of, None without a claim."""
    every = [window for each in windows for window in each]
    begins = [start if start is not None else end for start, end in every]
    return (min(begins), max(end for _, end in every)) if every else None


_CLAIM_COLUMNS = """
    system_code as system,
    stream_name as stream,
    window_from,
    window_to,
    is_complete,
    how,
    detail,
    outcome,
    row_count,
    quarantined_count,
    logged_at,
    _log_index as log_index
"""

_DOUBTFUL = "from marts.fct_claims where not (is_complete and outcome = 'accepted')"


def _doubtful(cursor: duckdb.DuckDBPyConnection, *, is_held: bool) -> tuple[DoubtfulClaim, ...]:
    return tuple(
        read(
            cursor,
            DoubtfulClaim,
            f"""
            select {_CLAIM_COLUMNS}
            {_DOUBTFUL} and (outcome = 'held') = $is_held
            order by window_to desc, _log_index desc
            limit $most
            """,
            {"is_held": is_held, "most": LISTED_AT_MOST},
        )
    )


def claims_listing() -> Listing:
    """Return every claim, by stream and in the order of the log, to be exported."""
    return Listing(
        name="claims",
        grain="One row per claim: what a batch states about its window, and what became of the batch.",
        sql=f"""
            select {_CLAIM_COLUMNS}
            from marts.fct_claims
            order by system_code, stream_name, _log_index, window_to
        """,  # noqa: S608 - a constant
        parameters={},
    )


@dataclass(frozen=True)
class _Findings:
    control_name: str
    finding_count: int


def _controls(
    cursor: duckdb.DuckDBPyConnection, pipeline: PipelineState | None, not_in_use: Sequence[str]
) -> tuple[ControlState, ...]:
    """Return the controls by name: as the manifest tells them, else those that hold an exception."""
    if pipeline is not None and pipeline.controls:
        return tuple(
            ControlState(each.control, each.ran, each.control not in not_in_use, each.findings, each.evaluated_until)
            for each in pipeline.controls
        )
    found = read(
        cursor,
        _Findings,
        "select control_name, count(*) as finding_count from marts.fct_exceptions group by all order by control_name",
    )
    return tuple(
        ControlState(each.control_name, True, each.control_name not in not_in_use, each.finding_count, None)
        for each in found
    )


def _tables(stated: Mapping[str, Any]) -> tuple[PublishedTable, ...]:
    return tuple(
        PublishedTable(table, int(content["rows"]), str(content["content_hash"]))
        for table, content in sorted(stated.items())
    )
