"""How the C library hands out memory to the threads of a landing.

Here belongs the one setting that keeps a process small that lands report after report; what the memory is for does not.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from typing import Final

_ARENA_MAX: Final = -8
"""`M_ARENA_MAX` of glibc's <malloc.h>; mallopt(3)."""
_ARENAS: Final = 2


def few_arenas() -> None:
    """Let threads share two arenas of glibc from now on; another C library is left as it is.

    Each thread that lands would get an arena of its own else, and what it gives back stays there when it ends: a
    process that lands large reports grew by a tenth of a gigabyte with each of them.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _ARENAS)
