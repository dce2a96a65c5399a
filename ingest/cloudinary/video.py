"""Looking at the bytes of a video: its container by its first bytes, and its first frame as a picture.

Here belongs having strangers' videos decoded, within limits: by a process of ffmpeg's of its own, whose end harms
nobody, which reads one container that we named and no other file, for a bounded time, with bounded memory. What is seen
on the frame, and the preview of it, is `picture`'s.
"""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from imageio_ffmpeg import get_ffmpeg_exe

from evidence.refusing_disk import disk_told
from ingest.cloudinary.bounded import bound
from ingest.cloudinary.picture import Picture, look_at

_TRIED: Final = "to lay a fetched video where ffmpeg can read it"
_SECONDS: Final = 60
_FRAME_BYTES_CAP: Final = 1 << 29
_CONTAINERS: Final = {
    "mp4": "mov",
    "mov": "mov",
    "webm": "matroska",
    "mkv": "matroska",
    "avi": "avi",
    "ogv": "ogg",
    "flv": "flv",
    "wmv": "asf",
    "mpeg": "mpeg",
}
"""The containers that are looked at, by their usual name, and ffmpeg's reader of each: none that names other files.
MPEG transport streams crash the ffmpeg of `imageio-ffmpeg` 0.6."""
_MARKS: Final = {b"OggS": "ogv", b"FLV\x01": "flv", b"\x30\x26\xb2\x75": "wmv", b"\x00\x00\x01\xba": "mpeg"}


def look_at_video(content: bytes, pixels_cap: int) -> Picture:
    """Look at the bytes of a video; never raises for what is in them, ConfigurationError when the disk refuses.

    Width and height are those of the first frame as it is shown, upright.
    """
    container = container_of(content)
    if container is None:
        return Picture(reason="no video of a known format")
    frame, said = _first_frame(content, _CONTAINERS[container], pixels_cap)
    if not frame:
        return Picture(container, reason=f"no frame can be decoded ({said})")
    return replace(look_at(frame, pixels_cap), format=container)


def container_of(content: bytes) -> str | None:
    """Return the container that the first bytes tell; None for one that is not looked at."""
    if content[4:8] == b"ftyp":
        return "mov" if content[8:10] == b"qt" else "mp4"
    if content.startswith(b"\x1a\x45\xdf\xa3"):
        return "webm" if b"webm" in content[:64] else "mkv"
    if content.startswith(b"RIFF"):
        return "avi" if content[8:12] == b"AVI " else None
    return _MARKS.get(content[:4])


def _first_frame(content: bytes, reader: str, pixels_cap: int) -> tuple[bytes, str]:
    """Return the first frame as a PNG, empty when there is none; and in a few words why."""
    with disk_told(_TRIED, Path(tempfile.gettempdir())), tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "video"), Path(folder, "frame.png")
        source.write_bytes(content)
        order = [
            *(get_ffmpeg_exe(), "-v", "error", "-nostdin", "-threads", "1", "-max_pixels", str(pixels_cap)),
            *("-protocol_whitelist", "file", "-f", reader, "-i", str(source)),
            *("-an", "-sn", "-dn", "-frames:v", "1", "-c:v", "png", "-f", "image2", str(made)),
        ]
        with subprocess.Popen(order, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            bound(process.pid, _SECONDS, _FRAME_BYTES_CAP)
            try:
                code = process.wait(_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                return b"", f"ffmpeg took more than {_SECONDS} s"
        if made.is_file() and code == 0:
            return made.read_bytes(), ""
        return b"", f"ffmpeg ended with {code}"
