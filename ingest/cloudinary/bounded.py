"""Looking at an image in a process of its own, with bounds of time and memory.

Here belong the process and its bounds. What can be known of an image beforehand, its size, does not tell how long it
takes: scans of a JPEG, hidden frames of an AVIF and comments of a GIF cost some bytes each and are read for hours. Such
a file ends its process and is told as what it is. Not here: what is seen (`picture`).
Why: docs/decisions/0068-a-video-is-decoded-by-a-process-of-its-own.md.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec

from assettrail.errors import ConfigurationError
from ingest.cloudinary.picture import Picture, look_at

MEMORY_BYTES: Final = 2 << 30
_SECONDS: Final = 60
_BEGUN: Final = b"begun "
"""What the process says first: what comes later is the image's doing."""
_PROGRAM: Final = "import sys; from ingest.cloudinary.bounded import answer; answer(int(sys.argv[1]))"


def look_at_image(content: bytes, pixels_cap: int) -> Picture:
    """Look at the bytes of an image as `look_at` does; never raises for what is in them, or for what they do.

    Raises ConfigurationError when the process cannot begin.
    """
    words = [sys.executable, "-c", _PROGRAM, str(pixels_cap)]
    # Neither settings nor secrets of the environment: what decodes strangers' bytes has no use for them.
    path = {"PYTHONPATH": os.pathsep.join(each or str(Path.cwd()) for each in sys.path)}
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(words, env=path, stdin=pipe, stdout=pipe, stderr=nowhere) as process:
        bound(process.pid, _SECONDS, 0)
        try:
            told, _ = process.communicate(content, _SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return Picture(reason=f"looking at it took more than {_SECONDS} s")
    if not told.startswith(_BEGUN):
        raise ConfigurationError(
            tried="to look at an image in a process of its own",
            found=f"a process that ended with {process.returncode} before it began",
            expected="a Python that starts, as this one did",
            remedy="look at the machine's memory and its limits of processes, then run again; nothing was landed of it",
        )
    try:
        return msgspec.msgpack.decode(told.removeprefix(_BEGUN), type=Picture)
    except msgspec.DecodeError:
        return Picture(reason=f"its decoder ended with {process.returncode}")


def answer(pixels_cap: int) -> None:
    """Look at the image on standard input, and tell what is seen on standard output."""
    out = sys.stdout.buffer
    out.write(_BEGUN)
    out.flush()
    out.write(msgspec.msgpack.encode(look_at(sys.stdin.buffer.read(), pixels_cap)))


def bound(pid: int, seconds: int, file_bytes: int) -> None:
    """Bound what a process may take, where the system can (Linux); one that has ended takes nothing any more."""
    if not hasattr(resource, "prlimit"):
        return
    limits = {
        resource.RLIMIT_AS: MEMORY_BYTES,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: file_bytes,
    }
    for kind, most in limits.items():
        try:
            resource.prlimit(pid, kind, (most, most))
        except ProcessLookupError:
            return
