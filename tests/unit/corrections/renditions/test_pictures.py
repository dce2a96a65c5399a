"""What is measured of a picture: which part it shows, and how like the original it is."""

import pytest
from PIL import Image, ImageFilter

from corrections.renditions.measured import Region
from corrections.renditions.pictures import locate, measure_picture
from tests.unit.corrections.renditions.drawings import SUBJECT, encoded, landscape

_MOST_PIXELS = 10_000_000
_SLACK = 4
"""How far a place may be off: a crop is looked for in a smaller picture."""


def _near(found: Region, expected: tuple[int, int, int, int]) -> bool:
    return all(abs(one - other) <= _SLACK for one, other in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("box", "size"),
    [
        ((0, 0, 640, 240), (640, 240)),
        ((0, 0, 640, 240), (320, 120)),
        ((0, 0, 240, 240), (120, 120)),
        ((200, 0, 440, 240), (240, 240)),
        ((400, 0, 640, 240), (200, 200)),
        ((440, 60, 560, 180), (120, 120)),
        ((0, 40, 640, 200), (320, 80)),
    ],
)
def test_the_part_that_a_picture_shows_is_found_in_its_pixels(
    box: tuple[int, int, int, int], size: tuple[int, int]
) -> None:
    """What g_auto decides stands nowhere: a part that was guessed would make a wrong crop look right."""
    original = landscape()
    image = original.resize(size, Image.Resampling.LANCZOS, box=box)
    left, top, right, bottom = box
    assert _near(locate(image, original), (left, top, right - left, bottom - top))


def test_a_cut_that_was_scaled_is_found_by_its_hint_only_where_it_fits() -> None:
    """An address that names a part must not be believed where the pixels say otherwise."""
    original = landscape()
    cut = Region(430, 50, 150, 150)
    image = original.resize((60, 60), Image.Resampling.LANCZOS, box=(430, 50, 580, 200))
    assert locate(image, original, [cut]) == cut
    elsewhere = original.resize((60, 60), Image.Resampling.LANCZOS, box=(0, 0, 240, 240))
    assert _near(locate(elsewhere, original, [cut]), (0, 0, 240, 240))


def test_worse_copies_are_less_like_the_original() -> None:
    """The measure has to fall with quality, with blur, and with a width below the one that is shown."""
    original = landscape()
    fine = measure_picture(encoded(original, quality=95), original, 640, None, _MOST_PIXELS)
    coarse = measure_picture(encoded(original, quality=5), original, 640, None, _MOST_PIXELS)
    narrow = original.resize((80, 30), Image.Resampling.LANCZOS)
    shrunk = measure_picture(encoded(narrow, quality=95), original, 640, None, _MOST_PIXELS)
    blurred = original.filter(ImageFilter.GaussianBlur(4))
    unsharp = measure_picture(encoded(blurred, quality=95), original, 640, None, _MOST_PIXELS)
    assert fine.ssim is not None
    assert fine.ssim > 0.97
    for worse in (coarse, shrunk, unsharp):
        assert worse.ssim is not None
        assert worse.ssim < 0.95
    assert measure_picture(encoded(narrow, "PNG"), original, 80, None, _MOST_PIXELS).ssim == pytest.approx(1, abs=0.01)


def test_the_region_of_interest_is_counted_by_area() -> None:
    """A crop that beheads the subject shows a half of it, not all and not nothing."""
    original = landscape()
    half = original.crop((300, 0, 500, 240))
    found = measure_picture(encoded(half, "PNG"), original, None, SUBJECT, _MOST_PIXELS)
    assert found.coverage == pytest.approx(0.5, abs=0.05)
    whole = measure_picture(encoded(original, "WEBP", quality=80), original, None, SUBJECT, _MOST_PIXELS)
    assert (whole.coverage, whole.format_code, whole.width_px, whole.height_px) == (1.0, "webp", 640, 240)


@pytest.mark.parametrize("content", [b"", b"no picture", encoded(landscape())[:2000]])
def test_what_cannot_be_decoded_is_said_and_never_raised(content: bytes) -> None:
    """A broken rendition is a finding, not the end of the run."""
    found = measure_picture(content, landscape(), None, SUBJECT, _MOST_PIXELS)
    assert (found.is_decodable, found.ssim, found.size_bytes) == (False, None, len(content))


def test_flat_and_tiny_pictures_can_be_measured() -> None:
    """Where nothing tells one part from another there is still an answer: the middle."""
    flat = Image.new("RGB", (300, 100), "gray")
    found = measure_picture(encoded(flat.crop((0, 0, 100, 100))), flat, None, None, _MOST_PIXELS)
    assert found.is_decodable
    assert _near(locate(flat.crop((0, 0, 100, 100)), flat), (100, 0, 100, 100))
    assert measure_picture(encoded(Image.new("RGB", (3, 2))), flat, None, None, _MOST_PIXELS).is_decodable
