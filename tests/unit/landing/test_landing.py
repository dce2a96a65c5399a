"""`land`: what a batch leaves behind, and what it must never leave behind."""

import hashlib
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assettrail.errors import ContractBroken, EvidenceBroken
from evidence.leaves import BatchLeaf, decode_leaf
from ingest.batches import decide
from ingest.extract import Claim, Extract, Quarantined
from ingest.landing import GateOutcome, land
from ingest.landing_store import LandingStore
from ingest.rows import row_root
from ingest.schema import StreamSchema
from tests.unit.landing.stores import (
    EVENTS,
    NOON,
    STATES,
    MovableClock,
    accept,
    access,
    community,
    extract_of,
    hold,
    open_store,
)


def test_a_new_home_is_private(tmp_path: Path) -> None:
    """Landing holds who got what, by pseudonym: it is not for every user of the machine."""
    assert open_store(tmp_path).home.stat().st_mode & 0o777 == 0o700


def leaves(store: LandingStore) -> list[BatchLeaf]:
    found = [decode_leaf(entry) for _, entry in store.log.entries()]
    return [leaf for leaf in found if isinstance(leaf, BatchLeaf)]


def landed_rows(store: LandingStore) -> pl.DataFrame:
    files = sorted(store.folder.glob("*/*/date=*/*.parquet"))
    return pl.concat([pl.read_parquet(path, hive_partitioning=False) for path in files])


def test_a_batch_is_a_typed_file_and_a_leaf_that_commits_to_it(tmp_path: Path) -> None:
    """Bytes, root and count in the leaf are what later proves that nobody touched the file."""
    store = open_store(tmp_path)
    batch = land(store, EVENTS, extract_of([access(1), access(2)], cursor={"day": "2026-02-01"}), accept)
    (leaf,) = leaves(store)
    assert batch.path is not None
    assert batch.path == store.folder / "trading_grid/accesses/date=2026-02-01" / f"{batch.load_id}.parquet"
    rows = pl.read_parquet(batch.path, hive_partitioning=False)
    assert leaf.parquet_sha256 == hashlib.sha256(batch.path.read_bytes()).hexdigest()
    assert leaf.row_root == row_root(rows["_row_hash"].to_list()) == batch.row_root
    assert (leaf.rows, leaf.quarantined, leaf.claim.rows) == (2, 0, 2)
    assert (leaf.claim.first, leaf.claim.last, leaf.claim.complete) == ("A-1", "A-2", True)
    assert str(batch.load_id) == f"20260201T120000000000Z-{str(leaf.row_root)[:12]}"
    assert store.cursor("trading_grid", "accesses") == {"day": "2026-02-01"}


def test_duckdb_reads_the_landed_types(tmp_path: Path) -> None:
    """The models trust the declared types; a zone that got lost in `_loaded_at` would shift every lateness verdict."""
    batch = land(open_store(tmp_path), EVENTS, extract_of([access(1)]), accept)
    relation = duckdb.sql(f"select * from read_parquet('{batch.path}', hive_partitioning=false)")
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    assert types["_loaded_at"] == "TIMESTAMP WITH TIME ZONE"
    assert types["access_id"] == "VARCHAR"


def test_the_same_extract_again_adds_a_claim_and_no_row(tmp_path: Path) -> None:
    """Overlapping windows are read again on every run: rows would double without this."""
    store = open_store(tmp_path)
    land(store, EVENTS, extract_of([access(1)]), accept)
    again = land(store, EVENTS, extract_of([access(1)], cursor={"n": 2}), hold)
    assert (again.rows, again.path, again.load_id, again.row_root, again.outcome) == (0, None, None, None, "accepted")
    assert len(leaves(store)) == 2
    assert leaves(store)[1].claim.rows == 1
    assert store.cursor("trading_grid", "accesses") == {"n": 2}
    assert landed_rows(store).height == 1


def test_nothing_at_all_is_a_claim(tmp_path: Path) -> None:
    """Without a leaf for an empty window a report could not tell "none" from "not looked"."""
    store = open_store(tmp_path)
    batch = land(store, EVENTS, extract_of([]), accept)
    assert batch.claim.complete
    assert (batch.claim.rows, batch.claim.first, batch.claim.last) == (0, None, None)


def test_a_state_lands_when_it_changed_and_when_it_changed_back(tmp_path: Path) -> None:
    """A listing is read in full each time: only changes may land, and each of them."""
    store = open_store(tmp_path)
    landed = [
        land(store, STATES, extract_of([community(1, status=status), community(2)]), accept).rows
        for status in ("active", "active", "closed", "active")
    ]
    assert landed == [2, 0, 1, 1]


def test_a_held_batch_is_not_landed_again(tmp_path: Path) -> None:
    """While a person thinks, each scheduled run would otherwise land and hold the same rows once more."""
    store = open_store(tmp_path)
    land(store, EVENTS, extract_of([access(1)]), hold)
    assert land(store, EVENTS, extract_of([access(1)]), hold).rows == 0


def test_rows_of_a_rejected_batch_land_again_under_another_load_id(tmp_path: Path) -> None:
    """A rejected record that comes again must get its second chance, also when the clock stands still."""
    store = open_store(tmp_path)
    first = land(store, EVENTS, extract_of([access(1)]), hold)
    decide(store, str(first.load_id), "rejected", "Ada", "half a page")
    second = land(store, EVENTS, extract_of([access(1)]), accept)
    assert second.rows == 1
    assert second.load_id != first.load_id
    assert first.path is not None
    assert first.path.is_file()


def test_a_row_of_a_wrong_type_goes_to_quarantine_and_the_rest_lands(tmp_path: Path) -> None:
    """One bad record must neither block a batch nor disappear."""
    store = open_store(tmp_path)
    batch = land(store, EVENTS, extract_of([access(1), access(2, kind=7)]), accept)
    assert (batch.rows, batch.quarantined) == (1, 1)
    path = store.quarantine_path("trading_grid", "accesses", str(batch.load_id))
    (record,) = pl.read_parquet(path).to_dicts()
    assert record["reason"] == "kind: int where str is promised"
    assert record["raw_hash"] == "ab" * 32
    assert leaves(store)[0].quarantine_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_window_with_an_unreadable_record_is_not_complete(tmp_path: Path) -> None:
    """The record that cannot be read may be the revocation: its window must not prove absence."""
    store = open_store(tmp_path)
    refused = Quarantined("file:///x.jsonl", "cd" * 32, 12, "not JSON", "ef" * 32)
    batch = land(store, EVENTS, extract_of([access(1)], quarantined=[refused]), accept)
    assert not batch.claim.complete
    assert batch.claim.how == "equal_counts"
    assert "1 records cannot be read" in batch.claim.detail


def test_a_record_in_quarantine_is_not_quarantined_again(tmp_path: Path) -> None:
    """A record that stays broken would fill the disk with one copy per run; its window stays incomplete."""
    store = open_store(tmp_path)
    refused = Quarantined("file:///x.jsonl", "cd" * 32, 12, "not JSON", "ef" * 32)
    land(store, EVENTS, extract_of([], quarantined=[refused]), accept)
    again = land(store, EVENTS, extract_of([], quarantined=[refused]), accept)
    assert (again.quarantined, again.load_id, again.claim.complete) == (0, None, False)
    assert len(list(store.quarantine_folder("trading_grid", "accesses").iterdir())) == 1


def test_what_a_queue_forgot_after_a_rejection_stays_a_gap(tmp_path: Path) -> None:
    """Rejected messages of an acknowledged queue never come again: the next window must not claim to know them."""
    store = open_store(tmp_path)
    day = timedelta(days=1)

    def polled(values: list[dict[str, object]], window_from: datetime | None, window_to: datetime) -> Extract:
        claim = Claim(window_from, window_to, True, "end_marker", "empty poll")
        return Extract(extract_of(values).rows, [], claim, {"to": window_to.isoformat()}, acknowledge=lambda: None)

    held = land(store, EVENTS, polled([access(1)], None, NOON), hold)
    decide(store, str(held.load_id), "rejected", "Ada", "half a page")
    assert store.cursor("trading_grid", "accesses") is None
    reread = land(store, EVENTS, polled([], None, NOON + day), accept)
    assert not reread.claim.complete
    assert str(held.load_id) in reread.claim.detail
    assert land(store, EVENTS, polled([], NOON + day, NOON + 2 * day), accept).claim.complete


def test_a_mistake_in_the_extract_lands_nothing(tmp_path: Path) -> None:
    """Our own mistake must stop the run before anything is written in its name."""
    store = open_store(tmp_path)
    with pytest.raises(ContractBroken, match="nothing was landed"):
        land(store, EVENTS, extract_of([access(1) | {"colour": "red"}]), accept)
    assert not leaves(store)
    assert not list(store.folder.glob("**/*.parquet"))


@pytest.mark.parametrize(
    ("claim", "found"),
    [
        (Claim(None, NOON, True, "unknown", ""), "not known how"),
        (Claim(None, NOON, True, "known_gap", ""), "with a known gap"),
        (Claim(None, NOON, True, "trust_me", ""), "trust_me"),
        (Claim(None, datetime(2026, 2, 1), False, "unknown", ""), "without time zone"),  # noqa: DTZ001 - the mistake
        (Claim(NOON.replace(year=2027), NOON, True, "manifest", ""), "a window from"),
    ],
)
def test_a_claim_that_cannot_be_is_refused(tmp_path: Path, claim: Claim, found: str) -> None:
    """A report says "none" on the strength of a claim: a malformed one must never enter the log."""
    store = open_store(tmp_path)
    with pytest.raises(ContractBroken, match=found):
        land(store, EVENTS, Extract([], [], claim, None), accept)
    assert not leaves(store)


def test_a_record_with_an_endless_id_lands_like_any_other(tmp_path: Path) -> None:
    """A claim names its first and last record: one id of 70,000 characters must not stop a stream for ever."""
    store = open_store(tmp_path)
    batch = land(store, EVENTS, extract_of([access(1, access_id="Z" * 70_000), access(2)]), accept)
    assert (batch.rows, batch.claim.last) == (2, "A-2")
    assert batch.claim.first is not None
    assert batch.claim.first.startswith("ZZZ")
    assert "70000 characters, SHA-256 " in batch.claim.first


def test_a_clock_that_went_back_is_named_in_the_message(tmp_path: Path) -> None:
    """At night the clock is the last thing one thinks of when a message blames the vendor's extract."""
    store = open_store(tmp_path)
    with pytest.raises(ContractBroken, match="clock went back"):
        land(store, EVENTS, Extract([], [], Claim(NOON, NOON - timedelta(days=1), True, "manifest", ""), None), accept)


def test_a_gate_that_crashes_logs_nothing_and_the_next_run_lands_once(tmp_path: Path) -> None:
    """A crashed check is not a passed one; the file that it left behind must not be read or doubled."""
    store = open_store(tmp_path)

    def crash(_schema: StreamSchema, _path: Path) -> GateOutcome:
        raise ContractBroken("to check", "a crash", "an outcome", "correct the suite")

    with pytest.raises(ContractBroken):
        land(store, EVENTS, extract_of([access(1)]), crash)
    assert not leaves(store)
    assert land(store, EVENTS, extract_of([access(1)]), accept).rows == 1
    assert landed_rows(store).height == 1


def test_a_logged_file_that_is_gone_stops_landing(tmp_path: Path) -> None:
    """Landing on top of lost bytes would land old events anew and hide the loss."""
    store = open_store(tmp_path)
    batch = land(store, EVENTS, extract_of([access(1)]), accept)
    assert batch.path is not None
    batch.path.unlink()
    with pytest.raises(EvidenceBroken, match="restore the file"):
        land(store, EVENTS, extract_of([access(2)]), accept)


def test_a_landing_newer_than_its_log_is_not_swept(tmp_path: Path) -> None:
    """With an old log restored, sweeping would destroy evidence that the lost entries vouched for."""
    clock = MovableClock()
    store = open_store(tmp_path, clock)
    for number in range(2):
        clock.advance(hours=1)
        land(store, EVENTS, extract_of([access(number)]), accept)
    (tmp_path / "home" / "log").rename(tmp_path / "lost-log")
    (tmp_path / "home" / "witness").rename(tmp_path / "lost-witness")
    with pytest.raises(EvidenceBroken, match="2 landed and"):
        open_store(tmp_path, clock)
    assert landed_rows(store).height == 2


def test_a_file_that_the_log_does_not_know_is_set_aside_and_never_removed(tmp_path: Path) -> None:
    """Where the log lost its last entry, that file is all that is left of acknowledged messages."""
    clock = MovableClock()
    store = open_store(tmp_path, clock)
    shutil.copytree(tmp_path / "home" / "log", tmp_path / "old-log")
    batch = land(store, EVENTS, extract_of([access(1), access(2, kind=7)]), accept)
    assert batch.path is not None
    data = batch.path.read_bytes()
    for _ in range(2):
        shutil.rmtree(tmp_path / "home" / "log")
        shutil.rmtree(tmp_path / "home" / "witness")
        shutil.copytree(tmp_path / "old-log", tmp_path / "home" / "log")
        store = open_store(tmp_path, clock)
        assert not list(store.folder.glob("*/*/date=*/*.parquet"))
        land(store, EVENTS, extract_of([access(1), access(2, kind=7)]), accept)
    orphans = sorted((tmp_path / "home/quarantine/orphans/landing/trading_grid/accesses").iterdir())
    assert [path.name for path in orphans] == [f"{batch.load_id}.2.parquet", f"{batch.load_id}.parquet"]
    assert [path.read_bytes() for path in orphans] == [data, data]
    refused = tmp_path / "home/quarantine/orphans/quarantine/trading_grid/accesses"
    assert (refused / f"{batch.load_id}.parquet").is_file()


def test_a_log_restored_from_an_older_copy_is_refused(tmp_path: Path) -> None:
    """Landing on it would claim windows whose messages are lost as complete and empty."""
    store = open_store(tmp_path)
    land(store, EVENTS, extract_of([access(1)]), accept)
    log, newest = tmp_path / "home" / "log", tmp_path / "newest"
    shutil.copytree(log, tmp_path / "older")
    land(store, EVENTS, extract_of([access(2)]), accept)
    log.rename(newest)
    shutil.copytree(tmp_path / "older", log)
    with pytest.raises(EvidenceBroken, match="restore the newest copy"):
        open_store(tmp_path)
    assert landed_rows(store).height == 2
    shutil.rmtree(log)
    newest.rename(log)
    assert land(open_store(tmp_path), EVENTS, extract_of([access(3)]), accept).rows == 1


def test_a_log_with_another_history_is_refused(tmp_path: Path) -> None:
    """As many entries, other ones: what was signed before must stay a part of what is signed now."""
    store = open_store(tmp_path)
    land(store, EVENTS, extract_of([access(1)]), accept)
    witness = (tmp_path / "home" / "witness" / "checkpoint").read_bytes()
    shutil.rmtree(tmp_path / "home")
    store = open_store(tmp_path)
    for number in (2, 3):
        land(store, EVENTS, extract_of([access(number)]), accept)
    (tmp_path / "home" / "witness" / "checkpoint").write_bytes(witness)
    with pytest.raises(EvidenceBroken, match="or another one"):
        open_store(tmp_path)


def test_two_stores_see_each_others_batches(tmp_path: Path) -> None:
    """A schedule and a person on the command line are two processes: neither may land what the other landed."""
    one, other = open_store(tmp_path), open_store(tmp_path)
    land(one, EVENTS, extract_of([access(1)]), accept)
    assert land(other, EVENTS, extract_of([access(1), access(2)]), accept).rows == 1
    assert land(one, EVENTS, extract_of([access(2)]), accept).rows == 0
