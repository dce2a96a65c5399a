"""The stream `resources`: what changed, and from time to time everything.

Here belongs when to list everything, how a listing that was cut off goes on, and what it may claim.

A full listing reads every resource type and delivery type of the settings to its last page; one that has fewer assets
than are counted elsewhere is doubted until another one has the same. What it had is written into the raw store as an
inventory, by which `absences` finds what is gone. Between two of them `changes` reads what changed. Where something of
that was not told to us, the next full listing is claimed from where the first such window began. Where the search index
cannot be asked, or more assets changed than a listing takes calls for, everything is listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from assettrail.errors import PermanentSourceError, SourceError
from ingest.cloudinary.access import (
    LISTING_ATTEMPTS,
    Access,
    Cursor,
    never_ends,
    number_of,
    read_window,
    text_of,
    time_of,
    unread_window,
    used_up,
)
from ingest.cloudinary.budget import BudgetUsedUp
from ingest.cloudinary.changes import UNDER_WAY, UNSEEN_FROM, ChangeReader, ListingIsShorter
from ingest.cloudinary.page import Page
from ingest.cloudinary.sdk_calls import CursorExpired
from ingest.cloudinary.search_index import later_creation, shortly_before
from ingest.cloudinary.streams import resource_values
from ingest.extract import Extract
from ingest.reading import Reading
from ingest.strict import canonical_json

STREAM = "resources"
PAGES_PER_BATCH = 100
_SEARCHED_BEFORE = "searched_before"
"""The cursor's word of what the search index told before a full listing, which reads all of that."""


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
        self.last_created = later_creation(self.last_created, created_at)

    def go_on(self) -> None:
        """Begin the present listing again without its cursor, where it came to."""
        self.next_cursor = None
        self.start_at = shortly_before(self.last_created)

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
        self._changes = ChangeReader(access)
        settings = access.settings
        self._kinds = [(r, d) for r in settings.resource_types for d in settings.delivery_types]

    def extract(self, since: Cursor) -> Extract:
        """One batch: a part of a full listing when one is due or under way, otherwise what changed."""
        now = self._access.clock.now()
        listed_at = time_of(since, "listed_at")
        period = timedelta(days=self._access.settings.full_listing_days)
        if not (listed_at is None or "part" in since or now - listed_at >= period):
            try:
                return self._changes.extract(since, now)
            except PermanentSourceError:
                pass
            except ListingIsShorter as turn:
                since = {**since, _SEARCHED_BEFORE: turn.searched}
        return self._everything({name: value for name, value in since.items() if name != UNDER_WAY}, now)

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
        if _SEARCHED_BEFORE in since:
            cursor["searched"] = since[_SEARCHED_BEFORE]
        if refused:
            cursor |= {name: since[name] for name in ("listing", "listing_began", UNSEEN_FROM) if name in since}
        else:
            cursor |= {"listing": self._access.keep_raw(listing.inventory()), "listing_began": began}
        detail = f"{len(listing.assets)} assets in {len(self._kinds)} listings read to the page without a cursor"
        if doubt := self._doubt(since, listing, refused):
            again = {name: value for name, value in since.items() if name not in {"part", _SEARCHED_BEFORE}}
            again |= {"doubted": self._access.keep_raw(listing.inventory())}
            told = f"{detail}; {doubt}"
            return unread_window(listing.reading, since, listing.began, told, again, is_unsure=True)
        window = {**since, "window_to": since.get(UNSEEN_FROM) or since.get("window_to")}
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
        except SourceError:
            return None
        if counted is None or counted <= had:
            return None
        if listing.assets.keys() == self._assets(since, "doubted").keys():
            return None
        return f"the search index counts {counted}, and all is listed once more"

    def _assets(self, since: Cursor, name: str) -> Mapping[str, object]:
        raw_hash = text_of(since, name)
        return self._access.landed.inventory(raw_hash) if raw_hash else {}
