"""Merkle trees against the published vectors of RFC 6962 implementations, and against the definition."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assettrail.errors import EvidenceBroken
from evidence import merkle

# The eight inputs and roots that certificate-transparency-go and its kin publish for RFC 6962.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
CONSISTENCY = {
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
LEAVES = [merkle.leaf_hash(entry) for entry in INPUTS]


def leaf_hashes(count: int) -> list[bytes]:
    return [merkle.leaf_hash(str(number).encode()) for number in range(count)]


def root_by_definition(hashes: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word by word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = max(2**power for power in range(20) if 2**power < len(hashes))
    left, right = root_by_definition(hashes[:split]), root_by_definition(hashes[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_published_ones(size: int) -> None:
    """A tree that hashes otherwise than RFC 6962 makes proofs that no other verifier accepts."""
    assert merkle.root_of_entries(INPUTS[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_are_the_published_ones(index: int, size: int) -> None:
    """A path in another order would hold only in our own verifier."""
    proof = merkle.inclusion_proof(index, LEAVES[:size])
    assert [step.hex() for step in proof] == INCLUSION[index, size]
    merkle.verify_inclusion(LEAVES[index], index, size, proof, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_consistency_proofs_are_the_published_ones(old: int, new: int) -> None:
    """Auditors compare checkpoints with foreign tools; our proofs must be theirs."""
    proof = merkle.consistency_proof(old, LEAVES[:new])
    assert [step.hex() for step in proof] == CONSISTENCY[old, new]


@given(st.integers(0, 600))
def test_the_root_is_that_of_the_definition(size: int) -> None:
    """The level-by-level shortcut must give the recursive tree at every size, odd ones above all."""
    hashes = leaf_hashes(size)
    assert merkle.tree_hash(hashes) == root_by_definition(hashes)


@given(st.integers(1, 600), st.data())
def test_an_inclusion_proof_proves_its_leaf_and_no_other(size: int, data: st.DataObject) -> None:
    """A proof that holds for another entry, index or tree would let a record be swapped."""
    index = data.draw(st.integers(0, size - 1))
    hashes = leaf_hashes(size)
    root = merkle.tree_hash(hashes)
    proof = merkle.inclusion_proof(index, hashes)
    merkle.verify_inclusion(hashes[index], index, size, proof, root)
    with pytest.raises(EvidenceBroken):
        merkle.verify_inclusion(merkle.leaf_hash(b"other"), index, size, proof, root)
    with pytest.raises(EvidenceBroken):
        merkle.verify_inclusion(hashes[index], index, size, [*proof, root], root)
    if proof:
        with pytest.raises(EvidenceBroken):
            merkle.verify_inclusion(hashes[index], index, size, proof[:-1], root)
        with pytest.raises(EvidenceBroken):
            merkle.verify_inclusion(hashes[index], index ^ 1, size, proof, root)


@given(st.integers(0, 400), st.data())
def test_a_consistency_proof_proves_its_prefix_and_no_other(size: int, data: st.DataObject) -> None:
    """A rewritten history must not pass as a longer log."""
    old = data.draw(st.integers(0, size))
    hashes = leaf_hashes(size)
    old_root, new_root = merkle.tree_hash(hashes[:old]), merkle.tree_hash(hashes)
    proof = merkle.consistency_proof(old, hashes)
    merkle.verify_consistency(old, old_root, size, new_root, proof)
    forged = merkle.leaf_hash(b"forged")
    with pytest.raises(EvidenceBroken):
        merkle.verify_consistency(old, forged, size, new_root, proof)
    with pytest.raises(EvidenceBroken):
        merkle.verify_consistency(old, old_root, size, new_root, [*proof, forged])
    if proof:
        with pytest.raises(EvidenceBroken):
            merkle.verify_consistency(old, old_root, size, forged, proof)
        with pytest.raises(EvidenceBroken):
            merkle.verify_consistency(old, old_root, size, new_root, proof[:-1])


@pytest.mark.parametrize("index", [-1, 3])
def test_a_position_outside_the_tree_is_refused(index: int) -> None:
    """Asking beyond the checkpoint must not give a path of some other leaf."""
    with pytest.raises(EvidenceBroken, match="outside"):
        merkle.inclusion_proof(index, leaf_hashes(3))
