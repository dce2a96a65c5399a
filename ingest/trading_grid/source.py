"""Trading Grid as a source: one stream per kind of object, complete when two counts agree.

Here belong claims and cursors. A stream is read on from the vendor's newest time of change that was seen,
less an overlap, so that neither clock has to be right. Where the mapping says that a listing shows everything, from
time to time everything is listed, and what it had is written into the raw store as an inventory, by which `absences`
finds what is gone. Not here: HTTP (`client`), the mapping (`streams`), records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from assettrail.clock import Clock
from assettrail.errors import ContractBroken
from assettrail.trading_grid_settings import TradingGridObject, TradingGridSettings
from ingest.extract import Claim, DayWindow, Extract, Row, known_by
from ingest.reading import Reading
from ingest.schema import stream_schema
from ingest.service_clock import ServiceClock
from ingest.strict import JsonObject
from ingest.trading_grid.absences import AbsenceReader
from ingest.trading_grid.client import Listing, TradingGridClient
from ingest.trading_grid.context import Context
from ingest.trading_grid.landed import ABSENCES, SYSTEM, Key, LandedObjects, inventory_bytes
from ingest.trading_grid.streams import has_time, key_of, latest_time, values_of

Cursor = Mapping[str, object]

_IN_WORDS: Mapping[str | None, str] = {
    "equal_counts": "{} objects read and counted",
    "end_marker": "{} objects read to the end that the service marks",
}


class TradingGridSource:
    """The streams that the mapping names."""

    name = "trading_grid"

    def __init__(
        self,
        client: TradingGridClient,
        settings: TradingGridSettings,
        contract: Mapping[str, TradingGridObject],
        clock: Clock,
        context: Context,
        keep_raw: Callable[[bytes], str],
        landed: LandedObjects,
        service_clock: ServiceClock | None = None,
    ) -> None:
        self.service_clock = service_clock or ServiceClock()
        self._client = client
        self._settings = settings
        self._contract = contract
        self._clock = clock
        self._context = context
        self._keep_raw = keep_raw
        base_url = (settings.base_url or "").rstrip("/")
        listed = {name: base_url + mapped.path for name, mapped in contract.items() if mapped.lists_all}
        self._absences = AbsenceReader(landed, listed, self._list_again, clock) if listed else None

    def streams_with_windows(self) -> tuple[str, ...]:
        """The streams that can be read by window: those whose mapping names a time of change."""
        return tuple(name for name, mapped in self._contract.items() if has_time(mapped))

    def streams(self) -> tuple[str, ...]:
        """The streams in landing order; what is gone comes behind all that it may be gone from."""
        return (*self._contract, *((ABSENCES,) if self._absences else ()))

    def extract(self, stream: str, since: Cursor | None) -> Extract:
        """All changed objects of a stream, or all there are where a full listing is due.

        Raises the client's errors; ContractBroken for an unmapped stream.
        """
        if stream == ABSENCES and self._absences:
            return self._absences.extract(since)
        mapped = self._contract.get(stream)
        if mapped is None:
            raise ContractBroken(
                tried=f"to extract trading_grid/{stream}",
                found="no such stream in the mapping",
                expected=f"one of {', '.join(self.streams())}",
                remedy="map it in trading_grid.objects, or do not ask for it",
            )
        now = self._clock.now()
        watermark = _time_of(since, "watermark")
        overlap = timedelta(minutes=self._settings.overlap_minutes)
        is_full = _is_full_listing_due(mapped, since, now)
        asked_from = watermark - overlap if watermark and not is_full else None
        listing = self._client.listing(mapped, asked_from, lambda item: key_of(stream, item, mapped.fields))
        reading = self._read(stream, mapped, listing)
        seen = self._newest(listing, mapped, watermark)
        read = self._extract(since, now, listing, reading, min(seen, now) if seen else None)
        if not listing.how:
            return read
        of_listing = {name: value for name, value in (since or {}).items() if name in {"listed_at", "listing"}}
        if is_full:
            of_listing["listed_at"] = now.isoformat()
            if read.claim.complete:
                of_listing["listing"] = self._keep_raw(inventory_bytes(now, _keys_of(stream, reading.rows)))
        return replace(read, cursor={**(read.cursor or {}), **of_listing})

    def _list_again(self, stream: str) -> frozenset[Key] | None:
        """The keys of all objects that are there now; None where the listing is not known to be whole."""
        mapped = self._contract[stream]
        listing = self._client.listing(mapped, None, lambda item: key_of(stream, item, mapped.fields))
        reading = self._read(stream, mapped, listing)
        return _keys_of(stream, reading.rows) if listing.how and not reading.quarantined else None

    def extract_window(self, stream: str, window: DayWindow) -> Extract:
        """All objects of a stream that were changed in a window, without a cursor. Raises as `extract`.

        The service is asked for everything since the window's beginning, as it takes no end; what was changed later is
        left to the stream's own reading. One whose time cannot be read is not left out. ContractBroken for a stream
        whose mapping has no time.
        """
        mapped = self._contract.get(stream)
        if mapped is None or not has_time(mapped):
            raise ContractBroken(
                tried=f"to read the window {window.start:%Y-%m-%d} of trading_grid/{stream} again",
                found="no such stream in the mapping" if mapped is None else "a mapping without a time of change",
                expected="a mapped time (updated_at_raw, at_raw or posted_at_raw), by which a window can be told",
                remedy="run `assettrail ingest trading_grid`: without such a time it reads every object each time",
            )
        listing = self._client.listing(mapped, window.start, lambda item: key_of(stream, item, mapped.fields))
        reading = self._read(stream, mapped, listing, window)
        doubts = list(listing.doubts)
        if reading.quarantined:
            doubts.append(f"{len(reading.quarantined)} objects could not be read")
        told = f"{window.label}: {listing.count} objects changed since then, {len(reading.rows)} of them last in it"
        claim = Claim(
            window_from=window.start,
            window_to=window.end,
            complete=not doubts,
            how=known_by(listing.how, reading.quarantined, listing.doubts),
            detail="; ".join([told, *doubts]),
        )
        return Extract(reading.rows, reading.quarantined, claim, None)

    def _is_in(self, record: JsonObject, mapped: TradingGridObject, window: DayWindow | None) -> bool:
        """Whether a record belongs to the window; one without a readable time is not left out."""
        time = latest_time(record, mapped, self._context) if window else None
        return window is None or time is None or window.start <= time < window.end

    def _read(
        self, stream: str, mapped: TradingGridObject, listing: Listing, window: DayWindow | None = None
    ) -> Reading:
        reading = Reading()
        read = values_of(stream, mapped, self._context)
        for page in listing.pages:
            if page.records:
                raw_hash = self._keep_raw(page.answer.body)
                for number, record in enumerate(page.records):
                    if self._is_in(record, mapped, window):
                        reading.read_each([record], read, page.answer.uri, raw_hash, number)
        return reading

    def _newest(self, listing: Listing, mapped: TradingGridObject, watermark: datetime | None) -> datetime | None:
        """The newest time of change among the objects read and before, by the vendor's clock."""
        times = [latest_time(record, mapped, self._context) for page in listing.pages for record in page.records]
        return max((time for time in [*times, watermark] if time is not None), default=None)

    @staticmethod
    def _extract(
        since: Cursor | None, now: datetime, listing: Listing, reading: Reading, newest: datetime | None
    ) -> Extract:
        """The batch with its claim; a listing whose counts never agreed is read again from the same place."""
        doubts = list(listing.doubts)
        if reading.quarantined:
            doubts.append(f"{len(reading.quarantined)} objects could not be read")
        claim = Claim(
            window_from=_time_of(since, "window_to"),
            window_to=now,
            complete=not doubts,
            how=known_by(listing.how, reading.quarantined, listing.doubts),
            detail="; ".join([_IN_WORDS.get(listing.how, "{} objects read").format(listing.count), *doubts]),
        )
        cursor: Cursor | None = {
            "watermark": newest.isoformat() if newest else None,
            "window_to": now.isoformat(),
        }
        return Extract(reading.rows, reading.quarantined, claim, cursor if listing.how else since)


def _is_full_listing_due(mapped: TradingGridObject, since: Cursor | None, now: datetime) -> bool:
    """Whether everything is to be listed: by the mapping, and as long as nothing was ever listed whole."""
    listed_at = _time_of(since, "listed_at")
    return mapped.lists_all and (listed_at is None or now - listed_at >= timedelta(hours=mapped.full_listing_hours))


def _keys_of(stream: str, rows: Sequence[Row]) -> frozenset[Key]:
    names = stream_schema(SYSTEM, stream).key
    return frozenset(tuple(str(row.values[name]) for name in names) for row in rows)


def _time_of(cursor: Cursor | None, name: str) -> datetime | None:
    value = (cursor or {}).get(name)
    return datetime.fromisoformat(value).astimezone(UTC) if isinstance(value, str) else None
