"""Durable, atomic file writing: after a return the bytes survive a crash, before it the old file is whole.

Here belongs the one way in which files of the house are written. What the bytes mean does not.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path

from assettrail.errors import ConfigurationError
from evidence.refusing_disk import refused_by_disk

TEMPORARY_PREFIX = ".writing-"
_PRIVATE = 0o700
_OTHERS = 0o077
_EVERYBODY = 0o007


def write_durably(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Replace `path` by `data` atomically: temporary file, fsync, rename, fsync of the folder.

    A reader sees the old bytes or the new bytes, never a part. Missing folders are made. `mode` is reduced
    by the umask. Raises ConfigurationError when the disk is full or refuses; then `path` is unchanged.
    """
    write_all_durably({path: data}, mode)


def write_all_durably(files: Mapping[Path, bytes], mode: int = 0o644) -> None:
    """Replace every file of `files` atomically, each for itself, with one fsync per file and one per folder.

    The files are not replaced together: a crash may leave some old and some new. Raises ConfigurationError as
    `write_durably` does.
    """
    for folder in sorted({path.parent for path in files}):
        make_folder_durably(folder)
    for path, data in files.items():
        try:
            _replace(path, data, mode)
        except OSError as error:
            raise _refused(path, error) from error
    for folder in sorted({path.parent for path in files}):
        sync_folder(folder)


def write_through(path: Path, write: Callable[[BufferedRandom], None], mode: int = 0o644) -> str:
    """Replace `path` atomically by what `write` writes into a file, and return its SHA-256 in lower-case hex.

    For files that are larger than the memory they should take. As durable as `write_durably`; raises as it does, and
    what `write` raises, with `path` unchanged.
    """
    sha256 = ""

    def hashed(file: BufferedRandom) -> None:
        nonlocal sha256
        write(file)
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()

    stage(path, hashed, mode).keep()
    return sha256


@dataclass(frozen=True)
class StagedFile:
    """What is to stand at `path`, whole and durable under a name that nobody reads, until it is kept or dropped."""

    path: Path
    temporary: Path

    def keep(self) -> None:
        """Replace `path` atomically; durable on return. Raises ConfigurationError when the disk refuses."""
        try:
            self.temporary.replace(self.path)
        except OSError as error:
            self.drop()
            raise _refused(self.path, error) from error
        sync_folder(self.path.parent)

    def drop(self) -> None:
        """Remove it, unless it was kept."""
        _discard(self.temporary)


def stage(
    path: Path, write: Callable[[BufferedRandom], None], mode: int = 0o644, temporary: Path | None = None
) -> StagedFile:
    """Write what is to stand at `path` durably, beside it or at `temporary` on the same disk; then it can be kept.

    Raises ConfigurationError when the disk refuses, and what `write` raises, with nothing left.
    """
    staged = StagedFile(path, temporary or _temporary(path))
    for folder in sorted({path.parent, staged.temporary.parent}):
        make_folder_durably(folder)
    try:
        with _new_file(staged.temporary, mode) as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        staged.drop()
        if isinstance(error, OSError):
            raise _refused(path, error) from error
        raise
    return staged


def make_folder_durably(folder: Path) -> None:
    """Make `folder` and its missing parents, and fsync each parent that gained an entry."""
    missing: list[Path] = []
    current = folder
    try:
        while not current.is_dir():
            missing.append(current)
            current = current.parent
        for new in reversed(missing):
            new.mkdir(exist_ok=True)
            sync_folder(new.parent)
    except OSError as error:
        raise _refused(folder, error) from error


def make_home(home: Path) -> None:
    """Make the folder of an installation for its user alone (0700); take an open one back to that.

    Rights for everybody are nobody's decision but the umask's, thus they go, and with them those of the group. Rights
    for the group alone are an operator's (analysts who open snapshots with their own tools), thus they stay. Raises
    ConfigurationError when the disk refuses.
    """
    try:
        if not home.is_dir():
            make_folder_durably(home.parent)
            home.mkdir(mode=_PRIVATE, exist_ok=True)
            sync_folder(home.parent)
        elif (mode := home.stat().st_mode) & _EVERYBODY:
            with suppress(PermissionError):  # Another user's folder, as a container's volume is: its owner decides.
                home.chmod(stat.S_IMODE(mode) & ~_OTHERS)
    except OSError as error:
        raise _refused(home, error) from error


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries (new names, renames) to disk.

    A refusal is final: the kernel may forget what it could not write, so that a second flush would say yes to nothing.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise refused_by_disk(f"to make the new names in {folder} durable", error) from error


def move_durably(source: Path, folder: Path) -> Path:
    """Move a file into `folder` under its own name, and return its new path; no file that is there is replaced.

    Where the name is taken, a number goes before the suffix. Raises ConfigurationError when the disk refuses.
    """
    make_folder_durably(folder)
    target, number = folder / source.name, 1
    while target.exists():
        number += 1
        target = folder / f"{source.stem}.{number}{source.suffix}"
    try:
        source.rename(target)
    except OSError as error:
        raise _refused(target, error) from error
    sync_folder(folder)
    sync_folder(source.parent)
    return target


def remove_temporaries(folder: Path) -> None:
    """Remove what killed writers left in `folder`; only for a folder whose writers all hold one lock."""
    for path in folder.glob(f"{TEMPORARY_PREFIX}*"):
        path.unlink(missing_ok=True)


def _replace(path: Path, data: bytes, mode: int) -> None:
    temporary = _temporary(path)
    try:
        with _new_file(temporary, mode) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        _discard(temporary)
        raise


def _discard(temporary: Path) -> None:
    """Remove what was not written to its end; what stays is swept later, and the first error is the one to tell."""
    with suppress(OSError):
        temporary.unlink()


def _temporary(path: Path) -> Path:
    return path.with_name(f"{TEMPORARY_PREFIX}{path.name}-{secrets.token_hex(6)}")


def _new_file(path: Path, mode: int) -> BufferedRandom:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode), "w+b")


def _refused(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to write {path} durably",
        found=f"{type(error).__name__}: {error.strerror or error}",
        expected="a folder on a disk with free space that this user may write",
        remedy="free space or correct the folder's rights, then run again; the old file is unchanged",
    )
