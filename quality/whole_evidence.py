"""Everything that the log promises, from the files alone: landed Parquet, quarantine, raw bytes.

Here belongs the auditor's long look at a home or a copy of one, without the warehouse, and without secret keys unless
the raw bytes are to be opened. The log itself is `evidence.verify`, the published snapshots `publish.verification`, and
what dbt sees `reconciliation`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from assettrail.errors import EvidenceBroken
from evidence.log_reader import LogReader
from evidence.raw_store import RawStore, is_kept
from ingest.landing_store import LandingFolders
from ingest.ledger import Ledger, LoggedBatch
from quality.reconciliation import Difference, file_differences

_TOLD: Final = 5


@dataclass(frozen=True)
class EvidenceReport:
    """What was looked at. `raw_files` counts the distinct raw bytes that rows refer to, each seen to be kept.

    `raw_opened` counts those that were opened and gave their hash; None when none was to be opened.
    """

    batches: int
    landed_rows: int
    raw_files: int
    raw_opened: int | None = None


def verify_landing(
    home: Path, log: LogReader, *, raw_store: RawStore | None = None, recompute_row_hashes: bool = True
) -> EvidenceReport:
    """Compare every logged batch with its files, and see that the raw bytes of every row are kept.

    With a `raw_store`, which takes the raw key, they are opened as well. Reads all of the landing; writes nothing.

    Raises EvidenceBroken that names the first differences in landed files and counts the rest; of opened raw bytes it
    names each.
    """
    ledger, folders = Ledger(log), LandingFolders(home)
    ledger.refresh()
    raw: set[str] = set()
    differences: list[Difference] = []
    for batch in ledger.batches():
        found = list(file_differences(folders, batch, recompute=recompute_row_hashes))
        differences += found
        raw |= set() if found else set(_raw_hashes(folders, batch))
    raw_differences = list(_missing_raw(home, raw) if raw_store is None else _unlike_raw(raw_store, raw))
    opened = None if raw_store is None else len(raw)
    if differences or raw_differences:
        raise _broken(home, differences, raw_differences, opened)
    rows = sum(batch.leaf.rows for batch in ledger.batches())
    return EvidenceReport(len(ledger.batches()), rows, len(raw), opened)


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


def _unlike_raw(store: RawStore, hashes: set[str]) -> Iterator[Difference]:
    for sha256 in sorted(hashes):
        try:
            store.get(sha256)
        except EvidenceBroken as error:
            yield Difference(f"raw bytes {sha256}", error.found, error.expected, error.remedy)


def _broken(home: Path, landed: list[Difference], raw: list[Difference], opened: int | None) -> EvidenceBroken:
    told = _told(landed, _TOLD)
    if opened is None:
        told += _told(raw, _TOLD)
    elif raw:
        told.append(f"{len(raw)} of {opened} opened raw files are not what their hash says:")
        told += _told(raw, None)
    return EvidenceBroken(
        tried=f"to verify what landed in {home} against the log",
        found="\n  - ".join(told),
        expected="every file as its leaf tells it, and the raw bytes of every row",
        remedy="keep the files as they are for investigation, and restore what is named from a copy"
        + (". Where no raw file opens, it is the raw.key that is another" if opened and len(raw) == opened else ""),
    )


def _told(differences: list[Difference], most: int | None) -> list[str]:
    told = [f"{each.subject}: {each.stored}, not {each.expected}" for each in differences[:most]]
    return told if len(told) == len(differences) else [*told, f"and {len(differences) - len(told)} more"]
