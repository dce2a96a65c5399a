"""Finding and opening published snapshots.

Here belongs what a reader needs: which snapshot is current, what its manifest says, a read-only connection.
Writing belongs in `publish.snapshot`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from assettrail.errors import AssettrailError, ContractBroken, TransientSourceError
from evidence.witness import MANIFEST, POINTER, SNAPSHOTS

FOLDER = SNAPSHOTS
LABELLED = "as_known"
"""The folder of home with the snapshots of earlier states of the log; they were never published."""
DATABASE = "assettrail.duckdb"
PUBLISH_FIRST = "run `assettrail build`, or `make demo` to see the whole path on the sandbox"


@dataclass(frozen=True)
class Snapshot:
    """One snapshot, published or labelled: a folder that is never changed after its name appeared."""

    name: str
    folder: Path
    database: Path
    manifest: Mapping[str, Any]


class NoSnapshot(ContractBroken):
    """Nothing was published yet, or the snapshot that was asked for is not there."""


def current_snapshot(home: Path) -> Snapshot:
    """Return the snapshot that the pointer names.

    Raises NoSnapshot when nothing was published, or what was is gone; ContractBroken when it cannot be read.
    """
    pointer = home / FOLDER / POINTER
    if not pointer.is_symlink():
        raise NoSnapshot(
            tried=f"to open the current snapshot under {home / FOLDER}",
            found="no snapshot was published yet",
            expected="a published snapshot",
            remedy=PUBLISH_FIRST,
        )
    name = pointer.readlink().name
    if name not in snapshot_names(home):
        kept = _last_kept(home)
        raise NoSnapshot(
            tried=f"to open the current snapshot under {home / FOLDER}",
            found=f"the pointer to {name}, which is not there any more",
            expected="the folder of that snapshot, as it was published",
            remedy="run `assettrail build`, which publishes anew from landing and log"
            + (f"; until then one that is kept can be named: {', '.join(kept)}" if kept else ""),
        )
    return open_snapshot(home, name)


def open_snapshot(home: Path, name: str) -> Snapshot:
    """Return the snapshot of that name, published or labelled.

    Raises NoSnapshot when there is none of that name, ContractBroken when its manifest cannot be read.
    """
    if name not in snapshot_names(home) and name not in labelled_names(home):
        kept = _last_kept(home)
        raise NoSnapshot(
            tried=f"to open the snapshot {name!r} under {home / FOLDER}",
            found="no snapshot of that name" if kept else "no snapshot was published yet",
            expected=f"one of: {', '.join(kept)}" if kept else "a published snapshot",
            remedy="leave the name out to read the current snapshot" if kept else PUBLISH_FIRST,
        )
    folder = home / (LABELLED if name in labelled_names(home) else FOLDER) / name
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ContractBroken(
            tried=f"to read {folder / MANIFEST}",
            found=f"{type(error).__name__}: {error}",
            expected="the manifest that was written with the snapshot",
            remedy="publish again with `assettrail build`; the snapshot was changed from outside",
        ) from error
    return Snapshot(name=name, folder=folder, database=folder / DATABASE, manifest=manifest)


def snapshot_names(home: Path) -> tuple[str, ...]:
    """Return the names of all published snapshots, oldest first."""
    return _names(home / FOLDER)


def _last_kept(home: Path) -> list[str]:
    return [*snapshot_names(home)[-5:], *labelled_names(home)[-5:]]


def labelled_names(home: Path) -> tuple[str, ...]:
    """Return the names of the snapshots of earlier states of the log, by the size of the log."""
    return _names(home / LABELLED)


def _names(folder: Path) -> tuple[str, ...]:
    if not folder.is_dir():
        return ()
    return tuple(
        sorted(
            entry.name
            for entry in folder.iterdir()
            if entry.is_dir() and not entry.is_symlink() and not entry.name.startswith(".")
        )
    )


def connect(snapshot: Snapshot) -> duckdb.DuckDBPyConnection:
    """Return a read-only connection in session zone UTC; the caller closes it.

    It reaches no other file: read-only alone would still let COPY write and read_text read whatever this user may.
    Raises TransientSourceError when another opener has the file to itself, ContractBroken when it cannot be read.
    """
    try:
        connection = duckdb.connect(str(snapshot.database), read_only=True)
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_external_access = false")
    except duckdb.Error as error:
        raise unopened(snapshot, error) from error
    return connection


def is_in_use(error: duckdb.Error) -> bool:
    """Say whether DuckDB refused a file because it is open: in another process, or in this one in another way."""
    is_here = isinstance(error, duckdb.ConnectionException | duckdb.ResourceInUseException)
    return is_here or (isinstance(error, duckdb.IOException) and "set lock" in str(error))


def unopened(snapshot: Snapshot, error: duckdb.Error) -> AssettrailError:
    """Return the error of the house for a snapshot whose DuckDB file does not open."""
    tried, found = f"to open the snapshot {snapshot.name} at {snapshot.database}", f"{type(error).__name__}: {error}"
    if is_in_use(error):
        return TransientSourceError(
            tried=tried,
            found=found,
            expected="a file that others have open for reading only",
            remedy="close the program that has it open for writing (a snapshot is only read: `READ_ONLY` in your own "
            "tool), then run again; `assettrail log verify --all` says whether it was changed",
        )
    return ContractBroken(
        tried=tried,
        found=found,
        expected="the DuckDB file that was written with the snapshot",
        remedy="publish again with `assettrail build`; landing and log hold all that the snapshot is made from",
    )
