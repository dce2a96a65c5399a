"""A large report that is read while nobody knows yet whether its file rests.

Here belongs the thread that reads and its end. What is read counts only once the file was found at rest; until then
nothing of it can land. Reading itself is `report_file`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event
from typing import Generic, TypeVar

Read = TypeVar("Read")


class ReportAhead(Generic[Read]):
    """Reads in a thread from now on; `read` is given what tells whether it is still wanted."""

    def __init__(self, read: Callable[[Callable[[], bool]], Read]) -> None:
        self._given_up = Event()
        thread = ThreadPoolExecutor(1, thread_name_prefix="report-ahead")
        self._found = thread.submit(read, lambda: not self._given_up.is_set())
        thread.shutdown(wait=False)

    def result(self) -> Read:
        """What was read, when it is. Raises what reading raised."""
        return self._found.result()

    def give_up(self) -> None:
        """Read no further, and return when nothing is read any more."""
        self._given_up.set()
        wait([self._found])
