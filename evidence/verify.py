"""Checking a whole log against its signed checkpoint, from the files alone.

Here belongs the auditor's view: bundles and tiles are read and hashed again by the definitions of RFC 6962
and tlog-tiles, with none of the writer's code for paths, tiles and trees, so that a mistake there cannot
hide itself. Only the signature check is shared.

A log that was cut back to an older state of its own, checkpoint included, is whole in itself; only
checkpoints remembered elsewhere (published snapshots name size and root) can show that. They are given as
`known`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from assettrail.errors import EvidenceBroken
from evidence.checkpoint import open_checkpoint
from evidence.signed_note import VerificationKey

_WIDTH = 256
_ATTEMPTS = 5


@dataclass(frozen=True)
class LogProblem:
    """The first thing that is wrong: which file, which entry where one can be named, and why."""

    file: str
    index: int | None
    found: str
    expected: str


@dataclass(frozen=True)
class LogReport:
    """What was checked. `problem` is None when every entry, tile, root and signature holds.

    `unneeded_files` lists what a killed append left under tile/ and the checkpoint does not need; it is harmless.
    """

    folder: Path
    origin: str
    size: int
    root_hash: str
    entries_checked: int
    tiles_checked: int
    known_checked: int
    unneeded_files: tuple[str, ...]
    problem: LogProblem | None

    @property
    def is_sound(self) -> bool:
        """Say whether the log holds."""
        return self.problem is None

    def raise_if_broken(self) -> None:
        """Raise EvidenceBroken that names the first bad file and entry, if there is one."""
        if self.problem is None:
            return
        where = "" if self.problem.index is None else f", entry {self.problem.index}"
        raise EvidenceBroken(
            tried=f"to verify the log in {self.folder} ({self.size} entries)",
            found=f"{self.problem.file}{where}: {self.problem.found}",
            expected=self.problem.expected,
            remedy="check first that keys.folder holds this installation's keys. If it does, keep the folder as it is "
            "for investigation and restore the log from a copy; do not append to it",
        )


class _ProblemError(Exception):
    def __init__(self, file: str, index: int | None, found: str, expected: str) -> None:
        super().__init__(found)
        self.problem = LogProblem(file, index, found, expected)


@dataclass
class _Progress:
    origin: str = ""
    size: int = 0
    root: bytes = b""
    entries: int = 0
    tiles: int = 0
    known: int = 0


def inspect_log(folder: Path, verification_key: VerificationKey, known: Iterable[tuple[int, str]] = ()) -> LogReport:
    """Recompute the log in `folder` and return what holds; the first problem stands in the report.

    `known` are (size, root in hex) of checkpoints remembered elsewhere: each must be a prefix of this log. An
    append that happens meanwhile is no problem: the check starts again.
    """
    remembered = sorted(known)
    for attempt in range(1, _ATTEMPTS + 1):
        note = _note(folder)
        progress = _Progress()
        problem: LogProblem | None = None
        try:
            _check(folder, note, verification_key, remembered, progress)
        except _ProblemError as broken:
            problem = broken.problem
        if problem is None or attempt == _ATTEMPTS or _note(folder) == note:
            break
    return LogReport(
        folder=folder,
        origin=progress.origin,
        size=progress.size,
        root_hash=progress.root.hex(),
        entries_checked=progress.entries,
        tiles_checked=progress.tiles,
        known_checked=progress.known,
        unneeded_files=_beyond(folder, progress.size) if problem is None else (),
        problem=problem,
    )


def verify_log(folder: Path, verification_key: VerificationKey, known: Iterable[tuple[int, str]] = ()) -> LogReport:
    """Recompute the log as `inspect_log` does, and return the report of a log that holds.

    Raises EvidenceBroken that names the first bad file and entry, so that no caller can overlook it.
    """
    report = inspect_log(folder, verification_key, known)
    report.raise_if_broken()
    return report


def _check(
    folder: Path,
    note: bytes | None,
    key: VerificationKey,
    known: list[tuple[int, str]],
    progress: _Progress,
) -> None:
    _check_checkpoint(note, key, progress)
    hashes = _check_entries(folder, progress)
    level, below = 1, hashes
    while len(below) >= _WIDTH:
        below = _check_level(folder, level, below, progress)
        level += 1
    root = _root(hashes)
    if root != progress.root:
        raise _ProblemError(
            "checkpoint", None, f"entries with the root {root.hex()}", f"the root {progress.root.hex()}"
        )
    for size, expected in known:
        _check_known(hashes, size, expected)
        progress.known += 1


def _check_checkpoint(note: bytes | None, key: VerificationKey, progress: _Progress) -> None:
    if note is None:
        raise _ProblemError("checkpoint", None, "no such file", "a signed checkpoint")
    try:
        checkpoint = open_checkpoint(note, key)
    except EvidenceBroken as error:
        raise _ProblemError("checkpoint", None, error.found, error.expected) from error
    progress.origin, progress.size, progress.root = checkpoint.origin, checkpoint.size, checkpoint.root


def _check_entries(folder: Path, progress: _Progress) -> list[bytes]:
    """Hash every entry and compare with the tiles of leaf hashes; return the hashes."""
    hashes: list[bytes] = []
    difference: tuple[int, str, str] | None = None
    tiles: list[bytes] = []
    for number in range(-(-progress.size // _WIDTH)):
        width = min(_WIDTH, progress.size - number * _WIDTH)
        bundle, tile = _path("entries", number, width), _path("0", number, width)
        fresh = _bundle_hashes(_bytes(folder, bundle, number * _WIDTH), bundle, number * _WIDTH, width)
        stored = _tile_hashes(_bytes(folder, tile, number * _WIDTH), tile, number * _WIDTH, width)
        for offset, (mine, theirs) in enumerate(zip(fresh, stored, strict=True)):
            if mine != theirs and difference is None:
                difference = (number * _WIDTH + offset, bundle, tile)
        hashes += fresh
        tiles += stored
        progress.entries += width
        progress.tiles += 1
    if difference is not None:
        raise _blame(*difference, entries_hold=_root(hashes) == progress.root)
    return hashes


def _blame(index: int, bundle: str, tile: str, *, entries_hold: bool) -> _ProblemError:
    if entries_hold:
        return _ProblemError(tile, index, "a hash that is not the entry's", "the hash of the entry, which still holds")
    return _ProblemError(bundle, index, "an entry that was changed", "the entry whose hash the tree holds")


def _check_level(folder: Path, level: int, below: list[bytes], progress: _Progress) -> list[bytes]:
    """Hash the full tiles below and compare with the tiles of `level`; return the hashes of `level`."""
    expected = [_root(below[start : start + _WIDTH]) for start in range(0, len(below) - _WIDTH + 1, _WIDTH)]
    for number in range(-(-len(expected) // _WIDTH)):
        part = expected[number * _WIDTH : (number + 1) * _WIDTH]
        span = _WIDTH**level
        path = _path(str(level), number, len(part))
        first = number * _WIDTH * span
        stored = _tile_hashes(_bytes(folder, path, first), path, first, len(part))
        for offset, (mine, theirs) in enumerate(zip(part, stored, strict=True)):
            if mine != theirs:
                index = first + offset * span
                raise _ProblemError(path, index, f"another hash over entries {index} to {index + span - 1}", mine.hex())
        progress.tiles += 1
    return expected


def _check_known(hashes: list[bytes], size: int, expected: str) -> None:
    if size > len(hashes):
        raise _ProblemError(
            "checkpoint",
            len(hashes),
            f"{len(hashes)} entries",
            f"the {size} entries of a checkpoint that was published: the log was cut back",
        )
    root = _root(hashes[:size])
    if root.hex() != expected:
        raise _ProblemError(
            "checkpoint",
            None,
            f"the root {root.hex()} over the first {size} entries",
            f"the published root {expected}: the log's history was rewritten",
        )


def _bundle_hashes(data: bytes, path: str, first: int, width: int) -> list[bytes]:
    hashes: list[bytes] = []
    position = 0
    while position < len(data):
        start = position + 2
        end = start + int.from_bytes(data[position:start], "big")
        if end > len(data):
            raise _ProblemError(path, first + len(hashes), "an end inside the entry", "a whole entry")
        hashes.append(hashlib.sha256(b"\x00" + data[start:end]).digest())
        position = end
    if len(hashes) != width:
        raise _ProblemError(path, first + min(len(hashes), width), f"{len(hashes)} entries", f"{width} entries")
    return hashes


def _tile_hashes(data: bytes, path: str, first: int, width: int) -> list[bytes]:
    if len(data) != width * 32:
        raise _ProblemError(path, first, f"{len(data)} bytes", f"{width} hashes of 32 bytes")
    return [data[start : start + 32] for start in range(0, len(data), 32)]


def _root(hashes: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written there: split at the largest power of two below the size."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return hashlib.sha256(b"\x01" + _root(hashes[:split]) + _root(hashes[split:])).digest()


def _path(level: str, number: int, width: int) -> str:
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    name = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
    return f"tile/{level}/{name}" + ("" if width == _WIDTH else f".p/{width}")


def _bytes(folder: Path, path: str, first: int) -> bytes:
    try:
        return (folder / path).read_bytes()
    except OSError as error:
        raise _ProblemError(
            path, first, error.strerror or "unreadable", "the file that the checkpoint needs"
        ) from error


def _note(folder: Path) -> bytes | None:
    try:
        return (folder / "checkpoint").read_bytes()
    except OSError:
        return None


def _beyond(folder: Path, size: int) -> tuple[str, ...]:
    """Name the files under tile/ that the tree of `size` entries does not need."""
    needed: set[str] = set()
    level, count = 0, size
    while count:
        for number in range(-(-count // _WIDTH)):
            width = min(_WIDTH, count - number * _WIDTH)
            needed.add(_path(str(level), number, width))
            if level == 0:
                needed.add(_path("entries", number, width))
        level, count = level + 1, count // _WIDTH
    present = (path.relative_to(folder).as_posix() for path in (folder / "tile").rglob("*") if path.is_file())
    return tuple(sorted(set(present) - needed))
