"""What a snapshot's folder has to give: its files with size and hash, its tables with rows and content hash.

Here belongs reading the manifest for the page. A file is only ever found by a name that the folder itself lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from publish.reading import DATABASE, Snapshot
from reports.problems import NothingFound


@dataclass(frozen=True)
class SnapshotFile:
    """One row per file: its name below the snapshot, its size in bytes, its SHA-256 where the manifest tells it."""

    name: str
    path: Path
    size_bytes: int
    sha256: str | None


@dataclass(frozen=True)
class SnapshotTable:
    """One row per table: its rows, the hash of its content that the log has too, and its Parquet file.

    One that stands beside the content has no such hash: publishing itself moves it.
    """

    name: str
    row_count: int | None
    content_hash: str | None
    parquet: SnapshotFile | None


def snapshot_files(snapshot: Snapshot) -> tuple[SnapshotFile, ...]:
    """Return the files that can be taken: the database first, then the Parquet files by name."""
    stated: Mapping[str, Any] = snapshot.manifest.get("files") or {}
    paths = [snapshot.database, *sorted((snapshot.folder / "parquet").glob("*.parquet"))]
    return tuple(
        SnapshotFile(name, path, path.stat().st_size, (stated.get(name) or {}).get("sha256"))
        for path in paths
        if path.is_file()
        for name in [path.relative_to(snapshot.folder).as_posix()]
    )


def snapshot_tables(snapshot: Snapshot, files: tuple[SnapshotFile, ...]) -> tuple[SnapshotTable, ...]:
    """Return the tables that the manifest names, by name, each with its Parquet file where there is one."""
    tables: Mapping[str, Any] = snapshot.manifest.get("tables") or {}
    stated = {**tables, **(snapshot.manifest.get("beside") or {})}
    by_name = {file.name.removeprefix("parquet/").removesuffix(".parquet"): file for file in files}
    return tuple(
        SnapshotTable(name, facts.get("rows"), facts.get("content_hash"), by_name.get(name))
        for name, facts in sorted(stated.items())
    )


def one_file(snapshot: Snapshot, name: str) -> SnapshotFile:
    """Return the file of that name. Raises NothingFound for any other, whatever it names."""
    found = next((file for file in snapshot_files(snapshot) if file.name == name), None)
    if found is None:
        raise NothingFound(
            tried=f"to take the file {name[:200]!r} of the snapshot {snapshot.name}",
            found="no file of that name in it",
            expected=f"{DATABASE}, or parquet/… as the page of the snapshot lists them",
            remedy="start from the page /snapshot",
        )
    return found
