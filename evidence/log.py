"""The append-only log: entries, tiles and a signed checkpoint in one folder.

Here belongs appending and reading. Checking the whole log against its checkpoint is `verify`, which uses
nothing of the writer. What the entries say is `leaves`.

The checkpoint is the commit point: tiles and bundles are written and flushed first, then the checkpoint
replaces the old one. Whatever lies beyond the checkpoint is the rest of a killed append; it is ignored and
written over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from assettrail.errors import ConfigurationError, EvidenceBroken
from evidence.checkpoint import Checkpoint, open_checkpoint
from evidence.durable import remove_temporaries, write_all_durably, write_durably
from evidence.file_lock import file_lock
from evidence.inclusion_proof import InclusionProof
from evidence.merkle import inclusion_proof, leaf_hash
from evidence.signed_note import SigningKey, VerificationKey
from evidence.tiles import (
    ENTRIES,
    TILE_WIDTH,
    Edge,
    broken_tile,
    decode_bundle,
    decode_tile,
    grow,
    partial_width,
    refuse_large_entry,
    tile_levels,
    tile_path,
)

CHECKPOINT = "checkpoint"
_READ_ATTEMPTS = 5


class Log:
    """One log in one folder. Open it with `Log.open`; every call reads the checkpoint anew."""

    def __init__(self, folder: Path, signing_key: SigningKey, lock_wait_seconds: float) -> None:
        self._folder = folder
        self._signing_key = signing_key
        self._verification_key = signing_key.verification_key
        self._lock_wait_seconds = lock_wait_seconds

    @classmethod
    def open(cls, folder: Path, origin: str, signing_key: SigningKey, lock_wait_seconds: float = 30.0) -> Log:
        """Open the log in `folder`; a folder without one gets an empty log with a signed checkpoint.

        Raises ConfigurationError when the key does not belong to `origin`, EvidenceBroken when the
        checkpoint is missing beside tiles, was signed by another key, or cannot be read.
        """
        if signing_key.name != origin:
            raise ConfigurationError(
                tried=f"to open the log {origin} in {folder}",
                found=f"a signing key of {signing_key.name}",
                expected=f"a signing key of {origin}",
                remedy="correct evidence.log_origin or keys.folder in the settings, "
                "or make keys with `assettrail keys create`",
            )
        log = cls(folder, signing_key, lock_wait_seconds)
        if not (folder / CHECKPOINT).exists():
            log._begin()
        log.checkpoint()
        return log

    @property
    def folder(self) -> Path:
        """The folder of the log."""
        return self._folder

    @property
    def verification_key(self) -> VerificationKey:
        """The public key that checks the log's checkpoints."""
        return self._verification_key

    def checkpoint(self) -> Checkpoint:
        """Return the current checkpoint after its signature was verified. Raises EvidenceBroken."""
        return open_checkpoint(self._checkpoint_note(), self._verification_key)

    def append(self, entries: Sequence[bytes]) -> range:
        """Append entries and return their indexes; they are durable and under a signed checkpoint on return.

        All of them or none: a kill at any moment leaves the old or the new log. Raises ContractBroken for
        an entry above 65,535 bytes, TransientSourceError when another process keeps the lock,
        ConfigurationError when the disk refuses; in each case the log is as it was.
        """
        for entry in entries:
            refuse_large_entry(entry)
        with file_lock(self._folder / "lock", "the log", self._lock_wait_seconds):
            edge = self._edge()
            if not entries:
                return range(edge.size, edge.size)
            self._sweep(edge.size, edge.size)
            grown, files = grow(edge, entries, [leaf_hash(entry) for entry in entries])
            write_all_durably({self._folder / path: data for path, data in files.items()})
            new = Checkpoint(self._signing_key.name, grown.size, grown.root)
            write_durably(self._folder / CHECKPOINT, new.sign(self._signing_key))
            self._sweep(edge.size, grown.size)
            return range(edge.size, grown.size)

    def entries(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield (index, entry) from `start` up to the checkpoint as it stands at the first step.

        Each bundle is compared with its tile of leaf hashes. Raises EvidenceBroken at the first that differs.
        """
        size = self.checkpoint().size
        for index in range(start // TILE_WIDTH, -(-size // TILE_WIDTH)):
            first = index * TILE_WIDTH
            bundle = self._bundle(index, min(TILE_WIDTH, size - first))
            for offset, entry in enumerate(bundle):
                if first + offset >= start:
                    yield first + offset, entry

    def prove(self, index: int) -> InclusionProof:
        """Return the offline proof that entry `index` stands in the log under the current checkpoint.

        Raises EvidenceBroken when the checkpoint does not cover `index` or a tile is not readable.
        """
        note = self._checkpoint_note()
        size = open_checkpoint(note, self._verification_key).size
        hashes: list[bytes] = []
        for tile in range(-(-size // TILE_WIDTH)):
            hashes += self._tile(0, tile, min(TILE_WIDTH, size - tile * TILE_WIDTH))
        return InclusionProof(index, tuple(inclusion_proof(index, hashes)), note)

    def _begin(self) -> None:
        with file_lock(self._folder / "lock", "the log", self._lock_wait_seconds):
            if (self._folder / CHECKPOINT).exists():
                return
            if (self._folder / "tile").exists():
                raise EvidenceBroken(
                    tried=f"to open the log in {self._folder}",
                    found="tiles without a checkpoint: it was deleted or moved",
                    expected=f"the signed file {CHECKPOINT}",
                    remedy="restore it from a copy, then run `assettrail log verify`; no new log was begun",
                )
            empty = Checkpoint.empty(self._signing_key.name)
            write_durably(self._folder / CHECKPOINT, empty.sign(self._signing_key))

    def _checkpoint_note(self) -> bytes:
        try:
            return (self._folder / CHECKPOINT).read_bytes()
        except OSError as error:
            raise broken_tile(CHECKPOINT, f"{error.strerror}", "a readable signed checkpoint") from error

    def _edge(self) -> Edge:
        checkpoint = self.checkpoint()
        size = checkpoint.size
        hashes = []
        for level in range(tile_levels(size)):
            width = partial_width(size, level)
            hashes.append(tuple(self._tile(level, size >> (8 * (level + 1)), width)) if width else ())
        width = partial_width(size, 0)
        entries = tuple(self._bundle(size // TILE_WIDTH, width)) if width else ()
        edge = Edge(size, tuple(hashes), entries)
        if edge.root != checkpoint.root:
            raise broken_tile("tile/", f"a right edge with the root {edge.root.hex()}", checkpoint.root_hash)
        return edge

    def _bundle(self, index: int, width: int) -> list[bytes]:
        path = tile_path(ENTRIES, index, width)
        entries = decode_bundle(self._read(ENTRIES, index, width), path)[:width]
        if [leaf_hash(entry) for entry in entries] != self._tile(0, index, width):
            raise broken_tile(path, "entries that differ from their leaf hashes", "the entries that were appended")
        return entries

    def _tile(self, level: int, index: int, width: int) -> list[bytes]:
        path = tile_path(level, index, width)
        hashes = decode_tile(self._read(level, index, width), path)[:width]
        if len(hashes) != width:
            raise broken_tile(path, f"{len(hashes)} hashes", f"{width} hashes")
        return hashes

    def _read(self, level: int | str, index: int, width: int) -> bytes:
        """Read a tile that has at least `width` items; an append may replace a partial one while we look."""
        exact = self._folder / tile_path(level, index, width)
        full = self._folder / tile_path(level, index)
        for _ in range(_READ_ATTEMPTS):
            for path in (exact, *self._wider(full, width), full):
                try:
                    return path.read_bytes()
                except FileNotFoundError:
                    continue
                except OSError as error:
                    raise broken_tile(str(path), f"{error.strerror}", "a readable file") from error
        raise broken_tile(tile_path(level, index, width), "no such file", "the file that the checkpoint promises")

    def _wider(self, full: Path, width: int) -> list[Path]:
        found = [path for path in _partials(full) if path.name.isdigit() and int(path.name) > width]
        return sorted(found, key=lambda path: int(path.name))

    def _sweep(self, old_size: int, new_size: int) -> None:
        """Remove partial tiles that wider or full ones cover, and what a killed append left at the edge."""
        for level in (ENTRIES, *range(tile_levels(new_size))):
            depth = 0 if level == ENTRIES else int(level)
            first, last = old_size >> (8 * (depth + 1)), new_size >> (8 * (depth + 1))
            for index in range(first, last + 1):
                full = self._folder / tile_path(level, index)
                current = partial_width(new_size, depth) if index == last else TILE_WIDTH
                if index == last:
                    full.unlink(missing_ok=True)
                for path in _partials(full):
                    if path.name != str(current):
                        path.unlink(missing_ok=True)
                remove_temporaries(full.parent)
        remove_temporaries(self._folder)


def _partials(full: Path) -> list[Path]:
    folder = full.with_name(full.name + ".p")
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []
