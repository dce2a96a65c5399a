"""What is measured of a video: that it decodes, and how much has to arrive before it can begin."""

import subprocess
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from corrections.renditions.videos import first_frame, first_frame_bytes, measure_video


def _video(path: Path, *options: str) -> bytes:
    order = [get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10:duration=3"]
    subprocess.run([*order, "-c:v", "libx264", "-pix_fmt", "yuv420p", *options, str(path)], check=True)
    return path.read_bytes()


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """The same film with its index at the front, and at the end."""
    folder = tmp_path_factory.mktemp("videos")
    return _video(folder / "a.mp4", "-movflags", "+faststart"), _video(folder / "b.mp4")


def test_a_video_whose_index_stands_last_is_slower_to_its_first_frame(videos: tuple[bytes, bytes]) -> None:
    """Such a file of fewer bytes would begin later than the one it replaced."""
    front, last = videos
    assert first_frame_bytes(front) < len(front) / 2
    assert first_frame_bytes(last) == len(last)


def test_a_video_is_measured_by_its_first_frame(videos: tuple[bytes, bytes]) -> None:
    """Its likeness to the original, its size and its format come from the bytes."""
    original = first_frame(videos[1])
    assert original is not None
    found = measure_video(videos[0], original, None)
    assert (found.format_code, found.width_px, found.height_px, found.ssim) == ("mp4", 320, 240, 1.0)
    assert found.first_frame_bytes is not None


@pytest.mark.parametrize("content", [b"", b"no film at all", None])
def test_a_broken_video_is_not_decodable(videos: tuple[bytes, bytes], content: bytes | None) -> None:
    """It is refused, and the run goes on."""
    original = first_frame(videos[0])
    assert original is not None
    broken = videos[1][:3000] if content is None else content
    assert not measure_video(broken, original, None).is_decodable
