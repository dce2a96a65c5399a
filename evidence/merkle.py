"""Merkle trees of RFC 6962 (section 2.1) over SHA-256: roots, inclusion proofs and consistency proofs.

Here belongs pure hashing over lists of leaf hashes. Files, signatures and the meaning of entries do not.
The tree of no entries has the root SHA-256 of nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from assettrail.errors import EvidenceBroken
from evidence.many_hashes import digests_of_each

HASH_SIZE = 32

EMPTY_ROOT = hashlib.sha256(b"").digest()
_BLOCK_LEAVES = 1 << 16
_BLOCK_LEVELS = 10
"""So many levels of a block are made of columns; for the few nodes above them a column costs more than it saves."""
_BLOCKS_AT_ONCE = 2


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry: SHA-256 over a zero byte and the entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256 over a one byte and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_hash(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes.

    Pairs are joined level by level; a last node without partner rises unchanged, which gives the tree of
    RFC 6962.
    """
    if not leaf_hashes:
        return EMPTY_ROOT
    level = list(leaf_hashes)
    while len(level) > 1:
        level = _join_pairs(level)
    return level[0]


def root_of_entries(entries: Iterable[bytes]) -> bytes:
    """Return the root over entries as they are (each is hashed as a leaf first)."""
    return tree_hash([leaf_hash(entry) for entry in entries])


def root_of_hashes(data: bytes) -> bytes:
    """Return the root over entries of 32 bytes each that lie one behind the other, in little memory.

    Blocks of a power of two are whole subtrees of the tree of RFC 6962, so that each is reduced to a few nodes by
    itself, a few blocks at a time. Raises EvidenceBroken for data that is not a multiple of 32 bytes.
    """
    if len(data) % HASH_SIZE:
        raise _outside(len(data), len(data) // HASH_SIZE * HASH_SIZE)
    entries = np.frombuffer(data, dtype=np.uint8).reshape(-1, HASH_SIZE)
    blocks = [entries[start : start + _BLOCK_LEAVES] for start in range(0, len(entries), _BLOCK_LEAVES)]
    with ThreadPoolExecutor(_BLOCKS_AT_ONCE) as threads:
        return tree_hash([node for nodes in threads.map(_nodes_above, blocks) for node in nodes])


def _nodes_above(entries: NDArray[np.uint8]) -> list[bytes]:
    """The nodes `_BLOCK_LEVELS` above the leaves of entries of 32 bytes each; level by level, as in `tree_hash`."""
    leaves = np.zeros((len(entries), 1 + HASH_SIZE), dtype=np.uint8)
    leaves[:, 1:] = entries
    level = digests_of_each(leaves)
    pairs = np.ones((len(level) // 2, 1 + 2 * HASH_SIZE), dtype=np.uint8)
    for _ in range(_BLOCK_LEVELS):
        pairs, odd = pairs[: len(level) // 2], level[len(level) // 2 * 2 :]
        pairs[:, 1:] = level[: 2 * len(pairs)].reshape(-1, 2 * HASH_SIZE)
        joined = digests_of_each(pairs)
        level = np.concatenate([joined, odd]) if len(odd) else joined
    return [bytes(node) for node in level]


def prefix_roots(leaf_hashes: Iterable[bytes]) -> Iterator[bytes]:
    """Give the root over the first leaf, the first two, and so on: n log n hashes for all of them."""
    peaks: list[bytes] = []
    for size, hashed in enumerate(leaf_hashes, start=1):
        peaks.append(hashed)
        for _ in range((size & -size).bit_length() - 1):
            right = peaks.pop()
            peaks.append(node_hash(peaks.pop(), right))
        root = peaks[-1]
        for left in reversed(peaks[:-1]):
            root = node_hash(left, root)
        yield root


def inclusion_proof(index: int, leaf_hashes: Sequence[bytes]) -> list[bytes]:
    """Return the audit path of leaf `index`, from the leaf's sibling up to the root's child."""
    if not 0 <= index < len(leaf_hashes):
        raise _outside(index, len(leaf_hashes))
    path: list[bytes] = []
    level = list(leaf_hashes)
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        level = _join_pairs(level)
        index >>= 1
    return path


def consistency_proof(old_size: int, leaf_hashes: Sequence[bytes]) -> list[bytes]:
    """Return the proof that the first `old_size` leaves are a prefix of the tree over all leaves."""
    if not 0 <= old_size <= len(leaf_hashes):
        raise _outside(old_size, len(leaf_hashes))
    if old_size in (0, len(leaf_hashes)):
        return []
    return _sub_proof(old_size, leaf_hashes, whole=True)


def verify_inclusion(hashed: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf hash `hashed` is leaf `index` of the tree of `size` leaves with this root.

    Follows RFC 9162, section 2.1.3.2. Raises EvidenceBroken when it is not.
    """
    if not 0 <= index < size:
        raise _outside(index, size)
    position, last, current = index, size - 1, hashed
    for step in proof:
        if last == 0:
            raise _does_not_hold("inclusion", f"{len(proof)} hashes, too many for {size} leaves")
        if position & 1 or position == last:
            current = node_hash(step, current)
            while not position & 1 and position != 0:
                position, last = position >> 1, last >> 1
        else:
            current = node_hash(current, step)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise _does_not_hold("inclusion", f"{len(proof)} hashes, too few for {size} leaves")
    if current != root:
        raise _does_not_hold("inclusion", f"the root {current.hex()} instead of {root.hex()}")


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of `old_size` leaves is a prefix of the tree of `new_size` leaves.

    Follows RFC 9162, section 2.1.4.2. Raises EvidenceBroken when it is not.
    """
    if not 0 <= old_size <= new_size:
        raise _outside(old_size, new_size)
    if old_size in (0, new_size):
        _verify_trivial_consistency(old_size, old_root, new_root, new_size, proof)
        return
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path:
        raise _does_not_hold("consistency", "no hashes")
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            raise _does_not_hold("consistency", f"{len(proof)} hashes, too many")
        if position & 1 or position == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not position & 1 and position != 0:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, step)
        position, last = position >> 1, last >> 1
    if last != 0 or old != old_root or new != new_root:
        raise _does_not_hold("consistency", f"roots {old.hex()} and {new.hex()}, {last} levels left")


def _verify_trivial_consistency(
    old_size: int, old_root: bytes, new_root: bytes, new_size: int, proof: Sequence[bytes]
) -> None:
    expected = EMPTY_ROOT if old_size == 0 else new_root
    if proof or old_root != expected or (new_size == 0 and new_root != EMPTY_ROOT):
        raise _does_not_hold("consistency", f"{len(proof)} hashes and the old root {old_root.hex()}")


def _join_pairs(level: list[bytes]) -> list[bytes]:
    sha256 = hashlib.sha256
    pairs = zip(level[::2], level[1::2], strict=False)
    joined = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    if len(level) % 2:
        joined.append(level[-1])
    return joined


def _sub_proof(old_size: int, leaf_hashes: Sequence[bytes], whole: bool) -> list[bytes]:
    if old_size == len(leaf_hashes):
        return [] if whole else [tree_hash(leaf_hashes)]
    split = 1 << (len(leaf_hashes) - 1).bit_length() - 1
    left, right = leaf_hashes[:split], leaf_hashes[split:]
    if old_size <= split:
        return [*_sub_proof(old_size, left, whole), tree_hash(right)]
    return [*_sub_proof(old_size - split, right, whole=False), tree_hash(left)]


def _outside(position: int, size: int) -> EvidenceBroken:
    return EvidenceBroken(
        tried=f"to take position {position} of a tree of {size} leaves",
        found="a position outside the tree",
        expected=f"a position from 0 to {size}",
        remedy="ask for an entry that the checkpoint covers",
    )


def _does_not_hold(kind: str, found: str) -> EvidenceBroken:
    return EvidenceBroken(
        tried=f"to verify a proof of {kind}",
        found=found,
        expected="hashes that lead to the root of the signed checkpoint",
        remedy="do not trust the entry; compare the proof and the checkpoint with those that were handed out",
    )
