"""Small real videos for tests, each made once in a process.

Here belongs making them; what is seen in them is written in the tests.
"""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from imageio_ffmpeg import get_ffmpeg_exe

RED = "color=red:size=64x48:rate=5:duration=1"
CODECS = {
    "mp4": ("libx264", "-metadata", "comment=canary"),
    "mov": ("libx264",),
    "webm": ("libvpx",),
    "mkv": ("libx264",),
    "avi": ("mpeg4",),
    "flv": ("flv1",),
    "wmv": ("wmv2",),
    "ogv": ("libtheora",),
    "mpeg": ("mpeg2video", "-f", "mpeg"),
}


@cache
def red_video(kind: str) -> bytes:
    """Return a red video of 64 by 48 pixels and a second, in a container of CODECS."""
    with TemporaryDirectory() as folder:
        path = Path(folder, f"video.{kind}")
        order = [get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", RED, "-r", "25", "-pix_fmt", "yuv420p"]
        subprocess.run([*order, "-c:v", *CODECS[kind], str(path)], check=True)
        return path.read_bytes()
