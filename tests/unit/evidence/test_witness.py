"""What is remembered of the log outside of it: each of the three memories alone must notice a log that was cut back."""

import json
import shutil
from pathlib import Path

import pytest

from assettrail.errors import ConfigurationError, EvidenceBroken
from evidence.log import Log
from evidence.log_reader import LogReader
from evidence.signed_note import SigningKey
from evidence.witness import known_checkpoints, refuse_older_log, witness_file
from tests.unit.evidence.conftest import ORIGIN


@pytest.fixture
def home(tmp_path: Path, key: SigningKey) -> Path:
    """A home whose log has 300 entries, and a copy of that log with 299 beside it."""
    log = Log.open(tmp_path / "log", ORIGIN, key, witness=witness_file(tmp_path))
    log.append([f"entry {number}".encode() for number in range(299)])
    shutil.copytree(tmp_path / "log", tmp_path / "older")
    log.append([b"entry 299"])
    return tmp_path


def check(home: Path, key: SigningKey, folder: str = "log") -> None:
    reader = LogReader(home / folder, key.verification_key)
    refuse_older_log(reader, known_checkpoints(home, key.verification_key))


def publish(home: Path, key: SigningKey, size: int, root: str | None = None) -> Path:
    """A snapshot that says that the log had `size` entries, and the pointer to it."""
    root = root or LogReader(home / "log", key.verification_key).root_hashes([size])[size]
    folder = home / "snapshots" / f"20260201T120000Z-{size:08d}"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"log": {"size": size, "root_hash": root}}))
    return folder


def test_a_log_that_goes_on_is_not_refused(home: Path, key: SigningKey) -> None:
    """A false alarm stops every ingest."""
    folder = publish(home, key, 280)
    (home / "snapshots" / "current").symlink_to(folder.name)
    check(home, key)


def test_the_copied_checkpoint_remembers_every_append(home: Path, key: SigningKey) -> None:
    """Between two publishes nothing else would notice that entries are gone."""
    with pytest.raises(EvidenceBroken, match="299 entries"):
        check(home, key, "older")


def test_a_manifest_remembers(home: Path, key: SigningKey) -> None:
    """Published snapshots are the witness that outlives a lost copy of the checkpoint."""
    witness_file(home).unlink()
    check(home, key, "older")
    publish(home, key, 300)
    with pytest.raises(EvidenceBroken, match=r"300 entries.*manifest\.json"):
        check(home, key, "older")


def test_a_rewritten_history_is_told_from_a_grown_one(home: Path, key: SigningKey) -> None:
    """Size alone is no proof: an attacker with the key appends until it fits."""
    publish(home, key, 280, root="ab" * 32)
    with pytest.raises(EvidenceBroken, match="another one"):
        check(home, key)


@pytest.mark.parametrize("with_folder", [True, False])
def test_the_pointer_remembers_its_own_publish_leaf(home: Path, key: SigningKey, with_folder: bool) -> None:
    """The pointer moves after the leaf: a log that ends before that leaf is cut back, also when the folder is gone."""
    witness_file(home).unlink()
    folder = publish(home, key, 299)
    (home / "snapshots" / "current").symlink_to(folder.name)
    if not with_folder:
        shutil.rmtree(folder)
    check(home, key)
    with pytest.raises(EvidenceBroken, match="current"):
        check(home, key, "older")


def test_a_forged_copy_of_the_checkpoint_is_told(home: Path, key: SigningKey) -> None:
    """Whoever rolls the log back will try to roll the memory back, too."""
    witness_file(home).write_bytes(b"example.com/log\n1\n")
    with pytest.raises(EvidenceBroken, match="copied checkpoint"):
        check(home, key)


def test_a_disk_that_refuses_the_copy_is_told_and_the_append_stands(tmp_path: Path, key: SigningKey) -> None:
    """A failing disk that nobody hears of is written to again; and an entry that was promised must not be taken back.

    Whoever runs again finds the entry, as after a kill at the same place.
    """
    (tmp_path / "taken").write_text("a file where a folder should be")
    log = Log.open(tmp_path / "log", ORIGIN, key, witness=tmp_path / "taken" / "checkpoint")
    with pytest.raises(ConfigurationError, match="taken"):
        log.append([b"x"])
    assert [entry for _, entry in log.entries()] == [b"x"]
    (tmp_path / "taken").unlink()
    assert log.append([b"y"]) == range(1, 2)
    refuse_older_log(log, known_checkpoints(tmp_path, key.verification_key))
