"""Cloudinary transformation strings, applied to real videos with ffmpeg.

Belongs here: w_ h_ c_scale/limit/fit/fill and q_ of a video, as an H.264 MP4 whose index stands first, as Cloudinary
delivers it. Does not belong here: pictures (`transformations`).
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

from sandbox.cloudinary.errors import ApiError
from sandbox.cloudinary.transformations import Step, quality_of, size_of

_SECONDS = 60
_WORST, _BEST = 38, 16
"""H.264's constant rate factors that stand for the qualities 1 and 100."""


def apply(
    content: bytes, size: tuple[int | None, int | None], steps: list[Step], target: str
) -> tuple[bytes, int | None, int | None]:
    """Return the transcoded bytes, width and height. Raises ApiError 400 for what it does not make, or cannot read."""
    if target != "mp4":
        raise ApiError(400, f"Invalid extension in transformation: {target}")
    width, height = size
    for step in steps:
        asked = size_of((width, height), step) if width and height else None
        if asked is None or not width or not height:
            continue
        crop = step.params.get("c", "scale")
        factor = min(asked[0] / width, asked[1] / height, *([1.0] if crop == "limit" else []))
        if crop in {"limit", "fit"}:
            asked = (round(width * factor), round(height * factor))
        elif crop != "scale":
            raise ApiError(400, f"The sandbox does not crop videos - c_{crop}")
        width, height = (max(2, side // 2 * 2) for side in asked)
    rate = round(_WORST - (quality_of(steps) - 1) * (_WORST - _BEST) / 99)
    scaled = ["-vf", f"scale={width}:{height}"] if width and height else []
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "source"), Path(folder, "made.mp4")
        source.write_bytes(content)
        order = [get_ffmpeg_exe(), "-v", "error", "-i", str(source), *scaled, "-an", "-c:v", "libx264"]
        order += ["-preset", "veryfast", "-crf", str(rate), "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
        try:
            subprocess.run([*order, str(made)], check=True, capture_output=True, timeout=_SECONDS)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise ApiError(400, "Invalid video file") from error
        return made.read_bytes(), width, height
