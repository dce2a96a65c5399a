"""What is measured of a rendition.

Here belong the values, which stand in the difference that a person approves. How they are measured is `pictures` and
`videos`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from assettrail.errors import ConfigurationError


class Region(NamedTuple):
    """A rectangle of the original: left edge, upper edge, width and height in its pixels."""

    x: int
    y: int
    width: int
    height: int

    def covered_by(self, other: Region) -> float:
        """The share of this region's area that lies in the other, 0 to 1."""
        wide = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        high = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return max(0, wide) * max(0, high) / (self.width * self.height)

    @classmethod
    def from_text(cls, text: str) -> Region:
        """Read `x,y,width,height`. Raises ConfigurationError for anything else, and for an empty region."""
        parts = text.split(",")
        if len(parts) == 4 and all(part.strip().isdecimal() for part in parts):
            region = cls(*(int(part) for part in parts))
            if region.width > 0 and region.height > 0:
                return region
        raise ConfigurationError(
            tried="to read the region of interest",
            found=repr(text),
            expected="x,y,width,height in pixels of the original, as 120,0,400,300",
            remedy="give the rectangle that a crop must keep; nothing was measured",
        )


@dataclass(frozen=True)
class Measured:
    """One rendition as it was delivered.

    `ssim` is its structural similarity (-1 to 1) with the part of the original that it shows, both at the width at
    which the device shows it. `coverage` is the share of the region of interest that it shows; None where no region is
    declared. `first_frame_bytes` is how much of a video has to arrive before its first frame can be shown. All but
    `size_bytes` are None for what cannot be decoded.
    """

    size_bytes: int
    is_decodable: bool
    format_code: str | None = None
    width_px: int | None = None
    height_px: int | None = None
    ssim: float | None = None
    coverage: float | None = None
    first_frame_bytes: int | None = None

    def __str__(self) -> str:
        """The measures in words, for people."""
        told = [f"{self.size_bytes} bytes"]
        if not self.is_decodable:
            return f"{told[0]}, not decodable"
        told.append(f"{self.format_code} {self.width_px}×{self.height_px}")
        told.append(f"SSIM {self.ssim}")
        if self.coverage is not None:
            told.append(f"{self.coverage:.0%} of the region of interest")
        if self.first_frame_bytes is not None:
            told.append(f"first frame after {self.first_frame_bytes} bytes")
        return ", ".join(told)
