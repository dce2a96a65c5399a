"""Delivery of real bytes by URLs that the real SDK builds."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cloudinary import api, uploader, utils
from PIL import Image

Picture = Callable[..., bytes]


def _get(public_id: str, **options: Any) -> httpx.Response:
    return httpx.get(utils.cloudinary_url(public_id, **options)[0])


def _size(answer: httpx.Response) -> tuple[str | None, tuple[int, int]]:
    assert answer.status_code == 200, answer.headers.get("x-cld-error")
    with Image.open(io.BytesIO(answer.content)) as image:
        return image.format, image.size


def test_any_version_in_the_url_serves_the_newest_bytes(account: Any, picture: Picture) -> None:
    """A URL does not pin bytes; a stand-in that pinned them would make false links look right."""
    red, blue = picture("red"), picture("blue")
    first = uploader.upload(red, public_id="f/a")
    assert httpx.get(first["secure_url"]).content == red
    account.clock.advance(1)
    second = uploader.upload(blue, public_id="f/a")
    assert httpx.get(first["secure_url"]).content == httpx.get(second["secure_url"]).content == blue
    assert _get("f/a", format="jpg").content == blue
    assert httpx.get(second["secure_url"]).headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"width": 30, "crop": "scale"}, ("JPEG", (30, 20))),
        ({"width": 30, "height": 30, "crop": "fill", "gravity": "auto"}, ("JPEG", (30, 30))),
        ({"width": 600, "crop": "limit"}, ("JPEG", (60, 40))),
        ({"width": 120, "height": 120, "crop": "fit"}, ("JPEG", (120, 80))),
        ({"width": 0.5, "crop": "scale"}, ("JPEG", (30, 20))),
        ({"width": 20, "height": 20, "crop": "pad"}, ("JPEG", (20, 20))),
        ({"aspect_ratio": "1:1", "width": 20, "crop": "fill", "dpr": 2}, ("JPEG", (40, 40))),
        ({"fetch_format": "webp", "quality": "auto:good"}, ("WEBP", (60, 40))),
        ({"format": "png"}, ("PNG", (60, 40))),
        ({"transformation": [{"width": 30, "crop": "scale"}, {"fetch_format": "auto"}]}, ("JPEG", (30, 20))),
    ],
)
def test_transformations_change_real_pixels(
    account: Any, picture: Picture, options: dict[str, Any], expected: tuple[str, tuple[int, int]]
) -> None:
    """A rendition whose bytes were the original's would make every size and format in a report wrong."""
    uploader.upload(picture("red"), public_id="w_30/a")
    assert _size(_get("w_30/a", **options)) == expected


def test_automatic_format_follows_the_accept_header(account: Any, picture: Picture) -> None:
    """`f_auto` gives browsers webp and mail programs the original."""
    uploader.upload(picture("red"), public_id="a")
    url = utils.cloudinary_url("a", fetch_format="auto")[0]
    assert httpx.get(url, headers={"accept": "image/webp,*/*"}).headers["content-type"] == "image/webp"
    assert httpx.get(url, headers={"accept": "*/*"}).headers["content-type"] == "image/jpeg"


def test_named_transformations(account: Any, picture: Picture) -> None:
    """An unknown name is an error with its reason, never the untransformed image."""
    uploader.upload(picture("red"), public_id="a")
    api.create_transformation("half", "w_30,c_scale")
    assert _size(_get("a", transformation="half")) == ("JPEG", (30, 20))
    assert api.transformations()["transformations"][0]["name"] == "t_half"
    answer = _get("a", transformation="none")
    assert (answer.status_code, answer.headers["x-cld-error"]) == (404, "Transformation not found - none")
    api.delete_transformation("half")
    assert _get("a", transformation="half").status_code == 404


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("image/upload/v1/missing.jpg", 404, "Resource not found - missing.jpg"),
        ("image/upload/w_10/v1/missing.jpg", 404, "Resource not found - missing.jpg"),
        ("image/upload/zz_10/a.jpg", 400, "Invalid transformation component - zz_10"),
        ("image/upload/w_x/a.jpg", 400, "Invalid w in transformation: w_x"),
        ("image/upload/q_500/a.jpg", 400, "Invalid quality in transformation: q_500"),
        ("image/upload/a.xyz", 400, "Invalid extension in transformation: xyz"),
        ("image/upload/w_99999/a.jpg", 400, "Maximum image size"),
    ],
)
def test_errors_say_why(account: Any, picture: Picture, path: str, status: int, reason: str) -> None:
    """A partner's broken link is explained by this header alone."""
    uploader.upload(picture("red"), public_id="a")
    answer = httpx.get(f"{account.base_url}/assettrail-sandbox/{path}")
    assert answer.status_code == status
    assert answer.headers["x-cld-error"].startswith(reason)


def test_signed_delivery(account: Any, picture: Picture) -> None:
    """Authenticated and private originals are not for everybody, and a wrong signature is not one."""
    content = picture("red")
    answer = uploader.upload(content, public_id="f/secret", type="authenticated")
    assert httpx.get(answer["secure_url"]).content == content
    options = {"type": "authenticated", "format": "jpg"}
    assert _get("f/secret", **options).status_code == 401
    assert _get("f/secret", sign_url=True, **options).content == content
    assert _get("f/secret", sign_url=True, long_url_signature=True, **options).content == content
    assert _get("f/secret", sign_url=True, api_secret="wrong", **options).status_code == 401
    assert _size(_get("f/secret", sign_url=True, width=30, crop="scale", **options)) == ("JPEG", (30, 20))


def test_names_that_are_hard_to_read(account: Any, picture: Picture) -> None:
    """Dots, spaces, folders like versions or transformations: the longest existing public_id wins."""
    content = picture("red")
    for public_id in ("a.b/c.d", "with space/ü", "2024/w_10,h_10/x", "q_auto/y"):
        answer = uploader.upload(content, public_id=public_id)
        assert httpx.get(answer["secure_url"]).content == content, public_id
        assert _get(public_id, format="jpg").content == content, public_id
    raw = uploader.upload(b"a,b", public_id="lists/list.csv", resource_type="raw")
    assert raw["secure_url"].endswith("/lists/list.csv")
    assert httpx.get(raw["secure_url"]).content == b"a,b"


def test_deleted_assets_are_not_delivered(account: Any, picture: Picture) -> None:
    """A recalled image that could still be fetched would not be recalled."""
    url = uploader.upload(picture("red"), public_id="a")["secure_url"]
    uploader.destroy("a")
    assert httpx.get(url).headers["x-cld-error"] == "Resource not found - a.jpg"


def test_a_broken_image_is_an_error_and_not_a_crash(account: Any, picture: Picture) -> None:
    """Only headers are read at upload, so that cut files get in, as with the service."""
    uploader.upload(picture("red", size=(500, 500))[:1500], public_id="cut")
    assert _get("cut", width=10, crop="scale").status_code == 400
