"""What a disk that refuses is told as: one message, whichever call it refused, with the room that is left.

Here belongs turning the errors of the system, and of databases that pass them on, into the error of the house. Any call
may be refused, not only a write: on a failing disk a lock, a listing or a removal is, too.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assettrail.errors import ConfigurationError


@contextmanager
def disk_told(tried: str, folder: Path, *databases: type[Exception]) -> Iterator[None]:
    """Turn what a disk refuses while the block runs into ConfigurationError, with the free bytes of `folder`'s disk.

    `tried` says what the block is for; it is told where the refused call has no message of its own. `databases` are
    errors by which a database tells of a disk.
    """
    refusals: tuple[type[Exception], ...] = (OSError, *databases)
    try:
        yield
    except ConfigurationError as error:
        if not isinstance(error.__cause__, OSError):
            raise
        raise _with_free_space(error, folder) from error
    except refusals as error:
        told = refused_by_disk(tried, error)
        told.__cause__ = error  # The free bytes are told once, by the innermost block.
        raise _with_free_space(told, folder) from told


def refused_by_disk(tried: str, error: Exception) -> ConfigurationError:
    """Return the error of a step that the disk stopped; `error` is what the system or a database said."""
    said = str(error)
    if isinstance(error, OSError) and error.strerror:
        said = error.strerror + (f": {error.filename}" if error.filename else "")
    return ConfigurationError(
        tried=tried,
        found=f"{type(error).__name__}: {said}",
        expected="files that this user may read and write, on a sound disk with free space",
        remedy="free space, or correct the rights or the disk, then run again: it goes on from what is durable",
    )


def _with_free_space(error: ConfigurationError, folder: Path) -> ConfigurationError:
    disk = next((each for each in (folder, *folder.parents) if each.is_dir()), Path("/"))
    found = f"{error.found}; {shutil.disk_usage(disk).free} bytes are free on the disk of {folder}"
    return ConfigurationError(error.tried, found, error.expected, error.remedy)
