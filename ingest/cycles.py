"""Reading without Python looking for cycles among what is read.

Here belongs that one setting of the process, and taking it back. Records have no cycles and go when their batch does;
each look for cycles among very many of them, and all that is imported, finds nothing and costs a quarter of the time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_look_for_cycles() -> Iterator[None]:
    """Leave objects alone meanwhile, in all threads; who began first ends it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
