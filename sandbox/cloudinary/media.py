"""What a file's bytes say about it, without decoding its pixels.

Belongs here: recognising formats and reading sizes from headers. Does not belong here: changing pixels
(`transformations`).
"""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass
from pathlib import PurePosixPath

from PIL import Image, UnidentifiedImageError

from sandbox.cloudinary.errors import ApiError

_PILLOW_FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "TIFF": "tif", "BMP": "bmp", "ICO": "ico"}
_PDF_BOX = re.compile(rb"/MediaBox\s*\[\s*[\d.]+\s+[\d.]+\s+([\d.]+)\s+([\d.]+)")
_PDF_PAGE = re.compile(rb"/Type\s*/Page\b")
_TRACK_HEADER_SIZE_AT = {0: 76, 1: 88}


@dataclass(frozen=True, slots=True)
class Header:
    """What the header says: format (Cloudinary's name for it) and, where there are any, pixels and pages."""

    format: str
    width: int | None = None
    height: int | None = None
    pages: int | None = None


def resource_type_of(content: bytes, name: str) -> str:
    """Return image, video or raw: what `resource_type=auto` makes of a file."""
    for resource_type in ("image", "video"):
        try:
            read_header(content, name, resource_type)
        except ApiError:
            continue
        return resource_type
    return "raw"


def read_header(content: bytes, name: str, resource_type: str) -> Header:
    """Read the header of a file that is uploaded as `resource_type`.

    Raises ApiError 400 with Cloudinary's text for bytes that are no image or no video.
    """
    if not content:
        raise ApiError(400, "Empty file")
    if resource_type == "raw":
        return Header(PurePosixPath(name).suffix.lstrip(".").lower())
    if resource_type == "video":
        return _video_header(content)
    if content.startswith(b"%PDF-"):
        return _pdf_header(content)
    return _image_header(content)


def _image_header(content: bytes) -> Header:
    try:
        with Image.open(io.BytesIO(content)) as image:
            name = _PILLOW_FORMATS.get(image.format or "", (image.format or "").lower())
            return Header(name, image.width, image.height)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise ApiError(400, "Invalid image file") from error


def _pdf_header(content: bytes) -> Header:
    box = _PDF_BOX.search(content)
    width, height = (round(float(box.group(1))), round(float(box.group(2)))) if box else (None, None)
    return Header("pdf", width, height, max(1, len(_PDF_PAGE.findall(content))))


def _video_header(content: bytes) -> Header:
    if content[4:8] == b"ftyp":
        return Header("mov" if content[8:10] == b"qt" else "mp4", *_track_size(content))
    if content.startswith(b"\x1a\x45\xdf\xa3"):
        return Header("webm")
    raise ApiError(400, "Unsupported video format or file")


def _track_size(content: bytes) -> tuple[int | None, int | None]:
    """Return width and height of the first track of an MP4 that has any (fixed point 16.16 in `tkhd`)."""
    at = content.find(b"tkhd")
    while at >= 0:
        start = at + 4 + _TRACK_HEADER_SIZE_AT.get(content[at + 4] if at + 4 < len(content) else 0, 76)
        if start + 8 <= len(content):
            width, height = struct.unpack(">II", content[start : start + 8])
            if width >> 16 and height >> 16:
                return width >> 16, height >> 16
        at = content.find(b"tkhd", at + 4)
    return None, None
