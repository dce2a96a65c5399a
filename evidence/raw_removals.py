"""Which raw bytes were removed as the setting says, and by which entry of the log: so that gone is not taken for lost.

Here belong the lists that entries of the log name by their SHA-256, and looking a hash up in them. A list is text: a
line for each removed hash, in their order, with the index of the batch that named it last, or `-` where none did. It is
durable before its entry; one that no entry names is read by nobody. What is removed, and when, is
`ingest.raw_expiry`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from assettrail.errors import AssettrailError, EvidenceBroken
from evidence.durable import write_durably
from evidence.leaves import RawRemovalLeaf

_HASH_DIGITS = 64


class RawRemoved(AssettrailError):
    """Raw bytes that were removed, as the setting says how long they are kept: nothing is lost, and nothing to mend."""


@dataclass(frozen=True)
class Removal:
    """An entry of the log that tells of removed bytes, with its index."""

    log_index: int
    leaf: RawRemovalLeaf

    @property
    def in_words(self) -> str:
        """When it was, and by what, as a person reads it."""
        days = self.leaf.keep_days
        kept = "as soon as nothing needed them any more" if days == 0 else f"kept for {days} days"
        at = self.leaf.logged_at.strftime("%Y-%m-%d %H:%M:%SZ")
        return f"removed on {at} by the retention setting ({kept}), entry {self.log_index} of the log"


class RemovedRaw:
    """The removals of a log, with their lists under `home`; they are read at each question, and need no key."""

    def __init__(self, home: Path, removals: Sequence[Removal]) -> None:
        self._home = home
        self._removals = {each.log_index: each for each in removals}

    def among(self, hashes: AbstractSet[str]) -> Mapping[str, Removal]:
        """Return those of these hashes that an entry tells to be removed, each with the last such entry.

        Raises EvidenceBroken when a list is gone, or is another than its entry names.
        """
        found: dict[str, Removal] = {}
        for each in self._removals.values() if hashes else ():
            found.update(dict.fromkeys(hashes & read_list(self._home, each).keys(), each))
        return found

    def of(self, sha256: str, named_by: int) -> Removal | None:
        """Return the entry that tells the removal of bytes that the batch of entry `named_by` names; None for none.

        One that stands before the batch does not: what was received again was there again.
        """
        found = self.among({sha256}).get(sha256)
        return found if found is not None and found.log_index > named_by else None


def write_list(home: Path, named_by: Mapping[str, int | None]) -> str:
    """Keep the list of hashes that are to be removed, durably, and return its SHA-256.

    `named_by` gives the index of the batch that named each last; None where none did.
    """
    told = {sha256: "-" if index is None else str(index) for sha256, index in named_by.items()}
    data = "".join(f"{sha256} {index}\n" for sha256, index in sorted(told.items())).encode()
    list_sha256 = hashlib.sha256(data).hexdigest()
    write_durably(_list_path(home, list_sha256), data)
    return list_sha256


def read_list(home: Path, removal: Removal) -> Mapping[str, int | None]:
    """Return the hashes that an entry tells to be removed, each with the batch that named it last.

    Raises EvidenceBroken when the list is gone, or is another than the entry names.
    """
    leaf = removal.leaf
    path = _list_path(home, leaf.list_sha256)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _broken(removal, path, f"{error.strerror}") from error
    if (found := hashlib.sha256(data).hexdigest()) != leaf.list_sha256:
        raise _broken(removal, path, f"a file with the SHA-256 {found}")
    lines = data.decode("ascii", "replace").splitlines()
    named_by = {line[:_HASH_DIGITS]: _index(line[_HASH_DIGITS + 1 :]) for line in lines}
    if len(named_by) != leaf.count:
        raise _broken(removal, path, f"{len(named_by)} hashes")
    return named_by


def removed(sha256: str, removal: Removal) -> RawRemoved:
    """Return the error that tells a person who asks for removed bytes."""
    return RawRemoved(
        tried=f"to open the raw bytes {sha256}",
        found=f"they were {removal.in_words}",
        expected="bytes that are kept still",
        remedy="nothing is lost: their hash and what landed of them stay, and the entry proves when they went. Where "
        "the source has the record still, read it there",
    )


def _index(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def removals_folder(home: Path) -> Path:
    """Where the lists of a home lie; whoever writes there holds the raw store alone."""
    return home / "raw_removals"


def _list_path(home: Path, list_sha256: str) -> Path:
    return removals_folder(home) / f"{list_sha256}.txt"


def _broken(removal: Removal, path: Path, found: str) -> EvidenceBroken:
    leaf = removal.leaf
    return EvidenceBroken(
        tried=f"to read which raw bytes entry {removal.log_index} of the log tells to be removed, {path}",
        found=found,
        expected=f"the list of {leaf.count} hashes with the SHA-256 {leaf.list_sha256}",
        remedy="restore the file from a copy: without it removed bytes cannot be told from lost ones",
    )
