"""Inclusion proofs of C2SP (c2sp.org/tlog-proof): a text that proves offline that an entry stands in the log.

Here belongs the text form and its verification, which needs nothing but the entry and the log's public key.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from assettrail.errors import EvidenceBroken
from evidence.checkpoint import Checkpoint, open_checkpoint
from evidence.merkle import HASH_SIZE, leaf_hash, verify_inclusion
from evidence.signed_note import VerificationKey

_HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True)
class InclusionProof:
    """That the entry at `index` stands in the tree of the signed checkpoint `checkpoint_note`."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint_note: bytes

    def to_text(self) -> str:
        """Return the text form, to be kept with the extension `.tlog-proof`."""
        lines = [_HEADER, f"index {self.index}", *(base64.b64encode(item).decode() for item in self.hashes)]
        return "\n".join(lines) + "\n\n" + self.checkpoint_note.decode()

    @classmethod
    def from_text(cls, text: str) -> InclusionProof:
        """Read the text form; unauthenticated `extra` data is read over. Raises EvidenceBroken."""
        head, separator, note = text.partition("\n\n")
        lines = head.split("\n")
        if not separator or lines[0] != _HEADER:
            raise _unreadable(f"the first line {lines[0][:60]!r}", _HEADER)
        rest = lines[2:] if len(lines) > 1 and lines[1].startswith("extra ") else lines[1:]
        if not rest or not rest[0].startswith("index "):
            raise _unreadable("no line with the index", "a line `index <number>`")
        return cls(_index(rest[0].removeprefix("index ")), tuple(_hash(line) for line in rest[1:]), note.encode())

    def verify(self, entry: bytes, key: VerificationKey) -> Checkpoint:
        """Check that `entry` stands at `index` of the log of `key`, and return the checkpoint that says so.

        Raises EvidenceBroken when the signature, the checkpoint or the path does not hold.
        """
        checkpoint = open_checkpoint(self.checkpoint_note, key)
        verify_inclusion(leaf_hash(entry), self.index, checkpoint.size, self.hashes, checkpoint.root)
        return checkpoint


def _index(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or (text != "0" and text.startswith("0")):
        raise _unreadable(f"the index {text[:40]!r}", "a decimal number without leading zeros")
    return int(text)


def _hash(line: str) -> bytes:
    try:
        value = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _unreadable(f"the line {line[:60]!r}", "base64 of 32 bytes") from error
    if len(value) != HASH_SIZE:
        raise _unreadable(f"a hash of {len(value)} bytes", "32 bytes")
    return value


def _unreadable(found: str, expected: str) -> EvidenceBroken:
    return EvidenceBroken(
        tried="to read an inclusion proof",
        found=found,
        expected=expected,
        remedy="ask for the proof again; this text proves nothing",
    )
