"""Arithmetic of windows: periods that touch made one, periods cut out of others, and what claims cover.

Here belong pure functions over periods, for whoever asks what is known: the command line, the pages. What a claim is
stands in `ingest.extract`, who reads claims in `ingest.claims` and `reports.completeness`. All instants are in UTC; a
window without a beginning reaches back to the first record of its source.
Rule: DESIGN.md §2.3, a report never says "none" where the claims do not cover its period.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol

BEGINNING = datetime.min.replace(tzinfo=UTC)

QUEUES = frozenset({("cloudinary", "notifications")})
"""Streams whose records come once: an acknowledged message is never read again."""

Window = tuple[datetime | None, datetime]


class Claimed(Protocol):
    """What the arithmetic needs of a claim. `is_covering`: complete, and its batch accepted."""

    @property
    def window(self) -> Window:
        """The period that the claim speaks of."""
        ...

    @property
    def is_covering(self) -> bool:
        """Whether the claim is complete and its batch accepted."""
        ...

    @property
    def outcome(self) -> str:
        """Where the batch stands: accepted, held or rejected."""
        ...

    @property
    def quarantined_count(self) -> int:
        """How many records of the batch went to quarantine."""
        ...


def covered_windows(claims: Sequence[Claimed], *, is_queue: bool) -> tuple[Window, ...]:
    """Return the periods that complete, accepted claims of one stream cover; windows that touch are one.

    What a queue gave once and a batch then lost (held, rejected, in quarantine) is cut out of every claim, since no
    later reading can make up for it; elsewhere a part that is held or rejected voids the claims of the same window.
    """
    undecided = {claim.window for claim in claims if claim.outcome != "accepted"}
    if not is_queue:
        return merge_windows(claim.window for claim in claims if claim.is_covering and claim.window not in undecided)
    lost = undecided | {claim.window for claim in claims if claim.quarantined_count}
    return cut_windows(merge_windows(claim.window for claim in claims if claim.is_covering), lost)


def merge_windows(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Return the windows with those that touch or overlap made one, in order."""
    merged: list[Window] = []
    for start, end in sorted(windows, key=lambda window: (window[0] or BEGINNING, window[1])):
        if merged and (start is None or start <= merged[-1][1]):
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)


def cut_windows(windows: Iterable[Window], lost: Iterable[Window]) -> tuple[Window, ...]:
    """Return what is left of the windows without the lost periods; both keep their ends."""
    left = list(windows)
    for lost_from, lost_to in lost:
        start = lost_from or BEGINNING
        pieces: list[Window] = []
        for begins, ends in left:
            if lost_to <= (begins or BEGINNING) or start >= ends:
                pieces.append((begins, ends))
                continue
            if (begins or BEGINNING) < start:
                pieces.append((begins, start))
            if lost_to < ends:
                pieces.append((lost_to, ends))
        left = pieces
    return tuple(left)
