"""Measuring a video: its first frame, and how much of the file has to arrive before that can be shown.

Here belongs what ffmpeg says of bytes. A player that streams needs the index and the first frame's data; where the
index stands at the end, it needs the whole file. That is counted in bytes, which are the same on every line and
machine, not in seconds. Where the bytes come from is `trial`.
"""

from __future__ import annotations

import io
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from corrections.renditions.measured import Measured, Region
from corrections.renditions.pictures import likeness_as_shown

_SECONDS = 60
_PRECISION_BYTES = 1024
_STREAMED = ("-i", "pipe:0")


def first_frame(content: bytes) -> Image.Image | None:
    """Decode the first frame of a whole file, None when there is none to be decoded."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "video")
        path.write_bytes(content)
        made = _png(["-i", str(path)], None)
    if not made:
        return None
    with Image.open(io.BytesIO(made)) as image:
        return image.convert("RGB")


def first_frame_bytes(content: bytes) -> int:
    """How many bytes a streaming player needs before the first frame, to about a kibibyte; all where it needs all.

    A frame counts when it is the same picture that the whole stream gives, not when a decoder conceals what is missing.
    """
    whole = _png(_STREAMED, content)
    if not whole:
        return len(content)
    enough, too_few = len(content), 0
    while enough - too_few > _PRECISION_BYTES:
        middle = (enough + too_few) // 2
        if _png(_STREAMED, content[:middle]) == whole:
            enough = middle
        else:
            too_few = middle
    return enough


def measure_video(content: bytes, original: Image.Image, shown_width: int | None) -> Measured:
    """Measure a delivered video against the first frame of its original; `shown_width` as for a picture."""
    frame = first_frame(content)
    if frame is None:
        return Measured(len(content), is_decodable=False)
    whole = Region(0, 0, original.width, original.height)
    return Measured(
        size_bytes=len(content),
        is_decodable=True,
        format_code=_format(content),
        width_px=frame.width,
        height_px=frame.height,
        ssim=round(likeness_as_shown(frame, original, whole, shown_width), 4),
        first_frame_bytes=first_frame_bytes(content),
    )


def _format(content: bytes) -> str:
    if content.startswith(b"\x1a\x45\xdf\xa3"):
        return "webm"
    return "mov" if content[8:10] == b"qt" else "mp4"


def _png(source: Sequence[str], content: bytes | None) -> bytes:
    """The first frame as PNG, empty when there is none."""
    order = [get_ffmpeg_exe(), "-v", "error", *source, "-frames:v", "1", "-f", "image2pipe", "-c:v", "png", "pipe:1"]
    try:
        return subprocess.run(order, input=content, capture_output=True, timeout=_SECONDS, check=False).stdout
    except subprocess.TimeoutExpired:
        return b""
