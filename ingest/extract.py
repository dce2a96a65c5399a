"""What a source hands to landing: rows, records it could not read, a claim about completeness, and a cursor.

Here belong the frozen shapes that pass between the vendors' folders and `ingest.landing`, and the
three-method protocol of a source. Not here: HTTP, files, parsing, and any decision about what lands.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, runtime_checkable

from ingest.laid_aside import LandableTable

KNOWN_GAP: Final = "known_gap"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True)
class Quarantined:
    """One record that could not be read: where it lies, and why it was refused; its bytes are in the raw store.

    `offset` is the position inside the raw object (bytes or record number, whichever the source counts);
    `raw_hash` and `excerpt_hash` are lower-case hex SHA-256 of the whole object and of the refused part.
    """

    source_uri: str
    raw_hash: str
    offset: int
    reason: str
    excerpt_hash: str


@dataclass(frozen=True)
class Row:
    """One record as data columns of its stream, with the place and the raw bytes' hash that it came from.

    A column that is left out is NULL. Types are exactly `str`, `int` and `bool`; nothing is converted in
    landing.
    """

    values: Mapping[str, object]
    source_uri: str
    raw_hash: str


@dataclass(frozen=True)
class Claim:
    """What the source states about its window, both ends in UTC: is it complete, and how do we know.

    `window_from` None means "since the beginning". `how` is one of `end_marker`, `equal_counts`, `manifest`,
    `known_gap` (something is missing, and `detail` says what), `unknown` (nobody can say whether something is); with
    the last two the claim cannot be complete.
    """

    window_from: datetime | None
    window_to: datetime
    complete: bool
    how: str
    detail: str


def known_by(way: str | None, missing: object, unsure: object = ()) -> str:
    """How a claim's completeness is known: a gap where something is `missing`, by `way` where nothing is doubted.

    `unsure` is what may hide something, and may not: as counts that do not agree.
    """
    if missing:
        return KNOWN_GAP
    return UNKNOWN if unsure or way is None else way


@dataclass(frozen=True)
class Extract:
    """One batch of one stream. `more` asks for another extract; `acknowledge` is called after the leaf is durable.

    `tables` are further rows that were read as columns (`ingest.rows.hashed_table`), behind `rows`. With `is_retold`
    the same is given in every run, beside another source that tells the newest: a state that ever landed is no news.
    """

    rows: Sequence[Row]
    quarantined: Sequence[Quarantined]
    claim: Claim
    cursor: Mapping[str, object] | None
    more: bool = False
    acknowledge: Callable[[], None] | None = None
    tables: Sequence[LandableTable] = ()
    is_retold: bool = False

    @property
    def records(self) -> int:
        """How many records the source gave: rows, and those it could not read."""
        return len(self.rows) + sum(int(table.num_rows) for table in self.tables) + len(self.quarantined)


@dataclass(frozen=True)
class DayWindow:
    """Whole days (UTC) of a source that are read again: from midnight `start` until before `end`."""

    start: datetime
    end: datetime

    @property
    def label(self) -> str:
        """The window in words, for claims."""
        last = self.end - timedelta(microseconds=1)
        return f"backfill of {self.start:%Y-%m-%d} to {last:%Y-%m-%d}"


class Source(Protocol):
    """One vendor system, opened with its settings. Reads only."""

    name: str

    def streams(self) -> tuple[str, ...]:
        """The streams this source can extract, in the order in which they should be landed."""
        ...

    def extract(self, stream: str, since: Mapping[str, object] | None) -> Extract:
        """The stream's records since the cursor that the last landed batch carried (None: from the beginning)."""
        ...


@runtime_checkable
class JoinsSources(Protocol):
    """A source made of several, of which more than one may give a stream."""

    def sources_of(self, stream: str) -> "Sequence[Source]":
        """The sources that give a stream, in the order in which they are read."""
        ...


@runtime_checkable
class GivesStreamsBeside(Protocol):
    """A source of which several threads may extract different streams at once."""

    def beside(self) -> Collection[str]:
        """The streams that are worth it, as they are large; none where what is there is small."""
        ...


@runtime_checkable
class RemembersLanded(Protocol):
    """A source that gives no more what has landed, where nothing else says how far it was read."""

    def has_landed(self, streams: Collection[str]) -> None:
        """Take note that each of these streams has landed to its end, in one go; the last leaf is durable."""
        ...
