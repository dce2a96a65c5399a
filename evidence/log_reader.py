"""Reading a log: its checkpoint, entries, roots and proofs, with the public key alone.

Here belongs what an auditor may do with a copy of the folder. Appending is `log`; recomputing everything is `verify`,
which uses nothing of this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from evidence.checkpoint import Checkpoint, open_checkpoint
from evidence.inclusion_proof import InclusionProof
from evidence.merkle import EMPTY_ROOT, inclusion_proof, leaf_hash, prefix_roots, tree_hash
from evidence.signed_note import VerificationKey
from evidence.tiles import ENTRIES, TILE_WIDTH, broken_tile, decode_bundle, decode_tile, tile_path

CHECKPOINT = "checkpoint"
_READ_ATTEMPTS = 5


class LogReader:
    """One log in one folder, read-only; every call reads the checkpoint anew."""

    def __init__(self, folder: Path, verification_key: VerificationKey) -> None:
        self._folder = folder
        self._verification_key = verification_key

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
        return InclusionProof(index, tuple(inclusion_proof(index, self._leaf_hashes(size))), note)

    def root_hashes(self, sizes: Iterable[int]) -> dict[int, str]:
        """Return the root (lower-case hex) over the first n entries for each n of `sizes` that the log reaches.

        From the tiles of leaf hashes alone. Raises EvidenceBroken when one of them is not readable.
        """
        size = self.checkpoint().size
        reached = sorted({wanted for wanted in sizes if wanted <= size})
        hashes = self._leaf_hashes(reached[-1]) if reached else []
        return {wanted: (tree_hash(hashes[:wanted]) if wanted else EMPTY_ROOT).hex() for wanted in reached}

    def sizes_with_root(self, prefix: str) -> list[int]:
        """Return every size whose root over the first so many entries begins with `prefix` (lower-case hex).

        From the tiles of leaf hashes alone. Raises EvidenceBroken when one of them is not readable.
        """
        roots = prefix_roots(self._leaf_hashes(self.checkpoint().size))
        return [size for size, root in enumerate(roots, start=1) if root.hex().startswith(prefix)]

    def _leaf_hashes(self, size: int) -> list[bytes]:
        hashes: list[bytes] = []
        for tile in range(-(-size // TILE_WIDTH)):
            hashes += self._tile(0, tile, min(TILE_WIDTH, size - tile * TILE_WIDTH))
        return hashes

    def _checkpoint_note(self) -> bytes:
        try:
            return (self._folder / CHECKPOINT).read_bytes()
        except OSError as error:
            raise broken_tile(CHECKPOINT, f"{error.strerror}", "a readable signed checkpoint") from error

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
        found = [path for path in partials(full) if path.name.isdigit() and int(path.name) > width]
        return sorted(found, key=lambda path: int(path.name))


def partials(full: Path) -> list[Path]:
    """Return the partial tiles beside the place of a full one."""
    folder = full.with_name(full.name + ".p")
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []
