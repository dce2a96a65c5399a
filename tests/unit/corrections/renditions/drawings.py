"""Pictures with something to see in them, drawn anew for each test."""

import io
import random

from PIL import Image, ImageDraw, ImageFilter

from corrections.renditions.measured import Region

SUBJECT = Region(440, 60, 120, 120)
"""Where the subject of `landscape` stands."""


def landscape(width: int = 640, height: int = 240) -> Image.Image:
    """A soft sky with a subject of many colours at its right; no two parts of it are alike."""
    drawn = Image.new("RGB", (width, height))
    pen = ImageDraw.Draw(drawn)
    dice = random.Random(7)
    for x in range(width):
        pen.line([(x, 0), (x, height)], fill=(x * 200 // width, 120, 200 - x * 150 // width))
    for _ in range(40):
        x, y, side = dice.randrange(width), dice.randrange(height), dice.randrange(10, 50)
        pen.ellipse([x, y, x + side, y + side], fill=tuple(dice.randrange(60, 200) for _ in range(3)))
    drawn = drawn.filter(ImageFilter.GaussianBlur(3))
    pen = ImageDraw.Draw(drawn)
    for x in range(0, SUBJECT.width, 24):
        for y in range(0, SUBJECT.height, 24):
            colour = tuple(dice.randrange(256) for _ in range(3))
            pen.rectangle([SUBJECT.x + x, SUBJECT.y + y, SUBJECT.x + x + 23, SUBJECT.y + y + 23], fill=colour)
    return drawn


def encoded(image: Image.Image, name: str = "JPEG", **options: int) -> bytes:
    """The picture as a file."""
    kept = io.BytesIO()
    image.save(kept, name, **options)
    return kept.getvalue()
