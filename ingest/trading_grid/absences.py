"""The stream `object_absences`: objects that a complete full listing lacks though the service told of them before.

Here belongs the comparison of the last inventories with what landed. An object counts as absent only by a listing that
was read to its end without a refused object, and only when a second one that is read at once lacks it, too: an object
that moved in the listing while both were read is there. One that is told of again is there again, too. Not here: when
everything is listed (`source`), and what landed (`landed`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from assettrail.clock import Clock
from ingest.extract import UNKNOWN, Claim, Extract
from ingest.reading import Reading, Values
from ingest.schema import stream_schema
from ingest.strict import canonical_json
from ingest.trading_grid.landed import ABSENCES, SYSTEM, Inventory, Key, LandedObjects

STREAMS_WITH_ABSENCES = ("communities", "partners", "members", "publications")
"""The streams of which an object that is gone means something: what it was shows, and that it is no more."""

ListAgain = Callable[[str], frozenset[Key] | None]
"""Reads a stream's full listing once more: the keys of its objects; None where it cannot be believed to be whole."""


class AbsenceReader:
    """Reads the absences of the streams whose listing shows everything; `uris` are their addresses."""

    def __init__(self, landed: LandedObjects, uris: Mapping[str, str], list_again: ListAgain, clock: Clock) -> None:
        self._landed = landed
        self._uris = uris
        self._list_again = list_again
        self._clock = clock

    def extract(self, since: Mapping[str, object] | None) -> Extract:
        """What the newest complete listings lack, and what is there again; without a new one only the latter."""
        compared = _listings_of(since)
        reading, doubts, began, is_new = Reading(), [], [], False
        for stream, uri in self._uris.items():
            cursor = self._landed.cursor(stream)
            listing = cursor.get("listing")
            if not isinstance(listing, str):
                doubts.append(f"no full listing of {stream} was read to its end yet")
                continue
            inventory = self._landed.inventory(listing)
            began.append(inventory.began)
            rows = list(self._there_again(stream, inventory))
            if compared.get(stream) != listing:
                absent = self._absent(stream, inventory, compared.get(stream))
                if absent is None:
                    doubts.append(f"{stream}: the second listing of what the first one lacks has no sure end")
                else:
                    compared[stream], is_new = listing, True
                    rows += absent
            reading.add(rows, uri, listing)
        claim = self._claim(since, began, doubts, reading, is_new=is_new)
        covered = claim.window_to.isoformat() if claim.complete else (since or {}).get("window_to")
        return Extract(reading.rows, [], claim, {"window_to": covered, "listings": compared})

    def _absent(self, stream: str, listed: Inventory, earlier: str | None) -> Sequence[Values] | None:
        """The objects that a listing lacks and that were not told to be absent since; None where nobody is sure."""
        missing = dict(self._landed.lacking(stream, listed.keys, listed.began))
        if earlier is not None:
            before = self._landed.inventory(earlier)
            for key in before.keys - listed.keys:
                missing[key] = max(before.began, missing.get(key, before.began))
        told = self._landed.absences(stream)
        news = {
            key: seen
            for key, seen in missing.items()
            if not (key in told and told[key].is_absent and seen <= told[key].at)
        }
        if not news:
            return []
        again = self._list_again(stream)
        if again is None:
            return None
        return [
            _values(stream, key, listed.began, seen, is_absent=True)
            for key, seen in sorted(news.items())
            if key not in again
        ]

    def _there_again(self, stream: str, listed: Inventory) -> Sequence[Values]:
        """The objects that were told to be absent, and that the service listed or told of since."""
        absent = {key: word.at for key, word in self._landed.absences(stream).items() if word.is_absent}
        back = dict(self._landed.read_since(stream, absent))
        for key, at in absent.items():
            if key in listed.keys and listed.began > at:
                back[key] = max(listed.began, back.get(key, listed.began))
        return [_values(stream, key, at, at, is_absent=False) for key, at in sorted(back.items())]

    def _claim(
        self,
        since: Mapping[str, object] | None,
        began: Sequence[datetime],
        doubts: Sequence[str],
        reading: Reading,
        *,
        is_new: bool,
    ) -> Claim:
        window_to = (since or {}).get("window_to")
        window_from = datetime.fromisoformat(window_to).astimezone(UTC) if isinstance(window_to, str) else None
        if doubts:
            now = self._clock.now()
            end = max(now, window_from or now)
            return Claim(window_from, end, complete=False, how=UNKNOWN, detail="; ".join(doubts))
        covered = max(min(began), window_from or min(began))
        if not is_new:
            detail = f"no full listing since {covered.isoformat()}"
            return Claim(covered, covered, complete=True, how="manifest", detail=detail)
        absent = sum(bool(row.values["is_absent"]) for row in reading.rows)
        detail = (
            f"the inventories of full listings that began at {covered.isoformat()} or later, compared with all that "
            f"was told before: {absent} absent"
        )
        return Claim(window_from, covered, complete=True, how="manifest", detail=detail)


def _listings_of(since: Mapping[str, object] | None) -> dict[str, str]:
    listings = (since or {}).get("listings")
    return {str(stream): str(listing) for stream, listing in listings.items()} if isinstance(listings, Mapping) else {}


def _values(stream: str, key: Key, at: datetime, seen_at: datetime, *, is_absent: bool) -> Values:
    columns = stream_schema(SYSTEM, ABSENCES).columns
    names: dict[str, object] = dict(zip(stream_schema(SYSTEM, stream).key, key, strict=True))
    return {
        "stream": stream,
        "object_key": canonical_json(list(key)),
        "listed_at_raw": at.isoformat(),
        "last_seen_at_raw": seen_at.isoformat(),
        "is_absent": is_absent,
        **{name: names.get(name) for name in columns if name.endswith("_id")},
    }
