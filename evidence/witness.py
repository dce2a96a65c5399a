"""What is remembered of the log outside its folder: so that a log restored from an older copy is noticed.

A log that was cut back, checkpoint included, is whole in itself. Here belong the three places that remember more: a
second copy of the newest checkpoint, the manifests of published snapshots, and the pointer to the current snapshot.
Comparing the whole log with them is `verify`; here stands the cheap comparison before anything is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from assettrail.errors import EvidenceBroken
from evidence.checkpoint import open_checkpoint
from evidence.log_reader import LogReader
from evidence.signed_note import VerificationKey

SNAPSHOTS = "snapshots"
MANIFEST = "manifest.json"
POINTER = "current"


@dataclass(frozen=True)
class KnownCheckpoint:
    """A state that the log went through: at least `size` entries, with this root (hex) over them where it is known.

    `where` names the file that remembers it.
    """

    size: int
    root_hash: str | None
    where: Path


def witness_file(home: Path) -> Path:
    """Return where the second copy of the log's newest checkpoint lies."""
    return home / "witness" / "checkpoint"


def known_checkpoints(home: Path, key: VerificationKey) -> list[KnownCheckpoint]:
    """Return every state of the log that is remembered outside of it, smallest first.

    Raises EvidenceBroken when the copied checkpoint cannot be read or was not signed by `key`.
    """
    known = [*_copied(home, key), *_published(home), *_pointed_to(home)]
    return sorted(known, key=lambda each: each.size)


def refuse_older_log(log: LogReader, known: Iterable[KnownCheckpoint]) -> None:
    """Raise EvidenceBroken when the log is smaller than a known state, or other than the newest known ones.

    Reads the tiles of leaf hashes only.
    """
    checkpoint = log.checkpoint()
    remembered = list(known)
    larger = [each for each in remembered if each.size > checkpoint.size]
    if larger:
        raise _older(log, f"{checkpoint.size} entries", f"the {larger[-1].size} entries that it had", larger)
    newest = _newest(remembered)
    roots = log.root_hashes(each.size for each in newest)
    others = [each for each in newest if roots[each.size] != each.root_hash]
    if others:
        size = others[-1].size
        found = f"the root {roots[size]} over the first {size} entries"
        raise _older(log, found, f"the root {others[-1].root_hash}", others)


def _newest(known: list[KnownCheckpoint]) -> list[KnownCheckpoint]:
    """The largest state of the copied checkpoint and the largest of the manifests."""
    with_root = [each for each in known if each.root_hash is not None]
    by_kind = {each.where.name: each for each in sorted(with_root, key=lambda each: each.size)}
    return list(by_kind.values())


def _copied(home: Path, key: VerificationKey) -> Iterator[KnownCheckpoint]:
    path = witness_file(home)
    try:
        note = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    try:
        checkpoint = open_checkpoint(note, key)
    except EvidenceBroken as error:
        raise _unreadable(path, error.found) from error
    yield KnownCheckpoint(checkpoint.size, checkpoint.root_hash, path)


def _published(home: Path) -> Iterator[KnownCheckpoint]:
    """The states that manifests name; a manifest that cannot be read is told where snapshots are opened."""
    for path in sorted((home / SNAPSHOTS).glob(f"*/{MANIFEST}")):
        stated = _stated(path)
        if stated is not None and not path.parent.is_symlink():
            yield KnownCheckpoint(stated[0], stated[1], path)


def _pointed_to(home: Path) -> Iterator[KnownCheckpoint]:
    """The pointer is set after the publish leaf, so that the log has that leaf, too.

    The snapshot's name ends in the size, so that the pointer alone still tells it.
    """
    pointer = home / SNAPSHOTS / POINTER
    if not pointer.is_symlink():
        return
    name = pointer.readlink().name
    stated = _stated(home / SNAPSHOTS / name / MANIFEST)
    if stated is not None:
        yield KnownCheckpoint(stated[0] + 1, None, pointer)
    elif name.rpartition("-")[2].isdecimal():
        yield KnownCheckpoint(int(name.rpartition("-")[2]) + 1, None, pointer)


def _stated(manifest: Path) -> tuple[int, str] | None:
    try:
        log = json.loads(manifest.read_text(encoding="utf-8"))["log"]
        return int(log["size"]), str(log["root_hash"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _older(log: LogReader, found: str, expected: str, known: list[KnownCheckpoint]) -> EvidenceBroken:
    witnesses = ", ".join(sorted({str(each.where) for each in known})[:5])
    return EvidenceBroken(
        tried=f"to compare the log in {log.folder} with what is remembered of it",
        found=f"{found}: the log is older than what is remembered, or another one",
        expected=f"{expected}, as {witnesses} tells",
        remedy=f"restore the newest copy of {log.folder} and run `assettrail log verify --all`. Only where there is no "
        "newer copy: move the named witnesses out of home and keep them, and record the lost entries as a loss; "
        "nothing was written or removed",
    )


def _unreadable(path: Path, found: str) -> EvidenceBroken:
    return EvidenceBroken(
        tried=f"to read the copied checkpoint {path}",
        found=found,
        expected="a checkpoint signed with this installation's key",
        remedy="check that keys.folder holds this installation's keys; if it does, keep the file for investigation, "
        "move it out of home and run `assettrail log verify --all`; the next append writes it anew",
    )
