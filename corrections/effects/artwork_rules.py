"""The public rules of Active Catalogue for a physical image, seen to before anything is sent.

Here belong the rules of the file and its name (Trading Grid help 21.2, pages 10.11 and 10.23): a JPEG of at most
500 KB, read as 500,000 bytes, under a name without the characters that the catalogue refuses. Those of an attribute set
are `ingest.trading_grid.catalogue`.
"""

from __future__ import annotations

import io
import re

from PIL import Image, UnidentifiedImageError

from ingest.trading_grid.catalogue import has_check_digit

MOST_BYTES = 500_000
_NAME = re.compile(r"[^<>^:&?\\/|+%\x00-\x1f]+\.jpe?g", re.IGNORECASE)
_GTIN = re.compile(r"\d{14}", re.ASCII)


def why_not_catalogued(content: bytes, file_name: str, gtin: str) -> str | None:
    """Return which rule of the catalogue a file breaks, None when it breaks none. `gtin` has fourteen digits."""
    if not _GTIN.fullmatch(gtin) or not has_check_digit(gtin):
        return f"{gtin!r} is no GTIN of fourteen digits with its check digit"
    if not _NAME.fullmatch(file_name):
        return f"the file name {file_name!r}: it ends in .jpg and has none of < > ^ : & ? \\ / | + %"
    if len(content) > MOST_BYTES:
        return f"{len(content)} bytes, the catalogue takes at most {MOST_BYTES}"
    return _why_no_jpeg(content)


def size_of(content: bytes) -> tuple[int, int]:
    """Return width and height in pixels of an image that `why_not_catalogued` has passed."""
    with Image.open(io.BytesIO(content)) as image:
        return image.size


def _why_no_jpeg(content: bytes) -> str | None:
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG"]) as image:
            image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        return f"it cannot be read as a JPEG: {error}"
    return None
