"""What all pictures share: their width in SVG units, and a labelled place on an axis."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH = 880


@dataclass(frozen=True)
class Tick:
    """A labelled place on the axis of a picture."""

    x: float
    label: str
