"""Which landed batch named each raw object last, and since when nothing names one: what their age is counted from.

Here belongs reading that from landed and quarantined rows, and keeping it, so that a run reads new batches only. What
is kept is derived: deleted, damaged or of another log, it is made again, and raw bytes that no batch names count as
found just now. What becomes of them is `raw_expiry`; who needs them still is `raw_needs`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from assettrail.errors import EvidenceBroken
from evidence.durable import write_durably
from evidence.leaves import instant_text
from evidence.raw_removals import removals_folder
from ingest.landed_files import landed_file
from ingest.landing_store import LandingFolders, LandingStore
from ingest.ledger import LoggedBatch

_ALSO: Final[Mapping[tuple[str, str], Sequence[str]]] = {
    ("cloudinary", "asset_contents"): ("preview_sha256", "seen_sha256")
}
"""Columns that name raw objects beside the one that the row was read from: fetched files, and pictures of them."""

_FORM: Final = "assettrail-raw-names-1"


@dataclass
class RawNames:
    """The raw objects of one home, as the first `read_entries` entries of its log name them.

    `named_by` gives the last batch that names each, `unnamed_since` when one that none names was seen first (UTC).
    """

    read_entries: int = 0
    named_by: dict[str, int] = field(default_factory=dict)
    unnamed_since: dict[str, datetime] = field(default_factory=dict)

    def read_on(self, store: LandingStore) -> None:
        """Read the batches that were logged since. Raises EvidenceBroken when a file of one is gone."""
        store.ledger.refresh()
        for batch in store.ledger.batches():
            if batch.log_index >= self.read_entries:
                self.named_by.update(dict.fromkeys(names_of(store, batch), batch.log_index))
                self.read_entries = batch.log_index + 1

    def note_unnamed(self, kept: Collection[str], now: datetime) -> None:
        """Note the kept objects that no batch names, and since when; what is not kept any more is forgotten."""
        self.unnamed_since = {
            sha256: self.unnamed_since.get(sha256, now) for sha256 in kept if sha256 not in self.named_by
        }
        self.named_by = {sha256: self.named_by[sha256] for sha256 in kept if sha256 in self.named_by}

    def save(self, store: LandingStore) -> None:
        """Keep what is known, durably; nothing is written where nothing changed."""
        named = [f"{sha256} {index}\n" for sha256, index in sorted(self.named_by.items())]
        unnamed = [f"{sha256} {instant_text(at)}\n" for sha256, at in sorted(self.unnamed_since.items())]
        body = "".join([*named, *unnamed]).encode()
        root = store.log.root_hashes([self.read_entries])[self.read_entries]
        data = f"{_FORM} {self.read_entries} {root} {hashlib.sha256(body).hexdigest()}\n".encode() + body
        path = _file(store.home)
        if not path.is_file() or path.read_bytes() != data:
            write_durably(path, data)


def known_names(store: LandingStore) -> RawNames:
    """Return what was kept, with what was logged since. Raises EvidenceBroken when a file of a batch is gone."""
    names = _kept(store) or RawNames()
    names.read_on(store)
    return names


def names_of(folders: LandingFolders, batch: LoggedBatch) -> set[str]:
    """Return the hashes of the raw objects that a batch names, in landed rows and in refused ones.

    Raises EvidenceBroken when a file that the log promises is gone.
    """
    leaf = batch.leaf
    found: set[str] = set()
    path = landed_file(folders, batch)
    if path is not None:
        found.update(_distinct(path, ("_raw_hash", *_ALSO.get((leaf.system, leaf.stream), ()))))
    if leaf.quarantine_sha256 is not None:
        found.update(_distinct(folders.quarantine_path(leaf.system, leaf.stream, str(leaf.load_id)), ("raw_hash",)))
    return found - {""}


def _distinct(path: Path, columns: Sequence[str]) -> Iterator[str]:
    """Give the texts in some columns of a Parquet file, by its dictionaries: most files have few."""
    try:
        file = pq.ParquetFile(path, read_dictionary=list(columns))
    except OSError as error:
        raise EvidenceBroken(
            tried=f"to read which raw bytes {path} names",
            found=f"{error.strerror or error}",
            expected="the file that the log promises",
            remedy="restore the file from a copy; `assettrail log verify --all` tells what else is gone",
        ) from error
    with file:
        names = [name for name in columns if name in file.schema_arrow.names]
        for group in range(file.num_row_groups):
            for column in file.read_row_group(group, columns=names, use_threads=False).columns:
                for chunk in column.chunks:
                    yield from (text for text in chunk.dictionary.to_pylist() if text is not None)


def _kept(store: LandingStore) -> RawNames | None:
    """What was kept, if it is whole and of this log."""
    try:
        first, _, body = _file(store.home).read_bytes().partition(b"\n")
        form, entries, root, body_sha256 = first.decode().split(" ")
        size = int(entries)
        lines = [line.split(" ") for line in body.decode().splitlines()]
    except (OSError, ValueError):
        return None
    is_whole = form == _FORM and hashlib.sha256(body).hexdigest() == body_sha256
    if not is_whole or store.log.root_hashes([size]).get(size) != root:
        return None
    named = {sha256: int(told) for sha256, told in lines if told.isdecimal()}
    unnamed = {sha256: datetime.fromisoformat(told) for sha256, told in lines if not told.isdecimal()}
    return RawNames(size, named, unnamed)


def _file(home: Path) -> Path:
    return removals_folder(home) / "named.txt"
