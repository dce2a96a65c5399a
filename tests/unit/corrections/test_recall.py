"""Recalls: who holds an asset, what is proposed, and when it is over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assettrail.errors import ConfigurationError, ContractBroken
from assettrail.settings import Settings
from corrections.approval import approve
from corrections.holders import find_recalled, holders_of
from corrections.outbox import list_corrections, move, show_correction
from corrections.people import Person
from corrections.propose import propose
from corrections.recall import Recall, begin_recall, certificate, find_recall, follow_recalls
from corrections.store import open_store
from evidence.decision_leaves import RecallLeaf
from evidence.leaves import decode_leaf
from ingest.landing_store import LandingStore
from tests.unit.corrections.recalled_snapshot import ASSET, NEW, OLD, OTHER, SHA256, write_recalled_snapshot
from tests.unit.corrections.samples import CLOCK, NOW, approver, settings_for, write_snapshot

LIVE: dict[str, tuple[Any, ...]] = {
    "old": ("PUB-1", "COM-1", ASSET, "banners/spring", 1, OLD, True),
    "new": ("PUB-2", "COM-2", ASSET, "banners/spring", 2, NEW, True),
    "withdrawn": ("PUB-3", "COM-1", ASSET, "banners/spring", 1, OLD, False),
    "other": ("PUB-4", "COM-1", OTHER, "banners/other", 1, "3" * 32, True),
}
TEMPLATES: list[tuple[Any, ...]] = [
    ("T-1", "logo", ASSET, OLD, True),
    ("T-1", "footer", ASSET, OLD, True),
    ("T-2", "logo", ASSET, OLD, False),
    ("T-3", "logo", OTHER, "3" * 32, True),
]
OFFICER = Person("Olga", frozenset({"officer"}))


@pytest.fixture
def settings(tmp_path: Path, database: str) -> Settings:
    return settings_for(tmp_path / "home")


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    return write_recalled_snapshot(tmp_path / "s1.duckdb", list(LIVE.values()), TEMPLATES)


def begin(settings: Settings, snapshot: Path, subject: str = ASSET, by: Person = OFFICER) -> Recall:
    return begin_recall(settings, CLOCK, snapshot, "s1", subject, by, " it shows a wrong rate ")


def states(recall: Recall) -> dict[str, str]:
    return {holder.holder_id: holder.state for holder in recall.holders}


def follow(settings: Settings, snapshot: Path, name: str = "s2") -> Recall:
    (found,) = follow_recalls(settings, CLOCK, snapshot, name)
    return found


@pytest.mark.parametrize(
    ("subject", "holders"),
    [
        (ASSET, ["PUB-1", "PUB-2", "T-1"]),
        ("banners/spring", ["PUB-1", "PUB-2", "T-1"]),
        (OLD, ["PUB-1", "T-1"]),
        (SHA256.upper(), ["PUB-1", "T-1"]),
        (f" {NEW} ", ["PUB-2"]),
    ],
)
def test_an_asset_or_its_bytes_are_found_where_they_are_held(snapshot: Path, subject: str, holders: list[str]) -> None:
    """A place that a recall does not name keeps the wrong image for ever."""
    found = holders_of(snapshot, find_recalled(snapshot, subject))
    assert [holder.holder_id for holder in found.found] == holders


def test_communications_are_counted_not_promised(snapshot: Path) -> None:
    """What was sent cannot be taken back; a certificate must not sound as if it were."""
    found = holders_of(snapshot, find_recalled(snapshot, ASSET))
    assert (found.communications, found.live_communications) == (3, 1)
    assert holders_of(snapshot, find_recalled(snapshot, OLD)).communications == 2


@pytest.mark.parametrize("subject", ["", "banners", "d" * 32, "%", "'; drop table x"])
def test_what_is_no_asset_is_refused(settings: Settings, snapshot: Path, subject: str) -> None:
    """A recall of nothing looks like a recall that is complete."""
    with pytest.raises(ConfigurationError, match="no asset of this id"):
        begin(settings, snapshot, subject)
    assert list_corrections(settings) == []


def test_partners_hold_artwork_until_they_accepted_another(tmp_path: Path) -> None:
    """A partner who was sent new artwork and never said so still prints the old one."""
    first, later, last = "2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z"
    sent = [
        ("p1", "0001", ASSET, OLD, first, first),
        ("p1", "0001", ASSET, NEW, later, last),
        ("p2", "0001", ASSET, OLD, first, None),
        ("p2", "0001", ASSET, NEW, later, None),
        ("p2", "0002", OTHER, "3" * 32, later, last),
    ]
    snapshot = write_recalled_snapshot(tmp_path / "s.duckdb", distributions=sent)
    of_bytes = holders_of(snapshot, find_recalled(snapshot, OLD)).found
    assert [holder.holder_id for holder in of_bytes] == ["PARTNER-2/0001"]
    of_asset = holders_of(snapshot, find_recalled(snapshot, ASSET)).found
    assert [holder.holder_id for holder in of_asset] == ["PARTNER-1/0001", "PARTNER-2/0001"]


def test_each_live_publication_is_proposed_to_be_withdrawn_by_the_person(settings: Settings, snapshot: Path) -> None:
    """Four eyes: who recalls proposes, and another approves."""
    recall = begin(settings, snapshot)
    assert states(recall) == {"PUB-1": "proposed", "PUB-2": "proposed", "T-1": "silent"}
    rows = list_corrections(settings)
    assert {(row.kind, row.subject_id, row.proposed_by) for row in rows} == {
        ("withdraw_recalled", "PUB-1", "Olga"),
        ("withdraw_recalled", "PUB-2", "Olga"),
    }
    assert show_correction(settings, rows[0].correction_key).history[0].why == "recalled: it shows a wrong rate"
    with pytest.raises(ConfigurationError, match="Olga proposed it"):
        approve(settings, CLOCK, None, approver("OLGA"), "sure")
    assert len(approve(settings, CLOCK, None, approver(), "sure")) == 2
    assert states(follow(settings, snapshot))["PUB-1"] == "approved"


def test_a_recall_stands_in_the_log(settings: Settings, snapshot: Path) -> None:
    """Who stopped an asset everywhere, and why, is asked first."""
    recall = begin(settings, snapshot, OLD)
    leaves = [decode_leaf(entry) for _, entry in LandingStore.open(settings, CLOCK).log.entries()]
    assert leaves == [RecallLeaf(recall.recall_id, ASSET, OLD, "Olga", "it shows a wrong rate", NOW)]


def test_a_snapshot_that_does_not_ask_for_it_leaves_a_persons_proposal(
    settings: Settings, snapshot: Path, tmp_path: Path
) -> None:
    """The next build must not withdraw what an officer proposed."""
    begin(settings, snapshot)
    propose(settings, CLOCK, write_snapshot(tmp_path / "next.duckdb", []), "s2")
    assert {row.state for row in list_corrections(settings)} == {"proposed"}


def test_holders_that_come_later_are_found(settings: Settings, snapshot: Path, tmp_path: Path) -> None:
    """Somebody publishes the recalled banner again on the next day."""
    begin(settings, snapshot)
    again = ("PUB-9", "COM-3", ASSET, "banners/spring", 2, NEW, True)
    later = write_recalled_snapshot(tmp_path / "s2.duckdb", [*LIVE.values(), again], TEMPLATES)
    assert states(follow(settings, later))["PUB-9"] == "proposed"
    assert len(list_corrections(settings)) == 3
    follow(settings, later)
    assert len(list_corrections(settings)) == 3


def test_a_recall_is_over_when_a_snapshot_shows_it(settings: Settings, snapshot: Path, tmp_path: Path) -> None:
    """Written and read back is not yet seen by an ingest; a certificate before that is a promise."""
    recall = begin(settings, snapshot)
    with open_store(settings) as store, store.begin() as session:
        for row in list_keys(settings):
            move(session, row, {"proposed"}, "confirmed", at=NOW, who="x", why="x")
    assert states(follow(settings, snapshot)) == {"PUB-1": "confirmed", "PUB-2": "confirmed", "T-1": "silent"}
    with pytest.raises(ConfigurationError, match=r"0 of 3 holders are done(?s:.*)template T-1: silent"):
        certificate(follow(settings, snapshot))
    withdrawn = [(*row[:6], False) for row in LIVE.values()]
    over = write_recalled_snapshot(tmp_path / "s2.duckdb", withdrawn, [(*TEMPLATES[0][:4], False)])
    document = certificate(find_recall(follow_recalls(settings, CLOCK, over, "s2"), recall.recall_id[:6]))
    assert (document["done"], document["of"], document["by_snapshot"]) == (3, 3, "s2")
    assert document["communications_that_carried_it"] == 3


def list_keys(settings: Settings) -> list[str]:
    return [row.correction_key for row in list_corrections(settings)]


def test_one_thing_is_recalled_once(settings: Settings, snapshot: Path) -> None:
    """Two recalls of one banner would each wait for the other's withdrawals."""
    recall = begin(settings, snapshot)
    for subject in (ASSET, OLD):
        with pytest.raises(ConfigurationError, match=f"the recall {recall.recall_id} of Olga"):
            begin(settings, snapshot, subject)


def test_a_recall_without_reason_or_snapshot_is_refused(settings: Settings, snapshot: Path, tmp_path: Path) -> None:
    """Partners ask why; and a file that is none must not look like an asset that nobody holds."""
    with pytest.raises(ConfigurationError, match="no reason"):
        begin_recall(settings, CLOCK, snapshot, "s1", ASSET, OFFICER, " ")
    (tmp_path / "none.duckdb").write_bytes(b"no database")
    with pytest.raises(ContractBroken, match="nothing was proposed"):
        begin(settings, tmp_path / "none.duckdb")
    with pytest.raises(ConfigurationError, match="0 recalls"):
        find_recall(follow_recalls(settings, CLOCK, snapshot, "s1"), "x")
