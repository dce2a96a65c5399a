"""The stream `asset_details`: what only the detail call tells, asked only for assets of which something new has landed.

Here belongs the queue of assets that wait for a detail and how far it was read. One detail is one call of the hour's
allowance, so that nothing is asked twice: an asset waits when a row about it landed in `resources` or `notifications`
behind the place where the queue stands; a deletion is nothing to ask about. A detail that fails is noted, the queue
goes on behind it, and it is asked again when none waits, at most once an hour; several in a row are a service that is
down, which ends the run with the service's own error. Details leave a part of our calls to the streams that tell what
changed. Not here: what a detail means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from assettrail.errors import SourceError
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
from ingest.cloudinary.detail_records import AssetDetail
from ingest.cloudinary.landed import Place
from ingest.cloudinary.page import Page
from ingest.cloudinary.streams import DELETIONS, instant
from ingest.extract import Extract
from ingest.reading import Reading, column_values, in_one_line
from ingest.strict import JsonObject, canonical_json, objects

STREAM = "asset_details"
DETAILS_PER_BATCH = 100
FAILURES_IN_A_ROW: Final = 3
"""So many details that fail one after the other are no fault of these assets."""

REST_OF_FAILED: Final = timedelta(hours=1)
"""A detail that fails costs several calls: it gets them once in an hour's allowance."""

_FAILED: Final = "failed"
_NAMED_IN_CLAIM: Final = 5
_TELL_OF_ASSETS = ("resources", "notifications")


@dataclass
class _Batch:
    """One batch: what was read, and `failed` with the instant (UTC) at which each asset was asked for in vain last.

    `read` of the `asked` were answered, also those that are `gone`. `in_a_row` counts the failures since the last
    answer, `error` is the last of them, `stopped` says that no calls are left.
    """

    now: datetime
    failed: dict[str, str]
    reading: Reading = field(default_factory=Reading)
    asked: int = 0
    read: int = 0
    gone: int = 0
    in_a_row: int = 0
    error: SourceError | None = None
    stopped: BudgetUsedUp | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more may be asked for in this batch."""
        return self.stopped is not None or self.in_a_row >= FAILURES_IN_A_ROW or self.asked >= DETAILS_PER_BATCH

    def ask(self, asset_id: str, read_one: Callable[[str, Reading], bool]) -> bool:
        """Ask for one detail; whether it was asked for, with or without success."""
        try:
            self.gone += not read_one(asset_id, self.reading)
        except BudgetUsedUp as error:
            self.stopped = error
            return False
        except SourceError as error:
            self.failed[asset_id] = self.now.isoformat()
            self.in_a_row += 1
            self.error = error
        else:
            self.failed.pop(asset_id, None)
            self.in_a_row = 0
            self.read += 1
        self.asked += 1
        return True

    def due(self) -> list[str]:
        """The failed that may be asked for again, those that were asked for first before the others."""
        asked = sorted((instant(at), asset_id) for asset_id, at in self.failed.items())
        return [asset_id for at, asset_id in asked if at <= self.now - REST_OF_FAILED]

    def in_words(self) -> str:
        """What was read, and what failed, for the claim."""
        told = f"{self.read} details of assets with new rows"
        if self.gone:
            told += f", {self.gone} of them no longer there"
        if not self.failed:
            return told
        named = sorted(self.failed)[:_NAMED_IN_CLAIM]
        more = len(self.failed) - len(named)
        ids = ", ".join(named) + (f" and {more} more" if more else "")
        why = f" ({in_one_line(self.error)})" if self.error else ""
        return f"{told}; {len(self.failed)} were asked for in vain, and are again after an hour: {ids}{why}"


class DetailReader:
    """Reads the stream `asset_details` of one product environment."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._down: SourceError | None = None

    def extract(self, since: Cursor) -> Extract:
        """The details of up to 100 assets that wait, in the order in which something landed of them.

        Raises the error of a service that is down once what was read before has landed.
        """
        if self._down is not None:
            error, self._down = self._down, None
            raise error
        access = self._access
        batch = _Batch(access.clock.now(), self._failed_before(since))
        done = Place(number_of(since, "log_index", -1), text_of(since, "asset_id") or "")
        waiting = access.landed.changed_after(_TELL_OF_ASSETS, done, lambda event: event not in DELETIONS)
        left = len(waiting)
        for place in waiting:
            if batch.is_over or not batch.ask(place.asset_id, self._read_one):
                break
            done, left = place, left - 1
        is_down = batch.in_a_row >= FAILURES_IN_A_ROW
        if not left and not is_down:
            self._ask_again(batch)
        access.client.calls.note_waiting(STREAM, left + len(batch.failed))
        cursor = {**since, "log_index": done.log_index, "asset_id": done.asset_id, **self._kept(batch.failed)}
        if is_down:
            self._down = batch.error
        return self._claimed(since, batch, left, {name: value for name, value in cursor.items() if value is not None})

    def _claimed(self, since: Cursor, batch: _Batch, left: int, cursor: Mapping[str, object]) -> Extract:
        told, reading, now = batch.in_words(), batch.reading, batch.now
        if batch.stopped is not None:
            return unread_window(reading, since, now, f"{told}; {used_up(batch.stopped, f'{left} wait')}", cursor)
        if self._down is not None:
            told = f"{told}; {left} more wait for the service"
            return replace(unread_window(reading, since, now, told, cursor), more=True)
        follow = left or (len(batch.due()) if batch.in_a_row < FAILURES_IN_A_ROW else 0)
        if follow:
            told = f"{told}; {follow} follow in the next batch"
            return replace(unread_window(reading, since, now, told, cursor), more=True)
        if batch.failed:
            return unread_window(reading, since, now, told, cursor)
        return read_window(reading, since, now, told, {**cursor, "window_to": now.isoformat()})

    def _ask_again(self, batch: _Batch) -> None:
        """Ask for the failed once more; a few that fail again in a row leave the others to the next run."""
        batch.in_a_row = 0
        for asset_id in batch.due():
            if batch.is_over or not batch.ask(asset_id, self._read_one):
                return

    def _failed_before(self, since: Cursor) -> dict[str, str]:
        raw_hash = text_of(since, _FAILED)
        failed = self._access.landed.inventory(raw_hash) if raw_hash else {}
        return {asset_id: str(at) for asset_id, at in failed.items()}

    def _kept(self, failed: Mapping[str, str]) -> dict[str, str | None]:
        """The cursor's word of what failed: a leaf of the log could not hold the ids of a night without service."""
        content = canonical_json({"assets": failed}).encode("utf-8", "surrogatepass")
        return {_FAILED: self._access.keep_raw(content) if failed else None}

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
