"""Measuring a picture against its original: decoding, which part it shows, how alike the two are.

Here belongs what is read from bytes, with Pillow and scikit-image, and nothing of the transformation but a hint: which
part of the original a crop shows is found in the pixels, since nobody outside knows what `g_auto` decides. Where
the bytes come from is `trial`, what follows from the measures `judging`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from corrections.renditions.measured import Measured, Region
from ingest.cloudinary.picture import look_at

Pixels = npt.NDArray[np.float32]

_LOCATING_SIDE = 384
"""Longest side in pixels at which a crop is looked for in the original."""
_LEAST_SIDE = 8
_SAME_PLACE = 1e-3
_DIGITS = 4
_CHANNEL_WEIGHTS = (4, 1, 1)
"""Brightness and the two colours, weighted as ffmpeg's SSIM weights them: eyes are less exact in colour."""


def opened(content: bytes, pixels_cap: int) -> tuple[Image.Image, str] | None:
    """Decode a picture's first frame, upright and without transparency, and tell its format; None for what is none."""
    seen = look_at(content, pixels_cap)
    if not seen.is_decodable or seen.format is None:
        return None
    with Image.open(io.BytesIO(content)) as image:
        upright = ImageOps.exif_transpose(image).convert("RGBA")
    ground = Image.new("RGBA", upright.size, "white")
    return Image.alpha_composite(ground, upright).convert("RGB"), seen.format


def measure_picture(
    content: bytes,
    original: Image.Image,
    shown_width: int | None,
    interest: Region | None,
    pixels_cap: int,
    hint: Region | None = None,
) -> Measured:
    """Measure a delivered picture against its decoded original.

    `shown_width` is the width in pixels at which the device shows it; None: as wide as it is. `hint` is a part of the
    original that the transformation names; it counts where it fits best.
    """
    found = opened(content, pixels_cap)
    if found is None:
        return Measured(len(content), is_decodable=False)
    image, format_code = found
    region = locate(image, original, [] if hint is None else [hint])
    return Measured(
        size_bytes=len(content),
        is_decodable=True,
        format_code=format_code,
        width_px=image.width,
        height_px=image.height,
        ssim=round(likeness_as_shown(image, original, region, shown_width), _DIGITS),
        coverage=None if interest is None else round(interest.covered_by(region), _DIGITS),
    )


def locate(image: Image.Image, original: Image.Image, hints: Sequence[Region] = ()) -> Region:
    """Return the part of the original that a picture shows: of all that it may be, the one most like it.

    It may be the whole, the whole cut to another shape, a cut at the original's size, or one of the hints; exact to
    about a part in 384 of the original's longer side.
    """
    candidates = list(dict.fromkeys([*hints, *_possible_parts(image, original)]))
    side = max(image.size)
    small = image.copy()
    small.thumbnail((_LOCATING_SIDE, _LOCATING_SIDE))
    width = min(side, small.width)
    return max(candidates, key=lambda region: _likeness(small, original, region, width))


def likeness_as_shown(image: Image.Image, original: Image.Image, region: Region, shown_width: int | None) -> float:
    """Return the SSIM of a picture and the original's region, both scaled to the width at which a device shows them.

    The width is never larger than the region: nothing is to be missed that the original does not have.
    """
    return _likeness(image, original, region, min(shown_width or image.width, region.width))


def _likeness(image: Image.Image, original: Image.Image, region: Region, width: int) -> float:
    from skimage.metrics import structural_similarity

    height = max(_LEAST_SIDE, round(width * image.height / image.width))
    size = (max(_LEAST_SIDE, width), height)
    box = (region.x, region.y, region.x + region.width, region.y + region.height)
    reference = original.resize(size, Image.Resampling.LANCZOS, box=box)
    shown = image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)
    pairs = zip(_channels(reference), _channels(shown), strict=True)
    likeness = [float(structural_similarity(one, other, data_range=255)) for one, other in pairs]
    return float(np.average(likeness, weights=_CHANNEL_WEIGHTS))


def _channels(image: Image.Image) -> list[npt.NDArray[np.uint8]]:
    return [np.asarray(channel) for channel in image.convert("YCbCr").split()]


def _possible_parts(image: Image.Image, original: Image.Image) -> Iterator[Region]:
    """What may be shown, likeliest first; the whole in another shape, distorted, comes last."""
    whole = Region(0, 0, original.width, original.height)
    filling = max(image.width / original.width, image.height / original.height)
    yield _place(image, original, filling) if _is_another_shape(image, original) else whole
    if filling < 1:
        yield _place(image, original, 1.0)
    yield whole


def _is_another_shape(image: Image.Image, original: Image.Image) -> bool:
    """Whether the sides have another ratio, by more than rounding to whole pixels explains."""
    difference = abs(image.width * original.height - image.height * original.width)
    return difference > max(original.width, original.height)


def _place(image: Image.Image, original: Image.Image, factor: float) -> Region:
    """Where a cut out of the original, scaled by `factor`, fits best."""
    from skimage.feature import match_template

    width, height = min(original.width, image.width / factor), min(original.height, image.height / factor)
    small = min(1.0, _LOCATING_SIDE / max(original.size))
    field = _grey(original, (original.width * small, original.height * small))
    rows, columns = field.shape
    size = (min(columns, max(1.0, width * small)), min(rows, max(1.0, height * small)))
    agreement = np.nan_to_num(match_template(field, _grey(image, size)))
    best = np.argwhere(agreement >= agreement.max() - _SAME_PLACE)
    middle = (np.array(agreement.shape) - 1) / 2
    top, left = best[np.argmin(np.abs(best - middle).sum(axis=1))] / small
    x = min(round(float(left)), original.width - round(width))
    y = min(round(float(top)), original.height - round(height))
    return Region(max(0, x), max(0, y), round(width), round(height))


def _grey(image: Image.Image, size: tuple[float, float]) -> Pixels:
    scaled = image.convert("L").resize((max(1, round(size[0])), max(1, round(size[1]))), Image.Resampling.BOX)
    return np.asarray(scaled, dtype=np.float32)
