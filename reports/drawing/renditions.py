"""Two renditions side by side, each as large as its pixels in one scale, with a bar for its bytes.

Here belongs the geometry. A side whose measures are not known is left out; its figures say so.
"""

from __future__ import annotations

from dataclasses import dataclass

SIDE = 220
GAP = 60
TOP = 26
BYTES_HEIGHT = 12

Measures = tuple[int | None, int | None, int | None]
"""Width and height in pixels, and bytes."""


@dataclass(frozen=True)
class Frame:
    """One side: its rectangle, and the bar of its bytes (0 where they are not known)."""

    label: str
    x: int
    y: float
    width: float
    height: float
    bytes_width: float


@dataclass(frozen=True)
class SideBySide:
    """The picture."""

    width: int
    height: int
    bytes_y: int
    frames: tuple[Frame, ...]


def side_by_side(before: Measures, after: Measures | None) -> SideBySide | None:
    """Return the picture of what is measured; None where neither side has dimensions."""
    sides = [("before", 0, before), *([("after", SIDE + GAP, after)] if after else [])]
    known = [(label, x, width, height, size) for label, x, (width, height, size) in sides if width and height]
    if not known:
        return None
    longest = max(max(width, height) for _, _, width, height, _ in known)
    heaviest = max((size or 0 for *_, size in known), default=0)
    tallest = max(height for _, _, _, height, _ in known) * SIDE / longest

    def frame(label: str, x: int, width: int, height: int, size: int | None) -> Frame:
        drawn = (max(2.0, width * SIDE / longest), max(2.0, height * SIDE / longest))
        heavy = max(2.0, SIDE * size / heaviest) if size and heaviest else 0.0
        y = TOP + tallest - drawn[1]
        return Frame(label, x, round(y, 1), round(drawn[0], 1), round(drawn[1], 1), round(heavy, 1))

    bytes_y = int(TOP + tallest) + 26
    return SideBySide(2 * SIDE + GAP, bytes_y + BYTES_HEIGHT + 4, bytes_y, tuple(frame(*each) for each in known))
