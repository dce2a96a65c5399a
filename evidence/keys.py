"""The keys of an installation: made once, kept in a folder outside the data, never printed.

`log.key` signs checkpoints (Ed25519, C2SP private key text), `log.pub` verifies them and may be handed out,
`raw.key` seals raw bytes and `pseudonym.key` makes pseudonyms (32 bytes each, base64).
"""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from assettrail.errors import ConfigurationError
from evidence.durable import make_folder_durably, write_durably
from evidence.signed_note import SigningKey, VerificationKey

LOG_KEY, LOG_PUBLIC_KEY, RAW_KEY, PSEUDONYM_KEY = "log.key", "log.pub", "raw.key", "pseudonym.key"
SYMMETRIC_KEY_BYTES = 32


@dataclass(frozen=True)
class KeyRing:
    """All keys of an installation; the secret ones do not show in its text."""

    signing_key: SigningKey
    raw_key: bytes = field(repr=False)
    pseudonym_key: bytes = field(repr=False)

    @property
    def verification_key(self) -> VerificationKey:
        """The public key of the log."""
        return self.signing_key.verification_key


def create_keys(folder: Path, log_origin: str) -> KeyRing:
    """Make all keys in `folder` (mode 0700, files 0600) and return them.

    Raises ConfigurationError when one is there already, before anything is written: an overwritten key
    would make sealed bytes and pseudonyms unreadable for ever.
    """
    present = [name for name in (LOG_KEY, RAW_KEY, PSEUDONYM_KEY) if (folder / name).exists()]
    if present:
        raise ConfigurationError(
            tried=f"to create keys in {folder}",
            found=", ".join(present) + " there already",
            expected="a folder without keys",
            remedy="keep the keys that are there, or name another folder in keys.folder; nothing was written",
        )
    signing_key = SigningKey.generate(log_origin)
    make_folder_durably(folder)
    folder.chmod(0o700)
    ring = KeyRing(signing_key, secrets.token_bytes(SYMMETRIC_KEY_BYTES), secrets.token_bytes(SYMMETRIC_KEY_BYTES))
    write_durably(folder / RAW_KEY, _encoded(ring.raw_key), mode=0o600)
    write_durably(folder / PSEUDONYM_KEY, _encoded(ring.pseudonym_key), mode=0o600)
    write_durably(folder / LOG_PUBLIC_KEY, (signing_key.verification_key.to_text() + "\n").encode())
    write_durably(folder / LOG_KEY, (signing_key.to_text() + "\n").encode(), mode=0o600)
    return ring


def load_keys(folder: Path) -> KeyRing:
    """Read all keys of `folder`. Raises ConfigurationError that names the file and the remedy."""
    return KeyRing(load_signing_key(folder), load_raw_key(folder), load_pseudonym_key(folder))


def load_signing_key(folder: Path) -> SigningKey:
    """Read the key that signs checkpoints. Raises ConfigurationError."""
    return SigningKey.from_text(_text(folder / LOG_KEY))


def load_verification_key(folder: Path) -> VerificationKey:
    """Read the key that verifies checkpoints; the secret key need not be there. Raises ConfigurationError."""
    return VerificationKey.from_text(_text(folder / LOG_PUBLIC_KEY))


def load_raw_key(folder: Path) -> bytes:
    """Read the key that seals raw bytes. Raises ConfigurationError."""
    return _symmetric(folder / RAW_KEY)


def load_pseudonym_key(folder: Path) -> bytes:
    """Read the key that makes pseudonyms. Raises ConfigurationError."""
    return _symmetric(folder / PSEUDONYM_KEY)


def _encoded(key: bytes) -> bytes:
    return base64.b64encode(key) + b"\n"


def _symmetric(path: Path) -> bytes:
    try:
        key = base64.b64decode(_text(path), validate=True)
    except binascii.Error as error:
        raise _unusable(path, "text that is not base64") from error
    if len(key) != SYMMETRIC_KEY_BYTES:
        raise _unusable(path, f"{len(key)} bytes")
    return key


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise _unusable(path, error.strerror or "an unreadable file") from error
    except UnicodeDecodeError as error:
        raise _unusable(path, "bytes that are not text") from error


def _unusable(path: Path, found: str) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to read the key {path}",
        found=found,
        expected="a key file that `assettrail keys create` wrote",
        remedy="correct keys.folder in the settings, restore the key, or, for a new installation, "
        "run `assettrail keys create`",
    )
