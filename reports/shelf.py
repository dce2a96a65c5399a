"""The snapshots that are open for reading, and which of them is current.

Here belongs the life of the DuckDB connections: one per snapshot, a cursor per request, a new connection as soon as
the pointer names another snapshot. A replaced snapshot is let go, never closed: requests that still read it finish
on it. What the pages ask belongs to the pages; where snapshots lie belongs to `publish.reading`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from assettrail.errors import AssettrailError
from evidence.witness import MANIFEST, POINTER
from publish.reading import FOLDER, Snapshot, current_snapshot, open_snapshot
from reports.completeness import StreamCoverage, read_coverage
from reports.people.narrowed import NarrowedSnapshot
from reports.problems import NothingFound, NothingToRead
from reports.remembered import Memories, remember

MEMORY_MIB = 320
"""What DuckDB may hold for one open snapshot; the operating system keeps the file's pages anyway.

What was looked up in an index stays in memory as long as the snapshot is open: that is the larger part of it, where
there are many assets, and with less than that nothing could be read any more.
"""
SPILL = "reports_spill"
"""Where below the home a question goes on that needs more; never beside the snapshot, which nobody changes."""


@dataclass(frozen=True)
class SnapshotHead:
    """What is said of a snapshot, without the snapshot: for what may stay in memory longer than its request.

    Templates stay until Python looks for cycles, requests until their thread has another. An open snapshot that was
    replaced would stay with them, and all that DuckDB holds of it.
    """

    name: str
    manifest: Mapping[str, Any]
    is_pinned: bool = False


@dataclass(frozen=True)
class OpenSnapshot:
    """A published snapshot that is open read-only, and what every page says about it."""

    name: str
    manifest: Mapping[str, Any]
    coverage: tuple[StreamCoverage, ...]
    connection: duckdb.DuckDBPyConnection = field(repr=False)
    narrowed: NarrowedSnapshot = field(repr=False)
    memories: Memories = field(repr=False, default_factory=Memories)
    is_pinned: bool = False

    @property
    def head(self) -> SnapshotHead:
        """What is said of it."""
        return SnapshotHead(self.name, self.manifest, self.is_pinned)

    @contextmanager
    def cursor(self, jurisdictions: frozenset[str] | None) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor of its own to one request; DuckDB runs one query at a time on each.

        With `jurisdictions` it holds the communications of these only, and nothing that counts over others; None: all.
        """
        cursor = self.connection.cursor() if jurisdictions is None else self.narrowed.cursor(jurisdictions)
        remember(cursor, self.memories.of(jurisdictions))
        try:
            yield cursor
        finally:
            cursor.close()


class SnapshotShelf:
    """Opens snapshots on demand and follows the `current` pointer; safe to ask from several threads."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._pointer = home / FOLDER / POINTER
        self._manifest = self._pointer / MANIFEST
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._current: tuple[Path, OpenSnapshot] | None = None
        self._beside: tuple[Path, OpenSnapshot] | None = None
        self._pointed: tuple[tuple[str, int, int], Snapshot] | None = None

    def current(self) -> OpenSnapshot:
        """Return the newest published snapshot. Raises NothingToRead where nothing readable is published.

        Every page asks: as long as the pointer and the manifest behind it are those of before, nothing is read anew.
        """
        stands, known = self._standing(), self._pointed
        if known is not None and known[0] == stands:
            return self._opened(known[1], is_newest=True)
        try:
            snapshot = current_snapshot(self._home)
        except AssettrailError as error:
            raise NothingToRead(error.tried, error.found, error.expected, error.remedy) from error
        self._pointed = None if stands is None or stands[0] != snapshot.name else (stands, snapshot)
        return self._opened(snapshot, is_newest=True)

    def _standing(self) -> tuple[str, int, int] | None:
        """Return what the pointer names, and which file its manifest is; None where it leads to none."""
        try:
            told = self._manifest.stat()
            return self._pointer.readlink().name, told.st_ino, told.st_mtime_ns
        except OSError:
            return None

    def pinned(self, name: str) -> OpenSnapshot:
        """Return the snapshot of that name. Raises NothingFound where it is not kept (any more)."""
        try:
            snapshot = open_snapshot(self._home, name)
        except AssettrailError as error:
            raise _unknown_snapshot(name, error.found) from error
        return replace(self._opened(snapshot, is_newest=False), is_pinned=True)

    @contextmanager
    def glance(self, name: str, jurisdictions: frozenset[str] | None) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor of one snapshot that is only asked in passing: it does not put another one off the shelf.

        It sees what `jurisdictions` let see, as `OpenSnapshot.cursor`. Raises as `pinned` does.
        """
        try:
            snapshot = open_snapshot(self._home, name)
        except AssettrailError as error:
            raise _unknown_snapshot(name, error.found) from error
        path = snapshot.database.resolve()
        with self._lock:
            opened = self._shelved(path)
        passing = opened or _open(snapshot, path, self._home / SPILL)
        try:
            with passing.cursor(jurisdictions) as cursor:
                yield cursor
        finally:
            if opened is None:
                passing.narrowed.close()
                passing.connection.close()

    def folder_of(self, name: str) -> Snapshot:
        """Return where the snapshot of that name lies, the current one for an empty name; it is not opened.

        Raises NothingFound and NothingToRead as `pinned` and `current` do.
        """
        try:
            return open_snapshot(self._home, name) if name else current_snapshot(self._home)
        except AssettrailError as error:
            if name:
                raise _unknown_snapshot(name, error.found) from error
            raise NothingToRead(error.tried, error.found, error.expected, error.remedy) from error

    def _opened(self, snapshot: Snapshot, *, is_newest: bool) -> OpenSnapshot:
        """Take a snapshot from the shelf, or open it.

        While one request opens the newest one, others are answered by the one before it: nobody else waits for it.
        """
        path = snapshot.database.resolve()
        with self._lock:
            opened, before = self._shelved(path), self._current[1] if self._current else None
            if opened is not None and (not is_newest or opened is before):
                return opened
        has_turn = self._opening.acquire(blocking=before is None or not is_newest)
        if before is not None and not has_turn:
            return before
        try:
            if before is not None and is_newest and (self._standing() or ("",))[0] != snapshot.name:
                return before  # The pointer was swapped meanwhile: this one is not the newest any more.
            with self._lock:
                opened = self._shelved(path)
            return self._put(path, opened or _open(snapshot, path, self._home / SPILL), is_newest=is_newest)
        finally:
            self._opening.release()

    def _shelved(self, path: Path) -> OpenSnapshot | None:
        """Return the snapshot of that file, where it is open: the lock is held."""
        return next((one for at, one in filter(None, (self._current, self._beside)) if at == path), None)

    def _put(self, path: Path, opened: OpenSnapshot, *, is_newest: bool) -> OpenSnapshot:
        """Put a snapshot on the shelf: the newest one, and beside it one that was asked for by name.

        One that was replaced is let go at once: two of them in each process would hold as much as all else together.
        """
        with self._lock:
            if is_newest:
                self._current = path, opened
                if self._beside is not None and self._beside[0] == path:
                    self._beside = None
            elif self._current is None or self._current[0] != path:
                self._beside = path, opened
            return opened


def limits_of(spill: Path) -> dict[str, str]:
    """Return DuckDB's configuration for one open snapshot.

    One thread answers a question: many people ask at once, and a second thread that waits for the first one's rows
    costs computing that somebody else is waiting for. Rows are not looked up a second time to sort fewer columns: that
    pays for millions, and pages ask for some.
    """
    return {
        "memory_limit": f"{MEMORY_MIB}MiB",
        "temp_directory": str(spill),
        "threads": "1",
        "disabled_optimizers": "late_materialization",
    }


def _limit(connection: duckdb.DuckDBPyConnection, limits: Mapping[str, str]) -> None:
    """Limit what is open already.

    A configuration told to `connect` would have to be that of whoever else opens the file in this process. Where one of
    them has closed it to other files, its place to spill cannot be moved any more.
    """
    is_movable = connection.execute("SELECT current_setting('enable_external_access')").fetchone() == (True,)
    for name, value in limits.items():
        if is_movable or name != "temp_directory":
            connection.execute(f"SET GLOBAL {name} = '{value.replace(chr(39), chr(39) * 2)}'")


def _unknown_snapshot(name: str, found: str) -> NothingFound:
    return NothingFound(
        tried=f"to read the snapshot {name!r} that the address is pinned to",
        found=found,
        expected="the name of a snapshot that is still kept, as it stands in the footer of a page",
        remedy="leave snapshot= out of the address to read the current snapshot",
    )


def _open(snapshot: Snapshot, path: Path, spill: Path) -> OpenSnapshot:
    """Open the file read-only, closed to every other file and to changes of settings."""
    try:
        connection = duckdb.connect(str(path), read_only=True)
        _limit(connection, limits_of(spill))
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        connection.execute("SET GLOBAL enable_external_access = false")
        with connection.cursor() as cursor:
            coverage = read_coverage(cursor)
    except duckdb.Error as error:
        raise NothingToRead(
            tried=f"to open the published snapshot {snapshot.name} at {path}",
            found=f"{type(error).__name__}: {error}",
            expected="a DuckDB file with the marts, as `publish` writes it",
            remedy="publish again with `assettrail build`; landing and log are untouched",
        ) from error
    return OpenSnapshot(
        snapshot.name, snapshot.manifest, coverage, connection, NarrowedSnapshot(path, limits_of(spill))
    )
