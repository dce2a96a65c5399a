"""Small real images and videos, made when they are asked for: the same key gives the same bytes, another key others.

Uploading them does not belong here.
"""

import hashlib
from io import BytesIO

from PIL import Image

from sandbox.scenario.videos import FRAMES, VIDEO_FORMAT, video_bytes

_SAVE_OPTIONS: dict[str, tuple[str, dict[str, int]]] = {
    "jpg": ("JPEG", {"quality": 80}),
    "png": ("PNG", {"compress_level": 1}),
    "webp": ("WEBP", {"quality": 60, "method": 0}),
    "gif": ("GIF", {}),
}
_SIDES = (64, 96, 128, 160, 240, 320)
_CELLS = 8
#: Behind this sign a content key says of how many bytes the file is.
SIZE_MARK = "@"
_COMMENT_MOST = 65_533


def image_bytes(content: str, image_format: str) -> bytes:
    """The encoded image of one content key: a mosaic of 8 by 8 colours, 64 to 320 pixels a side.

    A key that ends in `@` and a number gives a JPEG of exactly so many bytes. Format
    mp4 gives a video. Raises KeyError for a format other than jpg, png, webp, gif and mp4.
    """
    if image_format == VIDEO_FORMAT:
        frames = [image_bytes(f"{content}#{second}", "jpg") for second in range(FRAMES)]
        return video_bytes(frames, *image_size(content))
    name, options = _SAVE_OPTIONS[image_format]
    noise, size = _noise(content), image_size(content)
    mosaic = Image.frombytes("RGB", (_CELLS, _CELLS), noise[:-2])
    output = BytesIO()
    mosaic.resize(size, Image.Resampling.NEAREST).save(output, name, **options)
    stated = stated_size(content)
    return output.getvalue() if stated is None else _filled_up(output.getvalue(), stated)


def image_size(content: str) -> tuple[int, int]:
    """Width and height of the image of a content key, in pixels."""
    noise = _noise(content)
    return _SIDES[noise[-1] % len(_SIDES)], _SIDES[noise[-2] % len(_SIDES)]


def _noise(content: str) -> bytes:
    return hashlib.shake_256(content.encode()).digest(_CELLS * _CELLS * 3 + 2)


def stated_size(content: str) -> int | None:
    """How many bytes a content key says that its file has; None where it leaves that to the encoder."""
    _, mark, size = content.partition(SIZE_MARK)
    return int(size) if mark else None


def _filled_up(jpeg: bytes, size: int) -> bytes:
    """The same picture with comments behind its first marker, so that the file has `size` bytes."""
    missing = size - len(jpeg)
    comments = []
    while missing:
        took = min(missing, _COMMENT_MOST + 4)
        if 0 < missing - took < 4:
            took -= 4
        comments.append(b"\xff\xfe" + (took - 2).to_bytes(2, "big") + bytes(took - 4))
        missing -= took
    return jpeg[:2] + b"".join(comments) + jpeg[2:]
