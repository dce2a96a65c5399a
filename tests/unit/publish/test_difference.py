"""The difference of two snapshots on real files: what it leaves out or puts down to the wrong record misleads."""

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from assettrail.command_line.difference import as_json, in_words
from assettrail.errors import ContractBroken, EvidenceBroken
from evidence.leaves import BatchLeaf, decode_leaf
from ingest.batches import decide
from ingest.landing import LandedBatch, land
from ingest.landing_store import LandingStore
from publish.difference import TableDifference, both_open, compare
from publish.files import build_file
from publish.late_records import LateRecord, became_known, late_records
from publish.reading import Snapshot
from publish.snapshot import publish
from tests.unit.landing.stores import EVENTS, accept, access, extract_of, hold, open_store
from tests.unit.publish.built_homes import KEYS, VERSIONS, build, outcome

Late = dict[tuple[str, str], list[LateRecord]]


@pytest.fixture
def store(tmp_path: Path) -> LandingStore:
    """An installation with one landed batch."""
    opened = open_store(tmp_path)
    land(opened, EVENTS, extract_of([access(1)]), accept)
    return opened


def published(store: LandingStore) -> Snapshot:
    """Publish the build file, as made from all that the log decides now."""
    store.ledger.refresh()
    return publish(store, store.home, outcome(store.ledger.read_entries))


def compared(store: LandingStore, first: Snapshot, second: Snapshot) -> tuple[list[TableDifference], Late]:
    entries = [each.manifest["log"]["read_entries"] for each in (first, second)]
    with both_open(first, second) as connection:
        tables = compare(connection, first, second)
        return tables, late_records(connection, tables, KEYS, store, became_known(store.log, *entries))


def two_snapshots(store: LandingStore) -> tuple[Snapshot, Snapshot, LandedBatch, LandedBatch]:
    """Two publishes between which two batches came: one about P-1, one that holds the evidence of approval-1."""
    build(
        store.home, [("P-1", None, "NO_EVIDENCE", 0), ("P-2", None, "PROVEN", 0), ("P-3", None, "PROVEN", 0)], ["P-1"]
    )
    first = published(store)
    about = land(store, EVENTS, extract_of([access(2), access(3), access(4, publication_id="P-9")]), accept)
    other = land(store, EVENTS, extract_of([access(5, publication_id="P-8")]), accept)
    build(
        store.home,
        [("P-1", None, "PROVEN", 0), ("P-2", "approval-1", "PROVEN_LATE", 0), ("P-9", None, "PROVEN", about.log_index)],
        approval_index=other.log_index,
    )
    return first, published(store), about, other


def test_rows_are_compared_by_key_and_by_content_alone(store: LandingStore) -> None:
    """Harm prevented: a changed verdict is missed, or every row looks changed since its place in the log moved."""
    first, second, _, _ = two_snapshots(store)
    tables, _ = compared(store, first, second)
    assert [table.table for table in tables] == ["marts.fct_publications", "marts.fct_exceptions"]
    publications = {row.key: row for row in tables[0].rows}
    assert {key: (row.what, row.columns) for key, row in publications.items()} == {
        "P-1": ("changed", ("verdict",)),
        "P-2": ("changed", ("approval_key", "verdict")),
        "P-3": ("removed", ()),
        "P-9": ("added", ()),
    }
    assert publications["P-1"].values("verdict") == ("NO_EVIDENCE", "PROVEN")
    assert [(row.what, row.key) for row in tables[1].rows] == [("removed", "exception-P-1")]


def rule_added(store: LandingStore, *rows: tuple[str, int, str]) -> Snapshot:
    """Publish the build file with these grace days: channel, days, and the day from which they are."""
    with duckdb.connect(str(build_file(store.home))) as connection:
        connection.execute(
            "CREATE OR REPLACE TABLE rules.grace_days (channel_code VARCHAR, grace_days INT, valid_from TIMESTAMPTZ)"
        )
        connection.executemany("INSERT INTO rules.grace_days VALUES (?, ?, ?)", rows)
    store.ledger.refresh()
    named = {**KEYS, "rules.grace_days": "channel_code, valid_from"}
    return publish(store, store.home, replace(outcome(store.ledger.read_entries), keys=named))


def test_a_rule_that_changed_is_told_before_what_follows_from_it(store: LandingStore) -> None:
    """Harm prevented: verdicts change from one snapshot to the next, and no record can be found that did it."""
    build(store.home, [("P-1", None, "SUPERSEDED", 0)])
    first = rule_added(store, ("*", 7, "2026-01-01T00:00:00Z"), ("email", 3, "2026-01-01T00:00:00Z"))
    land(store, EVENTS, extract_of([access(2)]), accept)
    build(store.home, [("P-1", None, "PROVEN", 0)])
    second = rule_added(store, ("*", 14, "2026-01-01T00:00:00Z"), ("email", 3, "2026-02-01T00:00:00Z"))
    tables, late = compared(store, first, second)
    assert [table.table for table in tables] == ["rules.grace_days", "marts.fct_publications"]
    (rules, _) = tables
    assert [(row.what, row.key, row.columns) for row in rules.rows] == [
        ("changed", "* / 2026-01-01 00:00:00+00:00", ("grace_days",)),
        ("removed", "email / 2026-01-01 00:00:00+00:00", ()),
        ("added", "email / 2026-02-01 00:00:00+00:00", ()),
    ]
    told = list(in_words(first, second, tables, late, [], 10))
    assert told[told.index("rules.grace_days: 1 added, 1 removed, 1 changed") + 1 :][:3] == [
        "  changed * / 2026-01-01 00:00:00+00:00: grace_days 7 → 14",
        "  removed email / 2026-01-01 00:00:00+00:00",
        "  added email / 2026-02-01 00:00:00+00:00",
    ]


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (VERSIONS.rules, "claims, or what it rests on, changed it"),
        ({"seed.grace_days": "bb"}, "claims, what it rests on, or what made the two changed it"),
    ],
)
def test_a_change_without_a_record_is_put_down_to_rules_where_they_differ(
    store: LandingStore, rules: dict[str, str], told: str
) -> None:
    """Harm prevented: a verdict that another rule changed is said to come of claims, and nobody looks at the rule."""
    build(store.home, [("P-1", None, "SUPERSEDED", 0)])
    first = published(store)
    build(store.home, [("P-1", None, "PROVEN", 0)])
    store.ledger.refresh()
    made_by = replace(VERSIONS, rules=rules)
    second = publish(store, store.home, outcome(store.ledger.read_entries, made_by))
    tables, late = compared(store, first, second)
    lines = list(in_words(first, second, tables, late, [], 10))
    assert f"    no record that came in between concerns it: {told}" in lines


def test_a_key_of_several_columns_names_every_row(store: LandingStore) -> None:
    """Harm prevented: two rules of one day are compared with each other, and no change is the one that was made."""
    build(store.home, [])
    twice = rule_added(store, ("*", 7, "2026-01-01T00:00:00Z"), ("*", 9, "2026-01-01T00:00:00Z"))
    with both_open(twice, twice) as connection, pytest.raises(ContractBroken, match="channel_code, valid_from"):
        compare(connection, twice, twice)


def test_a_snapshot_without_rules_is_compared_with_one_that_has_them(store: LandingStore) -> None:
    """Harm prevented: after an update the last snapshot of the old release is compared with nothing any more."""
    build(store.home, [("P-1", None, "PROVEN", 0)])
    older = published(store)
    with duckdb.connect(str(older.database)) as connection:
        connection.execute("DROP SCHEMA rules CASCADE")
    land(store, EVENTS, extract_of([access(2)]), accept)
    newer = rule_added(store, ("*", 7, "2026-01-01T00:00:00Z"))
    tables, _ = compared(store, older, newer)
    assert {table.table: table.note for table in tables} == {
        "rules.evaluation_streams": "only the second snapshot has this table",
        "rules.grace_days": "only the second snapshot has this table",
    }


def test_each_change_is_put_down_to_the_records_that_concern_it(store: LandingStore) -> None:
    """Harm prevented: a record that came late and changed a verdict is not named, or another one is."""
    first, second, about, other = two_snapshots(store)
    _, late = compared(store, first, second)
    told = {
        key: [(each.log_index, each.load_id, each.rows, each.why) for each in records]
        for (table, key), records in late.items()
        if table == "marts.fct_publications"
    }
    assert told == {
        "P-1": [(about.log_index, about.load_id, 2, "names")],
        "P-2": [(other.log_index, other.load_id, 0, "evidence")],
        "P-3": [],
        "P-9": [(about.log_index, about.load_id, 1, "evidence")],
    }
    (of_exception,) = late["marts.fct_exceptions", "exception-P-1"]
    assert (of_exception.log_index, of_exception.stream) == (about.log_index, "accesses"), "by its subject's key"


def test_a_batch_that_was_held_became_known_when_it_was_accepted(store: LandingStore) -> None:
    """Harm prevented: a batch that lay in the log before both snapshots is not seen as what changed the second."""
    held = land(store, EVENTS, extract_of([access(2, publication_id="P-2")]), hold)
    build(store.home, [("P-2", None, "NO_EVIDENCE", 0)])
    first = published(store)
    assert held.load_id is not None
    decide(store, held.load_id, "accepted", "ada", "seen")
    build(store.home, [("P-2", None, "PROVEN", 0)])
    second = published(store)
    _, late = compared(store, first, second)
    (record,) = late["marts.fct_publications", "P-2"]
    assert (record.log_index, record.decided_by, record.rows) == (held.log_index, "ada", 1)
    _, backwards = compared(store, second, first)
    assert backwards["marts.fct_publications", "P-2"] == [record], "in either direction"


def test_the_same_content_has_no_difference(store: LandingStore) -> None:
    """Harm prevented: a page of changes where nothing changed."""
    build(store.home, [("P-1", None, "PROVEN", 0)])
    first = published(store)
    build(store.home, [("P-1", None, "PROVEN", 7)])
    assert compared(store, first, published(store)) == ([], {})


def test_a_table_or_column_of_one_side_is_told(store: LandingStore) -> None:
    """Harm prevented: what a newer release adds looks like a change of every row, or is passed over."""
    build(store.home, [("P-1", None, "PROVEN", 0)])
    first = published(store)
    with duckdb.connect(str(store.home / "warehouse" / "build.duckdb")) as connection:
        connection.execute("CREATE TABLE marts.fct_new AS SELECT 1 AS a")
        connection.execute("ALTER TABLE marts.fct_publications ADD COLUMN region_code VARCHAR DEFAULT 'EU'")
    tables, _ = compared(store, first, published(store))
    told = {each.table: (each.note, each.columns_after, each.rows) for each in tables}
    assert told == {
        "marts.fct_publications": (None, ("region_code",), ()),
        "marts.fct_new": ("only the second snapshot has this table", (), ()),
    }


def test_a_key_that_names_several_rows_is_refused(store: LandingStore) -> None:
    """Harm prevented: a join that multiplies rows and shows changes that nobody made."""
    build(store.home, [("P-1", None, "PROVEN", 0), ("P-1", None, "EXPIRED", 0)])
    first = published(store)
    with both_open(first, first) as connection, pytest.raises(ContractBroken, match="1 rows that it does not name"):
        compare(connection, first, first)


def test_a_landed_file_that_is_gone_is_said(store: LandingStore) -> None:
    """Harm prevented: "no record changed it", because the record's file was lost."""
    first, second, about, _ = two_snapshots(store)
    assert about.path is not None
    about.path.unlink()
    with pytest.raises(EvidenceBroken, match="log verify --all"):
        compared(store, first, second)


def test_text_is_short_and_json_is_whole(store: LandingStore) -> None:
    """Harm prevented: an answer that scrolls away, or a machine that gets a part of it."""
    first, second, about, _ = two_snapshots(store)
    tables, late = compared(store, first, second)
    batches = became_known(store.log, 1, store.log.checkpoint().size)
    lines = list(in_words(first, second, tables, late, batches, 1))
    assert "marts.fct_publications: 1 added, 1 removed, 2 changed" in lines
    assert "  changed P-1 (P-1): verdict NO_EVIDENCE → PROVEN" in lines
    assert f"    see entry {about.log_index}, trading_grid/accesses, batch {about.load_id}, " in "\n".join(lines)
    assert "  and 3 more: --rows, or --json for all" in lines
    whole = json.loads(json.dumps(as_json(first, second, tables, late, batches), default=str))
    rows = whole["tables"][0]["rows"]
    assert [(row["key"], row["what"]) for row in rows] == [
        ("P-1", "changed"), ("P-2", "changed"), ("P-3", "removed"), ("P-9", "added"),
    ]  # fmt: skip
    assert rows[0]["columns"] == {"verdict": {"before": "NO_EVIDENCE", "after": "PROVEN"}}
    assert rows[3]["row"]["verdict"] == "PROVEN"
    assert whole["made_differently"] == []


def test_the_command_names_snapshots(store: LandingStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: a command that works on the developer's objects and not on what a person types."""
    from assettrail.command_line.application import application

    first, second, _, _ = two_snapshots(store)
    monkeypatch.setenv("ASSETTRAIL_HOME", str(store.home))
    monkeypatch.setenv("ASSETTRAIL_KEYS__FOLDER", str(tmp_path / "keys"))
    shown = CliRunner().invoke(application, ["diff", first.name, "current"], catch_exceptions=False)
    assert shown.exit_code == 0
    assert f"to   {second.name}" in shown.stdout
    assert "2 changed" in shown.stdout


def test_the_landed_batches_are_those_of_the_log(store: LandingStore) -> None:
    """Harm prevented: claims between two snapshots that are counted from folders, not from the log."""
    two_snapshots(store)
    leaves = [decode_leaf(entry) for _, entry in store.log.entries()]
    batches = [leaf for leaf in leaves if isinstance(leaf, BatchLeaf)]
    assert [each.leaf for each in became_known(store.log, 0, store.log.checkpoint().size)] == batches
