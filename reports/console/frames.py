"""What goes through the pipes between the supervisor and its worker: a length, then that many bytes.

Here belong writing and reading one frame on the worker's side, which waits; the supervisor reads with a deadline.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

LENGTH = struct.Struct(">Q")
OPENED = b"opened"
"""The first frame of each answer: what starting and opening take is no question's time."""


def write_frame(stream: BinaryIO, content: bytes) -> None:
    """Write one frame."""
    stream.write(LENGTH.pack(len(content)))
    stream.write(content)
    stream.flush()


def read_frame(stream: BinaryIO) -> bytes | None:
    """Return the next frame, None at the end."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    return stream.read(length)
