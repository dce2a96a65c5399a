"""Sealed store of raw bytes as they were received, named by the SHA-256 of what was received.

Here belongs putting and getting bytes under AES-256-GCM. Which bytes are kept, and how long, does not. The
key lies outside the folder (`keys`). A file is written once and never changed.

File: 4 bytes `ATR1`, 12 bytes nonce, ciphertext with tag; the hash is bound in as associated data, so that
a file renamed to another hash does not open.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from assettrail.errors import ConfigurationError, EvidenceBroken
from evidence.durable import write_durably

_MAGIC = b"ATR1"
_NONCE_BYTES = 12


class RawStore:
    """Bytes by hash under `folder`, as `ab/cdef….sealed`."""

    def __init__(self, folder: Path, key: bytes) -> None:
        if len(key) != 32:
            raise ConfigurationError(
                tried="to open the store of raw bytes",
                found=f"a key of {len(key)} bytes",
                expected="the 32 bytes of raw.key",
                remedy="use the file that `assettrail keys create` wrote",
            )
        self._folder = folder
        self._cipher = AESGCM(key)

    def put(self, data: bytes) -> str:
        """Keep `data` and return its SHA-256 in hex; bytes that are there already are not written again.

        Durable on return. Raises ConfigurationError when the disk refuses, EvidenceBroken when the file that is there
        does not open to `data`.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._path(sha256)
        if path.exists():
            self._refuse_damaged(path, sha256)
        else:
            nonce = os.urandom(_NONCE_BYTES)
            sealed = self._cipher.encrypt(nonce, data, sha256.encode())
            write_durably(path, _MAGIC + nonce + sealed, mode=0o600)
        return sha256

    def _refuse_damaged(self, path: Path, sha256: str) -> None:
        """Raise EvidenceBroken when the file that is there is not what was sealed under this hash."""
        try:
            self.get(sha256)
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
        try:
            sealed = self._path(sha256).read_bytes()
        except OSError as error:
            raise _broken(sha256, f"{error.strerror}", "the sealed file") from error
        start = len(_MAGIC) + _NONCE_BYTES
        if sealed[: len(_MAGIC)] != _MAGIC or len(sealed) < start:
            raise _broken(sha256, "a file of another form", "a sealed file of this store")
        try:
            data = self._cipher.decrypt(sealed[len(_MAGIC) : start], sealed[start:], sha256.encode())
        except InvalidTag as error:
            raise _broken(sha256, "bytes that this key does not open", "bytes as they were sealed") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise _broken(sha256, "bytes with another hash", sha256)
        return data

    def _path(self, sha256: str) -> Path:
        return _sealed_path(self._folder, sha256)


def is_kept(folder: Path, sha256: str) -> bool:
    """Say whether the store in `folder` keeps bytes of this hash; needs no key, and opens nothing.

    Raises EvidenceBroken when the hash is none.
    """
    return _sealed_path(folder, sha256).is_file()


def _sealed_path(folder: Path, sha256: str) -> Path:
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise _broken(sha256[:80], "a name that is not a SHA-256 in lower-case hex", "64 hex digits")
    return folder / sha256[:2] / f"{sha256[2:]}.sealed"


def _broken(sha256: str, found: str, expected: str) -> EvidenceBroken:
    return EvidenceBroken(
        tried=f"to open the raw bytes {sha256}",
        found=found,
        expected=expected,
        remedy="restore the file from a copy, and check that raw.key is the key it was sealed with",
    )
