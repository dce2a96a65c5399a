"""Labelled snapshots: never the current one, never retired, and never put into the log."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from assettrail.command_line.as_known import likeness_in_words
from assettrail.errors import EvidenceBroken
from evidence.history import state_at
from ingest.batches import decide
from ingest.landing import land
from ingest.landing_store import LandingStore
from ingest.ledger import Ledger
from ingest.projection import project_log, project_log_as_known, read_entries
from publish.as_known import KnownThen, keep_as_known, kept_as_known, published_likenesses
from publish.exceptions_seen import publications
from publish.origin import MadeBy
from publish.reading import NoSnapshot, Snapshot, current_snapshot, labelled_names, open_snapshot, snapshot_names
from publish.snapshot import publish, published_leaves, retire
from publish.verification import verify_labelled, verify_snapshots
from tests.unit.landing.stores import EVENTS, accept, access, extract_of, hold, open_store
from tests.unit.publish.built_homes import VERSIONS, build, outcome


@pytest.fixture
def store(tmp_path: Path) -> LandingStore:
    """An installation with one landed batch, published."""
    opened = open_store(tmp_path)
    land(opened, EVENTS, extract_of([access(1)]), accept)
    build(opened.home, [("P-1", None, "PROVEN", 0)])
    publish(opened, opened.home, outcome(1))
    return opened


def keep(store: LandingStore, size: int, verdict: str = "PROVEN", made_by: MadeBy = VERSIONS) -> Snapshot:
    """Keep a build of its own as what was known with so many entries."""
    apart = store.home / "apart"
    build(apart, [("P-1", None, verdict, 0)])
    ledger = Ledger(store.log, until=size)
    ledger.refresh()
    published = publications(published_leaves(store.log, size))
    known = KnownThen(state_at(store.log, str(size), store.clock.now()), (), None, published)
    return keep_as_known(store.home, apart, outcome(ledger.read_entries, made_by), known, store.clock.now())


def test_it_is_kept_beside_the_published_ones(store: LandingStore) -> None:
    """Harm prevented: readers of today are led to what was known a year ago; the log tells of what was only asked."""
    current, size = current_snapshot(store.home), store.log.checkpoint().size
    kept = keep(store, 1)
    assert current_snapshot(store.home).name == current.name
    assert snapshot_names(store.home) == (current.name,)
    assert labelled_names(store.home) == (kept.name,)
    assert store.log.checkpoint().size == size
    assert kept.manifest["as_known_at"] == store.clock.now().isoformat()
    assert kept.manifest["log"] == {"size": 1, "root_hash": store.log.root_hashes([1])[1], "read_entries": 1}
    assert open_snapshot(store.home, kept.name).database.is_file()
    assert kept_as_known(store.home, kept.name) == kept


def test_no_publish_or_retention_touches_it(store: LandingStore) -> None:
    """Harm prevented: a snapshot that an investigation rests on is swept as a killed publish's rest, or retired."""
    kept = keep(store, 1)
    (store.home / "as_known" / ".building-killed").mkdir()
    for number in range(2, 5):
        land(store, EVENTS, extract_of([access(number)]), accept)
        publish(store, store.home, outcome(number))
    assert retire(store.home, keep=1)
    assert labelled_names(store.home) == (kept.name,)
    assert not verify_snapshots(store.home, store.log).unfinished
    again = keep(store, 2)
    assert labelled_names(store.home) == (kept.name, again.name)
    assert not (store.home / "as_known" / ".building-killed").exists()


def test_a_labelled_snapshot_that_was_changed_is_told(store: LandingStore) -> None:
    """Harm prevented: an edited answer about the past is handed to an auditor as if it had been built."""
    kept = keep(store, 1)
    assert verify_labelled(kept, store.log) == len(kept.manifest["tables"])
    with duckdb.connect(str(kept.database)) as connection:
        connection.execute("UPDATE marts.fct_publications SET verdict = 'EXPIRED'")
    with pytest.raises(EvidenceBroken, match="labelled snapshot") as raised:
        verify_labelled(kept, store.log)
    assert "--as-known-at 1" in raised.value.remedy


def test_an_unknown_name_is_told_with_the_labelled_ones(store: LandingStore) -> None:
    """Harm prevented: a person who mistyped a label is shown published names only."""
    kept = keep(store, 1)
    with pytest.raises(NoSnapshot, match=kept.name):
        open_snapshot(store.home, "as-known-00000009-00000000")


def test_it_is_compared_with_what_was_published_then(store: LandingStore) -> None:
    """Harm prevented: a rewritten past: today's models say something else of then, and nobody is told."""
    (same,) = published_likenesses(store.home, store.log, keep(store, 1))
    assert same.is_same
    assert "the same content in every table" in likeness_in_words(same)
    versions = replace(VERSIONS, rules={"model.fct_publications": "bb"}, settings={"late_after_hours": 48})
    (other,) = published_likenesses(store.home, store.log, keep(store, 2, "EXPIRED", versions))
    assert other.tables == ("marts.fct_publications",)
    assert other.versions == (
        "other texts of model.fct_publications",
        "the setting late_after_hours 48 and 24",
    )
    assert "made by different versions" in likeness_in_words(other)
    land(store, EVENTS, extract_of([access(2)]), accept)
    assert published_likenesses(store.home, store.log, keep(store, 3)) == [], "nothing was published from these records"


def test_what_retention_removed_is_still_compared(store: LandingStore) -> None:
    """Harm prevented: the past can be rewritten as soon as its snapshot was retired; the log has its hashes."""
    first = current_snapshot(store.home).name
    land(store, EVENTS, extract_of([access(2)]), accept)
    publish(store, store.home, outcome(3))
    assert retire(store.home, keep=1) == [first]
    (likeness,) = published_likenesses(store.home, store.log, keep(store, 1))
    assert (likeness.snapshot, likeness.is_same, likeness.versions) == (first, True, None)
    (likeness,) = published_likenesses(store.home, store.log, keep(store, 2, "EXPIRED"))
    assert "its manifest is not kept" in likeness_in_words(likeness)


def test_a_home_as_known_has_the_batches_and_decisions_of_then(store: LandingStore, tmp_path: Path) -> None:
    """Harm prevented: a batch that was accepted later, or a rejection of later, in an answer about then."""
    held = land(store, EVENTS, extract_of([access(2)]), hold)
    before = store.log.checkpoint().size
    assert held.load_id is not None
    decide(store, held.load_id, "accepted", "ada", "seen")
    land(store, EVENTS, extract_of([access(3)]), accept)
    project_log(store)
    then = tmp_path / "then"
    project_log_as_known(store, Ledger(store.log, until=before), then)

    def outcomes(home: Path) -> list[tuple[int, str]]:
        file = str(home / "projection" / "log_batches.parquet")
        rows = duckdb.execute("SELECT log_index, outcome FROM read_parquet(?) ORDER BY 1", [file]).fetchall()
        return [(int(index), str(standing)) for index, standing in rows]

    assert outcomes(then) == [(0, "accepted"), (held.log_index, "held")]
    assert [standing for _, standing in outcomes(store.home)] == ["accepted"] * 3
    assert (read_entries(then), read_entries(store.home)) == (before, store.log.checkpoint().size)
    assert (then / "landing").resolve() == (store.home / "landing").resolve()
