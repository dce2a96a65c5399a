"""Looking at strangers' images: facts by the header, a preview that carries nothing along, and no bomb."""

from __future__ import annotations

import io
import random
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ingest.cloudinary.picture import PREVIEW_BYTES_CAP, look_at

CAP = 1_000_000


def image(kind: str, size: tuple[int, int] = (40, 20), mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 128 if mode == "L" else "red").save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "name"),
    [("JPEG", "jpg"), ("PNG", "png"), ("GIF", "gif"), ("WEBP", "webp"), ("TIFF", "tif"), ("BMP", "bmp")],
)
def test_format_and_size_are_what_the_bytes_say(kind: str, name: str) -> None:
    """The vendor's word for format and size is what is being checked."""
    seen = look_at(image(kind), CAP)
    assert (seen.format, seen.width, seen.height, seen.is_decodable, seen.reason) == (name, 40, 20, True, None)
    assert seen.preview is not None
    preview = Image.open(io.BytesIO(seen.preview))
    assert (preview.format, preview.size) == ("WEBP", (40, 20))


def test_a_preview_carries_nothing_along() -> None:
    """A place, a name or a comment in an image's metadata would be shown to everybody who may see a thumbnail."""
    exif = Image.Exif()
    exif[0x010E] = "canary description"
    exif[0x0112] = 6
    seen = look_at(image("JPEG", exif=exif, comment=b"canary comment", icc_profile=b"canary profile"), CAP)
    assert seen.preview is not None
    assert b"canary" not in seen.preview
    drawn = Image.open(io.BytesIO(seen.preview))
    assert not drawn.getexif()
    assert drawn.info.keys() <= {"loop", "background", "timestamp", "duration"}
    assert drawn.size == (20, 40), "upright, as the orientation said"


def test_a_preview_is_small_whatever_the_image() -> None:
    """Noise does not compress: a cap that only holds for nice pictures is none."""
    noise = Image.frombytes("RGB", (900, 900), random.Random(1).randbytes(900 * 900 * 3))
    out = io.BytesIO()
    noise.save(out, "PNG")
    seen = look_at(out.getvalue(), CAP)
    assert seen.preview is not None
    assert len(seen.preview) <= PREVIEW_BYTES_CAP


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises a sea of pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    written = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


@pytest.mark.parametrize(("width", "height"), [(20_000, 20_000), (2**31 - 1, 2**31 - 1), (1001, 1000)])
def test_a_bomb_is_told_and_not_decoded(width: int, height: int) -> None:
    """A kilobyte that becomes gigabytes ends the process, and with it the night's ingest (F24)."""
    seen = look_at(bomb(width, height), CAP)
    assert (seen.is_decodable, seen.preview) == (False, None)
    assert seen.reason is not None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    ],
)
def test_what_is_no_image_is_told(content: bytes) -> None:
    """PostScript would start another program on a stranger's text."""
    seen = look_at(content, CAP)
    assert (seen.is_decodable, seen.preview) == (False, None)
    assert seen.reason is not None


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "JPEG2000", "ICO"]),
    cut=st.floats(0, 1),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=5),
)
def test_no_damage_makes_it_raise(kind: str, cut: float, changes: list[tuple[float, int]]) -> None:
    """One damaged image must not stop the looking at all others."""
    content = bytearray(image(kind, (30, 30)))
    for place, value in changes:
        content[int(place * len(content))] = value
    seen = look_at(bytes(content[: int(cut * len(content)) + 1]), CAP)
    assert seen.is_decodable or seen.reason


@pytest.mark.parametrize(("place", "told"), [(b"av01", "damaged header"), (b"", "cannot be decoded")])
def test_a_damaged_avif_is_told(place: bytes, told: str) -> None:
    """Pillow's AVIF reader raises what no other one does: such a file ended each ingest at the same place."""
    content = image("AVIF")
    seen = look_at(content.replace(place, b"av02") if place else content[:-20] + b"\xff" * 20, CAP)
    assert (seen.is_decodable, seen.preview) == (False, None)
    assert f"{told} (RuntimeError)" in str(seen.reason)
