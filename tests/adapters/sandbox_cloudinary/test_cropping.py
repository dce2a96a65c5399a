"""Gravity, custom coordinates, quality overrides, breakpoints, relations and videos, through the real SDK."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloudinary import api, exceptions, uploader, utils
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

_GREEN = (0, 160, 0)


def _landscape() -> bytes:
    """A grey picture of 300 by 100 pixels with a checkered green square at its right edge."""
    image = Image.new("RGB", (300, 100), "gray")
    square = Image.new("RGB", (60, 60), _GREEN)
    for x in range(0, 60, 20):
        square.paste("white", (x, 0, x + 10, 60))
    image.paste(square, (230, 20))
    kept = io.BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()


def _delivered(public_id: str, **options: Any) -> Image.Image:
    answer = httpx.get(utils.cloudinary_url(public_id, **options)[0])
    assert answer.status_code == 200, answer.headers.get("x-cld-error")
    with Image.open(io.BytesIO(answer.content)) as image:
        return image.convert("RGB")


def _green_share(image: Image.Image) -> float:
    pixels = list(image.get_flattened_data())
    return sum(1 for red, green, blue in pixels if green > red + 60 and green > blue + 60) / len(pixels)


@pytest.mark.parametrize(
    ("gravity", "shows_it"), [("center", False), ("west", False), ("east", True), ("auto", True), ("face", False)]
)
def test_gravity_says_what_a_crop_keeps(account: Any, gravity: str, shows_it: bool) -> None:
    """A gravity that changed nothing would make a wrong crop look mended."""
    uploader.upload(_landscape(), public_id="wide")
    cropped = _delivered("wide", width=100, height=100, crop="fill", gravity=gravity, format="png")
    assert cropped.size == (100, 100)
    assert (_green_share(cropped) > 0.1) is shows_it


def test_custom_coordinates_are_kept_and_shown(account: Any) -> None:
    """The region that the customer declared has to be what g_custom keeps, also for what was derived before."""
    uploader.upload(_landscape(), public_id="wide")
    asked = {"width": 100, "height": 100, "crop": "fill", "gravity": "custom", "format": "png"}
    assert _green_share(_delivered("wide", **asked)) == 0
    made = uploader.explicit("wide", type="upload", custom_coordinates="230,20,60,60", eager=["c_crop,g_custom"])
    assert (made["eager"][0]["width"], made["eager"][0]["height"]) == (60, 60)
    assert _green_share(_delivered("wide", **asked)) > 0.1
    assert api.resource("wide", coordinates=True)["coordinates"] == {"custom": [[230, 20, 60, 60]]}
    assert "coordinates" not in api.resource("wide")
    with pytest.raises(exceptions.BadRequest, match="custom_coordinates"):
        uploader.explicit("wide", type="upload", custom_coordinates="everywhere")


def test_a_cut_by_coordinates_is_that_part(account: Any) -> None:
    """A crop at x and y that lay elsewhere would show a partner another part than was measured."""
    uploader.upload(_landscape(), public_id="wide")
    cut = _delivered("wide", crop="crop", x=230, y=20, width=60, height=60, format="png")
    assert (cut.size, cut.getpixel((15, 5))) == ((60, 60), _GREEN)
    answer = httpx.get(utils.cloudinary_url("wide", width=10, height=10, crop="fill", gravity="nowhere")[0])
    assert (answer.status_code, answer.headers["x-cld-error"][:15]) == (400, "Invalid gravity")


def test_a_quality_override_stands_for_automatic_quality(account: Any) -> None:
    """It is how one heavy asset is made lighter without a new address; a stated quality is not touched."""
    uploader.upload(_landscape(), public_id="wide")

    def sizes() -> tuple[int, int]:
        asked = ({"quality": "auto"}, {"quality": 90})
        answers = [httpx.get(utils.cloudinary_url("wide", format="jpg", **options)[0]) for options in asked]
        return len(answers[0].content), len(answers[1].content)

    before = sizes()
    uploader.explicit("wide", type="upload", quality_override="auto:low", invalidate=True)
    assert sizes()[0] < before[0]
    assert sizes()[1] == before[1]


def test_comments_are_not_in_what_is_derived(account: Any) -> None:
    """A file that is heavy with comments would seem to be as heavy in every rendition."""
    kept = io.BytesIO()
    Image.new("RGB", (40, 40), "gray").save(kept, "JPEG", comment=b"x" * 30_000)
    uploader.upload(kept.getvalue(), public_id="heavy")
    assert len(httpx.get(utils.cloudinary_url("heavy", format="jpg", quality=80)[0]).content) < 2_000


def test_breakpoints_are_real_files_of_falling_width(account: Any) -> None:
    """Widths that were not made would be a srcset of broken addresses."""
    uploader.upload(_landscape(), public_id="wide")
    asked = {"create_derived": True, "min_width": 40, "max_width": 200, "bytes_step": 100, "max_images": 4}
    made = uploader.explicit("wide", type="upload", responsive_breakpoints=[asked])["responsive_breakpoints"]
    found = made[0]["breakpoints"]
    widths = [one["width"] for one in found]
    assert (widths[0], widths[-1]) == (200, 40)
    assert widths == sorted(widths, reverse=True)
    for one in found:
        answer = httpx.get(one["url"])
        assert (answer.status_code, len(answer.content)) == (200, one["bytes"])


def test_related_assets_stay_when_one_is_overwritten(account: Any) -> None:
    """A corrected file must not lose the links to its siblings."""
    first = uploader.upload(_landscape(), public_id="wide")
    second = uploader.upload(_landscape(), public_id="other")
    answer = api.add_related_assets_by_asset_ids(first["asset_id"], [second["asset_id"], "f" * 32])
    assert [one["asset"] for one in answer["success"]] == [second["asset_id"]]
    assert [one["status"] for one in answer["failed"]] == [404]
    assert api.add_related_assets("wide", ["image/upload/other"])["failed"] == []
    uploader.upload(_landscape(), public_id="wide", overwrite=True)
    for one, related in (("wide", "other"), ("other", "wide")):
        shown = api.resource(one, related=True)["related_assets"]
        assert [found["public_id"] for found in shown] == [related]


def test_a_video_is_really_transcoded(account: Any, tmp_path: Path) -> None:
    """A rendition of a video that is the original would make every figure of it wrong."""
    path = tmp_path / "made.mp4"
    order = [get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10:duration=2"]
    subprocess.run([*order, "-c:v", "mjpeg", "-q:v", "2", str(path)], check=True)
    uploader.upload(str(path), resource_type="video", public_id="film")
    address = utils.cloudinary_url("film", resource_type="video", width=160, crop="scale", quality=50, format="mp4")[0]
    answer = httpx.get(address, timeout=60)
    assert answer.status_code == 200, answer.headers.get("x-cld-error")
    assert len(answer.content) < path.stat().st_size / 2
    assert answer.content.index(b"moov") < answer.content.index(b"mdat")
    refused = httpx.get(utils.cloudinary_url("film", resource_type="video", width=9, height=9, crop="fill")[0])
    assert refused.status_code == 400
