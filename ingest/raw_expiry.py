"""Removing raw bytes that were kept for as long as the setting says: which go, in which order, and what tells of it.

Here belongs the order that makes a kill harmless: the list of what goes is durable first, then the entry of the log
that names it, then the files go. Without the entry nothing has happened; behind it the next run goes on, without a
second entry. The store is held alone meanwhile: whoever keeps bytes that nothing names yet holds it, too. The age of
bytes is counted from the entry of the batch that named them last; those that no batch names (an answer that told
nothing new, a run that was killed) from when that was seen first. Why: docs/decisions/0066-raw-bytes-go-by-a-leaf.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from evidence.durable import remove_temporaries
from evidence.leaves import RawRemovalLeaf, encode_leaf
from evidence.raw_files import kept_hashes, remove_files, remove_half_written
from evidence.raw_removals import RemovedRaw, removals_folder, write_list
from evidence.refusing_disk import disk_told
from ingest.landing_store import LandingStore
from ingest.raw_names import RawNames, known_names
from ingest.raw_needs import Need, needed_raw

MOST_AT_ONCE: Final = 5_000
"""Raw objects that are removed while the store is held alone: a few seconds, which a notification can wait."""

_TRIED: Final = "to remove raw bytes that were kept for as long as the setting says"


@dataclass(frozen=True)
class Retention:
    """The setting, and the instant (UTC) that it makes old enough now: what was named last at it or earlier may go."""

    keep_days: int
    named_before: datetime


@dataclass(frozen=True)
class RawPlan:
    """What would go now. `due` has the batch that named each last; `needed` are old enough, too, and are read still.

    `unfinished` stand in an entry of the log as removed, and their files are there; `young` counts those that wait.
    `retention` is None where bytes are kept for ever.
    """

    retention: Retention | None
    unfinished: tuple[str, ...] = ()
    due: Mapping[str, int | None] = field(default_factory=dict)
    needed: Mapping[str, Need] = field(default_factory=dict)
    young: int = 0


@dataclass(frozen=True)
class RawExpiry:
    """What one run removed: `removed` by the entries `log_indexes`, `finished` of earlier ones. `left` stays."""

    removed: int
    finished: int
    log_indexes: tuple[int, ...]
    left: RawPlan


def plan_expiry(store: LandingStore, keep_days: int | None) -> RawPlan:
    """Say what `expire_raw` would remove now; writes nothing. Raises EvidenceBroken when the landing does not hold."""
    with disk_told(_TRIED, store.home):
        return _plan(store, keep_days, known_names(store), set(kept_hashes(store.raw.folder)))


def expire_raw(store: LandingStore, keep_days: int | None, wait_seconds: float | None = None) -> RawExpiry:
    """Remove the raw bytes that are due, and what an earlier run began; None: only the latter.

    Raises TransientSourceError when a run that keeps raw bytes is not over within the wait, EvidenceBroken when landing
    or log do not hold (then nothing goes), ConfigurationError with the free bytes when the disk refuses: the next run
    goes on.
    """
    if keep_days is None and not _is_begun(store):
        return RawExpiry(0, 0, (), RawPlan(None))
    removed = finished = 0
    log_indexes: list[int] = []
    with disk_told(_TRIED, store.home):
        names = known_names(store)  # All that takes long is read before the store is held.
        plan = _plan(store, keep_days, names, set(kept_hashes(store.raw.folder)))
        candidates = iter(sorted([*plan.unfinished, *plan.due]))  # In one order: few folders at a time.
        while portion := set(islice(candidates, MOST_AT_ONCE)):
            with store.raw.use.alone(wait_seconds):
                done, index = _turn(store, keep_days, names, portion)
            finished += len(done.unfinished)
            removed += len(done.due)
            log_indexes += [] if index is None else [index]
        with store.raw.use.alone(wait_seconds):
            left = _left(store, keep_days, names)
    return RawExpiry(removed, finished, tuple(log_indexes), left)


def _is_begun(store: LandingStore) -> bool:
    """Whether anything was ever removed, so that an earlier run may have to be finished."""
    store.ledger.refresh()
    return bool(store.ledger.removals())


def _turn(
    store: LandingStore, keep_days: int | None, names: RawNames, portion: AbstractSet[str]
) -> tuple[RawPlan, int | None]:
    """Remove what of a portion is due now that the store is held alone; return that, and the entry that tells of it."""
    names.read_on(store)
    plan = _plan(store, keep_days, names, {each for each in portion if store.raw.has(each)})
    remove_files(store.raw.folder, plan.unfinished)
    index = _log_removal(store, plan.retention, plan.due) if plan.retention and plan.due else None
    remove_files(store.raw.folder, plan.due.keys())
    return plan, index


def _left(store: LandingStore, keep_days: int | None, names: RawNames) -> RawPlan:
    """Tidy up behind killed writers, note who names what is there, and return what stays and why.

    The caller holds the store alone.
    """
    remove_half_written(store.raw.folder)
    remove_temporaries(removals_folder(store.home))
    names.read_on(store)
    kept = set(kept_hashes(store.raw.folder))
    if keep_days is not None:
        names.note_unnamed(kept, store.clock.now())
        names.save(store)
    return _plan(store, keep_days, names, kept)


def _log_removal(store: LandingStore, retention: Retention, due: Mapping[str, int | None]) -> int:
    leaf = RawRemovalLeaf(
        keep_days=retention.keep_days,
        named_before=retention.named_before,
        count=len(due),
        list_sha256=write_list(store.home, due),
        logged_at=store.clock.now(),
    )
    (index,) = store.log.append([encode_leaf(leaf)])
    store.ledger.refresh()
    return index


def _plan(store: LandingStore, keep_days: int | None, names: RawNames, kept: AbstractSet[str]) -> RawPlan:
    """Sort these objects, which are there, by what becomes of them."""
    needs = needed_raw(store)
    gone = RemovedRaw(store.home, store.ledger.removals()).among(kept)
    unfinished = tuple(
        sha256
        for sha256 in sorted(gone)
        if gone[sha256].log_index > names.named_by.get(sha256, -1) and sha256 not in needs
    )
    if keep_days is None:
        return RawPlan(None, unfinished)
    now = store.clock.now()
    retention = Retention(keep_days, now - timedelta(days=keep_days))
    old = {
        sha256: names.named_by.get(sha256)
        for sha256 in kept - set(unfinished)
        if _counted_from(store, names, sha256, now) <= retention.named_before
    }
    return RawPlan(
        retention,
        unfinished,
        due={sha256: index for sha256, index in old.items() if sha256 not in needs},
        needed={sha256: needs[sha256] for sha256 in sorted(old) if sha256 in needs},
        young=len(kept) - len(unfinished) - len(old),
    )


def _counted_from(store: LandingStore, names: RawNames, sha256: str, now: datetime) -> datetime:
    """The instant that the age of raw bytes is counted from."""
    batch = store.ledger.at(names.named_by.get(sha256, -1))
    return names.unnamed_since.get(sha256, now) if batch is None else batch.leaf.logged_at


def needs_by_reader(needed: Mapping[str, Need]) -> Sequence[tuple[str, int, str]]:
    """Return for each reader how many raw objects it needs, and why in the words of one of them."""
    found: dict[str, tuple[int, str]] = {}
    for need in needed.values():
        count, words = found.get(need.reader, (0, need.words))
        found[need.reader] = count + 1, words
    return [(reader, count, words) for reader, (count, words) in sorted(found.items())]
