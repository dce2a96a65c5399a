"""How a transformation is written in a delivery address: its components, their parameters and values.

Here belongs the grammar, pure: what only a transformation can look like, what may be a folder as well, and the order in
which Cloudinary's own SDKs write parameters. Where in an address a transformation stands is `delivery_url`.
"""

from __future__ import annotations

import re
from functools import lru_cache

_REMEMBERED_PARTS = 16_384

_NUMBER = r"-?\d+(\.\d+)?[pP]?"
_EXPRESSION = (
    rf"({_NUMBER}|auto(:[\w:.]+)?|i?[wh]|o[wh]|i(ar|af|du|fps)|\$\w+|[\w$.:]+_(mul|div|add|sub|mod|pow)_[\w$.:]+)"
)
# What the values of a parameter look like. A piece with a known parameter and such a value may still be a
# folder's name when it stands alone (`w_100`); the enumerated ones below may not.
_VALUES: dict[str, re.Pattern[str]] = {
    key: re.compile(pattern)
    for keys, pattern in (
        ("w h x y r z o so eo du dl dn pg ki fps vs af br", rf"({_EXPRESSION}|max|[\d.:p%-]+[kms]?)"),
        ("ar", r"\d+(\.\d+)?(:\d+)?|\$\w+|(i?ar)"),
        ("a", r"(-?\d+(\.\d+)?|auto_right|auto_left|ignore|vflip|hflip|exif)([.](vflip|hflip|-?\d+))*"),
        ("b co bo", r"[\w:%.-]+"),
        ("e l u fn d p if t cs sp vc ac", r".+"),
        ("q", r"\d+(:\d+)?(:qmax_\d+)?|auto(:(best|good|eco|low))?(:sensitive|:\d+)*|jpegmini(:\w+)?"),
        ("f", r"[a-z0-9]+(:[a-z]+)?"),
        ("c", r"[a-z]+(_[a-z]+)?"),
        ("g", r"[a-z_]+(:[\w:]+)*(\.[\w:]+)*"),
        ("fl", r"[a-z0-9_]+(:[\w:]+)*(\.[a-z0-9_]+(:[\w:]+)*)*"),
        ("dpr", r"auto|\d+(\.\d+)?"),
    )
    for key in keys.split()
}
_ENUMERATED = re.compile(
    r"f_(auto|jpg|png|webp|avif|gif|svg|pdf|mp4|webm)(:[a-z]+)?|q_auto(:(best|good|eco|low))?(:sensitive)?|q_\d{1,3}"
    r"|dpr_(auto|\d\.\d)|c_(fill|fit|limit|lfill|mfit|mpad|lpad|pad|scale|crop|thumb|imagga_crop|imagga_scale|fill_pad"
    r"|auto|auto_pad)|g_(auto|face|faces|center|north|south|east|west|north_east|north_west|south_east|south_west)"
    r"|fl_(layer_apply|attachment|progressive|lossy|original|force_strip|strip_profile|relative|region_relative"
    r"|no_overflow|cutter|keep_iptc|animated|awebp|apng|getinfo|immutable_cache|preserve_transparency|rasterize"
    r"|sanitize|splice|streaming_attachment|text_disallow_overflow|text_no_trim|tiff8_lzw|tiled|truncate_ts|waveform)"
    r"|if_(else|end)"
)
_PIECE = re.compile(r"(?P<key>[a-z]{1,3})_(?P<value>.+)")
_VARIABLE = re.compile(r"\$[A-Za-z]\w*_.+")
_NAMES_VARIABLE = re.compile(r"\$[A-Za-z]")


def normalised_transformation(transformation: str) -> str:
    """The transformation with the parameters of each component in alphabetical order, `if_` and variables first.

    So an address that was written by hand joins to the `derived` entry of the same transformation. Variables keep their
    order, since one may be made of another; components keep theirs, since they are applied one after the other.
    """
    return "/".join(map(_normalised_component, transformation.split("/")))


@lru_cache(maxsize=_REMEMBERED_PARTS)
def _normalised_component(component: str) -> str:
    if "," not in component:
        return component
    pieces = component.split(",")
    conditions = [piece for piece in pieces if piece.startswith("if_")]
    variables = [piece for piece in pieces if piece.startswith("$")]
    others = sorted(piece for piece in pieces if not piece.startswith(("if_", "$")))
    return ",".join([*conditions, *variables, *others])


@lru_cache(maxsize=_REMEMBERED_PARTS)
def component_strength(segment: str) -> int:
    """2: only a transformation is written so; 1: could be a folder as well; 0: no transformation."""
    if "_" not in segment:
        return 0
    pieces = segment.split(",")
    if not all(map(_is_piece, pieces)):
        return 0
    if len(pieces) > 1 or _ENUMERATED.fullmatch(segment) or segment.startswith("$"):
        return 2
    return 1


@lru_cache(maxsize=_REMEMBERED_PARTS)
def _is_piece(piece: str) -> bool:
    if _VARIABLE.fullmatch(piece):
        return True
    match = _PIECE.fullmatch(piece)
    pattern = _VALUES.get(match["key"]) if match else None
    if match is None or pattern is None:
        return False
    return pattern.fullmatch(match["value"]) is not None or _NAMES_VARIABLE.search(match["value"]) is not None


def is_known_component(segment: str) -> bool:
    """Whether a segment before the version has the parameters of a transformation, whatever their values."""
    for piece in segment.split(","):
        if piece.partition("_")[0] not in _VALUES and not piece.startswith("$"):
            return False
    return True
