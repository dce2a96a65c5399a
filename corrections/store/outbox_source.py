"""The store as a source of landing: changes of corrections' states, dispositions of exceptions, and accesses.

Here belongs reading the store for the warehouse: where a stream goes on, what is claimed of it. What lands of a row is
`landed_rows`; how a source lands is `ingest.run`.

A write is made after the row that says that it begins was committed, and what is shown after its access was, so that
whatever a vendor shows, or anybody saw, up to the end of a claim has its row in it. Transactions of the store follow
one another, so that no row appears behind one with a higher number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from assettrail.errors import ContractBroken
from assettrail.settings import Settings
from corrections.store.database import is_absent, open_store
from corrections.store.landed_rows import STREAMS, OutboxStream
from evidence.leaves import canonical_json
from ingest.extract import KNOWN_GAP, Claim, Extract, Row
from ingest.landing_store import LandingStore

AT_ONCE: Final = 20_000
"""Rows that one batch lands; those behind follow in the next."""
_UNTIL: Final = "window_to"


@dataclass
class OutboxSource:
    """The streams of the store, oldest row first; reads only."""

    settings: Settings
    store: LandingStore
    name: str = "corrections"
    at_once: int = AT_ONCE

    def streams(self) -> tuple[str, ...]:
        """Return the streams in landing order."""
        return tuple(STREAMS)

    def extract(self, stream: str, since: Mapping[str, object] | None) -> Extract:
        """Return the rows behind the cursor, as the store has them in one transaction.

        The window ends at the house clock's time before that transaction. Where more than `at_once` rows wait, the
        claims of all batches but the last are not complete. Raises ContractBroken for another stream,
        ConfigurationError when the store cannot be opened.
        """
        chosen = STREAMS.get(stream)
        if chosen is None:
            raise ContractBroken(
                tried=f"to read the stream {stream} of the outbox",
                found="no such stream",
                expected=", ".join(STREAMS),
                remedy="correct the name",
            )
        after, start = _place_of(chosen, since)
        until = self.store.clock.now()
        until = max(until, start or until)
        found, waiting = ([], 0) if is_absent(self.settings) else self._behind(chosen, after)
        raw = canonical_json(found)
        raw_hash = self.store.put_raw(raw) if found else ""
        rows = [
            Row(chosen.landed(values), f"outbox://corrections/{stream}/{values[chosen.number]}", raw_hash)
            for values in found
        ]
        newest = max((int(str(values[chosen.number])) for values in found), default=after)
        told = f"{len(rows)} {chosen.what} behind number {after}, read and counted"
        if waiting > len(rows):
            part = Claim(start, until, complete=False, how=KNOWN_GAP, detail=f"{told}; the rest follows")
            return Extract(rows, (), part, _place(chosen, newest, start), more=True)
        whole = Claim(start, until, complete=True, how="equal_counts", detail=told)
        return Extract(rows, (), whole, _place(chosen, newest, until))

    def _behind(self, stream: OutboxStream, after: int) -> tuple[list[dict[str, object]], int]:
        """Return the next rows behind a number, and how many there are behind it."""
        with open_store(self.settings) as outbox, outbox.begin() as session:
            waiting = stream.count(session, after)
            found = stream.read(session, after, self.at_once)
        if len(found) != min(waiting, self.at_once):
            raise ContractBroken(
                tried=f"to read the {stream.what} in the store",
                found=f"{len(found)} of {waiting}, as what they belong to is missing",
                expected="all of them",
                remedy="restore the outbox's database from its backup; nothing was landed",
            )
        return found, waiting


def _place(stream: OutboxStream, number: int, until: datetime | None) -> dict[str, object]:
    """The cursor of a stream: the number of the last row that lands, the end of the last complete claim."""
    return {stream.number: number} | ({} if until is None else {_UNTIL: until.isoformat()})


def _place_of(stream: OutboxStream, since: Mapping[str, object] | None) -> tuple[int, datetime | None]:
    """The number of the last row that has landed, and the end of the last complete claim."""
    if since is None:
        return 0, None
    until = since.get(_UNTIL)
    return int(str(since[stream.number])), None if until is None else datetime.fromisoformat(str(until))
