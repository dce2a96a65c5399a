"""The verifier: every kind of tampering is found and the first bad entry or file is named."""

import re
import shutil
from pathlib import Path

import pytest

from assettrail.errors import EvidenceBroken
from evidence.log import Log
from evidence.merkle import leaf_hash, tree_hash
from evidence.signed_note import SigningKey
from evidence.tiles import encode_bundle
from evidence.verify import LogProblem, inspect_log, verify_log

SIZE = 600
ENTRIES = [b"entry %d" % number for number in range(SIZE)]


@pytest.fixture
def full(log: Log) -> Log:
    log.append(ENTRIES)
    return log


def problem_of(log: Log) -> LogProblem:
    report = inspect_log(log.folder, log.verification_key)
    assert report.problem is not None
    with pytest.raises(EvidenceBroken, match=re.escape(report.problem.file)):
        verify_log(log.folder, log.verification_key)
    return report.problem


def change(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(bytes(data))


def test_an_untouched_log_is_sound(full: Log) -> None:
    """A verifier that cries wolf is switched off."""
    report = verify_log(full.folder, full.verification_key)
    assert (report.size, report.entries_checked, report.tiles_checked) == (SIZE, SIZE, 4)
    assert report.root_hash == tree_hash([leaf_hash(entry) for entry in ENTRIES]).hex()


def test_a_changed_entry_is_named(full: Log) -> None:
    """One changed byte in one record must be found and located."""
    start = sum(2 + len(entry) for entry in ENTRIES[256:300])
    change(full.folder / "tile/entries/001", start + 2 + len(ENTRIES[300]) - 1)
    found = problem_of(full)
    assert (found.file, found.index) == ("tile/entries/001", 300)


def test_a_changed_leaf_hash_is_blamed_on_the_tile(full: Log) -> None:
    """When entries still hold, the entry must not be accused."""
    change(full.folder / "tile/0/000", 32 * 7)
    found = problem_of(full)
    assert (found.file, found.index) == ("tile/0/000", 7)


def test_a_changed_upper_tile_is_named(full: Log) -> None:
    """Proofs are made from tiles; a spoiled upper tile would spoil them unseen."""
    change(full.folder / "tile/1/000.p/2", 32)
    found = problem_of(full)
    assert (found.file, found.index) == ("tile/1/000.p/2", 256)


def test_an_entry_and_its_hash_changed_together_are_found(full: Log) -> None:
    """A forger who recomputes the leaf hash must be caught by the tree above it."""
    forged = [*ENTRIES[:5], b"forged", *ENTRIES[6:256]]
    (full.folder / "tile/entries/000").write_bytes(encode_bundle(forged))
    (full.folder / "tile/0/000").write_bytes(b"".join(leaf_hash(entry) for entry in forged))
    found = problem_of(full)
    assert (found.file, found.index) == ("tile/1/000.p/2", 0)


def test_a_forged_last_tile_is_found_by_the_root(full: Log) -> None:
    """The partial tile has no tile above it; only the signed root can show the forgery."""
    forged = [*ENTRIES[512:599], b"forged"]
    (full.folder / "tile/entries/002.p/88").write_bytes(encode_bundle(forged))
    (full.folder / "tile/0/002.p/88").write_bytes(b"".join(leaf_hash(entry) for entry in forged))
    assert problem_of(full).file == "checkpoint"


def test_a_swap_of_two_entries_is_found(full: Log) -> None:
    """Order is evidence: the log index orders system time."""
    swapped = [ENTRIES[1], ENTRIES[0], *ENTRIES[2:256]]
    (full.folder / "tile/entries/000").write_bytes(encode_bundle(swapped))
    assert problem_of(full).index == 0


@pytest.mark.parametrize(
    ("file", "index"),
    [
        ("tile/entries/001", 256),
        ("tile/entries/002.p/88", 512),
        ("tile/0/001", 256),
        ("tile/1/000.p/2", 0),
        ("checkpoint", None),
    ],
)
def test_a_deleted_file_is_named(full: Log, file: str, index: int | None) -> None:
    """A missing file must not read as an empty or shorter log."""
    (full.folder / file).unlink()
    found = problem_of(full)
    assert (found.file, found.index) == (file, index)


def test_a_bundle_cut_short_is_named(full: Log) -> None:
    """Truncation at an entry's end parses well; the count must tell."""
    (full.folder / "tile/entries/002.p/88").write_bytes(encode_bundle(ENTRIES[512:590]))
    found = problem_of(full)
    assert (found.file, found.index) == ("tile/entries/002.p/88", 590)


def test_a_bundle_cut_inside_an_entry_is_named(full: Log) -> None:
    """Truncation inside an entry must be found as well."""
    path = full.folder / "tile/entries/002.p/88"
    path.write_bytes(path.read_bytes()[:-1])
    assert problem_of(full).index == 599


def test_an_entry_too_many_is_found(full: Log) -> None:
    """An entry that was never signed may not stand among those that were."""
    path = full.folder / "tile/entries/002.p/88"
    path.write_bytes(path.read_bytes() + encode_bundle([b"added"]))
    assert problem_of(full).file == "tile/entries/002.p/88"


def test_a_checkpoint_of_another_key_is_found(full: Log, key: SigningKey) -> None:
    """A forger with a key of the same name must not pass."""
    stranger = SigningKey.generate(key.name)
    (full.folder / "checkpoint").write_bytes(full.checkpoint().sign(stranger))
    assert problem_of(full).file == "checkpoint"


def test_a_log_cut_back_to_its_own_past_is_found_by_a_published_root(log: Log, tmp_path: Path) -> None:
    """An old copy of the folder is whole in itself: only a root remembered elsewhere shows what is gone."""
    log.append(ENTRIES[:300])
    old = log.checkpoint()
    shutil.copytree(log.folder, tmp_path / "old")
    log.append(ENTRIES[300:])
    known = [(old.size, old.root_hash), (SIZE, log.checkpoint().root_hash)]
    assert inspect_log(log.folder, log.verification_key, known).known_checked == 2
    cut = inspect_log(tmp_path / "old", log.verification_key, known)
    assert cut.problem is not None
    assert cut.problem.index == 300
    assert "cut back" in cut.problem.expected


def test_a_rewritten_history_is_found_by_a_published_root(full: Log) -> None:
    """Whoever holds the key can sign another history; a published root still contradicts it."""
    report = inspect_log(full.folder, full.verification_key, [(300, "00" * 32)])
    assert report.problem is not None
    assert "rewritten" in report.problem.expected
