"""A vendor that a killed reader cannot confuse: a queue that forgets what is acknowledged, and a list that does not.

Here belongs a source with the two ways in which vendors are read, made small so that hundreds of kills take minutes.
Its state lies outside the home; what it was asked to forget is remembered, as the judge of what may have been lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from ingest.extract import Claim, Extract, Quarantined, Row

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
MESSAGES = 24
MESSAGES_PER_BATCH = 9
COMMUNITIES = 10
COMMUNITIES_PER_BATCH = 4
BROKEN = frozenset({5, 17})


class Vendor:
    """Streams `accesses` (a queue with acknowledgement) and `communities` (a list with a cursor)."""

    name = "trading_grid"

    def __init__(self, folder: Path, keep_raw: Callable[[bytes], str]) -> None:
        self._forgotten = folder / "forgotten.json"
        self._keep_raw = keep_raw

    def streams(self) -> tuple[str, ...]:
        """The two streams."""
        return ("communities", "accesses")

    def extract(self, stream: str, since: Mapping[str, object] | None) -> Extract:
        """The next batch of a stream."""
        return self._queue() if stream == "accesses" else self._list(int(str((since or {}).get("next", 0))))

    def forgotten(self) -> set[int]:
        """The messages that the vendor will not give again."""
        return set(json.loads(self._forgotten.read_text())) if self._forgotten.exists() else set()

    def _queue(self) -> Extract:
        waiting = sorted(set(range(MESSAGES)) - self.forgotten())
        given = waiting[:MESSAGES_PER_BATCH]
        raw_hash = self._keep_raw(json.dumps(given).encode())
        rows = [_access(number, raw_hash) for number in given if number not in BROKEN]
        refused = [
            Quarantined("vendor:queue", raw_hash, number, "no record", f"{number:064x}")
            for number in given
            if number in BROKEN
        ]
        claim = Claim(None, NOON, complete=True, how="end_marker", detail="")
        more = len(waiting) > len(given)
        return Extract(rows, refused, claim, {}, more=more, acknowledge=lambda: self._forget(given))

    def _forget(self, given: list[int]) -> None:
        temporary = self._forgotten.with_suffix(".tmp")
        temporary.write_text(json.dumps(sorted(self.forgotten() | set(given))))
        temporary.replace(self._forgotten)

    def _list(self, first: int) -> Extract:
        given = range(first, min(first + COMMUNITIES_PER_BATCH, COMMUNITIES))
        raw_hash = self._keep_raw(json.dumps(list(given)).encode())
        values = [{"community_id": f"C-{n}", "name": f"Community {n}", "status": "active"} for n in given]
        claim = Claim(None, NOON, complete=True, how="equal_counts", detail="")
        following = given.stop
        rows = [Row(each, "vendor:list", raw_hash) for each in values]
        return Extract(rows, [], claim, {"next": following}, more=following < COMMUNITIES)


def _access(number: int, raw_hash: str) -> Row:
    values = {
        "access_id": f"A-{number}",
        "publication_id": "P-1",
        "partner_id": "partner-1",
        "kind": "opened",
        "at_raw": "2026-02-01T10:00:00Z",
    }
    return Row(values, "vendor:queue", raw_hash)
