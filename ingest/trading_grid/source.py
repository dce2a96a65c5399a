"""Trading Grid as a source: one stream per kind of object, complete when two counts agree.

Here belong claims and cursors. A stream is read on from the vendor's newest time of change that was seen,
less an overlap, so that neither clock has to be right. Not here: HTTP (`client`), the mapping (`streams`),
records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from assettrail.clock import Clock
from assettrail.errors import ContractBroken
from assettrail.settings import TradingGridObject, TradingGridSettings
from ingest.extract import Claim, Extract
from ingest.reading import Reading
from ingest.trading_grid.client import Listing, TradingGridClient
from ingest.trading_grid.records import Context
from ingest.trading_grid.streams import key_of, latest_time, values_of

Cursor = Mapping[str, object]


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
    ) -> None:
        self._client = client
        self._settings = settings
        self._contract = contract
        self._clock = clock
        self._context = context
        self._keep_raw = keep_raw

    def streams(self) -> tuple[str, ...]:
        """The streams in landing order."""
        return tuple(self._contract)

    def extract(self, stream: str, since: Cursor | None) -> Extract:
        """All changed objects of a stream. Raises the client's errors; ContractBroken for an unmapped stream."""
        mapped = self._contract.get(stream)
        if mapped is None:
            raise ContractBroken(
                tried=f"to extract trading_grid/{stream}",
                found="no such stream in the mapping",
                expected=f"one of {', '.join(self._contract)}",
                remedy="map it in trading_grid.objects, or do not ask for it",
            )
        now = self._clock.now()
        watermark = _time_of(since, "watermark")
        overlap = timedelta(minutes=self._settings.overlap_minutes)
        asked_from = watermark - overlap if watermark else None
        listing = self._client.listing(mapped, asked_from, lambda item: key_of(stream, item, mapped.fields))
        reading = self._read(stream, mapped, listing)
        seen = _newest(listing, mapped, watermark)
        return self._extract(since, now, listing, reading, min(seen, now) if seen else None)

    def _read(self, stream: str, mapped: TradingGridObject, listing: Listing) -> Reading:
        reading = Reading()
        read = values_of(stream, mapped, self._context)
        for page in listing.pages:
            if page.records:
                raw_hash = self._keep_raw(page.answer.body)
                reading.read_each(page.records, read, page.answer.uri, raw_hash)
        return reading

    @staticmethod
    def _extract(
        since: Cursor | None, now: datetime, listing: Listing, reading: Reading, newest: datetime | None
    ) -> Extract:
        """The batch with its claim; a listing whose counts never agreed is read again from the same place."""
        doubts = []
        if not listing.is_counted:
            doubts.append("the objects changed in number or place while they were read")
        if reading.quarantined:
            doubts.append(f"{len(reading.quarantined)} objects could not be read")
        claim = Claim(
            window_from=_time_of(since, "window_to"),
            window_to=now,
            complete=not doubts,
            how="unknown" if doubts else "equal_counts",
            detail="; ".join([f"{listing.total} objects counted by the service", *doubts]),
        )
        cursor: Cursor | None = {
            "watermark": newest.isoformat() if newest else None,
            "window_to": now.isoformat(),
        }
        return Extract(reading.rows, reading.quarantined, claim, cursor if listing.is_counted else since)


def _newest(listing: Listing, mapped: TradingGridObject, watermark: datetime | None) -> datetime | None:
    """The newest time of change among the objects read and before, by the vendor's clock."""
    times = [latest_time(record, mapped.fields) for page in listing.pages for record in page.records]
    return max((time for time in [*times, watermark] if time is not None), default=None)


def _time_of(cursor: Cursor | None, name: str) -> datetime | None:
    value = (cursor or {}).get(name)
    return datetime.fromisoformat(value).astimezone(UTC) if isinstance(value, str) else None
