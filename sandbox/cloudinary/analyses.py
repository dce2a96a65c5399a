"""The analyses that a detail call may ask for, in the shape of the service: quality and accessibility.

Belongs here: answers that are the same for the same bytes, drawn from their etag. Does not belong here: any real look
at pixels; the numbers mean nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.cloudinary.model import Asset

_SCORES = (
    "jpeg_quality",
    "jpeg_chroma",
    "focus",
    "noise",
    "contrast",
    "exposure",
    "saturation",
    "lighting",
    "pixel_score",
    "color_score",
    "dct",
    "blockiness",
    "chroma_subsampling",
    "resolution",
)


def quality(asset: Asset) -> dict[str, Any]:
    """Return the quality analysis of the current bytes."""
    return {
        "quality_analysis": {name: _share(asset, at) for at, name in enumerate(_SCORES)},
        "quality_score": _share(asset, len(_SCORES)),
    }


def accessibility(asset: Asset) -> dict[str, Any]:
    """Return the accessibility analysis of the current bytes."""
    analysis = {
        "distinct_edges": _share(asset, 16),
        "distinct_colors": _share(asset, 17),
        "most_indistinct_pair": ["#000000", "#111111"],
    }
    shown = {"colorblind_accessibility_analysis": analysis, "colorblind_accessibility_score": _share(asset, 18)}
    return {"accessibility_analysis": shown}


ANALYSES: Mapping[str, Callable[[Asset], dict[str, Any]]] = {
    "quality_analysis": quality,
    "accessibility_analysis": accessibility,
}


def _share(asset: Asset, at: int) -> float:
    """Return a number between 0 and 1 with two digits, by the etag."""
    return round(int(asset.version.file.etag[at : at + 2], 16) / 255, 2)
