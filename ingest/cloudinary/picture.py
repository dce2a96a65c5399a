"""Looking at the bytes of an image: format and size from its header, and a small preview without metadata.

Here belongs decoding what strangers made, within limits: only formats that Pillow decodes by itself (none that starts
another program), never more pixels than allowed, the first frame only. The preview is drawn anew, so that nothing of
the original's metadata, comments or profiles is in it. Not here: where the bytes are from, where the preview goes, and
bounds of time and memory (`bounded`).
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

PREVIEW_BYTES_CAP = 65_536
_PREVIEW_SIDES = (480, 320, 200, 120, 64)
_FORMATS = {
    "JPEG": "jpg",
    "PNG": "png",
    "GIF": "gif",
    "WEBP": "webp",
    "TIFF": "tif",
    "BMP": "bmp",
    "AVIF": "avif",
    "JPEG2000": "jp2",
    "ICO": "ico",
}
_SHRUNK_AS_THEY_ARE = frozenset({"L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"})
"""Kinds of pixels that a small image is made of before anything else is, as each step takes their memory once more."""
_DAMAGED = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    OverflowError,
    MemoryError,
    RuntimeError,
    IndexError,
    KeyError,
    TypeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""What Pillow's decoders raise for bytes that are not what they should be."""


@dataclass(frozen=True)
class Picture:
    """What is to be seen: format and pixels by the header (None: no image), was it decoded, and the preview (WebP)."""

    format: str | None = None
    width: int | None = None
    height: int | None = None
    is_decodable: bool = False
    preview: bytes | None = None
    reason: str | None = None


def look_at(content: bytes, pixels_cap: int) -> Picture:
    """Look at the bytes of a file; never raises for what is in them."""
    try:
        image = Image.open(io.BytesIO(content), formats=tuple(_FORMATS))
    except UnidentifiedImageError:
        return Picture(reason="no image of a known format")
    except _DAMAGED as error:
        return Picture(reason=f"a damaged header ({type(error).__name__})")
    with image:
        width, height = image.size
        name = _FORMATS.get(str(image.format))
        if width * height > pixels_cap:
            return Picture(name, width, height, reason=f"{width * height} pixels, more than {pixels_cap}")
        try:
            preview = _preview(image)
        except _DAMAGED as error:
            return Picture(name, width, height, reason=f"cannot be decoded ({type(error).__name__})")
    return Picture(name, width, height, is_decodable=True, preview=preview)


def _preview(image: Image.Image) -> bytes | None:
    """The first frame, upright, as a WebP of at most 64 KiB; None when no size is small enough."""
    image.draft("RGB", (_PREVIEW_SIDES[0], _PREVIEW_SIDES[0]))
    image.load()
    if image.mode in _SHRUNK_AS_THEY_ARE:
        image.thumbnail((_PREVIEW_SIDES[0], _PREVIEW_SIDES[0]))
    upright = ImageOps.exif_transpose(image)
    has_alpha = upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
    drawn = upright.convert("RGBA" if has_alpha else "RGB")
    for side in _PREVIEW_SIDES:
        drawn.thumbnail((side, side))
        bare = Image.new(drawn.mode, drawn.size)
        bare.paste(drawn)
        out = io.BytesIO()
        bare.save(out, "WEBP", quality=75, method=4)
        if out.tell() <= PREVIEW_BYTES_CAP:
            return out.getvalue()
    return None
