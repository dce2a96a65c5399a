"""The sealed files of a raw store as files: which hashes are there, and removing some of them.

Here belongs what needs no key. What is in them is `raw_store`; which of them go, and what tells of it, is decided
elsewhere. The caller of what removes holds the store alone (`raw_use`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from evidence.durable import remove_temporaries, sync_folder
from evidence.raw_store import sealed_path

_SUFFIX = ".sealed"


def kept_hashes(folder: Path) -> Iterator[str]:
    """Give the hash of every file of the store, in no order; none where there is no store."""
    for part in _parts(folder):
        for path in part.iterdir():
            sha256 = part.name + path.name.removesuffix(_SUFFIX)
            if path.name.endswith(_SUFFIX) and len(sha256) == 64:
                yield sha256


def remove_files(folder: Path, hashes: Collection[str]) -> None:
    """Remove the files of these hashes, and have that durable; one that is gone already is passed over.

    Raises OSError when the disk refuses, ConfigurationError when it refuses a flush; then some may be there still.
    """
    paths = [sealed_path(folder, sha256) for sha256 in sorted(hashes)]
    for path in paths:
        path.unlink(missing_ok=True)
    for part in sorted({path.parent for path in paths}):
        if part.is_dir():
            sync_folder(part)


def remove_half_written(folder: Path) -> None:
    """Remove what killed writers left under no name of the store; nobody writes now."""
    for part in _parts(folder):
        remove_temporaries(part)


def _parts(folder: Path) -> list[Path]:
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if len(path.name) == 2 and path.is_dir())
