"""The one thread of a process that writes accesses down.

Here belongs that those who wait at the same time share one transaction: each lasts as long as the disk takes, the
database lets one writer in at a time, and a page can be made meanwhile. What an access is belongs to
`corrections.people.accesses`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from assettrail.errors import ConfigurationError
from corrections.people.accesses import NewAccess, write_accesses
from corrections.store.database import Store


@dataclass
class _Waiting:
    """An access that somebody waits for; the thread alone says that it is written."""

    access: NewAccess
    is_written: bool = False


class AccessWriter:
    """Writes accesses down in the order in which they came. Safe to ask from several threads."""

    def __init__(self, store: Callable[[], Store], now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="accesses")

    def write(self, access: NewAccess) -> Future[None]:
        """Have an access written down. Its result tells that it stands in the log.

        The result raises ConfigurationError where it cannot be written: then nothing may be shown.
        """
        mine = _Waiting(access)
        with self._lock:
            self._waiting.append(mine)
        return self._thread.submit(self._write, mine)

    def _write(self, mine: _Waiting) -> None:
        """Write down one access and all that wait by now; alone, where the database refuses one of them."""
        if mine.is_written:
            return
        with self._lock:
            together, self._waiting = self._waiting, []
        if len(together) > 1:
            with suppress(ConfigurationError, ValueError):
                self._commit(together)
        if not mine.is_written:
            self._commit([mine])

    def _commit(self, together: Sequence[_Waiting]) -> None:
        """Write in one transaction. The instant is read in it: nothing earlier can be written after it."""
        with self._store().begin() as session:
            write_accesses(session, self._now(), [one.access for one in together])
        for one in together:
            one.is_written = True
