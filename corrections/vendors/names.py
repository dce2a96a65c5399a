"""The vendors by their names, and whom each kind of correction needs. Here belong names only: no client is imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from corrections.difference import Kind

Vendor = Literal["trading_grid", "exstream", "cloudinary", "artwork"]
VENDOR_NAMES: Final[Mapping[Vendor, str]] = {
    "trading_grid": "Trading Grid",
    "exstream": "Exstream",
    "cloudinary": "Cloudinary",
    "artwork": "partners",
}
_GRID: Final[tuple[Vendor, ...]] = ("trading_grid", "cloudinary")
_IMAGES: Final[tuple[Vendor, ...]] = ("exstream", "cloudinary")
_PARTNERS: Final[tuple[Vendor, ...]] = ("artwork", "cloudinary")

NEEDED: Final[Mapping[Kind, tuple[Vendor, ...]]] = {
    "replacement_link": _GRID,
    "republish_approved_version": _GRID,
    "withdraw_recalled": ("trading_grid",),
    "publish_variant": _GRID,
    "replace_foreign_variant": _GRID,
    "withdraw_foreign_variant": ("trading_grid",),
    "publish_searched_asset": _GRID,
    "publish_asked_format": _GRID,
    "post_readiness": ("trading_grid",),
    "review_template_image": _IMAGES,
    "send_artwork": _PARTNERS,
    "advise_transformation": (),
    "advise_thumbnail": (),
    "improve_rendition": _GRID,
    "push_file": ("cloudinary",),
}
"""Whom a correction of the kind is written to, and Cloudinary, where it has to serve what is given."""
