"""Which snapshot was current at an instant, and which one knows exactly what the log had then.

Here belongs reading manifests and the log. The log says which snapshot was current, also where retention has removed
it; a snapshot knows exactly what was known at an instant where its build read as many entries as the log had then that
decide what is landed. Instants are UTC; needs the log's public key only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from assettrail.errors import AssettrailError, ConfigurationError
from evidence.history import LogState, state_at
from evidence.leaves import PublishLeaf, decode_leaf
from evidence.log_reader import LogReader
from ingest.ledger import Ledger
from publish.reading import labelled_names, open_snapshot, snapshot_names


@dataclass(frozen=True)
class KeptSnapshot:
    """A snapshot that is kept. `read_entries`: how many entries of the log it was built from, where it tells.

    `known_at` is the instant of the state that a labelled snapshot was built for; None for a published one.
    `created_at` is when it was published, or built.
    """

    name: str
    created_at: datetime | None
    known_at: datetime | None
    data_until: datetime | None
    read_entries: int | None

    @property
    def is_published(self) -> bool:
        """Whether it was current once; a labelled one never was."""
        return self.known_at is None

    @property
    def tells_of(self) -> datetime | None:
        """The instant whose knowledge it has: of its publish, or of the state that it was built for."""
        return self.known_at or self.created_at


@dataclass(frozen=True)
class Moment:
    """What was known at an instant.

    `exact` are the kept snapshots that know exactly that, published ones first, then the last built. `current_name` was
    current then, None where nothing had been published; `current` is it, where it is kept. `read_entries` of the log's
    first `state.size` entries decide what was landed. `command` builds the snapshot of exactly this state.
    """

    at: datetime
    state: LogState
    read_entries: int
    exact: tuple[KeptSnapshot, ...]
    current_name: str | None
    current: KeptSnapshot | None

    @property
    def command(self) -> str:
        """The command that builds what was known at the instant."""
        return f"assettrail build --as-known-at {iso_of(self.at)}"

    @property
    def chosen(self) -> KeptSnapshot | None:
        """The snapshot that tells best what was known then: one that knows exactly that, else the one current then."""
        return self.exact[0] if self.exact else self.current

    @property
    def missing_entries(self) -> int | None:
        """How many entries that were known then the snapshot that was current has not; None where it does not tell."""
        if self.current is None or self.current.read_entries is None:
            return None
        return self.read_entries - self.current.read_entries


def kept_snapshots(home: Path) -> list[KeptSnapshot]:
    """Return every snapshot that is kept and whose manifest can be read, the newest knowledge first.

    What was known at one state may be kept several times, by other rules or models: the last built comes first.
    """
    found = []
    for name in (*snapshot_names(home), *labelled_names(home)):
        try:
            manifest = open_snapshot(home, name).manifest
        except AssettrailError:
            continue  # The address of that snapshot says what is wrong with it.
        log = manifest.get("log")
        entries = log.get("read_entries") if isinstance(log, dict) else None
        found.append(
            KeptSnapshot(
                name=name,
                created_at=_instant(manifest.get("created_at")),
                known_at=_instant(manifest.get("as_known_at")),
                data_until=_instant(manifest.get("data_until")),
                read_entries=entries if isinstance(entries, int) else None,
            )
        )
    oldest = datetime.min.replace(tzinfo=UTC)
    return sorted(found, key=lambda each: (each.tells_of or oldest, each.created_at or oldest, each.name), reverse=True)


def moment_at(log: LogReader, kept: Sequence[KeptSnapshot], text: str, now: datetime) -> Moment:
    """Return what was known at an instant, written as ISO 8601; one without an offset is UTC.

    Raises ConfigurationError where it is no instant, has not come yet, or lies before the log, and EvidenceBroken where
    the log cannot be read.
    """
    at = _written(text)
    state = state_at(log, at.isoformat(), now)
    ledger = Ledger(log, state.size)
    ledger.refresh()
    exact = sorted(
        (each for each in kept if each.read_entries == ledger.read_entries), key=lambda each: not each.is_published
    )
    current = _current_at(log, state.size)
    own = next((each for each in kept if each.name == current and each.is_published), None)
    return Moment(at, state, ledger.read_entries, tuple(exact), current, own)


def entry_instants(log: LogReader, wanted: set[int]) -> dict[int, datetime]:
    """Return when each of these entries was logged."""
    found: dict[int, datetime] = {}
    for index, entry in log.entries(min(wanted)) if wanted else ():
        if index in wanted:
            found[index] = decode_leaf(entry).logged_at
        if len(found) == len(wanted):
            break
    return found


def iso_of(moment: datetime) -> str:
    """Return an instant as the command line takes it."""
    return moment.astimezone(UTC).isoformat()


def _current_at(log: LogReader, size: int) -> str | None:
    name = None
    for index, entry in log.entries():
        if index >= size:
            break
        leaf = decode_leaf(entry)
        name = leaf.snapshot if isinstance(leaf, PublishLeaf) else name
    return name


def _written(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(
            tried=f"to tell what was known at {text[:80]!r}",
            found=f"{error}",
            expected="a day or an instant in UTC, as 2026-03-31T18:00",
            remedy="correct it; 2026-03-31 alone is its first moment",
        ) from error


def _instant(stated: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(stated))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
