"""Who uses the raw bytes of a home now: runs that keep some, together; or the one that removes some, alone.

Here belongs that lock. Bytes are kept before a batch names them, and until then nothing tells that somebody needs them:
whoever keeps any holds the store from the first ones until what names them is committed, so that nothing is removed
meanwhile, nor what was there already and was kept again. Which bytes are removed is `ingest.raw_expiry`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final, TextIO

from evidence.file_lock import hold, let_go

WAIT_SECONDS: Final = 60.0
_WHAT: Final = "the raw bytes, which runs that keep some hold together and the removal of old ones alone"


class RawUse:
    """The use of one store by this object; several threads may share it."""

    def __init__(self, folder: Path, wait_seconds: float) -> None:
        self._path = folder.with_name(f"{folder.name}.lock")
        self._wait_seconds = wait_seconds
        self._changing = Lock()
        self._file: TextIO | None = None
        self._scopes = 0

    def begin(self) -> None:
        """Hold the store together with others: until the outermost `scope` ends, or this object does.

        Raises TransientSourceError while old bytes are being removed for longer than the wait, ConfigurationError when
        the disk refuses.
        """
        with self._changing:
            if self._file is None:
                self._file = hold(self._path, _WHAT, self._wait_seconds, shared=True)

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Hold the store together with others while the block runs, and whatever began in it. Raises as `begin`."""
        with self._changing:
            self._scopes += 1
        try:
            self.begin()
            yield
        finally:
            with self._changing:
                self._scopes -= 1
                if not self._scopes:
                    self._end()

    @contextmanager
    def alone(self, wait_seconds: float | None = None) -> Iterator[None]:
        """Hold the store alone while the block runs; what this object held outside of a scope ends.

        Raises TransientSourceError when others hold it for longer than the wait.
        """
        with self._changing:
            if not self._scopes:
                self._end()
        file = hold(self._path, _WHAT, self._wait_seconds if wait_seconds is None else wait_seconds)
        try:
            yield
        finally:
            let_go(file)

    def _end(self) -> None:
        if self._file is not None:
            let_go(self._file)
            self._file = None
