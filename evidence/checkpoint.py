"""Checkpoints of C2SP (c2sp.org/tlog-checkpoint): origin, size and root of a log, as a signed note.

Here belongs the three-line text. Signatures are those of `signed_note`, trees those of `merkle`.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from assettrail.errors import EvidenceBroken
from evidence.merkle import EMPTY_ROOT, HASH_SIZE
from evidence.signed_note import SigningKey, VerificationKey, open_note, sign_note


@dataclass(frozen=True)
class Checkpoint:
    """A statement of the log: its first `size` entries have this RFC 6962 root (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @property
    def root_hash(self) -> str:
        """The root as lower-case hex."""
        return self.root.hex()

    @classmethod
    def empty(cls, origin: str) -> Checkpoint:
        """Return the statement of a log without entries."""
        return cls(origin, 0, EMPTY_ROOT)

    def to_text(self) -> str:
        """Return the note text: three lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def from_text(cls, text: str) -> Checkpoint:
        """Read note text; extension lines are refused, as this log never writes them.

        Raises EvidenceBroken that says which line is wrong.
        """
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0]:
            raise _unreadable(f"{len(lines) - 1} lines", "three lines: origin, size, root")
        if not (lines[1].isascii() and lines[1].isdigit()) or (lines[1] != "0" and lines[1].startswith("0")):
            raise _unreadable(f"the size {lines[1][:40]!r}", "a decimal number without leading zeros")
        try:
            root = base64.b64decode(lines[2], validate=True)
        except (binascii.Error, ValueError) as error:
            raise _unreadable("a root that is not base64", "base64 of 32 bytes") from error
        if len(root) != HASH_SIZE:
            raise _unreadable(f"a root of {len(root)} bytes", "32 bytes")
        return cls(lines[0], int(lines[1]), root)

    def sign(self, key: SigningKey) -> bytes:
        """Return the signed note."""
        return sign_note(self.to_text(), key)


def open_checkpoint(note: bytes, key: VerificationKey) -> Checkpoint:
    """Return the checkpoint of a signed note after its signature was verified.

    Raises EvidenceBroken when it was not signed by `key`, cannot be read, or is another log's.
    """
    checkpoint = Checkpoint.from_text(open_note(note, key))
    if checkpoint.origin != key.name:
        raise _unreadable(f"the origin {checkpoint.origin!r}", f"the origin {key.name!r} of the key")
    return checkpoint


def _unreadable(found: str, expected: str) -> EvidenceBroken:
    return EvidenceBroken(
        tried="to read a checkpoint of the log",
        found=found,
        expected=expected,
        remedy="restore the checkpoint from a copy and run `assettrail log verify`",
    )
