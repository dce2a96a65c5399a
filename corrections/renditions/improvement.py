"""What else a person approves where a rendition is improved: its measures before and after, what Cloudinary is told.

Here belongs the value that stands in the difference. How it is measured is `renditions`, what is done with it
`rendition_improvement`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from corrections.renditions.measured import Measured, Region


@dataclass(frozen=True)
class Improvement:
    """How a delivered rendition shall be better.

    `delivered` is its transformation now (empty: none), the one that it shall have is the difference's rendition.
    `status` and `answered_by` are the feedback's when this was proposed. `custom_coordinates` is a region of interest
    that Cloudinary does not have yet. `widest_px` is where responsive breakpoints shall end, None where none are made.
    `trial_sha256` names the kept record of everything that was measured.
    """

    delivered: str
    status: str
    answered_by: str | None
    before: Measured
    after: Measured
    custom_coordinates: Region | None
    widest_px: int | None
    trial_sha256: str

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Improvement:
        """Read the values of the canonical JSON. Raises TypeError and KeyError when they are others."""
        rest = dict(values)
        before, after = Measured(**rest.pop("before")), Measured(**rest.pop("after"))
        region = rest.pop("custom_coordinates")
        return cls(before=before, after=after, custom_coordinates=None if region is None else Region(*region), **rest)
