"""Files that lie in a folder to which others write: the file itself is opened, and nothing that its name leads to.

Here belong the way from a folder that we were given to a file below it, and its name as a text. No symbolic link is
followed, as it may lead to what those who fill the folder may not read and we may; what is no file is not waited for.
Both are looked at when the file is open, so that a name that means something else meanwhile opens nothing else.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def open_lying(folder: Path, path: Path) -> BinaryIO:
    """Open a file below a folder; the folder's own path may have links in it.

    Raises OSError, also for a link, and for a pipe, device or folder: `strerror` says it in words.
    """
    *folders, name = path.relative_to(folder).parts
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for each in folders:
            below = _opened(each, _FOLDER, place)
            os.close(place)
            place = below
        file = _opened(name, _FILE, place)
    finally:
        os.close(place)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(errno.EINVAL, "a pipe, device or folder", str(path))
    return os.fdopen(file, "rb")


def _opened(name: str, flags: int, folder: int) -> int:
    try:
        return os.open(name, flags, dir_fd=folder)
    except OSError as error:
        if _is_link(name, folder):
            raise OSError(errno.ELOOP, "a symbolic link, which is not followed", name) from error
        raise


def _is_link(name: str, folder: int) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False


def readable_name(name: str | bytes) -> str:
    """A file name as a text that can be written anywhere: bytes that are no UTF-8 are replaced."""
    data = name.encode("utf-8", "surrogateescape") if isinstance(name, str) else name
    return data.decode("utf-8", "replace")
