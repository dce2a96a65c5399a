"""What a page shows of our own store (corrections, dispositions, accesses …): how many, read when, known until when.

Here belongs what such a page can know. The store is where these records are written, so that nothing of them is missing
there; the warehouse has them as far as they have landed, and other records may rest on that. What claims cover is
`completeness`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.completeness import StreamCoverage
from reports.text import instant


@dataclass(frozen=True)
class OwnRecords:
    """What a page read from our store: so many of so many, at an instant in UTC. `streams` are what they land as.

    `snapshot` is the newest one and `landed_until` the end of what its complete claims cover of all these streams; None
    where there is none.
    """

    what: str
    fitting_count: int
    total_count: int
    read_at: datetime
    streams: tuple[tuple[str, str], ...] = ()
    snapshot: str | None = None
    landed_until: datetime | None = None

    @property
    def sentence(self) -> str:
        """What the page can know of them, in two sentences at most."""
        read_at = instant(self.read_at.replace(microsecond=0))
        told = (
            f"{self.fitting_count:,} of {self.total_count:,} {self.what}, read at {read_at} UTC "
            "from the store in which they are written: none that was written before is missing."
        )
        if not self.streams:
            return told
        if self.snapshot is None or self.landed_until is None:
            return f"{told} None of them is claimed to have landed in a snapshot yet."
        return f"{told} The snapshot {self.snapshot} holds those until {instant(self.landed_until)} UTC."


def landed_until(coverage: Sequence[StreamCoverage], streams: Sequence[tuple[str, str]]) -> datetime | None:
    """Return the end of what complete claims cover of all these streams, None where one has no complete claim."""
    ends = {(each.system, each.stream): max((end for _, end in each.windows), default=None) for each in coverage}
    reached = [ends.get(stream) for stream in streams]
    known = [end for end in reached if end is not None]
    return min(known) if known and len(known) == len(reached) else None
