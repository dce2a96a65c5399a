"""Which bytes wait to be looked at, in which order, and what of it a run leaves to the next one.

Here belongs the queue of the stream `asset_contents` and the part of it that the cursor keeps. What nobody looked at
comes newest first, as what is overwritten tomorrow can be seen today only. A file that did not come stands behind it,
so that those that always fail hold up no other; a second failure lands as `unavailable`, and the file goes into the
ring of what may come back. The ring is asked in turn from where the last run stopped: none a second time before all
others were. Of both, one is asked for after each nine that nobody looked at, so that a long first sync does not hold
them up either. Not here: fetching, and what the bytes are.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from ingest.cloudinary.access import Cursor, text_of
from ingest.cloudinary.landed import LandedAssets

STREAM: Final = "asset_contents"
NO_BACKUP: Final = "an older version, of which no backup is known"
NO_ANSWER: Final = "no answer so far"
"""How the reason of a file begins whose fetching failed: nobody has said that it is not to be had."""

FAILURES_KEPT: Final = 500
"""Files that the cursor knows to have failed once, as a leaf of the log has an end; beyond them a failure lands."""

_UNSEEN_BETWEEN: Final = 9
"""Files that nobody looked at between two that did not come before: these alone never make failures in a row."""

_TELL_OF_BYTES: Final = frozenset({"upload", "restore_asset_version"})
_OUTCOME_COLUMNS: Final = ("asset_id", "version", "etag", "outcome", "way", "reason")
_PLACE_COLUMNS: Final = ("asset_id", "version", "etag", "resource_type", "type", "public_id", "format")

Key = tuple[str, int, str]
Standing = Literal["unseen", "failed", "may_come_back"]


@dataclass(frozen=True)
class Wanted:
    """The bytes of one version, and how to ask for them. `is_newest`: delivery serves these, as far as is known.

    `version_ids` are the backups that may hold them: the upload's own, else all that details tell of this version.
    """

    asset_id: str
    version: int
    etag: str
    resource_type: str
    type: str
    public_id: str
    format: str | None
    version_ids: tuple[str, ...]
    is_newest: bool

    @property
    def key(self) -> Key:
        """What the stream has one state of."""
        return (self.asset_id, self.version, self.etag)

    @property
    def mark(self) -> str:
        """The key in 16 hex digits, as the cursor keeps it: an id may have any length, a leaf may not."""
        return hashlib.sha256("\0".join(map(str, self.key)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One version in the queue. `is_open`: by a way that is there, nobody has had an answer about it."""

    wanted: Wanted
    standing: Standing
    is_open: bool


class ContentQueue:
    """What one run has before it, in order; the front is taken by saying what became of it."""

    def __init__(self, landed: LandedAssets, since: Cursor) -> None:
        """Look at the landing once. A cursor without failures and place (of an older installation) has none."""
        told = since.get("failed")
        failed = [mark for mark in told if isinstance(mark, str)] if isinstance(told, list | tuple) else []
        self._asked_again = text_of(since, "asked_again") or ""
        self._waiting = deque(_in_order(landed, failed, self._asked_again))
        self._open = sum(waiting.is_open for waiting in self._waiting)
        still = {waiting.wanted.mark for waiting in self._waiting if waiting.standing == "failed"}
        self._failed = dict.fromkeys(mark for mark in failed if mark in still)

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Waiting]:
        return iter(self._waiting)

    @property
    def front(self) -> Wanted:
        """The version to ask for next. Raises IndexError when none waits."""
        return self._waiting[0].wanted

    @property
    def open_ones(self) -> int:
        """How many that wait have had no answer."""
        return self._open

    def answered(self) -> None:
        """Take the front: its row lands."""
        self._failed.pop(self._take().wanted.mark, None)

    def failed(self) -> bool:
        """Take the front, which did not come; True where that has to land, as the cursor is not to keep it."""
        waiting = self._take()
        mark = waiting.wanted.mark
        if waiting.standing == "may_come_back":
            return False
        if mark in self._failed or len(self._failed) >= FAILURES_KEPT:
            self._failed.pop(mark, None)
            return True
        self._failed[mark] = None
        return False

    def told(self) -> Cursor:
        """What the cursor keeps: the files that failed once, the longest ago first, and the place in the ring."""
        return {"failed": list(self._failed), "asked_again": self._asked_again}

    def _take(self) -> Waiting:
        waiting = self._waiting.popleft()
        self._open -= waiting.is_open
        if waiting.standing == "may_come_back":
            self._asked_again = waiting.wanted.mark
        return waiting


def _in_order(landed: LandedAssets, failed: list[str], asked_again: str) -> Iterator[Waiting]:
    """What nobody looked at, and between it what failed once, the longest ago first, then the ring behind its place."""
    outcomes = {row[:3]: row[3:] for row in landed.rows(STREAM, _OUTCOME_COLUMNS).iter_rows()}
    behind = {mark: number for number, mark in enumerate(failed)}
    unseen: list[Waiting] = []
    late: list[tuple[int, Waiting]] = []
    ring: list[tuple[bool, str, Waiting]] = []
    for wanted in sorted(_known_versions(landed), key=lambda wanted: (-wanted.version, wanted.asset_id, wanted.etag)):
        known = outcomes.get(wanted.key)
        if known is None and (number := behind.get(wanted.mark) if behind else None) is not None:
            late.append((number, Waiting(wanted, "failed", is_open=True)))
        elif known is None:
            unseen.append(Waiting(wanted, "unseen", is_open=True))
        elif _may_come_back(wanted, *known):
            is_open = not wanted.is_newest or _had_no_answer(known[2])
            ring.append((wanted.mark <= asked_again, wanted.mark, Waiting(wanted, "may_come_back", is_open)))
    late.sort(key=lambda entry: entry[0])
    ring.sort(key=lambda entry: entry[:2])
    return _mixed(unseen, [*(waiting for _, waiting in late), *(waiting for _, _, waiting in ring)])


def _mixed(unseen: Iterable[Waiting], later: Iterable[Waiting]) -> Iterator[Waiting]:
    """Each of both once: one of `later` after every nine, the rest of them at the end."""
    rest = iter(later)
    for number, waiting in enumerate(unseen, start=1):
        yield waiting
        if number % _UNSEEN_BETWEEN == 0:
            yield from islice(rest, 1)
    yield from rest


def _may_come_back(wanted: Wanted, outcome: str, way: str, reason: str | None) -> bool:
    """Whether a file that was unavailable is asked for again.

    The newest one, one that nobody gave an answer about, or one whose backup nobody asked for.
    """
    is_backup_unasked = bool(wanted.version_ids) and (way == "delivery" or reason == NO_BACKUP)
    return outcome == "unavailable" and (wanted.is_newest or is_backup_unasked or _had_no_answer(reason))


def _had_no_answer(reason: str | None) -> bool:
    return (reason or "").startswith(NO_ANSWER)


def _known_versions(landed: LandedAssets) -> Iterator[Wanted]:
    """Every (asset, version, etag) that a notification or a detail told of, with the asset's newest name."""
    told: dict[Key, tuple[str, str, str, str | None, str | None]] = {}
    for row in landed.rows("asset_details", _PLACE_COLUMNS).drop_nulls("etag").iter_rows():
        told[row[0], row[1], row[2]] = (*row[3:7], None)
    events = landed.rows("notifications", (*_PLACE_COLUMNS, "version_id", "notification_type"))
    for row in events.drop_nulls(_PLACE_COLUMNS[:6]).iter_rows():
        if row[8] in _TELL_OF_BYTES:
            told[row[0], row[1], row[2]] = row[3:8]
    backups = _backups(landed)
    listed, absent = landed.listed(), landed.absences()
    newest: dict[str, int] = {asset_id: asset.version for asset_id, asset in listed.items()}
    for asset_id, version, _ in told:
        newest[asset_id] = max(version, newest.get(asset_id, 0))
    for (asset_id, version, etag), (kind, delivery_type, public_id, extension, version_id) in told.items():
        asset = listed.get(asset_id)
        yield Wanted(
            asset_id=asset_id,
            version=version,
            etag=etag,
            resource_type=asset.resource_type if asset else kind,
            type=asset.type if asset else delivery_type,
            public_id=asset.public_id if asset else public_id,
            format=extension,
            version_ids=(version_id,) if version_id else backups.get((asset_id, version), ()),
            is_newest=version == newest[asset_id] and not absent.get(asset_id, False),
        )


def _backups(landed: LandedAssets) -> Mapping[tuple[str, int], tuple[str, ...]]:
    """The ids of the backups that details told of, by asset and version number; of one second there may be several."""
    found: dict[tuple[str, int], dict[str, None]] = {}
    told = landed.rows("asset_details", ("asset_id", "backup_versions")).drop_nulls()
    for asset_id, text in told.unique(maintain_order=True).iter_rows():
        for backup in json.loads(text):
            version, version_id = str(backup.get("version")), backup.get("version_id")
            if version.isascii() and version.isdigit() and isinstance(version_id, str):
                found.setdefault((asset_id, int(version)), {})[version_id] = None
    return {key: tuple(ids) for key, ids in found.items()}
