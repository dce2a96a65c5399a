"""When exceptions were seen, through real publishes: one that opens, goes and comes back, and what was known of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assettrail.errors import EvidenceBroken
from evidence.history import state_at
from evidence.leaves import PublishLeaf, decode_leaf, encode_leaf, publish_leaves
from ingest.landing import land
from ingest.landing_store import LandingStore
from ingest.ledger import Ledger
from publish.as_known import KnownThen, keep_as_known
from publish.exceptions_seen import COLUMNS, TABLE, publications
from publish.reading import Snapshot, connect
from publish.snapshot import publish, published_leaves, retire
from publish.verification import verify_labelled, verify_snapshots
from tests.unit.landing.stores import EVENTS, NOON, MovableClock, accept, access, extract_of, open_store
from tests.unit.publish.built_homes import build, outcome

STORY = (("a", "b"), ("b",), ("a", "b", "c"), ("b", "c"))
"""What each of four snapshots holds: `a` opens, goes, comes back and goes; `b` stays; `c` comes with the third."""


@pytest.fixture
def store(tmp_path: Path) -> LandingStore:
    """An installation with one landed batch."""
    opened = open_store(tmp_path, MovableClock())
    land(opened, EVENTS, extract_of([access(1)]), accept)
    return opened


def tell(store: LandingStore, subjects: Iterable[str]) -> Snapshot:
    """Publish a build with these exceptions, a day after the last."""
    build(store.home, [("P-1", None, "PROVEN", 0)], subjects)
    assert isinstance(store.clock, MovableClock)
    store.clock.advance(days=1)
    return publish(store, store.home, outcome(1))


def seen(snapshot: Snapshot) -> dict[str, Mapping[str, Any]]:
    """Return what a snapshot says of exceptions, by subject."""
    with connect(snapshot) as connection:
        answer = connection.execute(f"select * from {TABLE} order by exception_key")
        names = [column[0] for column in answer.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    return {row["exception_key"].removeprefix("exception-"): row for row in rows}


def keep(store: LandingStore, size: int) -> Snapshot:
    """Keep a snapshot of what was known with so many entries."""
    ledger = Ledger(store.log, until=size)
    ledger.refresh()
    apart = store.home.parent / "apart"
    build(apart, [("P-1", None, "PROVEN", 0)], ("a", "b"))
    state = state_at(store.log, str(size), store.clock.now())
    known = KnownThen(state, (), None, publications(published_leaves(store.log, size)))
    return keep_as_known(store.home, apart, outcome(ledger.read_entries), known, store.clock.now())


def test_an_exception_that_goes_and_comes_back_is_told_with_its_days(store: LandingStore) -> None:
    """Harm prevented: what was mended and broke again looks like something that has just happened."""
    first, second, third, fourth = (tell(store, subjects) for subjects in STORY)
    days = [NOON + timedelta(days=number) for number in range(1, 5)]
    assert [(row["is_new"], row["first_seen_at"]) for row in seen(first).values()] == [(False, days[0])] * 2
    gone = seen(second)["a"]
    assert (gone["is_open"], gone["last_seen_at"], gone["closed_at"]) == (False, days[0], days[1])
    assert (gone["last_seen_snapshot"], gone["closed_snapshot"]) == (first.name, second.name)
    back = seen(third)
    assert back["a"] == {
        "exception_key": "exception-a",
        "first_seen_snapshot": first.name,
        "last_seen_snapshot": third.name,
        "reopened_snapshot": third.name,
        "closed_snapshot": None,
        "first_seen_log_size": first.manifest["log"]["size"],
        "last_seen_log_size": third.manifest["log"]["size"],
        "times_reopened": 1,
        "is_open": True,
        "is_new": False,
        "first_seen_at": days[0],
        "last_seen_at": days[2],
        "reopened_at": days[2],
        "closed_at": None,
    }
    assert [(name, row["is_new"]) for name, row in back.items()] == [("a", False), ("b", False), ("c", True)]
    last = seen(fourth)
    assert (last["a"]["times_reopened"], last["a"]["closed_at"], last["a"]["last_seen_at"]) == (1, days[3], days[2])
    assert {name: row["last_seen_snapshot"] for name, row in last.items() if row["is_open"]} == {
        "b": fourth.name,
        "c": fourth.name,
    }
    assert not last["c"]["is_new"]


def test_publishing_without_news_changes_no_content(store: LandingStore) -> None:
    """Harm prevented: each publish says that everything is different, because it was published once more."""
    first, second = tell(store, ("a", "b")), tell(store, ("a", "b"))
    assert first.manifest["tables"] == second.manifest["tables"]
    assert TABLE not in second.manifest["tables"]
    assert second.manifest["beside"] == {TABLE: {"rows": 2}}
    assert seen(first)["a"]["last_seen_snapshot"] != seen(second)["a"]["last_seen_snapshot"]
    assert f"parquet/{TABLE}.parquet" in second.manifest["files"]


def test_it_is_the_same_whatever_was_retired(store: LandingStore) -> None:
    """Harm prevented: an exception is as old as the oldest snapshot that somebody kept."""
    names = [tell(store, subjects).name for subjects in STORY]
    assert retire(store.home, keep=1) == names[:-1]
    again = seen(tell(store, STORY[-1]))
    assert (again["a"]["first_seen_snapshot"], again["a"]["times_reopened"]) == (names[0], 1)
    assert again["a"]["closed_snapshot"] == names[-1]


def test_a_rebuilt_home_says_the_same_of_before(store: LandingStore) -> None:
    """Harm prevented: what is derived from records and log depends on files that stood between them."""
    kept = [tell(store, subjects) for subjects in STORY]
    before = seen(kept[-1])
    shutil.rmtree(store.home / "snapshots")
    again = tell(store, STORY[-1])
    assert again.manifest["tables"] == kept[-1].manifest["tables"]
    moved = {"last_seen_snapshot", "last_seen_log_size", "last_seen_at"}
    for name, row in seen(again).items():
        may_move = moved if row["is_open"] else set()
        assert {each: row[each] for each in COLUMNS if each not in may_move} == {
            each: before[name][each] for each in COLUMNS if each not in may_move
        }


def test_as_known_then_it_ends_at_the_checkpoint(store: LandingStore) -> None:
    """Harm prevented: an answer about March knows that the exception came back in May."""
    published = [tell(store, subjects) for subjects in STORY]
    sizes = [index + 1 for index, entry in store.log.entries() if isinstance(decode_leaf(entry), PublishLeaf)]
    assert seen(keep(store, sizes[0] - 1)) == {}
    for size, then in zip(sizes, published, strict=True):
        kept = keep(store, size)
        assert seen(kept) == seen(then)
        verify_labelled(kept, store.log)


@pytest.mark.parametrize("form", ["duckdb", "parquet"])
def test_a_changed_one_is_named_by_the_verification(store: LandingStore, form: str) -> None:
    """Harm prevented: whoever lets an exception look fresh, or mended in time, is not found out."""
    snapshot = [tell(store, subjects) for subjects in STORY][-1]
    assert set(verify_snapshots(store.home, store.log).tables) >= {snapshot.name}
    if form == "duckdb":
        with duckdb.connect(str(snapshot.database)) as connection:
            connection.execute(f"update {TABLE} set times_reopened = 0")
    else:
        (snapshot.folder / "parquet" / f"{TABLE}.parquet").unlink()
    with pytest.raises(EvidenceBroken, match=f"table {TABLE}"):
        verify_snapshots(store.home, store.log)


def test_a_snapshot_of_before_the_table_is_still_verified(store: LandingStore) -> None:
    """Harm prevented: all older snapshots are called changed on the day of the upgrade."""
    snapshot = tell(store, ("a",))
    manifest = snapshot.folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"beside"', '"other"'))
    (snapshot.folder / "parquet" / f"{TABLE}.parquet").unlink()
    with duckdb.connect(str(snapshot.database)) as connection:
        connection.execute("drop schema log cascade")
    assert set(verify_snapshots(store.home, store.log).tables) == {snapshot.name}


def test_a_publish_of_which_a_part_is_not_known_yet_was_not_known() -> None:
    """Harm prevented: a state of the log between two entries of one publish tells half of what it opened."""
    keys = tuple(f"{number:064x}" for number in range(2000))
    parts = publish_leaves(PublishLeaf("20260201T120000Z-00000009", {}, keys, (), NOON, created_at=NOON))
    assert len(parts) > 1
    read = [decode_leaf(encode_leaf(part)) for part in parts]
    assert [part.created_at for part in read if isinstance(part, PublishLeaf)] == [NOON] * len(parts)
    (whole,) = publications(parts)
    assert (whole.opened, whole.log_size, whole.published_at) == (keys, 9, NOON)
    assert publications(parts[:-1]) == []


def test_an_entry_that_does_not_tell_when_its_snapshot_was_made_tells_its_own_instant() -> None:
    """Harm prevented: exceptions of before the upgrade have no day."""
    leaf = PublishLeaf("20260201T120000Z-00000009", {}, ("a",), (), NOON + timedelta(seconds=3), created_at=NOON)
    assert publications([leaf])[0].published_at == NOON
    assert publications([replace(leaf, created_at=None)])[0].published_at == NOON + timedelta(seconds=3)
