"""Past days of the stream `resources` read again: the assets that were uploaded or last updated in them.

Here belong the search for a window and what may be claimed of it. The index has an asset's last update alone: one that
was updated again later is found by that, in a later window or by the stream's own reading. Which assets had a change
that the index may not show is known from the notifications that have landed. What the assets are now is read by their
ids, in the listing's own shape, so that a state that has landed lands no second time. Not here: which days may be
asked for, and how far a claim may reach (`ingest.backfill`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from assettrail.errors import PermanentSourceError
from ingest.cloudinary.access import Access, all_pages, in_parts, used_up
from ingest.cloudinary.budget import BudgetUsedUp
from ingest.cloudinary.changes import read_by_ids
from ingest.cloudinary.client import IDS_PER_CALL
from ingest.cloudinary.search_index import SHORTEST_OVERLAP, UNSEARCHED_EVENTS
from ingest.cloudinary.triggers import Sight
from ingest.extract import KNOWN_GAP, Claim, DayWindow, Extract, known_by
from ingest.reading import Reading

CALLS_PER_BATCH: Final = 100


@dataclass
class _Progress:
    """How far a window was read: what was found, how many of them were read, and how many records were refused."""

    found: int = 0
    told: int = 0
    read: int = 0
    refused: int = 0
    reading: Reading = field(default_factory=Reading)

    def taken(self) -> Reading:
        """What was read since the last batch."""
        taken, self.reading = self.reading, Reading()
        self.refused += len(taken.quarantined)
        return taken


class WindowReader:
    """Reads past days of `resources` of one product environment."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def extract_window(self, window: DayWindow) -> Iterator[Extract]:
        """The batches of a window, without a cursor; those behind the last rows have the claims about it.

        A budget that is used up is no error: what was read lands, and the claim says so. Raises the client's errors;
        PermanentSourceError with what to do instead where the search index cannot be asked.
        """
        progress = _Progress()
        try:
            sight = self._access.triggers.sight()
            for _ in self._read(window, progress):
                yield _extract(progress.taken(), _gap(window, "a part; the rest follows in the next batch"))
        except BudgetUsedUp as error:
            told = f"{progress.read} of {progress.found + progress.told} assets; "
            yield _extract(progress.taken(), _gap(window, told + used_up(error, "the days have to be read again")))
            return
        yield from self._claimed(window, progress, sight)

    def _read(self, window: DayWindow, progress: _Progress) -> Iterator[None]:
        """Read all assets of a window; stops whenever a batch is full."""
        found = self._found(window)
        told = self._access.landed.told_between(UNSEARCHED_EVENTS, window.start, window.end) - found
        progress.found, progress.told = len(found), len(told)
        for number, ids in enumerate(in_parts(sorted(found | told), IDS_PER_CALL)):
            if number and number % CALLS_PER_BATCH == 0:
                yield
            read_by_ids(self._access, ids, progress.reading)
            progress.read += len(ids)

    def _found(self, window: DayWindow) -> set[str]:
        access = self._access
        start, end = _in_seconds(window.start), _in_seconds(window.end + timedelta(microseconds=999_999))
        try:
            pages = all_pages("resources/search", lambda cursor: access.client.changed_between(start, end, cursor))
        except PermanentSourceError as error:
            raise PermanentSourceError(
                tried=f"to read past days of cloudinary/resources again, {window.label}",
                found=f"no answer of the search index: {error.found}",
                expected="the assets that were uploaded or updated in these days",
                remedy="run `assettrail ingest cloudinary`: where the index cannot be asked, it lists everything",
            ) from error
        items = (item for page in pages for item in page.items if access.is_wanted(item))
        return {asset_id for item in items if isinstance(asset_id := item.get("asset_id"), str)}

    def _claimed(self, window: DayWindow, progress: _Progress, sight: Sight) -> Iterator[Extract]:
        """The rest of the rows with the claim of what was seen, then that of the part of which something may lack."""
        reading = progress.taken()
        now = self._access.clock.now()
        # The index lags: what it has not told of the last minute is left to the stream's own reading.
        end = max(window.start, min(window.end, now - SHORTEST_OVERLAP))
        unseen_to = sight.unseen_to(window.start, end)
        claims = []
        if unseen_to is None or unseen_to < end:
            claims.append(_seen(unseen_to or window.start, end, window, progress))
        if unseen_to is not None:
            how = known_by(None, progress.refused or sight.hidden is None)
            reason = f"{window.label}: {sight.reason(window.start)}"
            claims.append(Claim(window.start, unseen_to, complete=False, how=how, detail=reason))
        for claim in claims:
            yield _extract(reading, claim)
            reading = Reading()


def _seen(start: datetime, end: datetime, window: DayWindow, progress: _Progress) -> Claim:
    told = (
        f"{window.label}: {progress.found} assets uploaded or last updated in it by the search index, read to the "
        f"page without a cursor, and {progress.told} more told by its notifications"
    )
    return Claim(
        window_from=start,
        window_to=end,
        complete=not progress.refused,
        how=known_by("end_marker", progress.refused),
        detail=f"{told}; {progress.refused} refused" if progress.refused else told,
    )


def _extract(reading: Reading, claim: Claim) -> Extract:
    return Extract(reading.rows, reading.quarantined, claim, None)


def _gap(window: DayWindow, reason: str) -> Claim:
    return Claim(window.start, window.end, complete=False, how=KNOWN_GAP, detail=f"{window.label}: {reason}")


def _in_seconds(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
