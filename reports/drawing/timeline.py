"""Lanes over an axis of time: validity of a use, versions of an asset.

Here belongs the geometry of periods. A period that goes on beyond the picture says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reports.dossier.rows import Use
from reports.drawing.paper import WIDTH, Tick
from reports.exposure.rows import LinkVerdict, Served
from reports.text import day, instant
from reports.where_used.rows import Approval, Version

LABEL_WIDTH = 150
LANE_HEIGHT = 26
BAR_HEIGHT = 12
REACH = timedelta(days=400)
LANES_AT_MOST = 24
CLAIMS_LEFT = 215


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
    left: int = LABEL_WIDTH

    def x(self, moment: datetime) -> float:
        share = (moment - self.start) / (self.end - self.start)
        return round(self.left + share * (WIDTH - self.left - 8), 1)

    def bar(self, period: Period) -> Bar | None:
        begins, ends, tone = period
        left, right = begins or self.start, ends or self.end
        if right < self.start or left > self.end or right <= left:
            return None
        x_left, x_right = self.x(max(left, self.start)), self.x(min(right, self.end))
        cut_left = begins is None or begins < self.start
        return Bar(x_left, max(2.0, round(x_right - x_left, 1)), cut_left, ends is None or ends > self.end, tone)


def validity(use: Use, served: Sequence[Served] = (), link: LinkVerdict | None = None) -> Timeline | None:
    """Return the picture of a use: version live, approval recorded, declared validity, and the composition marked.

    `served` is what its live link served since; other bytes than those of composition have a lane of their own, and so
    has the exposure of `link`.
    """
    lanes: list[tuple[str, list[Period]]] = []
    if use.version_live_from is not None:
        lanes.append(("Version live", [(use.version_live_from, use.version_live_to, "version")]))
    if use.granted_at is not None:
        lanes.append(("Approval given", [(use.granted_at, use.ended_at, "approval")]))
        lanes.append(("Declared validity", [(use.valid_from, use.valid_to, "validity")]))
    if others := [each for each in served if each.is_other and not each.is_by_edge_only]:
        lanes.append(("Other bytes since", [(each.served_from, each.served_to, "version") for each in others]))
    if not lanes:
        return None
    if link and link.generated_at and link.exposure_ends_at:
        lanes.append(("Exposure", [(link.generated_at, link.exposure_ends_at, "exposure")]))
    described = [_lane_text(lane) for lane in lanes]
    if use.generated_at is not None:
        described.append(f"composed {instant(use.generated_at)}")
    return _timeline(lanes, use.generated_at, "; ".join(described))


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


def claims(lanes: Sequence[tuple[str, list[Period]]]) -> Timeline | None:
    """Return the picture of what is claimed of streams, a lane for each; one without any claim has an empty lane."""
    if not any(periods for _, periods in lanes):
        return None
    return _timeline(list(lanes), None, "The same follows as a table.", left=CLAIMS_LEFT)


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
    left: int = LABEL_WIDTH,
) -> Timeline:
    axis = replace(_axis([period for _, periods in lanes for period in periods], marked, until), left=left)
    drawn = tuple(
        Lane(index * LANE_HEIGHT + 26, label, tuple(bar for bar in map(axis.bar, periods) if bar is not None))
        for index, (label, periods) in enumerate(lanes)
    )
    height = 26 + LANE_HEIGHT * len(lanes) + 24
    marker = None if marked is None else Tick(axis.x(marked), f"composed {instant(marked)}")
    return Timeline(WIDTH, height, left, drawn, _ticks(axis), marker, description)


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
