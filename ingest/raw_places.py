"""Where the raw bytes lie that a landed row was made from: from an entry of the log to the row, its file and its hash.

Here belongs finding landed rows by the entry of their batch, or among all batches of a stream, and comparing the file
with what the log promises. Nothing is opened that is sealed: that takes the key (`evidence.raw_store`), and which part
of a raw object is the record is told by the system (`exstream.raw_records`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow.dataset as ds
import pyarrow.parquet as pq

from assettrail.errors import EvidenceBroken
from evidence.leaves import BatchLeaf, decode_leaf
from evidence.log_reader import LogReader
from ingest.landed_files import landed_file
from ingest.landing_store import LandingFolders
from ingest.ledger import Ledger, LoggedBatch

MOST_ROWS: Final = 100
"""Rows of one record that are looked at: a record has one, or one for each of its outputs."""


@dataclass(frozen=True)
class LandedRow:
    """One landed row with the place of its raw bytes; `logged_at` is the instant of its batch's entry, in UTC."""

    system: str
    stream: str
    load_id: str
    log_index: int
    logged_at: datetime
    source_uri: str
    raw_hash: str
    row_hash: str
    values: Mapping[str, Any]


def row_of_entry(
    folders: LandingFolders, log: LogReader, log_index: int, name: tuple[str, str], key: Mapping[str, object]
) -> LandedRow:
    """Return the row with these key values in the batch of entry `log_index`, a batch of the stream `name`.

    The batch's file is compared with the SHA-256 in its entry first. Raises EvidenceBroken where the log has no such
    batch, the file is gone or another one, or the row is not in it.
    """
    batch = _batch_of(log, log_index, name)
    path = landed_file(folders, batch)
    if path is None:
        raise _without_row(batch, key, "a batch that landed no row")
    _refuse_changed(path, batch)
    rows = list(_rows(path, batch, _equal(key)))
    if not rows:
        raise _without_row(batch, key, "no such row in its file")
    return rows[0]


def rows_of_stream(
    folders: LandingFolders, log: LogReader, name: tuple[str, str], wanted: ds.Expression, until: int | None = None
) -> list[LandedRow]:
    """Return the accepted rows of a stream that fit, the earliest batch first, at most `MOST_ROWS`.

    With `until` those of the first so many entries of the log. Raises EvidenceBroken where a file is gone.
    """
    ledger = Ledger(log, until)
    ledger.refresh()
    found: list[LandedRow] = []
    for batch in ledger.of_stream(*name):
        path = landed_file(folders, batch) if batch.standing == "accepted" else None
        if path is not None:
            found += _rows(path, batch, wanted)
        if len(found) >= MOST_ROWS:
            break
    return found[:MOST_ROWS]


def _batch_of(log: LogReader, log_index: int, name: tuple[str, str]) -> LoggedBatch:
    entry = next((entry for index, entry in log.entries(log_index) if index == log_index), None)
    leaf = None if entry is None else decode_leaf(entry)
    if not isinstance(leaf, BatchLeaf) or (leaf.system, leaf.stream) != name:
        found = "no such entry" if leaf is None else "an entry that is no batch of this stream"
        raise EvidenceBroken(
            tried=f"to find the batch of {'/'.join(name)} at entry {log_index} of the log",
            found=found,
            expected="the batch that the snapshot names for this record",
            remedy="check that the snapshot and the log belong to one installation: `assettrail log verify --all`",
        )
    return LoggedBatch(log_index, leaf)


def _refuse_changed(path: Path, batch: LoggedBatch) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _changed(path, batch, f"a file that cannot be read ({error.strerror})") from error
    if found != batch.leaf.parquet_sha256:
        raise _changed(path, batch, f"a file with the SHA-256 {found}")


def _rows(path: Path, batch: LoggedBatch, wanted: ds.Expression) -> Iterator[LandedRow]:
    for row in pq.read_table(path, filters=wanted, partitioning=None).slice(0, MOST_ROWS).to_pylist():
        yield LandedRow(
            system=batch.leaf.system,
            stream=batch.leaf.stream,
            load_id=row["_load_id"],
            log_index=batch.log_index,
            logged_at=batch.leaf.logged_at,
            source_uri=row["_source_uri"],
            raw_hash=row["_raw_hash"],
            row_hash=row["_row_hash"],
            values=row,
        )


def _equal(key: Mapping[str, object]) -> ds.Expression:
    first, *others = [ds.field(name) == value for name, value in key.items()]
    for other in others:
        first = first & other
    return first


def _changed(path: Path, batch: LoggedBatch, found: str) -> EvidenceBroken:
    return EvidenceBroken(
        tried=f"to read batch {batch.leaf.load_id} at {path}",
        found=found,
        expected=f"the SHA-256 {batch.leaf.parquet_sha256} of entry {batch.log_index} of the log",
        remedy="restore the file from a copy; `assettrail log verify --all` tells what else was changed",
    )


def _without_row(batch: LoggedBatch, key: Mapping[str, object], found: str) -> EvidenceBroken:
    told = ", ".join(f"{name} {str(value)[:120]!r}" for name, value in key.items())
    return EvidenceBroken(
        tried=f"to find the row with {told} in batch {batch.leaf.load_id}, entry {batch.log_index} of the log",
        found=found,
        expected="the row that the snapshot was made from",
        remedy="check that the snapshot and the landing belong to one installation: `assettrail log verify --all`",
    )
