"""Sealed store of raw bytes as they were received, named by the SHA-256 of what was received.

Here belongs putting and getting bytes under AES-256-GCM. Which bytes are kept, and how long, does not (`raw_use` tells
who needs them now, `raw_removals` which are gone). The key lies outside the folder (`keys`). A file is written once and
never changed.

File: 4 bytes `ATR2`, 8 bytes id of the key, 12 bytes nonce, ciphertext with tag; the hash is bound in as associated
data, so that a file renamed to another hash does not open. Files of the older form `ATR1` have no key id: each key that
is live is tried. A rotated key seals nothing more, and opens what it sealed. What is kept from a file of any size has
4 bytes `ATR3`, the key id, and the segments of `sealed_stream`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import BufferedRandom, BufferedReader, BytesIO
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from assettrail.errors import ConfigurationError, EvidenceBroken
from evidence.durable import StagedFile, stage, write_durably
from evidence.keys import key_name
from evidence.left_behind import own_name, remove_left_behind
from evidence.raw_use import WAIT_SECONDS, RawUse
from evidence.sealed_stream import SealedReader, opened, seal

_MAGIC, _WITHOUT_KEY_ID, _SEGMENTED = b"ATR2", b"ATR1", b"ATR3"
_KEY_ID_BYTES = 8
_READ_BYTES = 1 << 17
_NONCE_BYTES = 12
_STAGING = "staging"


class FileChanged(ConfigurationError):
    """A file changed while its bytes were sealed; nothing of it is kept."""


@dataclass(frozen=True)
class StagedRaw:
    """Bytes that are sealed and durable, and in the store once they are kept; those that were there need no file."""

    sha256: str
    opened: Callable[[str, Path | None], BinaryIO]
    file: StagedFile | None = None

    def open(self) -> BinaryIO:
        """Open the bytes, before they are kept, as `RawStore.open` does."""
        return self.opened(self.sha256, None if self.file is None else self.file.temporary)

    def keep(self) -> None:
        """Put them into the store. Raises ConfigurationError when the disk refuses."""
        if self.file is not None:
            self.file.keep()

    def drop(self) -> None:
        """Forget them, unless they are in the store."""
        if self.file is not None:
            self.file.drop()


class RawStore:
    """Bytes by hash under `folder`, as `ab/cdef….sealed`; what is not kept yet lies in `staging`, read by nobody."""

    def __init__(
        self, folder: Path, key: bytes, older: Sequence[bytes] = (), wait_seconds: float = WAIT_SECONDS
    ) -> None:
        keys = [key, *older]
        if wrong := [len(each) for each in keys if len(each) != 32]:
            raise ConfigurationError(
                tried="to open the store of raw bytes",
                found=f"a key of {wrong[0]} bytes",
                expected="the 32 bytes of raw.key",
                remedy="use the file that `assettrail keys create` wrote",
            )
        self._folder = folder
        self._key_id = _key_id(key)
        self._ciphers = {_key_id(each): AESGCM(each) for each in keys}
        self.use = RawUse(folder, wait_seconds)

    @property
    def folder(self) -> Path:
        """Where the sealed files lie."""
        return self._folder

    def put(self, data: bytes) -> str:
        """Keep `data` and return its SHA-256 in hex; bytes that are there already are not written again.

        Durable on return, and not removed while `use` holds the store. Raises ConfigurationError when the disk refuses,
        EvidenceBroken when the file that is there does not open to `data`, TransientSourceError as `use`.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._path(sha256)
        self.use.begin()
        if path.exists():
            self._refuse_damaged(path, sha256)
        else:
            nonce = os.urandom(_NONCE_BYTES)
            sealed = self._ciphers[self._key_id].encrypt(nonce, data, sha256.encode())
            write_durably(path, _MAGIC + self._key_id + nonce + sealed, mode=0o600)
        return sha256

    def put_file(self, path: Path) -> str:
        """Keep the bytes of a file as `put_open` does. Raises OSError when the file cannot be read, too."""
        with path.open("rb") as source:
            return self.put_open(source, str(path))

    def put_open(self, source: BinaryIO, called: str) -> str:
        """Keep the bytes of an open file from its beginning in constant memory; return their SHA-256 in hex.

        As durable as `put`; `called` is what messages call it. Raises what `stage` raises.
        """
        staged = self.stage(source, called)
        staged.keep()
        return staged.sha256

    def stage(self, source: BinaryIO, called: str) -> StagedRaw:
        """Seal the bytes of an open file from its beginning in constant memory; they are kept once that is decided.

        `called` is what messages call it. Raises FileChanged when the file changes meanwhile, ConfigurationError when
        the disk refuses, EvidenceBroken as `put` does, and OSError when the file cannot be read.
        """
        source.seek(0)
        first = _Hashing(source)
        while first.read(_READ_BYTES):
            pass
        sha256 = first.sha256
        target = self._path(sha256)
        self.use.begin()
        if target.exists():
            self._refuse_damaged(target, sha256)
            return StagedRaw(sha256, self._opened_file)
        source.seek(0)
        hashing = _Hashing(source)

        def write(file: BufferedRandom) -> None:
            file.write(_SEGMENTED + self._key_id)
            seal(hashing, file, self._ciphers[self._key_id], sha256.encode())
            if hashing.sha256 != sha256:
                raise _changing(called)

        return StagedRaw(sha256, self._opened_file, stage(target, write, 0o600, self._staging() / own_name()))

    def _staging(self) -> Path:
        """The folder of what is sealed and not yet kept, without what killed processes left there."""
        folder = self._folder / _STAGING
        remove_left_behind(folder)
        return folder

    def _refuse_damaged(self, path: Path, sha256: str) -> None:
        """Raise EvidenceBroken when the file that is there is not what was sealed under this hash."""
        try:
            for _ in self.segments(sha256):
                pass
        except EvidenceBroken as error:
            # Not replaced, though the bytes are at hand: no killed write leaves such a file, so the disk or a person
            # changed evidence, and a store that mends itself would take the only trace of it from the auditor.
            raise EvidenceBroken(
                tried=f"to keep the raw bytes {sha256}, for which there is a file already",
                found=f"{path}: {error.found}",
                expected="a file that opens to these very bytes",
                remedy="check that raw.key is the key it was sealed with; move the file out of the home for "
                "investigation, then run the ingest again, which keeps the bytes anew; nothing was written",
            ) from error

    def has(self, sha256: str) -> bool:
        """Say whether bytes of this hash are kept."""
        return is_kept(self._folder, sha256)

    def get(self, sha256: str) -> bytes:
        """Return the bytes of this hash as they were received.

        Raises EvidenceBroken when they are not kept, were changed, or were sealed with another key.
        """
        return b"".join(self.segments(sha256))

    def segments(self, sha256: str) -> Iterator[bytes]:
        """Give the bytes of this hash in pieces, as they were received; to be trusted when the last one was given.

        Raises EvidenceBroken as `get` does, at the latest behind the last piece.
        """
        found = hashlib.sha256()
        try:
            with self._path(sha256).open("rb") as file:
                for segment in self._pieces(sha256, file):
                    found.update(segment)
                    yield segment
        except OSError as error:
            raise _broken(sha256, f"{error.strerror}", "the sealed file") from error
        if found.hexdigest() != sha256:
            raise _broken(sha256, "bytes with another hash", sha256)

    def open(self, sha256: str) -> BinaryIO:
        """Open the bytes of this hash as they were received, as a file that can seek; the caller closes it.

        Constant memory, but for what `put` sealed at once. Raises EvidenceBroken as `get` does, at the latest when a
        changed part is read; that all of it has this hash was seen when it was sealed, and `segments` sees it again.
        """
        return self._opened_file(sha256)

    def _opened_file(self, sha256: str, path: Path | None = None) -> BinaryIO:
        """Open the bytes of this hash, at another path than their own before they are kept."""
        try:
            file = (path or self._path(sha256)).open("rb")
            if file.peek(len(_MAGIC))[: len(_MAGIC)] != _SEGMENTED:
                with file:
                    return BytesIO(self._opened(sha256, file.read()))
        except OSError as error:
            raise _broken(sha256, f"{error.strerror}", "the sealed file") from error
        cipher = self._cipher_of(sha256, file)
        return BufferedReader(SealedReader(file, cipher, sha256.encode(), partial(_changed, sha256)), _READ_BYTES)

    def _pieces(self, sha256: str, file: BufferedReader) -> Iterator[bytes]:
        if file.peek(len(_MAGIC))[: len(_MAGIC)] != _SEGMENTED:
            yield self._opened(sha256, file.read())
            return
        cipher = self._cipher_of(sha256, file)
        try:
            yield from opened(file, cipher, sha256.encode())
        except InvalidTag as error:
            raise _changed(sha256) from error

    def _cipher_of(self, sha256: str, file: BufferedReader) -> AESGCM:
        """The cipher that a segmented file names at its beginning; the file stands behind the name then."""
        cipher = self._ciphers.get(file.read(len(_MAGIC) + _KEY_ID_BYTES)[len(_MAGIC) :])
        if cipher is None:
            file.close()
            raise _broken(sha256, "bytes that no key of this store opens", "bytes as they were sealed")
        return cipher

    def _opened(self, sha256: str, sealed: bytes) -> bytes:
        """The bytes of a sealed file, by the key that it names, or by the one that opens it."""
        magic, rest = sealed[: len(_MAGIC)], sealed[len(_MAGIC) :]
        ciphers = list(self._ciphers.values())
        if magic == _MAGIC:
            key_id, rest = rest[:_KEY_ID_BYTES], rest[_KEY_ID_BYTES:]
            ciphers = [self._ciphers[key_id]] if key_id in self._ciphers else []
        if magic not in {_MAGIC, _WITHOUT_KEY_ID} or len(rest) < _NONCE_BYTES:
            raise _broken(sha256, "a file of another form", "a sealed file of this store")
        for cipher in ciphers:
            try:
                return cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], sha256.encode())
            except InvalidTag:
                continue
        raise _broken(sha256, "bytes that no key of this store opens", "bytes as they were sealed")

    def _path(self, sha256: str) -> Path:
        return sealed_path(self._folder, sha256)


def _key_id(key: bytes) -> bytes:
    """The name of a raw key, as a sealed file has it."""
    return bytes.fromhex(key_name(key, "raw"))


class _Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def read(self, size: int, /) -> bytes:
        data = self._file.read(size)
        self._hash.update(data)
        return data


def is_kept(folder: Path, sha256: str) -> bool:
    """Say whether the store in `folder` keeps bytes of this hash; needs no key, and opens nothing.

    Raises EvidenceBroken when the hash is none.
    """
    return sealed_path(folder, sha256).is_file()


def sealed_path(folder: Path, sha256: str) -> Path:
    """Where the store in `folder` keeps bytes of this hash. Raises EvidenceBroken when the hash is none."""
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise _broken(sha256[:80], "a name that is not a SHA-256 in lower-case hex", "64 hex digits")
    return folder / sha256[:2] / f"{sha256[2:]}.sealed"


def _changed(sha256: str) -> EvidenceBroken:
    return _broken(sha256, "bytes that were changed", "bytes as they were sealed")


def _changing(called: str) -> FileChanged:
    return FileChanged(
        tried=f"to keep the bytes of {called}",
        found="a file that changes while it is read",
        expected="a file that is written to its end",
        remedy="wait until it is, then run the ingest again; nothing was kept of it",
    )


def _broken(sha256: str, found: str, expected: str) -> EvidenceBroken:
    return EvidenceBroken(
        tried=f"to open the raw bytes {sha256}",
        found=found,
        expected=expected,
        remedy="restore the file from a copy, and check that raw.key, or raw.<key id>.key beside it, is the key it was "
        "sealed with",
    )
