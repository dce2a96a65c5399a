"""The keys of an installation: made once, kept in a folder outside the data, never printed.

`log.key` signs checkpoints (Ed25519, C2SP private key text), `log.pub` verifies them and may be handed out,
`raw.key` seals raw bytes and `pseudonym.key` makes pseudonyms (32 bytes each, base64). A home remembers the names of
the keys that it was begun with (`key_names.json`, nothing secret), so that another installation's keys are noticed
before anything is sealed or named with them.

A key that was rotated stays beside its successor as `raw.<key id>.key` or `pseudonym.<key id>.key`: it still opens what
it sealed, and look-ups hash under it, too. That the log learns of it is `rotation`.
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
from evidence.leaves import RotatedKey
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
    older_raw_keys: tuple[bytes, ...] = field(default=(), repr=False)
    older_pseudonym_keys: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def verification_key(self) -> VerificationKey:
        """The public key of the log."""
        return self.signing_key.verification_key


@dataclass(frozen=True)
class Rotation:
    """One key that gave way to another, by their ids (16 hex digits, nothing secret)."""

    what: RotatedKey
    old_key_id: str
    new_key_id: str

    @property
    def file(self) -> str:
        """The file of the key that is in use."""
        return f"{self.what}.key"


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
    raw, pseudonym = load_raw_keys(folder), load_pseudonym_keys(folder)
    return KeyRing(load_signing_key(folder), raw[0], pseudonym[0], raw[1:], pseudonym[1:])


def remember_keys(home: Path, ring: KeyRing) -> tuple[Rotation, ...]:
    """Compare `ring` with the keys that `home` knows; a home that knows none yet remembers these.

    Returns the rotations that the home has not been told of: the key that it knows lies among the older ones. They are
    remembered by `rotation.record_rotations`, when they stand in the log.

    Raises ConfigurationError when a key is another one and the known one is gone: what was sealed could not be read any
    more, and one recipient would go on under a second pseudonym.
    """
    path = home / KEY_NAMES
    names = names_of(ring)
    if not path.exists():
        write_names(home, ring)
        return ()
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        changed = [name for name, own in names.items() if known[name] != own]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise _other_keys(home, f"{path}, which cannot be read ({type(error).__name__})") from error
    rotated = [
        Rotation(what, known[name], names[name])
        for what, (name, older) in _rotatable(ring).items()
        if name in changed and known[name] in {key_name(key, what) for key in older}
    ]
    told = {rotation.file for rotation in rotated}
    if foreign := [name for name in changed if name not in told]:
        words = [f"another {name} ({names[name]}, not {known[name]})" for name in foreign]
        raise _other_keys(home, ", ".join(words))
    return tuple(rotated)


def known_pseudonym_key(home: Path) -> str | None:
    """Return the name of the pseudonym key that a home knows, None where it knows no keys yet. Secret is nothing of it.

    Raises ConfigurationError when what the home remembers cannot be read.
    """
    return _known_name(home, PSEUDONYM_KEY)


def signing_key_of(home: Path, folder: Path) -> SigningKey:
    """Return the key of a home's log, for what writes to the log and seals nothing: no other key is read.

    A home that knows no keys yet is begun with all of `folder`. Raises ConfigurationError when the key is missing, or
    another one than the home knows.
    """
    known = _known_name(home, LOG_KEY)
    if known is None:
        ring = load_keys(folder)
        remember_keys(home, ring)
        return ring.signing_key
    key = load_signing_key(folder)
    own = _signing_name(key.verification_key)
    if known != own:
        raise _other_keys(home, f"another {LOG_KEY} ({own}, not {known})")
    return key


def _known_name(home: Path, file: str) -> str | None:
    path = home / KEY_NAMES
    if not path.exists():
        return None
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))[file])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise _other_keys(home, f"{path}, which cannot be read ({type(error).__name__})") from error


def _signing_name(key: VerificationKey) -> str:
    return f"{key.name}+{key.key_id.hex()}"


def write_names(home: Path, ring: KeyRing) -> None:
    """Let a home remember the names of these keys. Raises ConfigurationError when the disk refuses."""
    write_durably(home / KEY_NAMES, (json.dumps(names_of(ring), indent=2, sort_keys=True) + "\n").encode())


def names_of(ring: KeyRing) -> dict[str, str]:
    """Return the names of the keys that are in use, by file."""
    return {
        LOG_KEY: _signing_name(ring.verification_key),
        RAW_KEY: key_name(ring.raw_key, "raw"),
        PSEUDONYM_KEY: key_name(ring.pseudonym_key, "pseudonym"),
    }


def rotate_key(folder: Path, what: RotatedKey) -> Rotation:
    """Put a new key in the place of `raw.key` or `pseudonym.key`; the old one stays under its id.

    The old key is durable under its new name before the new one takes its place, so that a kill loses neither. Raises
    ConfigurationError when a key is missing, or when the disk refuses.
    """
    load_keys(folder)
    path = folder / f"{what}.key"
    old, new = _symmetric(path), secrets.token_bytes(SYMMETRIC_KEY_BYTES)
    write_durably(folder / f"{what}.{key_name(old, what)}.key", _encoded(old), mode=0o600)
    write_durably(path, _encoded(new), mode=0o600)
    return Rotation(what, key_name(old, what), key_name(new, what))


def load_raw_keys(folder: Path) -> tuple[bytes, ...]:
    """Read every key that raw bytes are sealed with, the one in use first. Raises ConfigurationError."""
    return _live_keys(folder, "raw")


def load_pseudonym_keys(folder: Path) -> tuple[bytes, ...]:
    """Read every key that pseudonyms are made with, the one in use first. Raises ConfigurationError."""
    return _live_keys(folder, "pseudonym")


def key_name(key: bytes, what: str) -> str:
    """Return a name of a secret key (16 hex digits) that tells keys apart and reveals nothing of them."""
    return hmac.new(key, f"assettrail {what} key id".encode(), hashlib.sha256).hexdigest()[:16]


def load_signing_key(folder: Path) -> SigningKey:
    """Read the key that signs checkpoints. Raises ConfigurationError."""
    return SigningKey.from_text(_text(folder / LOG_KEY))


def load_verification_key(folder: Path) -> VerificationKey:
    """Read the key that verifies checkpoints; the secret key need not be there. Raises ConfigurationError."""
    return VerificationKey.from_text(_text(folder / LOG_PUBLIC_KEY))


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
        remedy="correct keys.folder, or restore the keys that belong to this home. A key is changed with "
        "`assettrail keys rotate`, which keeps the old one: what it sealed needs it, and earlier pseudonyms do, too",
    )


def _rotatable(ring: KeyRing) -> dict[RotatedKey, tuple[str, tuple[bytes, ...]]]:
    return {"raw": (RAW_KEY, ring.older_raw_keys), "pseudonym": (PSEUDONYM_KEY, ring.older_pseudonym_keys)}


def _live_keys(folder: Path, what: RotatedKey) -> tuple[bytes, ...]:
    """The key in use, then the older ones by file name. Raises ConfigurationError for one with another's name."""
    current = _symmetric(folder / f"{what}.key")
    older: list[bytes] = []
    for path in sorted(folder.glob(f"{what}.*.key")):
        key = _symmetric(path)
        if path.name != f"{what}.{key_name(key, what)}.key":
            raise _unusable(path, "another key than its name tells")
        if key != current:  # A rotation that was cut short leaves the key in use under both names.
            older.append(key)
    return (current, *older)


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
