"""The stream `asset_details`: what only the detail call tells, asked only for assets of which something new has landed.

Here belongs the queue of assets that wait for a detail and how far it was read. One detail is one call of the hour's
allowance, so that nothing is asked twice: an asset waits when a row about it landed in `resources` or `notifications`
behind the place where the queue stands; a deletion is nothing to ask about. Details leave a part of our calls to the
streams that tell what changed. Not here: what a detail means.
"""

from __future__ import annotations

from ingest.cloudinary.access import (
    Access,
    Cursor,
    all_pages,
    number_of,
    read_window,
    text_of,
    unread_window,
    used_up,
)
from ingest.cloudinary.budget import BudgetUsedUp
from ingest.cloudinary.client import Page
from ingest.cloudinary.detail_records import AssetDetail
from ingest.cloudinary.landed import Place
from ingest.cloudinary.streams import DELETIONS
from ingest.extract import Extract
from ingest.reading import Reading, column_values
from ingest.strict import JsonObject, objects

STREAM = "asset_details"
DETAILS_PER_BATCH = 100
_TELL_OF_ASSETS = ("resources", "notifications")


class DetailReader:
    """Reads the stream `asset_details` of one product environment."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def extract(self, since: Cursor) -> Extract:
        """The details of up to 100 assets that wait, in the order in which something landed of them."""
        access = self._access
        now = access.clock.now()
        done = Place(number_of(since, "log_index", -1), text_of(since, "asset_id") or "")
        waiting = access.landed.changed_after(_TELL_OF_ASSETS, done, lambda event: event not in DELETIONS)
        reading = Reading()
        gone = read = 0
        stopped = None
        for place in waiting[:DETAILS_PER_BATCH]:
            try:
                gone += not self._read_one(place.asset_id, reading)
            except BudgetUsedUp as error:
                stopped = error
                break
            done, read = place, read + 1
        left = len(waiting) - read
        access.client.calls.note_waiting(STREAM, left)
        cursor = {**since, "log_index": done.log_index, "asset_id": done.asset_id}
        told = f"{read} details of assets with new rows" + (f", {gone} of them no longer there" if gone else "")
        if stopped is not None:
            return unread_window(reading, since, now, f"{told}; {used_up(stopped, f'{left} wait')}", cursor)
        if left:
            rest = unread_window(reading, since, now, f"{told}; {left} follow in the next batch", cursor)
            return Extract(rest.rows, rest.quarantined, rest.claim, rest.cursor, more=True)
        return read_window(reading, since, now, told, {**cursor, "window_to": now.isoformat()})

    def _read_one(self, asset_id: str, reading: Reading) -> bool:
        """Read one asset's detail with all its derived files; False when there is no such asset any more."""
        access = self._access
        what = f"resources/{asset_id}"
        try:
            pages = all_pages(what, lambda cursor: self._page(asset_id, cursor))
        except _Gone:
            return False
        kept = [access.keep_raw(page.body) for page in pages]
        reading.read_each(
            pages[0].items,
            lambda item: [column_values(AssetDetail.from_response(item, _derived(pages)))],
            access.uri(what),
            kept[0],
        )
        return True

    def _page(self, asset_id: str, cursor: str | None) -> Page:
        access = self._access
        page = access.client.asset_detail(asset_id, access.settings.detail_analyses, cursor)
        if page is None:
            raise _Gone
        return page


class _Gone(Exception):  # a turn in reading a detail, never leaves this module
    """The asset was deleted since a row about it landed."""


def _derived(pages: list[Page]) -> list[JsonObject]:
    return [item for page in pages for item in objects(page.items[0], "derived")]
