"""The keys of an installation: made once, kept in a folder outside the data, never printed.

`log.key` signs checkpoints (Ed25519, C2SP private key text), `log.pub` verifies them and may be handed out,
`raw.key` seals raw bytes and `pseudonym.key` makes pseudonyms (32 bytes each, base64). A home remembers the names of
the keys that it was begun with (`key_names.json`, nothing secret), so that another installation's keys are noticed
before anything is sealed or named with them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from assettrail.errors import ConfigurationError
from evidence.durable import make_folder_durably, write_durably
from evidence.signed_note import SigningKey, VerificationKey

LOG_KEY, LOG_PUBLIC_KEY, RAW_KEY, PSEUDONYM_KEY = "log.key", "log.pub", "raw.key", "pseudonym.key"
KEY_NAMES = "key_names.json"
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
    would make sealed bytes and pseudonyms unreadable for ever. Only a missing `log.pub` is made from `log.key`.
    """
    missing = [name for name in (LOG_KEY, RAW_KEY, PSEUDONYM_KEY) if not (folder / name).exists()]
    if not missing and not (folder / LOG_PUBLIC_KEY).exists():
        ring = load_keys(folder)
        write_durably(folder / LOG_PUBLIC_KEY, (ring.verification_key.to_text() + "\n").encode())
        return ring
    if len(missing) < 3:
        raise _not_empty(folder, missing)
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


def remember_keys(home: Path, ring: KeyRing) -> None:
    """Compare `ring` with the keys that `home` was begun with; a home that does not know yet remembers these.

    Raises ConfigurationError when a key is another one: what was sealed could not be read any more, and one recipient
    would go on under a second pseudonym.
    """
    path = home / KEY_NAMES
    names = {
        LOG_KEY: f"{ring.verification_key.name}+{ring.verification_key.key_id.hex()}",
        RAW_KEY: key_name(ring.raw_key, "raw"),
        PSEUDONYM_KEY: key_name(ring.pseudonym_key, "pseudonym"),
    }
    if not path.exists():
        write_durably(path, (json.dumps(names, indent=2, sort_keys=True) + "\n").encode())
        return
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        changed = [name for name, own in names.items() if known[name] != own]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise _other_keys(home, f"{path}, which cannot be read ({type(error).__name__})") from error
    if changed:
        told = [f"another {name} ({names[name]}, not {known[name]})" for name in changed]
        raise _other_keys(home, ", ".join(told))


def key_name(key: bytes, what: str) -> str:
    """Return a name of a secret key (16 hex digits) that tells keys apart and reveals nothing of them."""
    return hmac.new(key, f"assettrail {what} key id".encode(), hashlib.sha256).hexdigest()[:16]


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


def _not_empty(folder: Path, missing: list[str]) -> ConfigurationError:
    there = [name for name in (LOG_KEY, RAW_KEY, PSEUDONYM_KEY) if name not in missing]
    remedy = "keep the keys that are there, or name another folder in keys.folder; nothing was written"
    if missing:
        remedy = (
            f"restore {', '.join(missing)} from your copy. Where nothing was ever ingested with these keys (`keys "
            "create` was cut short), remove the folder and run it again; nothing was written"
        )
    return ConfigurationError(
        tried=f"to create keys in {folder}",
        found=", ".join(there) + " there already" + (f", {', '.join(missing)} missing" if missing else ""),
        expected="a folder without keys",
        remedy=remedy,
    )


def _other_keys(home: Path, found: str) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to use the keys of keys.folder with the home {home}",
        found=found,
        expected="the keys that this home was begun with",
        remedy="correct keys.folder, or restore the keys that belong to this home. Where a key was changed on purpose, "
        f"remove {home / KEY_NAMES}: what the old key sealed needs the old key, and recipients get other pseudonyms",
    )


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
