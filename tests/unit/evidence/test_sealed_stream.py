"""Files sealed in segments: what was changed, moved, left out or cut does not open."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from assettrail.errors import EvidenceBroken
from evidence.raw_store import RawStore
from evidence.sealed_stream import SEGMENT_BYTES

SEALED_SEGMENT = SEGMENT_BYTES + 16
HEAD = 4 + 8 + 7
KEY = b"k" * 32


def kept(folder: Path, size: int) -> tuple[RawStore, bytes, Path]:
    data = os.urandom(size)
    source = folder / "source"
    source.write_bytes(data)
    store = RawStore(folder / "raw", KEY)
    assert store.put_file(source) == hashlib.sha256(data).hexdigest()
    (sealed,) = (folder / "raw").rglob("*.sealed")
    return store, data, sealed


@pytest.mark.parametrize("size", [0, 1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 3 * SEGMENT_BYTES])
def test_what_is_kept_from_a_file_opens_as_it_was(size: int, tmp_path: Path) -> None:
    """Evidence that cannot be opened, or opens to something else, is none."""
    store, data, sealed = kept(tmp_path, size)
    sha256 = hashlib.sha256(data).hexdigest()
    assert store.get(sha256) == data
    assert all(len(piece) <= SEGMENT_BYTES for piece in store.segments(sha256))
    before = sealed.stat().st_mtime_ns
    assert store.put_file(tmp_path / "source") == store.put(data) == sha256
    assert sealed.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "change",
    [
        lambda sealed: sealed[: HEAD + 2 * SEALED_SEGMENT],
        lambda sealed: sealed[:-1],
        lambda sealed: sealed[:HEAD],
        lambda sealed: sealed[:HEAD] + sealed[HEAD + SEALED_SEGMENT :],
        lambda sealed: sealed[:HEAD] + sealed[HEAD + SEALED_SEGMENT :][:SEALED_SEGMENT] + sealed[HEAD:],
        lambda sealed: sealed + b"x",
        lambda sealed: sealed[: HEAD + 7] + bytes([sealed[HEAD + 7] ^ 1]) + sealed[HEAD + 8 :],
        lambda sealed: sealed[:4] + bytes(8) + sealed[12:],
    ],
)
def test_a_changed_file_does_not_open(change: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """Whoever can write the folder must not be able to shorten or rearrange what a vendor sent."""
    store, data, sealed = kept(tmp_path, 2 * SEGMENT_BYTES + 5)
    sealed.write_bytes(change(sealed.read_bytes()))
    sha256 = hashlib.sha256(data).hexdigest()
    with pytest.raises(EvidenceBroken):
        store.get(sha256)
    with pytest.raises(EvidenceBroken), store.open(sha256) as source:
        source.read()


def test_another_key_does_not_open(tmp_path: Path) -> None:
    """The key is what keeps recipients' data from whoever copies the folder."""
    _, data, _ = kept(tmp_path, 10)
    other = RawStore(tmp_path / "raw", b"o" * 32)
    with pytest.raises(EvidenceBroken, match="no key"):
        other.get(hashlib.sha256(data).hexdigest())
    with pytest.raises(EvidenceBroken, match="no key"):
        other.open(hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("size", [0, 5, SEGMENT_BYTES, 2 * SEGMENT_BYTES + 5])
def test_an_open_file_reads_from_any_place_what_was_kept(size: int, tmp_path: Path) -> None:
    """A file that is read piece by piece, or from its end, must be the file that was sealed."""
    store, data, _ = kept(tmp_path, size)
    with store.open(hashlib.sha256(data).hexdigest()) as source:
        assert source.seek(0, io.SEEK_END) == size
        assert source.read(1) == b""
        for place in (0, 3, size // 2, max(0, size - 5), SEGMENT_BYTES - 1, SEGMENT_BYTES, size + 9):
            assert source.seek(place) == place
            assert source.read(70_000) == data[place : place + 70_000]
            assert source.tell() == max(place, min(size, place + 70_000))
        source.seek(0)
        assert source.read() == data
    assert source.closed


def test_what_was_sealed_at_once_opens_too_and_what_is_not_kept_is_told(tmp_path: Path) -> None:
    """Bytes of earlier versions, and small ones, are evidence, too."""
    store = RawStore(tmp_path / "raw", KEY)
    with store.open(store.put(b"as received")) as source:
        assert (source.seek(3), source.read()) == (3, b"received")
    with pytest.raises(EvidenceBroken, match="No such file"):
        store.open("0" * 64)


def test_what_is_staged_is_in_the_store_once_it_is_kept(tmp_path: Path) -> None:
    """Bytes that may be half a file must not look like evidence before somebody says that they are whole."""
    store = RawStore(tmp_path / "raw", KEY)
    data = os.urandom(2 * SEGMENT_BYTES)
    dropped, kept_later = store.stage(io.BytesIO(data), "a"), store.stage(io.BytesIO(data + b"x"), "b")
    assert not store.has(dropped.sha256)
    with kept_later.open() as sealed:
        assert sealed.read() == data + b"x"
    dropped.drop()
    kept_later.keep()
    kept_later.drop()
    assert store.get(kept_later.sha256) == data + b"x"
    assert [path.suffix for path in (tmp_path / "raw").rglob("*") if path.is_file()] == [".sealed"]
    again = store.stage(io.BytesIO(data + b"x"), "c")
    again.drop()
    again.keep()
    assert store.has(again.sha256)


def test_what_a_killed_process_staged_goes_with_the_next_one(tmp_path: Path) -> None:
    """A run that is killed while files are sealed must not fill the disk for good, nor touch a run that goes on."""
    store = RawStore(tmp_path / "raw", KEY)
    running = store.stage(io.BytesIO(b"a"), "a")
    left = tmp_path / "raw" / "staging" / f"{2**22 + 1}-left"
    left.write_bytes(b"half")
    store.stage(io.BytesIO(b"b"), "b")
    assert not left.exists()
    running.keep()
    assert store.get(running.sha256) == b"a"
