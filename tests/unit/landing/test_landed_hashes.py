"""The index of landed row hashes: never says "landed" of what is not, whatever happened to its files."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.landed_hashes import BatchHashes, LandedHashes, hash_numbers


def hashes_of(numbers: Sequence[int]) -> bytes:
    return b"".join(hashlib.sha256(str(number).encode()).digest() for number in numbers)


def batch(log_index: int, numbers: Sequence[int]) -> BatchHashes:
    return BatchHashes(log_index, lambda: hashes_of(numbers))


def found(index: LandedHashes, numbers: Sequence[int], batches: Sequence[BatchHashes]) -> list[int]:
    is_landed = index.contains(hash_numbers(hashes_of(numbers)), batches)
    return [number for number, landed in zip(numbers, is_landed, strict=True) if landed]


@settings(max_examples=50, deadline=None)
@given(sizes=st.lists(st.integers(0, 40), max_size=12))
def test_every_landed_hash_is_found_and_no_other(sizes: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    """A hash that is missed lands a use twice; one that is found wrongly loses a record for ever."""
    index = LandedHashes(tmp_path_factory.mktemp("index"))
    batches: list[BatchHashes] = []
    for log_index, size in enumerate(sizes):
        batches.append(batch(log_index, range(log_index * 100, log_index * 100 + size)))
        everything = range(len(sizes) * 100)
        expected = [n for n in everything if n // 100 <= log_index and n % 100 < sizes[n // 100]]
        assert found(index, everything, batches) == expected


def test_a_batch_is_read_once(tmp_path: Path) -> None:
    """Reading all landed files for each batch would make landing slower with every night."""
    reads = []
    first = BatchHashes(1, lambda: reads.append(1) or hashes_of(range(10)))
    for _ in range(3):
        assert found(LandedHashes(tmp_path), [3, 30], [first]) == [3]
    assert reads == [1]


def test_a_rejected_batch_no_longer_counts(tmp_path: Path) -> None:
    """What a person rejected has to land when it comes again."""
    index = LandedHashes(tmp_path)
    assert found(index, [1, 2], [batch(0, [1]), batch(1, [2])]) == [1, 2]
    assert found(index, [1, 2], [batch(0, [1])]) == [1]


@pytest.mark.parametrize("damage", ["flip", "cut", "remove", "manifest"])
def test_a_damaged_index_is_made_anew(damage: str, tmp_path: Path) -> None:
    """A flipped bit in derived data must not make a record count as landed."""
    batches = [batch(0, range(100))]
    index = LandedHashes(tmp_path)
    assert found(index, [5, 500], batches) == [5]
    (run,) = tmp_path.glob("*.run")
    data = run.read_bytes()
    if damage == "flip":
        run.write_bytes(data[:7] + bytes([data[7] ^ 1]) + data[8:])
    elif damage == "cut":
        run.write_bytes(data[:16])
    elif damage == "remove":
        run.unlink()
    else:
        (tmp_path / "manifest.json").write_text("[{")
    assert found(index, [5, 50, 500], batches) == [5, 50]


def test_hashes_that_share_their_first_half_are_told_apart(tmp_path: Path) -> None:
    """Two records are not one because half of their hashes is alike."""
    alike = [b"\xab" * 8 + number.to_bytes(8) + bytes(16) for number in range(20)]
    index = LandedHashes(tmp_path)
    is_landed = index.contains(hash_numbers(b"".join(alike)), [BatchHashes(0, lambda: b"".join(alike[::2]))])
    assert is_landed.tolist() == [True, False] * 10
