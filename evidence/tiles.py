"""Tiles of C2SP (c2sp.org/tlog-tiles): the files of a log's hashes and entries.

Here belong paths, the coding of tiles and entry bundles, and the pure step from an old right edge of the
tree to the files of a longer one. Reading and writing files does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assettrail.errors import ContractBroken, EvidenceBroken
from evidence.merkle import EMPTY_ROOT, HASH_SIZE, tree_hash

TILE_WIDTH = 256
LARGEST_ENTRY_BYTES = 65_535
ENTRIES = "entries"


def tile_path(level: int | str, index: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a tile relative to the log: `tile/<level>/x001/234[.p/<width>]`.

    `level` is a number, or "entries" for an entry bundle. `width` below 256 names a partial tile.
    """
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.append(f"x{index % 1000:03d}")
    path = f"tile/{level}/" + "/".join(reversed(groups))
    return path if width == TILE_WIDTH else f"{path}.p/{width}"


def partial_width(size: int, level: int) -> int:
    """Return how many hashes (0 to 255) the partial tile at `level` has in a tree of `size` entries."""
    return (size >> (8 * level)) % TILE_WIDTH


def tile_levels(size: int) -> int:
    """Return how many levels of tiles a tree of `size` entries has."""
    levels = 0
    while size >> (8 * levels):
        levels += 1
    return levels


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Return entries as a bundle: each with its length before it as a big-endian uint16.

    Raises ContractBroken for an entry above 65,535 bytes, which the format cannot hold.
    """
    for entry in entries:
        refuse_large_entry(entry)
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def refuse_large_entry(entry: bytes) -> None:
    """Raise ContractBroken when `entry` is larger than a tlog-tiles entry may be."""
    if len(entry) > LARGEST_ENTRY_BYTES:
        raise ContractBroken(
            tried="to append an entry to the log",
            found=f"an entry of {len(entry)} bytes that starts with {entry[:60]!r}",
            expected=f"at most {LARGEST_ENTRY_BYTES} bytes, the most that a C2SP entry bundle can hold",
            remedy="split what the entry lists over several entries, or log its hash; nothing was appended",
        )


def decode_bundle(data: bytes, path: str) -> list[bytes]:
    """Return the entries of a bundle. Raises EvidenceBroken when it ends inside an entry."""
    entries: list[bytes] = []
    position = 0
    while position < len(data):
        length = int.from_bytes(data[position : position + 2], "big")
        entry = data[position + 2 : position + 2 + length]
        if position + 2 > len(data) or len(entry) < length:
            raise broken_tile(path, f"an end inside entry {len(entries)}", "whole entries")
        entries.append(entry)
        position += 2 + length
    return entries


def decode_tile(data: bytes, path: str) -> list[bytes]:
    """Return the hashes of a tile. Raises EvidenceBroken when the length is not a multiple of 32 bytes."""
    if len(data) % HASH_SIZE:
        raise broken_tile(path, f"{len(data)} bytes", f"a multiple of {HASH_SIZE} bytes")
    return [data[position : position + HASH_SIZE] for position in range(0, len(data), HASH_SIZE)]


def broken_tile(path: str, found: str, expected: str) -> EvidenceBroken:
    """Return the error for a tile or bundle file that is not what the checkpoint promises."""
    return EvidenceBroken(
        tried=f"to read {path} of the log",
        found=found,
        expected=expected,
        remedy="run `assettrail log verify` to see what else is wrong, and restore the folder from a copy",
    )


@dataclass(frozen=True)
class Edge:
    """The right edge of a tree: the hashes of each level's partial tile, and the partial bundle."""

    size: int
    hashes: tuple[tuple[bytes, ...], ...]
    entries: tuple[bytes, ...]

    @classmethod
    def empty(cls) -> Edge:
        """Return the edge of a tree without entries."""
        return cls(0, (), ())

    @property
    def root(self) -> bytes:
        """The RFC 6962 root of the whole tree, which the edge alone determines."""
        rest: list[bytes] = []
        for level in self.hashes:
            below = [*level, *rest]
            rest = [tree_hash(below)] if below else []
        return rest[0] if rest else EMPTY_ROOT


def grow(edge: Edge, entries: Sequence[bytes], hashed: Sequence[bytes]) -> tuple[Edge, dict[str, bytes]]:
    """Return the edge after `entries` (with their leaf hashes) and the changed files by relative path."""
    files = dict(_grow_bundles(edge, entries))
    levels = [list(level) for level in edge.hashes]
    new, level = list(hashed), 0
    while new:
        if level == len(levels):
            levels.append([])
        first = edge.size >> (8 * (level + 1))
        levels[level], new = _grow_level(levels[level], new, level, first, files)
        level += 1
    tail = (*edge.entries, *entries)
    kept = len(tail) % TILE_WIDTH
    grown = Edge(
        size=edge.size + len(entries),
        hashes=tuple(tuple(hashes) for hashes in levels),
        entries=tail[len(tail) - kept :],
    )
    return grown, files


def _grow_level(
    partial: list[bytes], new: list[bytes], level: int, index: int, files: dict[str, bytes]
) -> tuple[list[bytes], list[bytes]]:
    """Add `new` to tile `index` at `level`; return the new partial tile and the roots of filled tiles."""
    pending = [*partial, *new]
    filled: list[bytes] = []
    while len(pending) >= TILE_WIDTH:
        full, pending = pending[:TILE_WIDTH], pending[TILE_WIDTH:]
        files[tile_path(level, index)] = b"".join(full)
        filled.append(tree_hash(full))
        index += 1
    if pending:
        files[tile_path(level, index, len(pending))] = b"".join(pending)
    return pending, filled


def _grow_bundles(edge: Edge, entries: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    pending = [*edge.entries, *entries]
    first = edge.size // TILE_WIDTH
    for offset in range(0, len(pending), TILE_WIDTH):
        bundle = pending[offset : offset + TILE_WIDTH]
        yield tile_path(ENTRIES, first + offset // TILE_WIDTH, len(bundle)), encode_bundle(bundle)
