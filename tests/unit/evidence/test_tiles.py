"""Tiles: the specification's own examples, and that growing step by step equals growing at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assettrail.errors import ContractBroken, EvidenceBroken
from evidence.merkle import leaf_hash, tree_hash
from evidence.tiles import (
    Edge,
    decode_bundle,
    decode_tile,
    encode_bundle,
    grow,
    partial_width,
    tile_levels,
    tile_path,
)


def grown(edge: Edge, count: int) -> tuple[Edge, dict[str, bytes]]:
    entries = [str(edge.size + number).encode() for number in range(count)]
    return grow(edge, entries, [leaf_hash(entry) for entry in entries])


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 1234067, 256, "tile/0/x001/x234/067"),
        (1, 17, 5, "tile/1/017.p/5"),
        ("entries", 1000, 256, "tile/entries/x001/000"),
    ],
)
def test_paths_are_those_of_the_specification(level: int | str, index: int, width: int, path: str) -> None:
    """Another path is another file for every other tlog-tiles client."""
    assert tile_path(level, index, width) == path


def test_the_tree_of_70000_of_the_specification() -> None:
    """The specification's own example: 273 full and one partial tile of 112, then 1 + 17, then 1."""
    _, files = grown(Edge.empty(), 70_000)
    tiles = {path for path in files if "entries" not in path}
    assert {path for path in tiles if path.startswith("tile/0/")} == {
        *(f"tile/0/{number:03d}" for number in range(273)),
        "tile/0/273.p/112",
    }
    assert {path for path in tiles if path.startswith("tile/1/")} == {"tile/1/000", "tile/1/001.p/17"}
    assert {path for path in tiles if path.startswith("tile/2/")} == {"tile/2/000.p/1"}
    assert [partial_width(70_000, level) for level in range(3)] == [112, 17, 1]
    assert tile_levels(70_000) == 3


@given(st.lists(st.integers(0, 300), max_size=8))
def test_growing_in_steps_equals_growing_at_once(steps: list[int]) -> None:
    """The files of a log may not depend on how its entries arrived; the root is always that of the tree."""
    edge, files = Edge.empty(), dict[str, bytes]()
    for step in steps:
        edge, changed = grown(edge, step)
        files |= changed
    at_once, all_files = grown(Edge.empty(), sum(steps))
    assert edge == at_once
    assert edge.root == tree_hash([leaf_hash(str(number).encode()) for number in range(sum(steps))])
    assert all(files[path] == data for path, data in all_files.items())


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_bundles_survive_their_coding(entries: list[bytes]) -> None:
    """Entries are opaque: empty ones and any bytes must come back as they were."""
    assert decode_bundle(encode_bundle(entries), "x") == entries


def test_the_largest_entry_fits_and_one_byte_more_is_a_clear_error() -> None:
    """A uint16 length that overflows would cut an entry in silence."""
    assert decode_bundle(encode_bundle([bytes(65_535)]), "x") == [bytes(65_535)]
    with pytest.raises(ContractBroken, match="65535 bytes") as refused:
        encode_bundle([bytes(65_536)])
    assert "65536 bytes" in str(refused.value)


@pytest.mark.parametrize("cut", [1, 3])
def test_a_bundle_that_ends_inside_an_entry_is_refused(cut: int) -> None:
    """A torn file must not read as fewer or shorter entries."""
    with pytest.raises(EvidenceBroken, match="an end inside entry 1"):
        decode_bundle(encode_bundle([b"a", b"bb"])[:-cut], "tile/entries/000.p/2")


def test_a_tile_of_a_broken_length_is_refused() -> None:
    """Hashes are 32 bytes; a shifted tile would compare as something else."""
    with pytest.raises(EvidenceBroken, match="multiple of 32"):
        decode_tile(bytes(33), "tile/0/000.p/1")
