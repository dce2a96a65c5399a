"""Small real images, repeatable and all different."""

import hashlib
from io import BytesIO

import pytest
from PIL import Image

from sandbox.scenario.images import image_bytes


@pytest.mark.parametrize(("image_format", "name"), [("jpg", "JPEG"), ("png", "PNG"), ("webp", "WEBP"), ("gif", "GIF")])
def test_real_and_small(image_format: str, name: str) -> None:
    """Bytes that no decoder takes would be refused by the media service, or break its transformations."""
    data = image_bytes("1-a00001/0", image_format)
    with Image.open(BytesIO(data)) as image:
        image.load()
        assert image.format == name
        assert all(64 <= side <= 320 for side in image.size)
    assert len(data) < 60_000


@pytest.mark.parametrize("image_format", ["jpg", "png", "webp", "gif"])
def test_every_key_has_its_own_bytes(image_format: str) -> None:
    """Two versions with equal bytes would share an approval that only one of them was given."""
    hashes = {hashlib.sha256(image_bytes(f"1-a{i:05d}/{i % 4}", image_format)).hexdigest() for i in range(120)}
    assert len(hashes) == 120
    assert image_bytes("same", image_format) == image_bytes("same", image_format)
