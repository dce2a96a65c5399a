"""Looking at images in a process of its own, with bounds of time and memory.

Here belong the process and its bounds. What can be known of an image beforehand, its size, does not tell how long it
takes: scans of a JPEG, hidden frames of an AVIF and comments of a GIF cost some bytes each and are read for hours. Such
a file ends its process and is told as what it is; the next file has another one. Starting a process takes longer than
most images do, so that one looks at file after file until it ends. Not here: what is seen (`picture`).
Why: docs/decisions/0068-a-video-is-decoded-by-a-process-of-its-own.md.
"""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import msgspec

from assettrail.errors import ConfigurationError
from ingest.cloudinary.picture import Picture, look_at

MEMORY_BYTES: Final = 2 << 30
_SECONDS: Final = 60
_SECONDS_TO_BEGIN: Final = 60
_PROGRAM: Final = "import sys; from ingest.cloudinary.bounded import answer; answer(int(sys.argv[1]))"
_LONGEST_ANSWER: Final = 1 << 20
"""Bytes of what is told of an image, its preview among them: a decoder that somebody took over tells more."""
_BEGUN: Final = b"begun"
"""What the process says first: what comes later is an image's doing."""


class ImageLooker:
    """Looks at images one after the other in a process that is started when it is needed; for one thread.

    The process ends with this object, or when an image ends it.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None

    def look_at(self, content: bytes, pixels_cap: int) -> Picture:
        """Look at the bytes of an image as `picture.look_at` does; never raises for what is in them, or what they do.

        Raises ConfigurationError when the process cannot begin.
        """
        connection = self._asked(msgspec.msgpack.encode((content, pixels_cap)))
        try:
            if not connection.poll(_SECONDS):
                self.close()
                return Picture(reason=f"looking at it took more than {_SECONDS} s")
            return msgspec.msgpack.decode(connection.recv_bytes(_LONGEST_ANSWER), type=Picture)
        except (EOFError, OSError, msgspec.DecodeError):
            return Picture(reason=f"its decoder ended with {self.close()}")

    def close(self) -> int | None:
        """End the process; return its exit code, None where there was none."""
        process, connection = self._process, self._connection
        self._process = self._connection = None
        if process is None or connection is None:
            return None
        connection.close()
        with suppress(subprocess.TimeoutExpired):
            return process.wait(1)
        process.kill()
        return process.wait()

    def __del__(self) -> None:
        self.close()

    def _asked(self, question: bytes) -> Connection:
        """Ask the process that waits; where it has ended meanwhile, which no image did, another one."""
        if self._connection is not None:
            try:
                self._connection.send_bytes(question)
            except OSError:
                self.close()
            else:
                return self._connection
        connection = self._begun()
        connection.send_bytes(question)
        return connection

    def _begun(self) -> Connection:
        ours, theirs = socket.socketpair()
        # Neither settings nor secrets of the environment: what decodes strangers' bytes has no use for them.
        path = {"PYTHONPATH": os.pathsep.join(each or str(Path.cwd()) for each in sys.path)}
        with ours, theirs:
            words = [sys.executable, "-c", _PROGRAM, str(theirs.fileno())]
            nowhere = subprocess.DEVNULL
            try:
                self._process = subprocess.Popen(
                    words, env=path, stdin=nowhere, stdout=nowhere, stderr=nowhere, pass_fds=[theirs.fileno()]
                )
            except OSError as error:
                raise _not_begun(error.strerror or type(error).__name__) from error
            self._connection = Connection(ours.detach())
        bound(self._process.pid, None, 0)
        with suppress(EOFError, OSError):
            if self._connection.poll(_SECONDS_TO_BEGIN) and self._connection.recv_bytes(len(_BEGUN)) == _BEGUN:
                return self._connection
        raise _not_begun(f"a process that ended with {self.close()} before it began")


def _not_begun(found: str) -> ConfigurationError:
    return ConfigurationError(
        tried="to look at an image in a process of its own",
        found=found,
        expected="a Python that starts, as this one did",
        remedy="look at the machine's memory and its limits of processes, then run again; nothing was landed of it",
    )


def answer(descriptor: int) -> None:
    """Look at the images that come over a socket, one after the other, and tell what is seen, until it is closed."""
    with Connection(descriptor) as connection, suppress(EOFError, ConnectionError):
        connection.send_bytes(_BEGUN)
        while True:
            content, pixels_cap = msgspec.msgpack.decode(connection.recv_bytes(), type=tuple[bytes, int])
            connection.send_bytes(msgspec.msgpack.encode(look_at(content, pixels_cap)))


def bound(pid: int, seconds: int | None, file_bytes: int) -> None:
    """Bound what a process may take, where the system can (Linux); one that has ended takes nothing any more.

    `seconds` of computing are for all that it does; None leaves them to whoever waits for it.
    """
    if not hasattr(resource, "prlimit"):
        return
    limits = {resource.RLIMIT_AS: MEMORY_BYTES, resource.RLIMIT_FSIZE: file_bytes}
    if seconds is not None:
        limits[resource.RLIMIT_CPU] = seconds
    for kind, most in limits.items():
        try:
            resource.prlimit(pid, kind, (most, most))
        except ProcessLookupError:
            return
