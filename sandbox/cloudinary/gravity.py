"""Which part of a picture a crop keeps: gravity, custom coordinates, and the stand-in of content-aware cropping.

Belongs here: from a crop's size and gravity to the box that is cut out. Does not belong here: scaling and encoding
(`transformations`).

`g_auto` keeps the window with the most detail (edges), as a stand-in of Cloudinary's content-aware model; faces are
not looked for, so that `g_face` falls back to the middle, as Cloudinary does where it finds none.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from PIL import Image, ImageFilter

from sandbox.cloudinary.errors import ApiError

Region = tuple[int, int, int, int]
"""x, y, width, height in pixels of the picture."""

_COMPASS = {
    "north_west": (0.0, 0.0),
    "north": (0.5, 0.0),
    "north_east": (1.0, 0.0),
    "west": (0.0, 0.5),
    "center": (0.5, 0.5),
    "east": (1.0, 0.5),
    "south_west": (0.0, 1.0),
    "south": (0.5, 1.0),
    "south_east": (1.0, 1.0),
}
_FACES = frozenset({"face", "faces"})


def box_of(
    image: Image.Image, size: tuple[int, int], gravity: str, offset: tuple[int, int], custom: Sequence[Region]
) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of a cut of `size` in the picture. Raises ApiError 400 for an unknown gravity."""
    width, height = min(size[0], image.width), min(size[1], image.height)
    spare = (image.width - width, image.height - height)
    name = gravity.partition(":")[0]
    if name == "auto":
        left, top = _most_detailed(image, width, height)
    elif name == "custom" and custom:
        x, y, wide, high = custom[0]
        left, top = round(x + wide / 2 - width / 2), round(y + high / 2 - height / 2)
    elif name in _COMPASS or name in _FACES or name == "custom":
        across, down = _COMPASS.get(name, _COMPASS["center"])
        left, top = round(spare[0] * across), round(spare[1] * down)
        left += -offset[0] if across == 1.0 else offset[0]
        top += -offset[1] if down == 1.0 else offset[1]
    else:
        raise ApiError(400, f"Invalid gravity in transformation: g_{gravity}")
    left, top = min(max(0, left), spare[0]), min(max(0, top), spare[1])
    return left, top, left + width, top + height


def _most_detailed(image: Image.Image, width: int, height: int) -> tuple[int, int]:
    edges = image.convert("L").filter(ImageFilter.FIND_EDGES)
    columns = edges.resize((image.width, 1), Image.Resampling.BOX).tobytes()
    rows = edges.resize((1, image.height), Image.Resampling.BOX).tobytes()
    return _best_window(columns, width), _best_window(rows, height)


def _best_window(detail: bytes, length: int) -> int:
    """The start of the window with the greatest sum; of equal ones that nearest the middle."""
    sums = [0, *accumulate(detail)]
    starts = range(len(detail) - length + 1)
    middle = (len(detail) - length) / 2
    return max(starts, key=lambda start: (sums[start + length] - sums[start], -abs(start - middle)))
