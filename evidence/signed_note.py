"""Signed notes of C2SP (c2sp.org/signed-note): text with Ed25519 signature lines, and the keys' text forms.

Here belongs the format and its signatures. What a note says (a checkpoint) does not.
Parsing is kept apart from believing: `open_note` returns text only when a known key has signed it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from assettrail.errors import ConfigurationError, EvidenceBroken

ED25519 = b"\x01"
PRIVATE_PREFIX = "PRIVATE+KEY+"
_SIGNATURE_START = "\u2014 "
_LARGEST_NOTE_BYTES = 1_000_000


@dataclass(frozen=True)
class VerificationKey:
    """A named Ed25519 public key. Its text form is `<name>+<key id, 8 hex>+<base64 of 0x01 and 32 bytes>`."""

    name: str
    public_bytes: bytes

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256 over name, newline, algorithm byte and public key."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public_bytes).digest()[:4]

    def to_text(self) -> str:
        """Return the key as one line that may be published."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.public_bytes).decode()}"

    @classmethod
    def from_text(cls, text: str) -> VerificationKey:
        """Read the text form. Raises ConfigurationError when it is not one."""
        name, key_id, public_bytes = _key_parts(text.strip(), "verification key")
        key = cls(name, public_bytes)
        if key.key_id.hex() != key_id:
            raise _not_a_key("verification key", f"the key id {key_id}, its bytes make {key.key_id.hex()}")
        return key

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Say whether `signature` (64 bytes) is this key's over `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_bytes).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class SigningKey:
    """A named Ed25519 private key (32 byte seed); its text form starts with PRIVATE+KEY+ and is a secret."""

    name: str
    private_key: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"SigningKey({self.name!r}, <secret>)"

    @property
    def verification_key(self) -> VerificationKey:
        """The public half."""
        return VerificationKey(self.name, self.private_key.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, name: str) -> SigningKey:
        """Make a new key. Raises ConfigurationError for a name that C2SP forbids."""
        _refuse_bad_name(name)
        return cls(name, Ed25519PrivateKey.generate())

    def to_text(self) -> str:
        """Return the secret text form."""
        seed = base64.b64encode(ED25519 + self.private_key.private_bytes_raw()).decode()
        return f"{PRIVATE_PREFIX}{self.name}+{self.verification_key.key_id.hex()}+{seed}"

    @classmethod
    def from_text(cls, text: str) -> SigningKey:
        """Read the secret text form. Raises ConfigurationError that never shows the text."""
        stripped = text.strip()
        if not stripped.startswith(PRIVATE_PREFIX):
            raise _not_a_key("signing key", f"text that does not start with {PRIVATE_PREFIX}")
        name, key_id, seed = _key_parts(stripped.removeprefix(PRIVATE_PREFIX), "signing key")
        key = cls(name, Ed25519PrivateKey.from_private_bytes(seed))
        if key.verification_key.key_id.hex() != key_id:
            raise _not_a_key("signing key", "a key id that its bytes do not make")
        return key


def sign_note(text: str, key: SigningKey) -> bytes:
    """Return the note of `text` (which ends in a newline) with one signature line."""
    signature = key.verification_key.key_id + key.private_key.sign(text.encode())
    return f"{text}\n{_SIGNATURE_START}{key.name} {base64.b64encode(signature).decode()}\n".encode()


def open_note(note: bytes, key: VerificationKey) -> str:
    """Return the text of `note` after `key`'s signature over it was verified.

    Signatures of other keys are ignored, as C2SP asks. Raises EvidenceBroken when the note cannot be read,
    carries no signature of `key`, or carries one that does not verify.
    """
    text, signatures = _split(note)
    own = [blob for name, blob in signatures if name == key.name and blob[:4] == key.key_id]
    if not own:
        names = ", ".join(f"{name}+{blob[:4].hex()}" for name, blob in signatures)
        wanted = f"a signature of {key.name}+{key.key_id.hex()}, the key in keys.folder"
        raise _not_believed(f"signatures of {names} only", wanted)
    if not all(len(blob) == 68 and key.verify(text.encode(), blob[4:]) for blob in own):
        raise _not_believed(f"a signature of {key.name} that does not fit the text", "a signature over this text")
    return text


def _split(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    if len(note) > _LARGEST_NOTE_BYTES:
        raise _not_believed(f"{len(note)} bytes", f"at most {_LARGEST_NOTE_BYTES}")
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_believed("bytes that are not UTF-8", "UTF-8 text") from error
    if any(ord(character) < 0x20 and character != "\n" for character in whole):
        raise _not_believed("control characters", "text without control characters other than newline")
    body, separator, tail = whole.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise _not_believed("no signature block", "text, an empty line, signature lines")
    return body + "\n", [_signature(line) for line in tail.removesuffix("\n").split("\n")]


def _signature(line: str) -> tuple[str, bytes]:
    name, separator, encoded = line.removeprefix(_SIGNATURE_START).partition(" ")
    if not line.startswith(_SIGNATURE_START) or not separator or not _is_name(name):
        raise _not_believed(f"the line {line[:80]!r}", "a signature line: em dash, key name, base64")
    try:
        blob = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise _not_believed(f"a signature of {name} that is not base64", "base64") from error
    if len(blob) < 5:
        raise _not_believed(f"a signature of {name} of {len(blob)} bytes", "a key id of 4 bytes and a signature")
    return name, blob


def _key_parts(text: str, what: str) -> tuple[str, str, bytes]:
    parts = text.split("+", 2)
    if len(parts) != 3 or not _is_name(parts[0]):
        raise _not_a_key(what, "text without the three parts name+id+key")
    try:
        blob = base64.b64decode(parts[2], validate=True)
    except binascii.Error as error:
        raise _not_a_key(what, "a key part that is not base64") from error
    if blob[:1] != ED25519 or len(blob) != 33:
        raise _not_a_key(what, "another algorithm or length")
    return parts[0], parts[1], blob[1:]


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)


def _refuse_bad_name(name: str) -> None:
    if not _is_name(name):
        raise ConfigurationError(
            tried=f"to name a signing key {name!r}",
            found="an empty name, a space or a plus",
            expected="a name like assettrail.example/audit",
            remedy="correct evidence.log_origin in the settings",
        )


def _not_a_key(what: str, found: str) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to read a {what} of the log",
        found=found,
        expected="a C2SP signed-note key: name+id+base64 of 0x01 and 32 bytes",
        remedy="use the file that `assettrail keys create` wrote",
    )


def _not_believed(found: str, expected: str) -> EvidenceBroken:
    return EvidenceBroken(
        tried="to open a signed note (a checkpoint of the log)",
        found=found,
        expected=expected,
        remedy="restore the file from a copy and run `assettrail log verify`; do not sign over it",
    )
