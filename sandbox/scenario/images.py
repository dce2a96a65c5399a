"""Small real images, made when they are asked for: the same key gives the same bytes, another key others.

Uploading them does not belong here.
"""

import hashlib
from io import BytesIO

from PIL import Image

_SAVE_OPTIONS: dict[str, tuple[str, dict[str, int]]] = {
    "jpg": ("JPEG", {"quality": 80}),
    "png": ("PNG", {"compress_level": 1}),
    "webp": ("WEBP", {"quality": 60, "method": 0}),
    "gif": ("GIF", {}),
}
_SIDES = (64, 96, 128, 160, 240, 320)
_CELLS = 8


def image_bytes(content: str, image_format: str) -> bytes:
    """The encoded image of one content key: a mosaic of 8 by 8 colours, 64 to 320 pixels a side.

    Raises KeyError for a format other than jpg, png, webp and gif.
    """
    name, options = _SAVE_OPTIONS[image_format]
    noise, size = _noise(content), image_size(content)
    mosaic = Image.frombytes("RGB", (_CELLS, _CELLS), noise[:-2])
    output = BytesIO()
    mosaic.resize(size, Image.Resampling.NEAREST).save(output, name, **options)
    return output.getvalue()


def image_size(content: str) -> tuple[int, int]:
    """Width and height in pixels of the image of a content key."""
    noise = _noise(content)
    return _SIDES[noise[-1] % len(_SIDES)], _SIDES[noise[-2] % len(_SIDES)]


def _noise(content: str) -> bytes:
    return hashlib.shake_256(content.encode()).digest(_CELLS * _CELLS * 3 + 2)
