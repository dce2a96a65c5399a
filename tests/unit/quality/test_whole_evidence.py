"""The auditor's long look: every byte that a leaf commits to, and the raw bytes behind every row."""

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from assettrail.errors import EvidenceBroken
from evidence.log_reader import LogReader
from evidence.raw_store import RawStore
from ingest.extract import Extract, Row
from ingest.landing import land
from ingest.landing_store import LandingStore
from quality.whole_evidence import EvidenceReport, verify_landing
from tests.unit.landing.stores import EVENTS, accept, access, extract_of, hold, open_store


@pytest.fixture
def store(tmp_path: Path) -> LandingStore:
    """A store with an accepted, a quarantining and a held batch, and the raw bytes of each."""
    store = open_store(tmp_path)
    for number, gate in enumerate((accept, accept, hold)):
        raw_hash = store.put_raw(f"page {number}".encode())
        values = [access(2 * number), access(2 * number + 1, **({"kind": 5} if number == 1 else {}))]
        extract = extract_of(values)
        rows = [Row(each, "https://grid.test/api/v1/accesses", raw_hash) for each in values]
        land(store, EVENTS, Extract(rows, [], extract.claim, None), gate)
    return store


def look(store: LandingStore, raw_store: RawStore | None = None) -> EvidenceReport:
    """As an auditor does, with the public key."""
    log = LogReader(store.log.folder, store.log.verification_key)
    return verify_landing(store.home, log, raw_store=raw_store)


def test_what_is_whole_passes(store: LandingStore) -> None:
    """An alarm about nothing is the last alarm that is read."""
    assert look(store) == EvidenceReport(batches=3, landed_rows=5, raw_files=3)
    assert look(store, store.raw) == EvidenceReport(batches=3, landed_rows=5, raw_files=3, raw_opened=3)


def test_every_raw_file_that_does_not_open_is_named(store: LandingStore) -> None:
    """A raw file with another's content is there, and proves nothing: being there is not holding what was received."""
    one, two, three = sorted((store.home / "raw").rglob("*.sealed"))
    one.write_bytes(three.read_bytes())
    two.unlink()
    with pytest.raises(EvidenceBroken, match="2 of 3 opened raw files") as broken:
        look(store, store.raw)
    for path in (one, two):
        assert path.parent.name + path.stem in broken.value.found
    with pytest.raises(EvidenceBroken, match=r"it is the raw\.key that is another"):
        look(store, RawStore(store.home / "raw", bytes(32)))


def landed(store: LandingStore, number: int = 0) -> Path:
    leaf = store.ledger.batches()[number].leaf
    return store.landed_path(leaf.system, leaf.stream, str(leaf.load_id))


def rewrite(store: LandingStore) -> None:
    frame = pl.read_parquet(landed(store), hive_partitioning=False)
    frame.with_columns(kind=pl.lit("downloaded")).write_parquet(landed(store))


def lose_one_raw_file(store: LandingStore) -> None:
    next((store.home / "raw").rglob("*.sealed")).unlink()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (rewrite, "do not give their _row_hash"),
        (lambda store: landed(store, 2).unlink(), "No such file"),
        (lambda store: shutil.rmtree(store.home / "quarantine"), "No such file"),
        (lambda store: shutil.rmtree(store.home / "raw"), "no sealed file"),
        (lose_one_raw_file, "no sealed file"),
    ],
    ids=["rewritten", "held batch gone", "quarantine gone", "all raw gone", "one raw gone"],
)
def test_what_is_missing_or_changed_is_named(
    store: LandingStore, change: Callable[[LandingStore], object], found: str
) -> None:
    """A log that verifies over landed files that do not is evidence of nothing."""
    change(store)
    with pytest.raises(EvidenceBroken, match=found):
        look(store)
