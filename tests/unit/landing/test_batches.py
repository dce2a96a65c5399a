"""Held batches, decisions on them, the cursor after a decision, and the projection that dbt reads."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from assettrail.errors import ContractBroken
from evidence.leaves import FailedExpectation
from evidence.verify import verify_log
from ingest.batches import decide, list_batches, show_batch
from ingest.landing import GateOutcome, land
from ingest.projection import project_log
from ingest.schema import STREAMS, StreamSchema
from tests.unit.landing.stores import EVENTS, accept, access, extract_of, hold, open_store


def hold_first_row(_schema: StreamSchema, path: Path) -> GateOutcome:
    row_hash = pl.read_parquet(path, hive_partitioning=False)["_row_hash"][0]
    return GateOutcome("held", 3, (FailedExpectation("kind is one of …", "kind", 1, (row_hash,)),))


def test_a_held_batch_is_listed_with_what_failed_and_shown_with_the_rows(tmp_path: Path) -> None:
    """A person can only decide on a batch whose failing rows are in sight."""
    store = open_store(tmp_path)
    held = land(store, EVENTS, extract_of([access(1, kind="seen"), access(2)]), hold_first_row)
    (listed,) = list_batches(store)
    assert (listed.outcome, listed.rows, listed.failed[0].column) == ("held", 2, "kind")
    shown = show_batch(store, str(held.load_id))
    assert [row["access_id"] for row in shown.failing_rows] == ["A-1"]


@pytest.mark.parametrize("decision", ["accepted", "rejected"])
def test_a_decision_is_a_leaf_and_stands_for_ever(tmp_path: Path, decision: str) -> None:
    """A decision that could be overwritten would let a bad batch in without a trace."""
    store = open_store(tmp_path)
    held = str(land(store, EVENTS, extract_of([access(1)]), hold).load_id)
    decided = decide(store, held, decision, " Ada ", "compared with the vendor")
    assert (decided.outcome, decided.decided_by, decided.decision_reason) == (
        decision,
        "Ada",
        "compared with the vendor",
    )
    with pytest.raises(ContractBroken, match="by Ada"):
        decide(store, held, "accepted", "Bob", "changed my mind")
    verify_log(tmp_path / "home" / "log", store.log.verification_key).raise_if_broken()
    assert [batch.outcome for batch in list_batches(open_store(tmp_path))] == [decision]


@pytest.mark.parametrize(
    ("decision", "by", "reason"), [("maybe", "Ada", "why"), ("accepted", " ", "why"), ("rejected", "Ada", "")]
)
def test_a_decision_needs_a_person_and_a_reason(tmp_path: Path, decision: str, by: str, reason: str) -> None:
    """An audit trail entry without who and why is not one."""
    store = open_store(tmp_path)
    held = str(land(store, EVENTS, extract_of([access(1)]), hold).load_id)
    with pytest.raises(ContractBroken, match="nothing was decided"):
        decide(store, held, decision, by, reason)
    assert list_batches(store)[0].outcome == "held"


def test_only_held_batches_can_be_decided_on(tmp_path: Path) -> None:
    """Rejecting an accepted batch would take rows out of reports that were already read."""
    store = open_store(tmp_path)
    accepted = str(land(store, EVENTS, extract_of([access(1)]), accept).load_id)
    with pytest.raises(ContractBroken, match="accepted at the landing gate"):
        decide(store, accepted, "rejected", "Ada", "why")
    with pytest.raises(ContractBroken, match="no entry of the log"):
        decide(store, "20260101T000000000000Z-000000000000", "rejected", "Ada", "why")


def test_a_rejection_goes_back_to_the_cursor_before_the_batch(tmp_path: Path) -> None:
    """With the cursor behind it, the window of a rejected batch would never be read again: lost records."""
    store = open_store(tmp_path)
    name = ("trading_grid", "accesses")
    land(store, EVENTS, extract_of([access(1)], cursor={"n": 1}), accept)
    held = land(store, EVENTS, extract_of([access(2)], cursor={"n": 2}), hold)
    land(store, EVENTS, extract_of([access(3)], cursor={"n": 3}), accept)
    assert store.cursor(*name) == {"n": 3}
    decide(store, str(held.load_id), "rejected", "Ada", "half a page")
    assert store.cursor(*name) == {"n": 1}
    assert land(store, EVENTS, extract_of([access(2), access(3)], cursor={"n": 4}), accept).rows == 1
    assert store.cursor(*name) == {"n": 4}
    assert open_store(tmp_path).cursor(*name) == {"n": 4}


def test_accepting_keeps_the_cursor(tmp_path: Path) -> None:
    """An accepted batch's window has been read; reading it again would only cost calls."""
    store = open_store(tmp_path)
    held = land(store, EVENTS, extract_of([access(1)], cursor={"n": 1}), hold)
    decide(store, str(held.load_id), "accepted", "Ada", "looked at")
    assert store.cursor("trading_grid", "accesses") == {"n": 1}


def test_the_projection_has_every_batch_with_its_present_standing(tmp_path: Path) -> None:
    """Only accepted batches are read by dbt: an outcome behind a decision would hide or show wrong rows."""
    store = open_store(tmp_path)
    land(store, EVENTS, extract_of([access(1)]), accept)
    rejected = land(store, EVENTS, extract_of([access(2)]), hold)
    land(store, EVENTS, extract_of([access(3)]), hold)
    land(store, EVENTS, extract_of([], complete=False), accept)
    decide(store, str(rejected.load_id), "rejected", "Ada", "half a page")
    path = project_log(store)
    first = path.read_bytes()
    found = duckdb.sql(f"select log_index, load_id is null, outcome, is_complete, how, rows from '{path}'").fetchall()
    assert found == [
        (0, False, "accepted", True, "equal_counts", 1),
        (1, False, "rejected", True, "equal_counts", 1),
        (2, False, "held", True, "equal_counts", 1),
        (3, True, "accepted", False, "unknown", 0),
    ]
    types = {name: str(kind) for name, kind in zip(*_described(path), strict=True)}
    assert types["window_to"] == types["logged_at"] == "TIMESTAMP WITH TIME ZONE"
    path.unlink()
    assert project_log(open_store(tmp_path)).read_bytes() == first


def _described(path: Path) -> tuple[list[str], list[object]]:
    relation = duckdb.sql(f"select * from '{path}'")
    return relation.columns, list(relation.types)


def test_the_projection_gives_every_stream_an_empty_typed_file(tmp_path: Path) -> None:
    """A glob without a file is an error in DuckDB: the first build, before any data, would fail."""
    store = open_store(tmp_path)
    project_log(store)
    for schema in STREAMS.values():
        glob = store.stream_folder(schema.system, schema.name) / "**" / "*.parquet"
        relation = duckdb.sql(f"select * from read_parquet('{glob}', union_by_name = true, hive_partitioning = false)")
        assert relation.columns == schema.arrow_schema().names
        assert relation.fetchall() == []


def test_rows_and_the_empty_file_have_one_shape(tmp_path: Path) -> None:
    """A type that differs between the empty and the landed file would change a column's type with the first row."""
    store = open_store(tmp_path)
    land(store, EVENTS, extract_of([access(1)]), accept)
    project_log(store)
    kinds = {
        tuple(map(str, duckdb.sql(f"select * from read_parquet('{path}', hive_partitioning=false)").types))
        for path in store.stream_folder("trading_grid", "accesses").glob("**/*.parquet")
    }
    assert len(kinds) == 1
