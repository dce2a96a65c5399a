"""Everything that the log promises, from the files alone: landed Parquet, quarantine, raw bytes.

Here belongs the auditor's long look at a home or a copy of one, without secret keys and without the warehouse. The log
itself is `evidence.verify`, the published snapshot `publish.verification`, and what dbt sees `reconciliation`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from assettrail.errors import EvidenceBroken
from evidence.log_reader import LogReader
from evidence.raw_store import is_kept
from ingest.landing import LandingFolders
from ingest.ledger import Ledger, LoggedBatch
from quality.reconciliation import Difference, file_differences

_TOLD: Final = 5


@dataclass(frozen=True)
class EvidenceReport:
    """What was looked at. `raw_files` counts the distinct raw bytes that rows refer to, each seen to be kept."""

    batches: int
    landed_rows: int
    raw_files: int


def verify_landing(home: Path, log: LogReader, *, recompute_row_hashes: bool = True) -> EvidenceReport:
    """Compare every logged batch with its files, and see that the raw bytes of every row are kept.

    The raw bytes are not opened: that takes the raw key. Reads all of the landing; writes nothing.

    Raises EvidenceBroken that names the first differences and counts the rest.
    """
    ledger, folders = Ledger(log), LandingFolders(home)
    ledger.refresh()
    raw: set[str] = set()
    differences: list[Difference] = []
    for batch in ledger.batches():
        found = list(file_differences(folders, batch, recompute=recompute_row_hashes))
        differences += found
        raw |= set() if found else set(_raw_hashes(folders, batch))
    differences += _missing_raw(home, raw)
    if differences:
        raise _broken(home, differences)
    return EvidenceReport(len(ledger.batches()), sum(batch.leaf.rows for batch in ledger.batches()), len(raw))


def _raw_hashes(folders: LandingFolders, batch: LoggedBatch) -> Iterator[str]:
    leaf = batch.leaf
    if leaf.load_id is None:
        return
    if leaf.rows:
        path = folders.landed_path(leaf.system, leaf.stream, leaf.load_id)
        yield from pl.read_parquet(path, columns=["_raw_hash"], hive_partitioning=False)["_raw_hash"].unique()
    if leaf.quarantine_sha256 is not None:
        path = folders.quarantine_path(leaf.system, leaf.stream, leaf.load_id)
        yield from pl.read_parquet(path, columns=["raw_hash"])["raw_hash"].unique()


def _missing_raw(home: Path, hashes: set[str]) -> Iterator[Difference]:
    for sha256 in sorted(hashes):
        if not is_kept(home / "raw", sha256):
            yield Difference(
                f"raw bytes {sha256}", "no sealed file", "the bytes that landed rows were read from", "restore it"
            )


def _broken(home: Path, differences: list[Difference]) -> EvidenceBroken:
    told = [f"{each.subject}: {each.stored}, not {each.expected}" for each in differences[:_TOLD]]
    if len(differences) > _TOLD:
        told.append(f"and {len(differences) - _TOLD} more")
    return EvidenceBroken(
        tried=f"to verify what landed in {home} against the log",
        found="; ".join(told),
        expected="every file as its leaf tells it, and the raw bytes of every row",
        remedy="keep the files as they are for investigation, and restore what is named from a copy",
    )
