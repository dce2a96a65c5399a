"""Durable writing, sealed raw bytes and keys."""

import hashlib
import os
from pathlib import Path

import pytest

from assettrail.errors import ConfigurationError, EvidenceBroken
from evidence.durable import make_home, write_durably
from evidence.keys import create_keys, load_keys, load_verification_key, remember_keys
from evidence.raw_store import RawStore

KEY = bytes(range(32))


def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader may see old or new, never a part; and a full disk may not fill up with rests."""
    path = tmp_path / "deep" / "er" / "file"
    write_durably(path, b"old")

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(ConfigurationError, match="No space left on device"):
        write_durably(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_in_the_way_of_a_folder_is_a_clear_error(tmp_path: Path) -> None:
    """A wrong home must be one message of the house, not a traceback."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="free space"):
        write_durably(tmp_path / "file" / "below", b"x")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, 0o700), (0o755, 0o700), (0o777, 0o700), (0o750, 0o750), (0o700, 0o700)],
    ids=["new", "umask's", "everybody's", "group's", "private"],
)
def test_a_home_is_not_everybodys(tmp_path: Path, before: int | None, after: int) -> None:
    """Everybody on the machine could read who got what; and a group that was let in must not be locked out."""
    home = tmp_path / "deep" / "home"
    if before is not None:
        home.mkdir(parents=True)
        home.chmod(before)
    make_home(home)
    assert mode(home) == after


def test_raw_bytes_come_back_and_are_sealed(tmp_path: Path) -> None:
    """Raw bytes hold customers' names: they may not lie readable on the disk."""
    store = RawStore(tmp_path, KEY)
    sha256 = store.put(b"account 4711" * 100)
    assert sha256 == hashlib.sha256(b"account 4711" * 100).hexdigest()
    assert store.get(sha256) == b"account 4711" * 100
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 1
    assert b"4711" not in files[0].read_bytes()
    assert files[0].stat().st_mode & 0o077 == 0


def test_raw_bytes_are_written_once(tmp_path: Path) -> None:
    """Evidence is never replaced, not even by the same bytes under a new nonce."""
    store = RawStore(tmp_path, KEY)
    sha256 = store.put(b"x")
    (path,) = (path for path in tmp_path.rglob("*") if path.is_file())
    before = path.read_bytes()
    assert store.put(b"x") == sha256
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"ATR1" + bytes(60)], ids=["emptied", "made up"])
def test_a_damaged_file_is_not_taken_for_the_bytes_that_came_again(tmp_path: Path, content: bytes) -> None:
    """Rows would refer to raw bytes that are lost; and a file mended in silence hides who or what changed it."""
    store = RawStore(tmp_path, KEY)
    sha256 = store.put(b"x")
    path = tmp_path / sha256[:2] / f"{sha256[2:]}.sealed"
    path.write_bytes(content)
    with pytest.raises(EvidenceBroken, match="move the file out of the home") as refusal:
        store.put(b"x")
    assert str(path) in refusal.value.found
    assert path.read_bytes() == content, "what an investigation looks at stays as it is"
    path.rename(tmp_path / "aside")
    assert store.get(store.put(b"x")) == b"x"


def test_tampered_moved_or_foreign_raw_bytes_do_not_open(tmp_path: Path) -> None:
    """Bytes that are not those that were received must never be read as evidence."""
    store = RawStore(tmp_path, KEY)
    one, two = store.put(b"one"), store.put(b"two")
    with pytest.raises(EvidenceBroken, match=r"raw\.key"):
        RawStore(tmp_path, bytes(32)).get(one)
    first, second = (tmp_path / sha[:2] / f"{sha[2:]}.sealed" for sha in (one, two))
    first.write_bytes(second.read_bytes())
    with pytest.raises(EvidenceBroken):
        store.get(one)
    second.write_bytes(b"ATR1")
    with pytest.raises(EvidenceBroken):
        store.get(two)
    with pytest.raises(EvidenceBroken, match="No such file"):
        store.get("0" * 64)
    assert not store.has("0" * 64)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63])
def test_a_name_that_is_no_hash_is_refused(tmp_path: Path, name: str) -> None:
    """A hash comes from outside in places; it may not walk the file system."""
    with pytest.raises(EvidenceBroken, match="not a SHA-256"):
        RawStore(tmp_path, KEY).get(name)


def test_keys_are_made_once_read_back_and_private(tmp_path: Path) -> None:
    """A second `keys create` that overwrote keys would make all sealed bytes unreadable for ever."""
    made = create_keys(tmp_path / "keys", "example.com/log")
    read = load_keys(tmp_path / "keys")
    assert (read.raw_key, read.pseudonym_key) == (made.raw_key, made.pseudonym_key)
    assert read.verification_key == made.verification_key == load_verification_key(tmp_path / "keys")
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0
    for name in ("log.key", "raw.key", "pseudonym.key"):
        assert (tmp_path / "keys" / name).stat().st_mode & 0o077 == 0
    with pytest.raises(ConfigurationError, match="nothing was written"):
        create_keys(tmp_path / "keys", "example.com/log")
    assert repr(made.raw_key) not in repr(made)


def test_keys_that_were_half_made_say_what_is_missing(tmp_path: Path) -> None:
    """A kill in the middle of `keys create` must not leave two messages that send each other the reader for ever."""
    create_keys(tmp_path, "example.com/log")
    (tmp_path / "log.key").unlink()
    with pytest.raises(ConfigurationError, match=r"log\.key missing(.|\n)*remove the folder and run it again"):
        create_keys(tmp_path, "example.com/log")


def test_a_lost_public_key_is_made_again_from_the_secret_one(tmp_path: Path) -> None:
    """Without log.pub nobody can verify the log, and nothing else can make it again."""
    made = create_keys(tmp_path, "example.com/log")
    (tmp_path / "log.pub").unlink()
    assert create_keys(tmp_path, "example.com/log").raw_key == made.raw_key
    assert load_verification_key(tmp_path) == made.verification_key


@pytest.mark.parametrize("name", ["log.key", "raw.key", "pseudonym.key"])
def test_a_home_refuses_the_keys_of_another(tmp_path: Path, name: str) -> None:
    """A wrong raw.key seals what nobody can open; a wrong pseudonym.key gives one recipient two names, in silence."""
    home = tmp_path / "home"
    remember_keys(home, create_keys(tmp_path / "own", "example.com/log"))
    remember_keys(home, load_keys(tmp_path / "own"))
    create_keys(tmp_path / "other", "example.com/log")
    (tmp_path / "own" / name).write_bytes((tmp_path / "other" / name).read_bytes())
    with pytest.raises(ConfigurationError, match=f"another {name}") as refusal:
        remember_keys(home, load_keys(tmp_path / "own"))
    assert (tmp_path / "own" / name).read_text().strip() not in str(refusal.value)
    (home / "key_names.json").write_text("[]")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        remember_keys(home, load_keys(tmp_path / "own"))


@pytest.mark.parametrize("content", [None, b"", b"not base64!", b"AAAA", b"\xff\xfe"])
@pytest.mark.parametrize("name", ["log.key", "raw.key", "pseudonym.key"])
def test_a_missing_or_wrong_key_names_the_remedy(tmp_path: Path, name: str, content: bytes | None) -> None:
    """Whoever installs must read which file is wrong and which command makes it."""
    create_keys(tmp_path, "example.com/log")
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigurationError, match="assettrail keys create"):
        load_keys(tmp_path)
