"""Bars: asset uses by week and by month, and one bar that is split by share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reports.drawing.paper import WIDTH, Tick
from reports.overview import MonthCount
from reports.text import day
from reports.where_used.rows import Week

PLOT_HEIGHT = 130
PLOT_LEFT = 46
WEEKS_AT_MOST = 160
MONTHS_AT_MOST = 36


@dataclass(frozen=True)
class WeekBar:
    """A week's column: the uses in order from below, the others on top."""

    x: float
    width: float
    y_in_order: float
    height_in_order: float
    y_other: float
    height_other: float


@dataclass(frozen=True)
class WeekPlot:
    """Asset uses by week."""

    width: int
    height: int
    left: int
    base: int
    bars: tuple[WeekBar, ...]
    levels: tuple[tuple[float, int], ...]
    ticks: tuple[Tick, ...]


def weeks_plot(weeks: Sequence[Week]) -> WeekPlot | None:
    """Return the picture of the newest weeks, those without a use left free."""
    if not weeks:
        return None
    shown = weeks[-WEEKS_AT_MOST:]
    first = shown[0].week_from
    slots = (shown[-1].week_from - first).days // 7 + 1
    step = (WIDTH - PLOT_LEFT - 4) / max(slots, 8)
    top = _round_up(max(week.asset_use_count for week in shown))
    base = 10 + PLOT_HEIGHT

    def column(week: Week) -> WeekBar:
        x = PLOT_LEFT + (week.week_from - first).days // 7 * step + step * 0.12
        good = round(PLOT_HEIGHT * week.in_order_count / top, 1)
        whole = round(PLOT_HEIGHT * week.asset_use_count / top, 1)
        return WeekBar(round(x, 1), round(step * 0.76, 1), base - good, good, base - whole, round(whole - good, 1))

    levels = tuple((round(base - PLOT_HEIGHT * share, 1), int(top * share)) for share in (0, 0.5, 1))
    return WeekPlot(WIDTH, base + 24, PLOT_LEFT, base, tuple(map(column, shown)), levels, _week_ticks(shown, step))


def months_plot(months: Sequence[MonthCount]) -> WeekPlot | None:
    """Return the picture of the newest months, those without a use left free."""
    if not months:
        return None
    shown = months[-MONTHS_AT_MOST:]
    first = _month_number(shown[0].month)
    slots = _month_number(shown[-1].month) - first + 1
    step = (WIDTH - PLOT_LEFT - 4) / max(slots, 8)
    top = _round_up(max(month.asset_use_count for month in shown))
    base = 10 + PLOT_HEIGHT

    def column(month: MonthCount) -> WeekBar:
        x = PLOT_LEFT + (_month_number(month.month) - first) * step + step * 0.12
        good = round(PLOT_HEIGHT * month.in_order_count / top, 1)
        whole = round(PLOT_HEIGHT * month.asset_use_count / top, 1)
        return WeekBar(round(x, 1), round(step * 0.76, 1), base - good, good, base - whole, round(whole - good, 1))

    bars = tuple(map(column, shown))
    ticks: list[Tick] = []
    for bar, month in zip(bars, shown, strict=True):
        if not ticks or bar.x - ticks[-1].x > 70:
            ticks.append(Tick(bar.x, f"{month.month:%Y-%m}"))
    levels = tuple((round(base - PLOT_HEIGHT * share, 1), int(top * share)) for share in (0, 0.5, 1))
    return WeekPlot(WIDTH, base + 24, PLOT_LEFT, base, bars, levels, tuple(ticks))


def _month_number(month: date) -> int:
    return month.year * 12 + month.month


def _week_ticks(weeks: Sequence[Week], step: float) -> tuple[Tick, ...]:
    """Return the day of the first week, then of those that have room for a label."""
    first = weeks[0].week_from
    ticks: list[Tick] = []
    for week in weeks:
        x = PLOT_LEFT + (week.week_from - first).days // 7 * step + step * 0.12
        if x + 74 < WIDTH and (not ticks or x - ticks[-1].x > 92):
            ticks.append(Tick(round(x, 1), day(week.week_from)))
    return tuple(ticks)


def _round_up(value: int) -> int:
    """Return the next even round number (2, 4, 10, 20, 40, 100, …), so that half of it is whole, too."""
    size = 1
    while True:
        for step in (2, 4, 10):
            if value <= step * size:
                return step * size
        size *= 10


@dataclass(frozen=True)
class Slice:
    """A part of a bar that is split by share."""

    x: float
    width: float
    code: str


def slices(counts: Sequence[tuple[str, int]], width: int = WIDTH) -> tuple[Slice, ...]:
    """Return the parts of one bar in the given order; a part that is not nothing is at least two units wide."""
    whole = sum(count for _, count in counts)
    if not whole:
        return ()
    wanted = [(code, max(2.0, width * count / whole)) for code, count in counts if count]
    scale = width / sum(part for _, part in wanted)
    parts: list[Slice] = []
    x = 0.0
    for code, part in wanted:
        parts.append(Slice(round(x, 1), round(part * scale, 1), code))
        x += part * scale
    return tuple(parts)
