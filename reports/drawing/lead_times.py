"""Lead times: how long what was approved took to be referenced, and then to be sent, a row for each.

Here belongs the geometry of two lengths after each other; what happened in another order is told by the figures only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.drawing.paper import WIDTH, Tick

LABEL_WIDTH = 220
ROW_HEIGHT = 26
ROWS_AT_MOST = 20
HOURS_A_DAY = 24


@dataclass(frozen=True)
class LeadTime:
    """The hours of one row: from approved to referenced, and from referenced to sent; None where one is missing."""

    label: str
    to_referenced: int | None
    to_sent: int | None


@dataclass(frozen=True)
class LeadBar:
    """A row of the picture: where its two parts begin and how wide they are."""

    y: int
    label: str
    x: float
    referenced_width: float
    sent_width: float


@dataclass(frozen=True)
class LeadTimes:
    """The picture; the axis counts days."""

    width: int
    height: int
    left: int
    bars: tuple[LeadBar, ...]
    ticks: tuple[Tick, ...]


def lead_times(rows: Sequence[LeadTime]) -> LeadTimes | None:
    """Return the picture of the rows that have a length to show, at most `ROWS_AT_MOST`, the longest first."""
    drawn = sorted((row for row in rows if _length(row) > 0), key=_length, reverse=True)[:ROWS_AT_MOST]
    if not drawn:
        return None
    days = max(1, -(-_length(drawn[0]) // HOURS_A_DAY))
    step = (WIDTH - LABEL_WIDTH - 60) / (days * HOURS_A_DAY)

    def bar(index: int, row: LeadTime) -> LeadBar:
        parts = (max(0, row.to_referenced or 0) * step, max(0, row.to_sent or 0) * step)
        return LeadBar(8 + index * ROW_HEIGHT, row.label, LABEL_WIDTH, round(parts[0], 1), round(parts[1], 1))

    shares = (0, 0.5, 1) if days % 2 == 0 else (0, 1)
    ticks = tuple(
        Tick(round(LABEL_WIDTH + days * HOURS_A_DAY * step * share, 1), f"{int(days * share)} days") for share in shares
    )
    height = 8 + ROW_HEIGHT * len(drawn) + 26
    return LeadTimes(WIDTH, height, LABEL_WIDTH, tuple(bar(index, row) for index, row in enumerate(drawn)), ticks)


def _length(row: LeadTime) -> int:
    return max(0, row.to_referenced or 0) + max(0, row.to_sent or 0)
