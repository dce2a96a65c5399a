"""What changed of the stream `resources` between two full listings: found by the search index, read by ids.

Here belongs a window of changes, in batches and over as many hours as it takes. It ends where its reading began. First
the index is asked which assets were uploaded or updated since the last window, less an overlap since it lags (shorter
where more assets changed in it than two calls show); notifications say which had a change that the index has no time
of. Then what these assets are now is read by their ids, in the listing's own shape. How far both came is kept in the
cursor, so that the next batch, or the next hour's calls, go on behind it. What changes while a window is read is left
to the window behind it, which begins before where this one ends. A window in which not all was told to us is not
claimed complete. Not here: listing everything (`listing`), which is the shorter way where very much changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ingest.cloudinary.access import (
    Access,
    Cursor,
    all_pages,
    in_parts,
    number_of,
    read_window,
    text_of,
    time_of,
    unread_window,
    used_up,
)
from ingest.cloudinary.budget import BudgetUsedUp
from ingest.cloudinary.client import IDS_PER_CALL, PAGE_SIZE
from ingest.cloudinary.landed import Place
from ingest.cloudinary.page import Page
from ingest.cloudinary.search_index import (
    UNSEARCHED_EVENTS,
    is_untouched,
    last_change,
    later_creation,
    overlap_start,
    shortly_before,
    state_of,
    uploaded_at,
)
from ingest.cloudinary.streams import resource_values
from ingest.cloudinary.triggers import Sight
from ingest.extract import Extract
from ingest.reading import Reading
from ingest.strict import canonical_json

CALLS_PER_BATCH = 100
UNDER_WAY = "changes"
"""The cursor's part that says how far a window was read."""

UNSEEN_FROM = "unseen_from"
_LAST_OF_BATCH = "\U0010ffff"


class ListingIsShorter(Exception):  # a turn in reading, never leaves this folder
    """More assets changed than a full listing needs calls for; `searched` has the hash of what the index told."""

    def __init__(self, searched: str) -> None:
        super().__init__("a full listing needs fewer calls")
        self.searched = searched


@dataclass(frozen=True)
class _Known:
    """The assets as the last full listing (with their versions) and the last window (with their states) had them."""

    listed: Mapping[str, object]
    searched: Mapping[str, object]

    def has(self, asset_id: str, state: list[str]) -> bool:
        """Whether an asset cannot have changed since it was read; an overlap finds most of them a second time.

        What the last window found in the same state was read after it was found; the others are as listed where they
        were not touched since the upload of the very version that the listing had.
        """
        if not state:
            return False
        is_listed = asset_id in self.listed and str(self.listed[asset_id]) == state[0]
        return self.searched.get(asset_id) == state or (is_listed and is_untouched(state))

    def changes(self) -> list[datetime]:
        """When these assets changed last, as far as that is known."""
        changes = {asset_id: uploaded_at(version) for asset_id, version in self.listed.items()}
        changes |= {asset_id: last_change(state) for asset_id, state in self.searched.items()}
        return [change for change in changes.values() if change is not None]


@dataclass
class _Window:
    """A window under way: it ends at `to`, and the index is asked for what changed from `start` on.

    `found` has the assets that the index told, with their states, and `unknown` those of them that are to be read. The
    index tells them by creation, up to `last_created` so far; `is_searched` when it told all. They are read in the
    order of their ids, up to `after` so far. `refused` counts the records that could not be read in earlier batches.
    """

    to: datetime
    start: datetime
    notified: int
    found: dict[str, object] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    last_created: str | None = None
    is_searched: bool = False
    after: str = ""
    refused: int = 0
    is_resumed: bool = False


class ChangeReader:
    """Reads the changes of one product environment."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def extract(self, since: Cursor, now: datetime) -> Extract:
        """One batch of a window. Raises ListingIsShorter where a full listing needs fewer calls than the rest of it.

        Raises the client's errors, PermanentSourceError where the index cannot be asked.
        """
        known = _Known(self._assets(since, "listing"), self._assets(since, "searched"))
        window = self._window_under_way(since, known) or self._new_window(since, now, known)
        reading = Reading()
        try:
            if not window.is_searched:
                self._search(window, known)
            told = self._notified(number_of(since, "notified", -1))
            waiting = sorted(asset_id for asset_id in window.unknown | told if asset_id > window.after)
            if self._is_detour(len(waiting), known):
                raise ListingIsShorter(self._kept(_with_states(window)))
            left = self._read(waiting, window, reading)
            if left:
                reason = f"{left} of {len(window.unknown | told)} changed assets follow in the next batch"
                return replace(self._part(since, now, window, reading, reason), more=True)
            sight = self._access.triggers.sight()
        except BudgetUsedUp as error:
            if not window.is_resumed and not window.is_searched and not window.found:
                return unread_window(reading, since, now, used_up(error, "the window is read again"), since)
            reason = used_up(error, f"{len(window.found)} changed assets found so far; the window goes on there")
            return self._part(since, now, window, reading, reason)
        return self._complete(since, now, window, reading, sight, told)

    def _window_under_way(self, since: Cursor, known: _Known) -> _Window | None:
        part = since.get(UNDER_WAY)
        if not isinstance(part, Mapping):
            return None
        to, start = time_of(part, "to"), time_of(part, "start")
        if to is None or start is None:
            return None
        found = dict(self._assets(part, "found"))
        states = {asset_id: state if isinstance(state, list) else [] for asset_id, state in found.items()}
        return _Window(
            to=to,
            start=start,
            notified=number_of(part, "notified", -1),
            found=found,
            unknown={asset_id for asset_id, state in states.items() if not known.has(asset_id, state)},
            last_created=text_of(part, "last_created"),
            is_searched=part.get("is_searched") is True,
            after=text_of(part, "after") or "",
            refused=number_of(part, "refused", 0),
            is_resumed=True,
        )

    def _new_window(self, since: Cursor, now: datetime, known: _Known) -> _Window:
        window_from = time_of(since, "window_to") or now
        overlap = timedelta(minutes=self._access.settings.overlap_minutes)
        start = overlap_start(window_from, overlap, known.changes())
        return _Window(max(now, window_from), start, self._access.landed.newest_batch(("notifications",)))

    def _search(self, window: _Window, known: _Known) -> None:
        """Ask the index for all that changed, from where an earlier run came to."""
        start = window.start.strftime("%Y-%m-%dT%H:%M:%SZ")
        created_from = shortly_before(window.last_created)

        def read(cursor: str | None) -> Page:
            page = self._access.client.changed_since(start, cursor, created_from)
            if cursor is None:
                window.last_created = None  # A search that begins again tells the oldest first again.
            for item in page.items:
                window.last_created = later_creation(window.last_created, item.get("created_at"))
                asset_id = item.get("asset_id")
                if isinstance(asset_id, str) and self._access.is_wanted(item):
                    state = state_of(item)
                    window.found[asset_id] = state
                    if not known.has(asset_id, state):
                        window.unknown.add(asset_id)
            return replace(page, items=(), body=b"")  # What it told is kept; a large change has many pages.

        all_pages("resources/search", read)
        window.is_searched = True

    def _is_detour(self, count: int, known: _Known) -> bool:
        """Whether to read so many assets by their ids takes more calls than to list all that are known."""
        settings = self._access.settings
        listings = len(settings.resource_types) * len(settings.delivery_types)
        return bool(known.listed) and count / IDS_PER_CALL > len(known.listed) / PAGE_SIZE + listings

    def _read(self, waiting: Sequence[str], window: _Window, reading: Reading) -> int:
        """Read a batch of those that wait; how many are left."""
        done = 0
        for ids in in_parts(waiting, IDS_PER_CALL)[:CALLS_PER_BATCH]:
            read_by_ids(self._access, ids, reading)
            window.after = ids[-1]
            done += len(ids)
        return len(waiting) - done

    def _part(self, since: Cursor, now: datetime, window: _Window, reading: Reading, reason: str) -> Extract:
        part = {
            "to": window.to.isoformat(),
            "start": window.start.isoformat(),
            "notified": window.notified,
            "found": self._kept(window.found),
            "last_created": window.last_created,
            "is_searched": window.is_searched,
            "after": window.after,
            "refused": window.refused + len(reading.quarantined),
        }
        return unread_window(reading, since, now, reason, {**since, UNDER_WAY: part})

    def _complete(
        self, since: Cursor, now: datetime, window: _Window, reading: Reading, sight: Sight, told: set[str]
    ) -> Extract:
        """The last batch of a window; what changed while it was read over several follows at once."""
        found, as_read = len(window.found), len(window.found) - len(window.unknown)
        detail = (
            f"{found} assets uploaded or updated since {window.start.isoformat()} by the search index, read to the "
            f"page without a cursor, {as_read} of them as last read; {len(told)} told by "
            f"notifications; all others as listed on {since.get('listed_at')}"
        )
        cursor = {name: value for name, value in since.items() if name != UNDER_WAY} | {
            "window_to": window.to.isoformat(),
            "notified": window.notified,
            "searched": self._kept(_with_states(window)),
        }
        window_from = time_of(since, "window_to") or window.to
        unseen_to = sight.unseen_to(window_from, window.to)
        is_behind = window.is_resumed and window.to < now
        if unseen_to is None:
            if window.refused:
                detail += f"; {window.refused} records of earlier parts were refused"
                read = unread_window(reading, since, window.to, detail, cursor)
            else:
                read = read_window(reading, since, window.to, detail, cursor)
            return replace(read, more=is_behind)
        cursor |= {
            "window_to": unseen_to.isoformat(),
            UNSEEN_FROM: text_of(since, UNSEEN_FROM) or window_from.isoformat(),
        }
        is_unsure = sight.hidden is not None and not (window.refused or reading.quarantined)
        read = unread_window(reading, since, unseen_to, sight.reason(window_from), cursor, is_unsure=is_unsure)
        return replace(read, more=is_behind or unseen_to < window.to)

    def _assets(self, cursor: Cursor, name: str) -> Mapping[str, object]:
        raw_hash = text_of(cursor, name)
        return self._access.landed.inventory(raw_hash) if raw_hash else {}

    def _kept(self, found: Mapping[str, object]) -> str:
        """The hash of found assets in the raw store."""
        return self._access.keep_raw(canonical_json({"assets": found}).encode("utf-8", "surrogatepass"))

    def _notified(self, after: int) -> set[str]:
        behind = Place(after, _LAST_OF_BATCH)
        places = self._access.landed.changed_after(("notifications",), behind, lambda event: event in UNSEARCHED_EVENTS)
        return {place.asset_id for place in places}


def _with_states(window: _Window) -> dict[str, object]:
    """The found assets of which the index told a state: of the others nobody knows whether they changed."""
    return {asset_id: state for asset_id, state in window.found.items() if state}


def read_by_ids(access: Access, ids: Sequence[str], reading: Reading) -> None:
    """Read up to 100 assets by their ids, in the listing's shape, as far as the inventory covers them."""
    page = access.client.resources_by_ids(ids)
    wanted = [item for item in page.items if access.is_wanted(item)]
    if wanted:
        raw_hash = access.keep_raw(page.body)
        reading.read_each(wanted, resource_values, access.uri("resources/by_asset_ids"), raw_hash, body=page.body)
