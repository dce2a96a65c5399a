"""How the C library keeps memory that a landing gave back.

Here belong the settings that keep a process small that lands report after report; what the memory is for does not.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from typing import Final

_SETTINGS: Final = {-8: 2, -3: 4 << 20, -1: 32 << 20}
"""`M_ARENA_MAX`, `M_MMAP_THRESHOLD` and `M_TRIM_THRESHOLD` of glibc's <malloc.h>; mallopt(3)."""


def give_memory_back() -> None:
    """Have glibc give large blocks back at once and let threads share two arenas; another C library is left as it is.

    Each thread that lands would get an arena of its own else, and what it gives back stays there when it ends; and the
    size from which blocks are given back at once grows with each that is. A process grew by a tenth of a gigabyte with
    each large report. Of what lies behind the last block in use some is kept: work that takes and gives back a few
    megabytes in turns would have the kernel clear the same pages over and over.
    """
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        for name, value in _SETTINGS.items():
            mallopt(name, value)
