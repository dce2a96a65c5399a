"""Looking at strangers' videos: what the bytes say, a preview of the first frame, and nothing that harms the run."""

from __future__ import annotations

import errno
import io
from pathlib import Path

import pytest
from PIL import Image

from assettrail.errors import ConfigurationError
from ingest.cloudinary import video
from ingest.cloudinary.picture import PREVIEW_BYTES_CAP, Picture
from ingest.cloudinary.video import container_of, look_at_video
from tests.unit.ingest.videos import CODECS, red_video

CAP = 1_000_000


@pytest.mark.parametrize("kind", CODECS)
def test_container_and_size_are_what_the_bytes_say(kind: str) -> None:
    """The vendor's word for format and size is what is being checked."""
    seen = look_at_video(red_video(kind), CAP)
    assert (seen.format, seen.width, seen.height, seen.is_decodable, seen.reason) == (kind, 64, 48, True, None)
    assert seen.preview is not None
    assert len(seen.preview) <= PREVIEW_BYTES_CAP
    assert b"canary" not in seen.preview
    with Image.open(io.BytesIO(seen.preview)) as preview:
        red, green, blue = preview.convert("RGB").crop((32, 24, 33, 25)).tobytes()
    assert (red > 200, max(green, blue) < 60) == (True, True), "the first frame"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"ID3\x04",
        b"RIFF\x24\x00\x00\x00WAVEfmt ",
        b"#EXTM3U\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile x\n",
    ],
)
def test_what_is_no_video_is_given_to_nobody(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A playlist that ffmpeg follows reads files of this machine into a preview."""
    monkeypatch.setattr(video, "get_ffmpeg_exe", lambda: pytest.fail("ffmpeg was asked"))
    assert container_of(content) is None
    assert look_at_video(content, CAP) == Picture(reason="no video of a known format")


def test_a_playlist_behind_the_mark_of_a_video_is_not_followed(tmp_path: Path) -> None:
    """What looks like a video and reads like a list of files is read as a video only."""
    kept = tmp_path / "kept.mp4"
    kept.write_bytes(red_video("mp4"))
    seen = look_at_video(b"FLV\x01\n#EXTM3U\n#EXTINF:1,\n" + str(kept).encode() + b"\n#EXT-X-ENDLIST\n", CAP)
    assert (seen.format, seen.width, seen.is_decodable, seen.preview) == ("flv", None, False, None)


@pytest.mark.parametrize("kept_bytes", [12, 400, 900])
def test_a_cut_video_is_told(kept_bytes: int) -> None:
    """A file that nobody can play is no approved video, whatever the vendor says of it."""
    seen = look_at_video(red_video("mp4")[:kept_bytes], CAP)
    assert (seen.format, seen.is_decodable, seen.preview) == ("mp4", False, None)
    assert "no frame can be decoded" in str(seen.reason)


def test_more_pixels_than_allowed_are_not_decoded() -> None:
    """A header that promises a wall of pixels fills the memory of the machine that believes it."""
    seen = look_at_video(red_video("mp4"), 64 * 48 - 1)
    assert (seen.is_decodable, seen.preview) == (False, None)


def test_a_decoder_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One file must not hold up all others."""
    endless = tmp_path / "endless"
    endless.write_text("#!/bin/sh\nexec sleep 600\n")
    endless.chmod(0o700)
    monkeypatch.setattr(video, "get_ffmpeg_exe", lambda: str(endless))
    monkeypatch.setattr(video, "_SECONDS", 1)
    assert "took more than 1 s" in str(look_at_video(red_video("mp4"), CAP).reason)


def test_a_decoder_that_crashes_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Bytes that were made to crash a decoder end its process, not the run."""
    crashing = tmp_path / "crashing"
    crashing.write_text("#!/bin/sh\nkill -SEGV $$\n")
    crashing.chmod(0o700)
    monkeypatch.setattr(video, "get_ffmpeg_exe", lambda: str(crashing))
    assert "ffmpeg ended with -11" in str(look_at_video(red_video("mp4"), CAP).reason)


def test_a_disk_that_refuses_is_told_in_the_words_of_the_house(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk for temporary files is not the video's fault, and must not be written down as such."""

    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    content = red_video("mp4")
    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(ConfigurationError, match="No space left on device"):
        look_at_video(content, CAP)
