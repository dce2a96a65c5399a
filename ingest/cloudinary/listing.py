"""The stream `resources`: what changed by the search index, and from time to time everything.

Here belongs when to list everything, how a listing that was cut off goes on, and what either may claim.

A full listing reads every resource type and delivery type of the settings to its last page; one that has fewer assets
than are counted elsewhere is doubted until another one has the same. What it had is written into the raw store as an
inventory, by which `absences` finds what is gone. Between two of them the search index says which assets were uploaded
or updated since the last window, less an overlap since the index lags. The overlap is shorter, to no less than a
minute, where more assets changed in it than two calls show: they were read when they changed, and a run in which
nothing happened would cost as many calls as the upload of a campaign. Notifications say which had a change that the
index has no time of (moderation, folder, display name, access). What they are now is read by their ids, in the
listing's own shape. A window in which not all of these were told to us is not claimed complete; the next full listing
is, from where the first such window began. Where the index cannot be asked, everything is listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from assettrail.errors import PermanentSourceError, TransientSourceError
from ingest.cloudinary.access import (
    LISTING_ATTEMPTS,
    Access,
    Cursor,
    all_pages,
    in_parts,
    never_ends,
    number_of,
    read_window,
    text_of,
    time_of,
    unread_window,
    used_up,
)
from ingest.cloudinary.budget import BudgetUsedUp
from ingest.cloudinary.client import IDS_PER_CALL, CursorExpired, Page
from ingest.cloudinary.landed import Place
from ingest.cloudinary.search_index import (
    UNSEARCHED_EVENTS,
    instant_or_none,
    is_untouched,
    last_change,
    overlap_start,
    state_of,
    uploaded_at,
)
from ingest.cloudinary.streams import resource_values
from ingest.extract import Extract
from ingest.reading import Reading
from ingest.strict import canonical_json

STREAM = "resources"
PAGES_PER_BATCH = 100
_LAST_OF_BATCH = "\U0010ffff"
_UNSEEN_FROM = "unseen_from"


@dataclass
class _Listing:
    """A full listing under way: when it began, which listings are done, and what they had.

    `refused` counts the records that could not be read, `pages` those read in this batch. Within one listing assets
    come oldest first, so that one whose cursor expired goes on at the last creation seen (`last_created`; empty when
    they did not come in this order, and it has to begin again). `start_at` belongs to the query of `next_cursor`.
    """

    began: datetime
    notified: int
    done: int = 0
    next_cursor: str | None = None
    start_at: str | None = None
    last_created: str | None = None
    refused: int = 0
    assets: dict[str, object] = field(default_factory=dict)
    pages: int = 0
    reading: Reading = field(default_factory=Reading)

    def note_created(self, created_at: object) -> None:
        """Remember the creation of the asset that was read last."""
        if self.last_created == "" or not isinstance(created_at, str):
            return
        last = instant_or_none(self.last_created)
        now = instant_or_none(created_at)
        self.last_created = created_at if now is not None and (last is None or now >= last) else ""

    def go_on(self) -> None:
        """Begin the present listing again without its cursor, where it came to."""
        last = instant_or_none(self.last_created)
        self.next_cursor = None
        self.start_at = (last - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ") if last else None

    def end_kind(self) -> None:
        """The present listing is read to its last page: the next one begins."""
        self.done += 1
        self.next_cursor = self.start_at = self.last_created = None

    def inventory(self) -> bytes:
        """What was listed, as it goes into the raw store."""
        return canonical_json({"began": self.began.isoformat(), "assets": self.assets}).encode("utf-8", "surrogatepass")


class ResourceReader:
    """Reads the stream `resources` of one product environment."""

    def __init__(self, access: Access) -> None:
        self._access = access
        settings = access.settings
        self._kinds = [(r, d) for r in settings.resource_types for d in settings.delivery_types]

    def extract(self, since: Cursor) -> Extract:
        """One batch: a part of a full listing when one is due or under way, otherwise what changed."""
        now = self._access.clock.now()
        listed_at = time_of(since, "listed_at")
        period = timedelta(days=self._access.settings.full_listing_days)
        if listed_at is None or "part" in since or now - listed_at >= period:
            return self._everything(since, now)
        try:
            return self._changes(since, now)
        except PermanentSourceError:
            return self._everything(since, now)

    def _everything(self, since: Cursor, now: datetime) -> Extract:
        listing = self._listing_of(since, now)
        try:
            for number in range(listing.done, len(self._kinds)):
                self._read_kind(*self._kinds[number], listing)
                if listing.next_cursor:
                    return self._part(since, now, listing, "the rest follows in the next batch", more=True)
                listing.end_kind()
        except BudgetUsedUp as error:
            return self._part(since, now, listing, used_up(error, "the listing goes on where it stopped"))
        return self._complete(since, listing)

    def _listing_of(self, since: Cursor, now: datetime) -> _Listing:
        part = since.get("part")
        if not isinstance(part, Mapping) or part.get("kinds") != self._kinds_in_words():
            return _Listing(began=now, notified=self._access.landed.newest_batch(("notifications",)))
        seen = text_of(part, "seen")
        return _Listing(
            began=time_of(part, "began") or now,
            notified=number_of(part, "notified", -1),
            done=number_of(part, "done", 0),
            next_cursor=text_of(part, "next_cursor"),
            start_at=text_of(part, "start_at"),
            last_created=text_of(part, "last_created"),
            refused=number_of(part, "refused", 0),
            assets=dict(self._access.landed.inventory(seen)) if seen else {},
        )

    def _kinds_in_words(self) -> str:
        """The listings of the settings: with others a listing under way would go on in the wrong place."""
        return " ".join("/".join(kind) for kind in self._kinds)

    def _read_kind(self, resource_type: str, delivery_type: str, listing: _Listing) -> None:
        """Read a listing to its last page, or until the batch is full: then `next_cursor` says where it goes on."""
        what = f"resources/{resource_type}/{delivery_type}"
        for _ in range(LISTING_ATTEMPTS):
            used: set[str] = set()
            try:
                while True:
                    page = self._access.client.resources_page(
                        resource_type, delivery_type, listing.next_cursor, listing.start_at
                    )
                    self._keep(page, what, listing)
                    if page.next_cursor in used:
                        break
                    listing.next_cursor = page.next_cursor
                    if page.next_cursor is None or listing.pages >= PAGES_PER_BATCH:
                        return
                    used.add(page.next_cursor)
            except CursorExpired:
                pass
            listing.go_on()
        raise never_ends(what)

    def _keep(self, page: Page, what: str, listing: _Listing) -> None:
        """Keep a page's rows; pages move while assets are uploaded, so that one asset can stand on two."""
        listing.pages += 1
        fresh = []
        for item in page.items:
            listing.note_created(item.get("created_at"))
            asset_id = item.get("asset_id")
            if isinstance(asset_id, str):
                if asset_id in listing.assets:
                    continue
                listing.assets[asset_id] = item.get("version")
            fresh.append(item)
        if fresh:
            access = self._access
            raw_hash = access.keep_raw(page.body)
            listing.reading.read_each(fresh, resource_values, access.uri(what), raw_hash, body=page.body)

    def _part(self, since: Cursor, now: datetime, listing: _Listing, reason: str, *, more: bool = False) -> Extract:
        part = {
            "began": listing.began.isoformat(),
            "kinds": self._kinds_in_words(),
            "notified": listing.notified,
            "done": listing.done,
            "next_cursor": listing.next_cursor,
            "start_at": listing.start_at,
            "last_created": listing.last_created,
            "refused": listing.refused + len(listing.reading.quarantined),
            "seen": self._access.keep_raw(listing.inventory()),
        }
        told = f"{listing.done} of {len(self._kinds)} listings are read, {len(listing.assets)} assets so far; {reason}"
        read = unread_window(listing.reading, since, now, told, {**since, "part": part})
        return Extract(read.rows, read.quarantined, read.claim, read.cursor, more=more)

    def _complete(self, since: Cursor, listing: _Listing) -> Extract:
        refused = listing.refused + len(listing.reading.quarantined)
        began = listing.began.isoformat()
        cursor: dict[str, object] = {"window_to": began, "listed_at": began, "notified": listing.notified}
        if refused:
            cursor |= {name: since[name] for name in ("listing", "listing_began", _UNSEEN_FROM) if name in since}
        else:
            cursor |= {"listing": self._access.keep_raw(listing.inventory()), "listing_began": began}
        detail = f"{len(listing.assets)} assets in {len(self._kinds)} listings read to the page without a cursor"
        if doubt := self._doubt(since, listing, refused):
            again = {name: value for name, value in since.items() if name != "part"}
            again |= {"doubted": self._access.keep_raw(listing.inventory())}
            told = f"{detail}; {doubt}"
            return unread_window(listing.reading, since, listing.began, told, again, is_unsure=True)
        window = {**since, "window_to": since.get(_UNSEEN_FROM) or since.get("window_to")}
        if listing.refused:
            detail += f"; {listing.refused} records of earlier parts were refused"
            return unread_window(listing.reading, window, listing.began, detail, cursor)
        return read_window(listing.reading, window, listing.began, detail, cursor)

    def _doubt(self, since: Cursor, listing: _Listing, refused: int) -> str | None:
        """Why the listing may lack a page though it came to its end; None when nothing counts more.

        A skipped page shows in no listing. The account's own figure counts all types and may be a day old; where it is
        higher, the search index counts these types, and that is an estimate: all is listed once more, and two listings
        in a row that had the same assets are believed.
        """
        access, had = self._access, len(listing.assets) + refused
        settings = access.settings
        try:
            counted = access.usage.count()
            if counted is None or counted > had:
                counted = access.client.count_of(settings.resource_types, settings.delivery_types)
        except (BudgetUsedUp, PermanentSourceError, TransientSourceError):
            return None
        if counted is None or counted <= had:
            return None
        if listing.assets.keys() == self._assets(since, "doubted").keys():
            return None
        return f"the search index counts {counted}, and all is listed once more"

    def _changes(self, since: Cursor, now: datetime) -> Extract:
        access = self._access
        window_from = time_of(since, "window_to") or now
        window_to = max(now, window_from)
        start = self._start(window_from, since)
        newest = access.landed.newest_batch(("notifications",))
        reading = Reading()
        try:
            sight = access.triggers.sight()
            searched = self._searched(start)
            unknown = self._not_known(searched, since)
            notified = self._notified(number_of(since, "notified", -1))
            for ids in in_parts(sorted(unknown | notified), IDS_PER_CALL):
                read_by_ids(access, ids, reading)
        except BudgetUsedUp as error:
            return unread_window(reading, since, now, used_up(error, "the window is read again"), since)
        detail = (
            f"{len(searched)} assets uploaded or updated since {start.isoformat()} by the search index, read to the "
            f"page without a cursor, {len(searched) - len(unknown)} of them as last read; {len(notified)} told by "
            f"notifications; all others as listed on {since.get('listed_at')}"
        )
        found = canonical_json({"assets": {asset_id: state for asset_id, state in searched.items() if state}})
        cursor = {
            **since,
            "window_to": window_to.isoformat(),
            "notified": newest,
            "searched": access.keep_raw(found.encode("utf-8", "surrogatepass")),
        }
        unseen_to = sight.unseen_to(window_from, window_to)
        if unseen_to is None:
            return read_window(reading, since, window_to, detail, cursor)
        unseen_from = text_of(since, _UNSEEN_FROM) or window_from.isoformat()
        cursor |= {"window_to": unseen_to.isoformat(), _UNSEEN_FROM: unseen_from}
        is_unsure = sight.hidden is not None and not reading.quarantined
        reason = sight.reason(window_from)
        read = unread_window(reading, since, unseen_to, reason, cursor, is_unsure=is_unsure)
        return replace(read, more=unseen_to < window_to)

    def _start(self, window_from: datetime, since: Cursor) -> datetime:
        """From when on changes are searched."""
        overlap = timedelta(minutes=self._access.settings.overlap_minutes)
        changes = {asset_id: uploaded_at(version) for asset_id, version in self._assets(since, "listing").items()}
        changes |= {asset_id: last_change(state) for asset_id, state in self._assets(since, "searched").items()}
        return overlap_start(window_from, overlap, [change for change in changes.values() if change is not None])

    def _searched(self, start: datetime) -> dict[str, list[str]]:
        """The assets that the index found, each with its version and times of change; without, where it says none."""
        text = start.strftime("%Y-%m-%dT%H:%M:%SZ")
        pages = all_pages("resources/search", lambda cursor: self._access.client.changed_since(text, cursor))
        items = (item for page in pages for item in page.items if self._access.is_wanted(item))
        return {asset_id: state_of(item) for item in items if isinstance(asset_id := item.get("asset_id"), str)}

    def _not_known(self, searched: Mapping[str, list[str]], since: Cursor) -> set[str]:
        """Those that may have changed since they were read last; an overlap finds most of them a second time.

        Known is what the last window found in the same state, as it was read after it was found; and what was not
        touched since the upload of the very version that the last full listing had.
        """
        before, listed = self._assets(since, "searched"), self._assets(since, "listing")
        return {
            asset_id
            for asset_id, state in searched.items()
            if not state
            or (
                before.get(asset_id) != state
                and not (is_untouched(state) and asset_id in listed and str(listed[asset_id]) == state[0])
            )
        }

    def _assets(self, since: Cursor, name: str) -> Mapping[str, object]:
        raw_hash = text_of(since, name)
        return self._access.landed.inventory(raw_hash) if raw_hash else {}

    def _notified(self, after: int) -> set[str]:
        behind = Place(after, _LAST_OF_BATCH)
        places = self._access.landed.changed_after(("notifications",), behind, lambda event: event in UNSEARCHED_EVENTS)
        return {place.asset_id for place in places}


def read_by_ids(access: Access, ids: Sequence[str], reading: Reading) -> None:
    """Read up to 100 assets by their ids, in the listing's shape, as far as the inventory covers them."""
    page = access.client.resources_by_ids(ids)
    wanted = [item for item in page.items if access.is_wanted(item)]
    if wanted:
        raw_hash = access.keep_raw(page.body)
        reading.read_each(wanted, resource_values, access.uri("resources/by_asset_ids"), raw_hash, body=page.body)
