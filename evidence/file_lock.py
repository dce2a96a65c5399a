"""A lock between processes on one file, with a bounded wait and the name of who holds it.

Here belongs waiting for one another on this machine. The lock is the kernel's (`flock`): it ends with its
process, also when that is killed, so that no stale lock can stay.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from assettrail.errors import ConfigurationError, TransientSourceError
from evidence.durable import make_folder_durably
from evidence.refusing_disk import refused_by_disk

_PAUSE_SECONDS = 0.02


@contextmanager
def file_lock(path: Path, what: str, wait_seconds: float = 30.0) -> Iterator[None]:
    """Hold the lock file `path` alone while the block runs.

    `what` names the thing that is locked, for the message. Not re-entrant, not even in the same thread.
    Raises TransientSourceError that names the holder when the lock is not free within `wait_seconds` (real
    time), ConfigurationError when the disk refuses the file or the holder's name in it.
    """
    file = hold(path, what, wait_seconds)
    try:
        _write_holder(file.fileno(), path, what)
        yield
    finally:
        let_go(file)


def hold(path: Path, what: str, wait_seconds: float = 30.0, *, shared: bool = False) -> TextIO:
    """Hold the lock file `path` until `let_go`, or until the file is closed; alone, or together with others (`shared`).

    Nothing is written into it. Raises as `file_lock` does.
    """
    make_folder_durably(path.parent)
    file = _opened(path, what)
    try:
        _acquire(file.fileno(), path, what, wait_seconds, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
    except BaseException:
        file.close()
        raise
    return file


def let_go(file: TextIO) -> None:
    """Let a held lock file go, also where a forked process has it open still, and close it."""
    fcntl.flock(file.fileno(), fcntl.LOCK_UN)
    file.close()


def is_locked(path: Path) -> bool:
    """Say whether a process holds the lock file `path` right now; it may have let go a moment later."""
    try:
        with path.open(encoding="utf-8") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False


def _opened(path: Path, what: str) -> TextIO:
    try:
        return path.open("a+", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            tried=f"to open the lock of {what}, {path}",
            found=error.strerror or str(error),
            expected="a file that this user may write",
            remedy="correct the rights of the folder and run again; nothing was written",
        ) from error


def _acquire(descriptor: int, path: Path, what: str, wait_seconds: float, kind: int) -> None:
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                raise _held(path, what, wait_seconds) from error
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _write_holder(descriptor: int, path: Path, what: str) -> None:
    """Write who holds the lock, past Python's buffers, which try again at closing what could not be written.

    A process that takes a lock again and again, as for each call of a vendor, finds its name there and writes nothing.
    """
    holder = f"process {os.getpid()} ({Path(sys.argv[0] or 'python').name})".encode()
    try:
        if os.pread(descriptor, len(holder) + 1, 0) != holder:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, holder)
    except OSError as error:
        raise refused_by_disk(f"to write who holds {what} into {path}", error) from error


def _held(path: Path, what: str, wait_seconds: float) -> TransientSourceError:
    holder = path.read_text(encoding="utf-8", errors="replace") or "another process"
    return TransientSourceError(
        tried=f"to lock {what} ({path}) within {wait_seconds:g} s",
        found=f"it is held by {holder}",
        expected="one writer at a time",
        remedy="wait for that process to end, or stop it, and run again; nothing was written",
    )
