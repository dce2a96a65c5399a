"""The stand-in's signatures against Cloudinary's published vectors."""

from __future__ import annotations

import hashlib

import pytest

from sandbox.cloudinary.signatures import string_to_sign

PLAIN = {"timestamp": "1315060510", "public_id": "sample_image"}
EAGER = PLAIN | {"eager": "w_400,h_300,c_pad|w_260,h_200,c_crop"}


@pytest.mark.parametrize(
    ("params", "algorithm", "expected"),
    [
        (PLAIN, "sha1", "b4ad47fb4e25c7bf5f92a20089f9db59bc302313"),
        (EAGER, "sha1", "bfd09f95f331f558cbd1320e67aa8d488770583e"),
        (EAGER, "sha256", "cc927e1290f9e3ae4c1a741eda21a4630b4ce80f9ce0bc0296337d25cf40f91e"),
    ],
)
def test_published_vectors(params: dict[str, str], algorithm: str, expected: str) -> None:
    """SDK and stand-in could agree on the same mistake; the vendor's own vectors could not."""
    sent = params | {"api_key": "1", "file": "x", "signature": "y", "resource_type": "image", "folder": ""}
    assert hashlib.new(algorithm, f"{string_to_sign(sent, 2)}abcd".encode()).hexdigest() == expected


def test_version_two_hides_ampersands() -> None:
    """With version 1 a value could smuggle in another parameter under the same signature."""
    assert string_to_sign({"tags": "a&b=c"}, 1) == "tags=a&b=c"
    assert string_to_sign({"tags": "a&b=c"}, 2) == "tags=a%26b=c"
