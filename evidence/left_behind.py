"""What killed processes left in a folder of files that only live as long as their process.

Here belong the names of such files, which begin with the number of their process, and removing those of processes that
are gone. What the files are for does not.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path


def own_name() -> str:
    """A new name for a file or folder of this process."""
    return f"{own_prefix()}{secrets.token_hex(8)}"


def own_prefix() -> str:
    """What the names of this process begin with."""
    return f"{os.getpid()}-"


def remove_left_behind(folder: Path) -> None:
    """Remove what stands in a folder under the number of a process that is gone, or of none."""
    for left in folder.iterdir() if folder.is_dir() else ():
        if _is_alive(left.name.partition("-")[0]):
            continue
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def _is_alive(process: str) -> bool:
    """Whether a process of this number runs; a name that is no number is nobody's."""
    if not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
