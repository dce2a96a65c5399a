"""Everything that the log promises, from the files alone: landed Parquet, quarantine, raw bytes and their removals.

Raw bytes that an entry behind their last batch tells to be removed are gone by the setting; any others that are not
there are lost. Here belongs the auditor's long look at a home or a copy of one, without the warehouse, and without
secret keys unless the raw bytes are to be opened. The log itself is `evidence.verify`, the published snapshots
`publish.verification`, and what dbt sees `reconciliation`.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from assettrail.errors import EvidenceBroken
from evidence.log_reader import LogReader
from evidence.raw_removals import Removal, read_list
from evidence.raw_store import RawStore, is_kept
from ingest.landing_store import LandingFolders
from ingest.ledger import Ledger, LoggedBatch
from quality.reconciliation import Difference, file_differences

_TOLD: Final = 5


@dataclass(frozen=True)
class EvidenceReport:
    """What was looked at. `raw_files` counts the distinct raw bytes that rows refer to: seen to be kept, or removed.

    `raw_removed` are those of them that the log tells to be removed and that are; `raw_unfinished` those it tells of
    and whose files are there still. `raw_opened` counts those that were opened and gave their hash; None when none was
    to be opened.
    """

    batches: int
    landed_rows: int
    raw_files: int
    raw_opened: int | None = None
    raw_removed: int = 0
    raw_unfinished: int = 0


@dataclass
class _Raw:
    """What the log tells of raw bytes: the last batch that names each, and the last entry that tells it to be removed.

    `namings` has all batches that name what was ever removed, in their order.
    """

    last: dict[str, int] = field(default_factory=dict)
    gone: dict[str, Removal] = field(default_factory=dict)
    namings: dict[str, list[int]] = field(default_factory=dict)

    def add(self, log_index: int, hashes: AbstractSet[str]) -> None:
        """A batch names these."""
        self.last.update(dict.fromkeys(hashes, log_index))
        for sha256 in hashes & self.gone.keys():
            self.namings.setdefault(sha256, []).append(log_index)

    def removals(self) -> dict[str, Removal]:
        """What was named and then removed, and not named again."""
        return {sha256: each for sha256, each in self.gone.items() if each.log_index > self.last.get(sha256, -1) >= 0}


def verify_landing(
    home: Path, log: LogReader, *, raw_store: RawStore | None = None, recompute_row_hashes: bool = True
) -> EvidenceReport:
    """Compare every logged batch with its files, and see that the raw bytes of every row are kept or were removed.

    With a `raw_store`, which takes the raw key, they are opened as well. Reads all of the landing; writes nothing.

    Raises EvidenceBroken that names the first differences in landed files and counts the rest; of opened raw bytes it
    names each.
    """
    ledger, folders = Ledger(log), LandingFolders(home)
    ledger.refresh()
    raw = _Raw()
    differences = list(_read_lists(home, ledger, raw))
    for batch in ledger.batches():
        found = list(file_differences(folders, batch, recompute=recompute_row_hashes))
        differences += found
        raw.add(batch.log_index, set() if found else set(_raw_hashes(folders, batch)))
    differences += _removed_too_soon(ledger, raw)
    there = {sha256 for sha256 in raw.last if is_kept(home / "raw", sha256)}
    removed = raw.removals()
    wanted = raw.last.keys() - (removed.keys() - there)
    raw_differences = list(_missing_raw(wanted - there) if raw_store is None else _unlike_raw(raw_store, wanted))
    opened = None if raw_store is None else len(wanted)
    if differences or raw_differences:
        raise _broken(home, differences, raw_differences, opened)
    rows = sum(batch.leaf.rows for batch in ledger.batches())
    return EvidenceReport(
        len(ledger.batches()),
        rows,
        len(raw.last),
        opened,
        raw_removed=len(removed.keys() - there),
        raw_unfinished=len(removed.keys() & there),
    )


def _read_lists(home: Path, ledger: Ledger, raw: _Raw) -> Iterator[Difference]:
    """Read what entries tell to be removed; give the lists that are not as their entries name them."""
    for removal in ledger.removals():
        try:
            raw.gone.update(dict.fromkeys(read_list(home, removal), removal))
        except EvidenceBroken as error:
            yield Difference(
                f"the list of removed raw bytes of entry {removal.log_index}", error.found, error.expected, error.remedy
            )


def _removed_too_soon(ledger: Ledger, raw: _Raw) -> Iterator[Difference]:
    """Give the raw bytes that a batch named behind the instant up to which their removal says that they were named."""
    for sha256, namings in sorted(raw.namings.items()):
        removal = raw.gone[sha256]
        before = [index for index in namings if index < removal.log_index]
        batch = ledger.at(before[-1]) if before else None
        if batch is not None and batch.leaf.logged_at > removal.leaf.named_before:
            yield Difference(
                f"raw bytes {sha256}",
                f"removed by entry {removal.log_index} though entry {batch.log_index} named them at "
                f"{batch.leaf.logged_at.isoformat()}",
                f"bytes that were named last at {removal.leaf.named_before.isoformat()} or earlier",
                "find out who removed them",
            )


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


def _missing_raw(hashes: AbstractSet[str]) -> Iterator[Difference]:
    for sha256 in sorted(hashes):
        yield Difference(
            f"raw bytes {sha256}",
            "no sealed file, and no entry that tells their removal",
            "the bytes that landed rows were read from",
            "restore it",
        )


def _unlike_raw(store: RawStore, hashes: AbstractSet[str]) -> Iterator[Difference]:
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
