"""The geometry of the pictures: validity bars, lineage in columns, a timeline of versions, bars by week.

Here belong pure functions from rows to coordinates; `templates/drawings.html` writes them as SVG, styled by class.
Every picture has the same figures as text beside it, and none tells anything by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from reports.dossier import Dossier, Use
from reports.text import day, instant, short
from reports.where_used import Approval, Version, Week

WIDTH = 880
LABEL_WIDTH = 150
LANE_HEIGHT = 26
BAR_HEIGHT = 12
REACH = timedelta(days=400)
LANES_AT_MOST = 24


@dataclass(frozen=True)
class Bar:
    """A period on a lane; `cut_left`/`cut_right` say that it goes on beyond the picture."""

    x: float
    width: float
    cut_left: bool
    cut_right: bool
    tone: str


@dataclass(frozen=True)
class Lane:
    """A named line of the picture."""

    y: int
    label: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Tick:
    """A labelled place on the axis of time."""

    x: float
    label: str


@dataclass(frozen=True)
class Timeline:
    """Lanes over an axis of time, with an instant marked where there is one. Lengths are SVG units."""

    width: int
    height: int
    left: int
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    marker: Tick | None
    description: str


Period = tuple[datetime | None, datetime | None, str]


@dataclass(frozen=True)
class _Axis:
    start: datetime
    end: datetime

    def x(self, moment: datetime) -> float:
        share = (moment - self.start) / (self.end - self.start)
        return round(LABEL_WIDTH + share * (WIDTH - LABEL_WIDTH - 8), 1)

    def bar(self, period: Period) -> Bar | None:
        begins, ends, tone = period
        left, right = begins or self.start, ends or self.end
        if right < self.start or left > self.end or right <= left:
            return None
        x_left, x_right = self.x(max(left, self.start)), self.x(min(right, self.end))
        cut_left = begins is None or begins < self.start
        return Bar(x_left, max(2.0, round(x_right - x_left, 1)), cut_left, ends is None or ends > self.end, tone)


def validity(use: Use) -> Timeline | None:
    """Return the picture of a use: version live, approval recorded, declared validity, and the composition marked."""
    lanes: list[tuple[str, list[Period]]] = []
    if use.version_live_from is not None:
        lanes.append(("Version live", [(use.version_live_from, use.version_live_to, "version")]))
    if use.granted_at is not None:
        lanes.append(("Approval given", [(use.granted_at, use.ended_at, "approval")]))
        lanes.append(("Declared validity", [(use.valid_from, use.valid_to, "validity")]))
    if not lanes:
        return None
    return _timeline(lanes, use.generated_at, "; ".join(_lane_text(lane) for lane in lanes))


def versions_over_time(
    versions: Sequence[Version], approvals: Sequence[Approval], until: datetime | None
) -> Timeline | None:
    """Return the picture of an asset: a lane for each of the newest versions and one for its approvals."""
    lanes: list[tuple[str, list[Period]]] = []
    for version in versions[: LANES_AT_MOST // 2]:
        mine = [approval for approval in approvals if approval.etag == version.etag and _same(approval, version)]
        lanes.append((f"v{version.version_number} live", [(version.live_from, version.live_to, "version")]))
        if mine:
            lanes.append(("approved", [(*_in_force(approval), "approval") for approval in mine]))
    if not lanes:
        return None
    return _timeline(lanes, None, "; ".join(_lane_text(lane) for lane in lanes), until)


def _same(approval: Approval, version: Version) -> bool:
    return approval.asset_version_key in (None, version.asset_version_key)


def _in_force(approval: Approval) -> tuple[datetime, datetime | None]:
    ends = [end for end in (approval.ended_at, approval.valid_to) if end is not None]
    begins = [begin for begin in (approval.granted_at, approval.valid_from) if begin is not None]
    return max(begins), min(ends, default=None)


def _lane_text(lane: tuple[str, list[Period]]) -> str:
    label, periods = lane
    spans = (f"{instant(begins, 'no beginning')} to {instant(ends, 'no end recorded')}" for begins, ends, _ in periods)
    return f"{label} {', '.join(spans)}"


def _timeline(
    lanes: list[tuple[str, list[Period]]],
    marked: datetime | None,
    description: str,
    until: datetime | None = None,
) -> Timeline:
    axis = _axis([period for _, periods in lanes for period in periods], marked, until)
    drawn = tuple(
        Lane(index * LANE_HEIGHT + 26, label, tuple(bar for bar in map(axis.bar, periods) if bar is not None))
        for index, (label, periods) in enumerate(lanes)
    )
    height = 26 + LANE_HEIGHT * len(lanes) + 24
    marker = None if marked is None else Tick(axis.x(marked), f"composed {instant(marked)}")
    return Timeline(WIDTH, height, LABEL_WIDTH, drawn, _ticks(axis), marker, description)


def _axis(periods: Iterable[Period], marked: datetime | None, until: datetime | None) -> _Axis:
    """Return an axis that holds every instant, but no more than `REACH` around a marked one."""
    instants = [moment for begins, ends, _ in periods for moment in (begins, ends) if moment is not None]
    instants += [moment for moment in (marked, until) if moment is not None]
    start, end = min(instants), max(instants)
    if marked is not None:
        start, end = max(start, marked - REACH), min(end, marked + REACH)
    room = max((end - start) * 0.06, timedelta(hours=1))
    return _Axis(start - room, end + room)


def _ticks(axis: _Axis) -> tuple[Tick, ...]:
    """Return the ends and the middle of the axis by their days."""
    length = axis.end - axis.start
    places = [axis.start + length * share for share in (0.02, 0.34, 0.66, 0.98)]
    labels = [instant(place)[:16] if length < timedelta(days=4) else day(place) for place in places]
    return tuple(Tick(axis.x(place), label) for place, label in zip(places, labels, strict=True))


# Lineage -------------------------------------------------------------------------------------------------------------

NODE_WIDTH = 184
NODE_HEIGHT = 46
COLUMN_GAP = 36
ROW_GAP = 12
TITLE_LENGTH = 22


@dataclass(frozen=True)
class Node:
    """A box of the lineage."""

    key: str
    column: int
    x: int
    y: float
    title: str
    detail: str
    tone: str


@dataclass(frozen=True)
class Edge:
    """A line from one box to another, as an SVG path."""

    path: str


@dataclass(frozen=True)
class Lineage:
    """Communication, renderings, uses, versions and approvals in columns."""

    width: int
    height: int
    columns: tuple[Tick, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    node_width: int = NODE_WIDTH
    node_height: int = NODE_HEIGHT


@dataclass(frozen=True)
class _Box:
    key: str
    title: str
    detail: str
    tone: str = "plain"


COLUMNS = ("Communication", "Rendering", "Asset use", "Asset version", "Approval")


def lineage(dossier: Dossier) -> Lineage | None:
    """Return the lineage of a communication; a version or approval that several uses share is one box."""
    if not dossier.findings:
        return None
    chains = [_chain(dossier, finding.use) for finding in dossier.findings]
    ys: dict[str, float] = {}
    for index, chain in enumerate(chains):
        ys[chain[2].key] = 34 + index * (NODE_HEIGHT + ROW_GAP)
    for column in (1, 0, 3, 4):
        _place(ys, chains, column)
    boxes = {box.key: (column, box) for chain in chains for column, box in enumerate(chain)}
    nodes = tuple(
        Node(key, column, column * (NODE_WIDTH + COLUMN_GAP), ys[key], box.title, box.detail, box.tone)
        for key, (column, box) in boxes.items()
    )
    at = {node.key: node for node in nodes}
    links = dict.fromkeys((one.key, other.key) for chain in chains for one, other in pairwise(chain))
    edges = tuple(Edge(_curve(at[one], at[other])) for one, other in links)
    width = len(COLUMNS) * NODE_WIDTH + (len(COLUMNS) - 1) * COLUMN_GAP
    columns = tuple(Tick(index * (NODE_WIDTH + COLUMN_GAP), name) for index, name in enumerate(COLUMNS))
    return Lineage(width + 2, int(max(ys.values())) + NODE_HEIGHT + 4, columns, nodes, edges)


def _place(ys: dict[str, float], chains: list[list[_Box]], column: int) -> None:
    """Give each box of a column the mean height of the uses that it belongs to, without touching the one above."""
    means: dict[str, list[float]] = {}
    for chain in chains:
        means.setdefault(chain[column].key, []).append(ys[chain[2].key])
    free = 34.0
    for key, heights in sorted(means.items(), key=lambda item: sum(item[1]) / len(item[1])):
        ys[key] = max(free, round(sum(heights) / len(heights), 1))
        free = ys[key] + NODE_HEIGHT + ROW_GAP


def _chain(dossier: Dossier, use: Use) -> list[_Box]:
    """Return the five boxes of one use; where a record is missing, a box that says so."""
    letter = dossier.communication
    return [
        _Box(
            f"c:{letter.communication_key}", short(letter.communication_id, TITLE_LENGTH), instant(letter.generated_at)
        ),
        _Box(
            f"r:{use.rendering_id}",
            short(use.channel_code or "channel unknown", TITLE_LENGTH),
            short(use.rendering_id, 24),
        ),
        _Box(
            f"u:{use.asset_use_key}",
            short(use.placeholder_name or f"use {use.ordinal}", TITLE_LENGTH),
            use.words.name,
            use.words.tone,
        ),
        _version_box(use),
        _approval_box(use),
    ]


def _version_box(use: Use) -> _Box:
    name = short(use.name, TITLE_LENGTH)
    if use.asset_version_key:
        return _Box(f"v:{use.asset_version_key}", name, f"version {use.version_number}")
    if use.rests_on_several:
        return _Box(f"v?:{use.asset_use_key}", name, "several versions fit")
    return _Box(f"v?:{use.asset_use_key}", name, "version not known", "missing")


def _approval_box(use: Use) -> _Box:
    if use.approval_key:
        approver = short(use.approver_id or "approver unknown", TITLE_LENGTH)
        return _Box(f"p:{use.approval_key}", approver, instant(use.granted_at))
    if use.rests_on_several:
        return _Box(f"p?:{use.asset_use_key}", "several approvals", "one for each version")
    return _Box(f"p?:{use.asset_version_key or use.asset_use_key}", "no approval", "of these bytes then", "missing")


def _curve(one: Node, other: Node) -> str:
    x1, y1 = one.x + NODE_WIDTH, one.y + NODE_HEIGHT / 2
    x2, y2 = other.x, other.y + NODE_HEIGHT / 2
    middle = (x1 + x2) / 2
    return f"M{x1} {y1:.1f} C{middle} {y1:.1f} {middle} {y2:.1f} {x2} {y2:.1f}"


# Bars by week --------------------------------------------------------------------------------------------------------

PLOT_HEIGHT = 130
PLOT_LEFT = 46
WEEKS_AT_MOST = 160


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


# Shares --------------------------------------------------------------------------------------------------------------


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
