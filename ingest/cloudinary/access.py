"""What every stream of Cloudinary is read with, and the claims that all of them make.

Here belong the parts that the readers share (client, settings, clock, raw store, landing), reading a listing to its
last page, and the shape of a window that was read or that ran out of calls. Not here: what a single stream asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from assettrail.clock import Clock
from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.errors import TransientSourceError
from ingest.cloudinary.budget import BudgetUsedUp
from ingest.cloudinary.client import CloudinaryClient
from ingest.cloudinary.landed import LandedAssets
from ingest.cloudinary.page import Page
from ingest.cloudinary.sdk_calls import CursorExpired
from ingest.cloudinary.streams import instant
from ingest.cloudinary.triggers import TriggerList
from ingest.extract import KNOWN_GAP, UNKNOWN, Claim, Extract, known_by
from ingest.reading import Reading, in_one_line
from ingest.strict import JsonObject

Cursor = Mapping[str, object]
KeepRaw = Callable[[bytes], str]

LISTING_ATTEMPTS = 3
WANT_OF_CALLS: Final = "the budget of calls is used up"
"""What the claim of a window says that ended for want of calls: it can be read when there are some again."""


class UsageFigures:
    """The account's usage figures: one call serves the listing, which compares their count, and the stream."""

    def __init__(self, client: CloudinaryClient) -> None:
        self._client = client
        self._page: Page | None = None

    def count(self) -> int | None:
        """How many assets the account has, by figures asked for now; None where it does not say so."""
        self._page = self._client.usage_page()
        found = self._page.items[0].get("resources") if self._page and self._page.items else None
        return found if isinstance(found, int) else None

    def page(self) -> Page | None:
        """The figures that were asked for last and not given since, or asked for now; None where there are none."""
        page, self._page = self._page, None
        return page or self._client.usage_page()


@dataclass(frozen=True)
class Access:
    """One product environment as the readers see it."""

    client: CloudinaryClient
    settings: CloudinarySettings
    clock: Clock
    keep_raw: KeepRaw
    landed: LandedAssets
    usage: UsageFigures
    triggers: TriggerList

    def uri(self, path: str) -> str:
        """Where a row comes from."""
        return f"cloudinary://{self.settings.cloud_name}/{path}"

    def is_wanted(self, item: JsonObject) -> bool:
        """Whether an asset is of the resource and delivery types that the inventory covers."""
        settings = self.settings
        return item.get("resource_type") in settings.resource_types and item.get("type") in settings.delivery_types


def all_pages(what: str, read: Callable[[str | None], Page]) -> list[Page]:
    """Every page of a listing; a cursor that expires or repeats begins it again. Raises TransientSourceError."""
    for _ in range(LISTING_ATTEMPTS):
        pages: list[Page] = []
        used: set[str | None] = {None}
        try:
            cursor: str | None = None
            while True:
                pages.append(read(cursor))
                cursor = pages[-1].next_cursor
                if cursor is None:
                    return pages
                if cursor in used:
                    break
                used.add(cursor)
        except CursorExpired:
            continue
    raise never_ends(what)


def never_ends(what: str) -> TransientSourceError:
    """The error of a listing that does not come to its last page."""
    return TransientSourceError(
        tried=f"to list {what}, {LISTING_ATTEMPTS} times",
        found="cursors that expire or repeat before the last page",
        expected="a page without next_cursor",
        remedy="run again later; what had landed is kept",
    )


def read_window(reading: Reading, since: Cursor, window_to: datetime, detail: str, cursor: Cursor) -> Extract:
    """A window that was read to its end; complete unless a record of it could not be read."""
    refused = len(reading.quarantined)
    claim = Claim(
        window_from=time_of(since, "window_to"),
        window_to=window_to,
        complete=not refused,
        how=known_by("end_marker", refused),
        detail=f"{detail}; {refused} refused" if refused else detail,
    )
    return Extract(reading.rows, reading.quarantined, claim, cursor)


def unread_window(
    reading: Reading, since: Cursor, now: datetime, reason: str, cursor: Cursor | None, *, is_unsure: bool = False
) -> Extract:
    """What was read of a window whose end was not reached: it lands, and the claim says why it is not complete.

    With `is_unsure` the end may have been reached, and nobody knows.
    """
    window_from = time_of(since, "window_to")
    claim = Claim(
        window_from=window_from,
        window_to=max(now, window_from or now),
        complete=False,
        how=UNKNOWN if is_unsure else KNOWN_GAP,
        detail=reason,
    )
    return Extract(reading.rows, reading.quarantined, claim, cursor or None)


def used_up(error: BudgetUsedUp, left: str) -> str:
    """Why a window is not complete when the calls of the hour are used up."""
    return f"{WANT_OF_CALLS} ({in_one_line(error)}); {left}: {error.remedy}"


def time_of(cursor: Cursor, name: str) -> datetime | None:
    """An instant of a cursor; None when it has none."""
    value = cursor.get(name)
    return instant(value) if isinstance(value, str) else None


def text_of(cursor: Cursor, name: str) -> str | None:
    """A text of a cursor; None when it has none."""
    value = cursor.get(name)
    return value if isinstance(value, str) else None


def number_of(cursor: Cursor, name: str, default: int) -> int:
    """A whole number of a cursor."""
    value = cursor.get(name)
    return value if isinstance(value, int) else default


def in_parts(ids: Sequence[str], size: int) -> list[list[str]]:
    """The ids in parts of at most `size`."""
    return [list(ids[start : start + size]) for start in range(0, len(ids), size)]
