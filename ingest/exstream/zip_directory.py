"""Opening a zip whose directory is no larger than what is read of it may be.

Here belongs that bound. `zipfile` reads the whole directory and makes an object of each entry before it can be asked
how many there are: entries without content are five times as large in memory. Which entries are sound is said by who
opens the archive.
"""

from __future__ import annotations

import zipfile
from typing import IO, BinaryIO, cast


def open_zip(file: BinaryIO, most_bytes: int) -> zipfile.ZipFile:
    """Open an archive with a directory of at most so many bytes; the file stays the caller's to close.

    Raises what `zipfile` raises, BadZipFile for a larger directory.
    """
    guarded = _Guarded(file, most_bytes)
    archive = zipfile.ZipFile(cast("IO[bytes]", guarded))
    guarded.most = None
    return archive


class _Guarded:
    """A file of which no more is read at a time than `most`, as long as there is one."""

    def __init__(self, file: BinaryIO, most: int | None) -> None:
        self.most = most
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises BadZipFile for too many of them."""
        if self.most is not None and size > self.most:
            raise zipfile.BadZipFile(f"a directory of more than {self.most} bytes")
        return self._file.read(size)
