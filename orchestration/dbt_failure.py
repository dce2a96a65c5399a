"""What a failure of dbt is told as: a disk that refuses in the words of the house, everything else in dbt's own.

Here belongs telling the two apart by what dbt said. What is run, and what stays as it was, says who runs it.
"""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Final

from assettrail.errors import AssettrailError, ConfigurationError, ContractBroken

_REFUSALS: Final = tuple(
    os.strerror(code) for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)
)
"""What the system says when a disk refuses; dbt and DuckDB pass it on inside of their own words."""
_LONGEST_LINE: Final = 300


def dbt_failed(
    tried: str, said: str, folder: Path, expected: str, remedy: str, *, heard: str | None = None
) -> AssettrailError:
    """Return the error of a dbt that failed: ConfigurationError where a disk refused, else ContractBroken.

    `said` is what is told of the failure, `heard` all that dbt said where that is more. `folder` is where dbt writes:
    the free bytes of its disk are told. `remedy` says what to correct, and behind a semicolon what stays as it is.
    """
    refused = _refusal_in(heard or said)
    if refused is None:
        return ContractBroken(tried, said, expected, remedy)
    disk = next((each for each in (folder, *folder.parents) if each.is_dir()), Path("/"))
    return ConfigurationError(
        tried=tried,
        found=f"dbt could not write: {refused}; {shutil.disk_usage(disk).free} bytes are free on the disk of {folder}",
        expected="files that this user may read and write, on a sound disk with free space",
        remedy=f"free space on that disk, or correct its rights or quota, then run again;{remedy.partition(';')[2]}",
    )


def _refusal_in(said: str) -> str | None:
    """The line that says that a disk refused; None when none does."""
    lines = (line.strip() for line in said.splitlines() if any(words in line for words in _REFUSALS))
    line = next(lines, None)
    return None if line is None else line[:_LONGEST_LINE]
