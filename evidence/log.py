"""The append-only log: entries, tiles and a signed checkpoint in one folder.

Here belongs appending. Reading is `log_reader`; checking the whole log against its checkpoint is `verify`, which uses
nothing of either. What the entries say is `leaves`.

The checkpoint is the commit point: tiles and bundles are written and flushed first, then the checkpoint
replaces the old one. Whatever lies beyond the checkpoint is the rest of a killed append; it is ignored and
written over.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assettrail.errors import ConfigurationError, EvidenceBroken
from evidence.checkpoint import Checkpoint
from evidence.durable import remove_temporaries, write_all_durably, write_durably
from evidence.file_lock import file_lock
from evidence.log_reader import CHECKPOINT, LogReader, partials
from evidence.merkle import leaf_hash
from evidence.refusing_disk import disk_told
from evidence.signed_note import SigningKey
from evidence.tiles import (
    ENTRIES,
    TILE_WIDTH,
    Edge,
    broken_tile,
    grow,
    partial_width,
    refuse_large_entry,
    tile_levels,
    tile_path,
)


class Log(LogReader):
    """One log in one folder. Open it with `Log.open`; every call reads the checkpoint anew."""

    def __init__(self, folder: Path, signing_key: SigningKey, lock_wait_seconds: float, witness: Path | None) -> None:
        super().__init__(folder, signing_key.verification_key)
        self._signing_key = signing_key
        self._lock_wait_seconds = lock_wait_seconds
        self._witness = witness

    @classmethod
    def open(
        cls,
        folder: Path,
        origin: str,
        signing_key: SigningKey,
        lock_wait_seconds: float = 30.0,
        witness: Path | None = None,
    ) -> Log:
        """Open the log in `folder`; a folder without one gets an empty log with a signed checkpoint.

        `witness` is a file outside `folder` that keeps a second copy of the newest checkpoint (see `witness`).

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
        log = cls(folder, signing_key, lock_wait_seconds, witness)
        if not (folder / CHECKPOINT).exists():
            log._begin()
        log.checkpoint()
        return log

    def append(self, entries: Sequence[bytes]) -> range:
        """Append entries and return their indexes; they are durable and under a signed checkpoint on return.

        All of them or none: a kill at any moment leaves the old or the new log. Raises ContractBroken for
        an entry above 65,535 bytes, TransientSourceError when another process keeps the lock; then the log is as it
        was. Raises ConfigurationError when the disk refuses; then the checkpoint tells whether the old log or the new
        one stands, as after a kill.
        """
        for entry in entries:
            refuse_large_entry(entry)
        with (
            disk_told("to append to the log", self._folder),
            file_lock(self._folder / "lock", "the log", self._lock_wait_seconds),
        ):
            edge = self._edge()
            if not entries:
                return range(edge.size, edge.size)
            self._sweep(edge.size, edge.size)
            grown, files = grow(edge, entries, [leaf_hash(entry) for entry in entries])
            write_all_durably({self._folder / path: data for path, data in files.items()})
            new = Checkpoint(self._signing_key.name, grown.size, grown.root)
            note = new.sign(self._signing_key)
            write_durably(self._folder / CHECKPOINT, note)
            self._tell_witness(note)
            self._sweep(edge.size, grown.size)
            return range(edge.size, grown.size)

    def _tell_witness(self, note: bytes) -> None:
        """Copy the checkpoint. The entries are in the log by now; a disk that refuses here is told all the same.

        Whoever went on would flush again what a disk had refused, and not learn that it fails.
        """
        if self._witness is not None:
            write_durably(self._witness, note)

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
                for path in partials(full):
                    if path.name != str(current):
                        path.unlink(missing_ok=True)
                remove_temporaries(full.parent)
        remove_temporaries(self._folder)
