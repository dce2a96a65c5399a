"""Recalls: who holds an asset, what is proposed, and when it is over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest

from assettrail.errors import ConfigurationError, ContractBroken
from assettrail.settings import Settings
from corrections.approval import approve, reject
from corrections.people.register import Person
from corrections.propose import propose
from corrections.recall.holders import Recalled, find_recalled, holders_of
from corrections.recall.recalled import recalled_by
from corrections.recall.recalls import begin_recall, end_recall, follow_recalls
from corrections.recall.report import Recall, certificate, find_recall, recalls_by
from corrections.store.database import open_store
from corrections.store.outbox import list_corrections, move, show_correction
from corrections.store.states import State
from evidence.decision_leaves import RecallLeaf
from evidence.leaves import decode_leaf
from ingest.landing_store import LandingStore
from tests.unit.corrections.recalled_snapshot import ASSET, NEW, OLD, OTHER, SHA256, write_recalled_snapshot
from tests.unit.corrections.samples import CLOCK, NOW, approver, republish_row, settings_for, write_snapshot

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
    (begun,) = begin_recall(settings, CLOCK, snapshot, "s1", subject, by, " it shows a wrong rate ")
    return find_recall(recalls_by(settings, snapshot, "s1"), begun)


def states(recall: Recall) -> dict[str, str]:
    return {holder.holder_id: holder.state for holder in recall.holders}


def follow(settings: Settings, snapshot: Path, name: str = "s2") -> Recall:
    assert follow_recalls(settings, CLOCK, snapshot, name) == 1
    (found,) = recalls_by(settings, snapshot, name)
    return found


def write(settings: Settings, state: State) -> None:
    """Let every withdrawal have been sent, with this end."""
    keys = list_keys(settings)
    with open_store(settings) as store, store.begin() as session:
        for key in keys:
            move(session, key, {"proposed"}, "sending", at=NOW, who="x", why="x")
            move(session, key, {"sending"}, state, at=NOW, who="x", why="x")


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


def test_a_letter_carries_what_its_output_alone_shows(tmp_path: Path) -> None:
    """What a template shows by itself no report names: its letters would be missing where a recall counts them."""
    snapshot = write_recalled_snapshot(
        tmp_path / "s1.duckdb",
        output_links=[
            ("by-output", ASSET, "old", True),
            ("c2", ASSET, "new", True),
            ("not-beside-the-report", ASSET, "old", False),
            ("of-another", OTHER, "other", True),
            ("of-a-version-not-known", ASSET, None, True),
        ],
    )
    of_asset = holders_of(snapshot, find_recalled(snapshot, ASSET))
    assert (of_asset.communications, of_asset.live_communications) == (5, 3)
    of_bytes = holders_of(snapshot, find_recalled(snapshot, OLD))
    assert (of_bytes.communications, of_bytes.live_communications) == (3, 1)


@pytest.mark.parametrize(
    "change", ["drop table marts.fct_output_links", "alter table marts.fct_output_links drop is_beside_report"]
)
def test_a_snapshot_that_does_not_tell_what_outputs_show_has_to_be_published_again(
    settings: Settings, snapshot: Path, change: str
) -> None:
    """Letters that a snapshot of an earlier version does not tell would be missing from the recall."""
    with duckdb.connect(str(snapshot)) as connection:
        connection.execute(change)
    with pytest.raises(ContractBroken, match="publish again"):
        begin(settings, snapshot)
    assert list_corrections(settings) == []


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
    assert leaves == [RecallLeaf(recall.recall_id, "begun", ASSET, OLD, "Olga", "it shows a wrong rate", NOW)]


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


def test_a_recall_is_over_when_a_later_snapshot_shows_it(settings: Settings, snapshot: Path, tmp_path: Path) -> None:
    """Written and read back is not yet seen by an ingest; a certificate before that is a promise."""
    recall = begin(settings, snapshot)
    write(settings, "confirmed")
    (found,) = recalls_by(settings, snapshot, "s1")
    assert states(found) == {"PUB-1": "confirmed", "PUB-2": "confirmed", "T-1": "silent"}
    with pytest.raises(ConfigurationError, match=r"0 of 3 holders are done(?s:.*)template T-1 is silent"):
        certificate(found)
    withdrawn = [(*row[:6], False) for row in LIVE.values()]
    gone = [(*TEMPLATES[0][:4], False)]
    for known_to in (None, "2026-02-03T04:05:06Z"):
        early = write_recalled_snapshot(tmp_path / "s2.duckdb", withdrawn, gone, known_to=known_to)
        (found,) = recalls_by(settings, early, "s2")
        assert found.done == 3
        with pytest.raises(ConfigurationError, match="before the recall"):
            certificate(found)
    over = write_recalled_snapshot(tmp_path / "s2.duckdb", withdrawn, gone, known_to="2026-02-03T04:05:07Z")
    document = certificate(find_recall(recalls_by(settings, over, "s2"), recall.recall_id[:6]))
    assert (document["done"], document["of"], document["by_snapshot"]) == (3, 3, "s2")
    assert document["communications_that_carried_it"] == 3


def test_what_nobody_held_yesterday_is_not_certified_today(settings: Settings, tmp_path: Path) -> None:
    """A snapshot from before the recall knows nothing of what was published since."""
    nobody = write_recalled_snapshot(tmp_path / "s1.duckdb", known_to="2026-02-03T04:05:06Z")
    with pytest.raises(ConfigurationError, match=r"0 of 0 holders are done(?s:.*)before the recall"):
        certificate(begin(settings, nobody))


@pytest.mark.parametrize(
    "later",
    [
        ("PUB-1", "COM-1", ASSET, "banners/spring", 1, None, True),
        ("PUB-1", "COM-1", None, "banners/spring", None, None, True),
    ],
    ids=["bytes not told", "asset not told"],
)
def test_what_a_record_does_not_tell_is_no_release(
    settings: Settings, snapshot: Path, tmp_path: Path, later: tuple[Any, ...]
) -> None:
    """A publication whose bytes became uncertain may still show what is recalled."""
    begin(settings, snapshot, OLD)
    uncertain = write_recalled_snapshot(tmp_path / "s2.duckdb", [later], [("T-1", "logo", ASSET, None, True)])
    assert set(states(follow(settings, uncertain)).values()) == {"proposed", "silent"}


@pytest.mark.parametrize(
    ("gtin", "asset", "etag"), [(None, OTHER, "3" * 32), ("0001", None, None), ("0001", ASSET, None)]
)
def test_artwork_that_is_not_told_releases_no_partner(
    tmp_path: Path, gtin: str | None, asset: str | None, etag: str | None
) -> None:
    """Any other delivery without a product number must not stand for the one that was recalled."""
    first, later = "2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z"
    sent = [("p1", gtin, ASSET, OLD, first, first), ("p1", gtin, asset, etag, later, later)]
    snapshot = write_recalled_snapshot(tmp_path / "s.duckdb", distributions=sent)
    assert len(holders_of(snapshot, find_recalled(snapshot, OLD)).found) == 1


def test_what_is_recalled_is_not_sent_by_another_correction(settings: Settings, snapshot: Path, tmp_path: Path) -> None:
    """The house itself would publish the recalled banner again, approved on the day before."""
    row = republish_row(1, asset_id_cloudinary=ASSET, desired_etag=NEW)
    propose(settings, CLOCK, write_snapshot(tmp_path / "p.duckdb", [row]), "s0")
    approve(settings, CLOCK, None, approver(), "fine")
    recall = begin(settings, snapshot)
    difference = show_correction(settings, row["correction_key"]).correction.difference
    with open_store(settings) as store, store.begin() as session:
        assert "Olga recalls it" in str(recalled_by(session, difference))
        assert recalled_by(session, replace(difference, asset_id=OTHER)) is None
    assert [doubt for doubt in recall.doubts() if "may still show it" in doubt]
    end_recall(settings, CLOCK, recall.recall_id, OFFICER, "it was right")
    with open_store(settings) as store, store.begin() as session:
        assert recalled_by(session, difference) is None


def test_a_policy_does_not_approve_what_is_recalled(settings: Settings, snapshot: Path, tmp_path: Path) -> None:
    """Nobody would have seen it."""
    begin(settings, snapshot, NEW)
    automatic = settings_for(settings.home, policy="automatic")
    rows = [
        republish_row(1, asset_id_cloudinary=ASSET, desired_etag=NEW),
        republish_row(2, asset_id_cloudinary=ASSET, desired_etag=OLD),
    ]
    assert propose(automatic, CLOCK, write_snapshot(tmp_path / "p.duckdb", rows), "s2").approved_by_policy == 1


@pytest.mark.parametrize("state", ["conflict", "rejected", "confirmed"])
def test_a_withdrawal_that_did_not_hold_is_proposed_again(
    settings: Settings, snapshot: Path, tmp_path: Path, state: State
) -> None:
    """One missing right at the vendor, or somebody who publishes it again, must not end the recall of it."""
    begin(settings, snapshot)
    write(settings, state)
    assert states(follow(settings, snapshot, "s1"))["PUB-1"] == ("refused" if state != "confirmed" else "confirmed")
    moved = [("PUB-1", "COM-1", ASSET, "banners/spring", 2, NEW, True), LIVE["new"]]
    later = write_recalled_snapshot(tmp_path / "s2.duckdb", moved)
    assert states(follow(settings, later, "s2"))["PUB-1"] == "proposed"
    (row,) = [row for row in list_corrections(settings) if row.subject_id == "PUB-1"]
    assert (row.proposed_by, row.difference.expected.etag) == ("Olga", NEW)


def test_what_a_person_rejected_stays_rejected(settings: Settings, snapshot: Path) -> None:
    """A recall that overrules an approver every day is no four eyes."""
    begin(settings, snapshot)
    reject(settings, CLOCK, list_keys(settings), approver(), "it is right here")
    assert states(follow(settings, snapshot, "s2"))["PUB-1"] == "refused"


def test_a_recall_can_be_ended(settings: Settings, snapshot: Path) -> None:
    """A repaired asset must not be withdrawn for ever."""
    recall = begin(settings, snapshot)
    end_recall(settings, CLOCK, recall.recall_id, OFFICER, "it was right")
    assert {row.state for row in list_corrections(settings)} == {"withdrawn"}
    assert follow_recalls(settings, CLOCK, snapshot, "s2") == 0
    for reason in ("again", " "):
        with pytest.raises(ConfigurationError, match="no such recall that goes on"):
            end_recall(settings, CLOCK, recall.recall_id, OFFICER, reason)
    assert states(begin(settings, snapshot))["PUB-1"] == "proposed"


def test_showing_writes_nothing(settings: Settings, snapshot: Path, tmp_path: Path) -> None:
    """Whoever looks must not propose in the name of who recalled."""
    begin(settings, snapshot)
    again = ("PUB-9", "COM-3", ASSET, "banners/spring", 2, NEW, True)
    later = write_recalled_snapshot(tmp_path / "s2.duckdb", [*LIVE.values(), again], TEMPLATES)
    (shown,) = recalls_by(settings, later, "s2")
    assert states(shown)["PUB-9"] == "silent"
    assert len(list_corrections(settings)) == 2


def list_keys(settings: Settings) -> list[str]:
    return [row.correction_key for row in list_corrections(settings)]


def test_one_thing_is_recalled_once(settings: Settings, snapshot: Path) -> None:
    """Two recalls of one banner would each wait for the other's withdrawals."""
    recall = begin(settings, snapshot)
    for subject in (ASSET, OLD):
        with pytest.raises(ConfigurationError, match=f"the recall {recall.recall_id} of Olga"):
            begin(settings, snapshot, subject)


COPIES: list[tuple[Any, ...]] = [*LIVE.values(), ("PUB-5", "COM-2", OTHER, "banners/other", 9, OLD, True)]


def write_copies(path: Path) -> Path:
    """The snapshot in which another asset holds the older version's bytes, too."""
    made = write_recalled_snapshot(path, COPIES, TEMPLATES)
    with duckdb.connect(str(made)) as connection:
        connection.execute("insert into marts.dim_asset_versions values ('copy', 'o', ?, ?, ?)", [OTHER, OLD, SHA256])
    return made


@pytest.mark.parametrize("subject", [OLD, SHA256])
def test_bytes_are_recalled_from_every_asset_that_holds_them(settings: Settings, tmp_path: Path, subject: str) -> None:
    """The same wrong rate under a second name stays in front of partners, with a certificate that it is gone."""
    snapshot = write_copies(tmp_path / "s1.duckdb")
    begun = begin_recall(settings, CLOCK, snapshot, "s1", subject, OFFICER, "wrong rate")
    found = {one.recall_id: one for one in recalls_by(settings, snapshot, "s1")}
    assert [found[recall].recalled.asset_id for recall in begun] == [ASSET, OTHER]
    assert {row.subject_id for row in list_corrections(settings)} == {"PUB-1", "PUB-5"}
    leaves = [decode_leaf(entry) for _, entry in LandingStore.open(settings, CLOCK).log.entries()]
    assert [leaf.asset_id for leaf in leaves if isinstance(leaf, RecallLeaf)] == [ASSET, OTHER]
    with pytest.raises(ConfigurationError, match=f"the recall {begun[0]}"):
        begin_recall(settings, CLOCK, snapshot, "s1", subject, OFFICER, "again")


def test_a_name_means_one_asset_whatever_its_bytes(settings: Settings, tmp_path: Path) -> None:
    """Whoever recalls a banner does not mean the annual report that happens to show the same picture."""
    recall = begin(settings, write_copies(tmp_path / "s1.duckdb"), "banners/spring")
    assert recall.recalled == Recalled(ASSET, None, "banners/spring")
    assert recall.by_snapshot.copies == (OTHER,)
    assert follow_recalls(settings, CLOCK, write_copies(tmp_path / "s2.duckdb"), "s2") == 1


def test_bytes_that_come_back_under_another_name_are_recalled_too(
    settings: Settings, snapshot: Path, tmp_path: Path
) -> None:
    """Somebody uploads the recalled file again as a new asset; once it was let go there, it stays let go."""
    first = begin(settings, snapshot, OLD)
    later = write_copies(tmp_path / "s2.duckdb")
    assert follow_recalls(settings, CLOCK, later, "s2") == 2
    (second,) = [one for one in recalls_by(settings, later, "s2") if one.recall_id != first.recall_id]
    assert (second.recalled.asset_id, second.recalled_by, second.reason) == (OTHER, "Olga", "it shows a wrong rate")
    assert states(second) == {"PUB-5": "proposed"}
    end_recall(settings, CLOCK, second.recall_id, OFFICER, "it is right there")
    assert follow_recalls(settings, CLOCK, later, "s3") == 1


def test_a_withdrawal_that_is_held_up_says_by_what(settings: Settings, snapshot: Path, tmp_path: Path) -> None:
    """`approved` for days reads like negligence; what has to be settled first is what somebody can work on."""
    row = republish_row(1, publication_id_trading_grid="PUB-1", subject_id="PUB-1", asset_id_cloudinary=OTHER)
    propose(settings, CLOCK, write_snapshot(tmp_path / "p.duckdb", [row]), "s0")
    begin(settings, snapshot, OLD)
    approve(settings, CLOCK, None, approver(), "fine")
    with open_store(settings) as store, store.begin() as session:
        for before, after in (("approved", "sending"), ("sending", "unknown")):
            move(
                session, row["correction_key"], {cast("State", before)}, cast("State", after), at=NOW, who="x", why="x"
            )
    (found,) = recalls_by(settings, snapshot, "s1")
    blocked = f"waits until it is known what became of republish_approved_version {row['correction_key'][:12]}"
    assert f"publication PUB-1 is approved, and {blocked} of the same object, which is unknown" in found.doubts()
    (withdrawal,) = [one for one in list_corrections(settings) if one.kind == "withdraw_recalled"]
    assert str(show_correction(settings, withdrawal.correction_key).facts()["waits for"]).startswith(blocked)
    with open_store(settings) as store, store.begin() as session:
        move(session, row["correction_key"], {"unknown"}, "confirmed", at=NOW, who="x", why="x")
    assert show_correction(settings, withdrawal.correction_key).waits_for is None


def test_a_recall_without_reason_or_snapshot_is_refused(settings: Settings, snapshot: Path, tmp_path: Path) -> None:
    """Partners ask why; and a file that is none must not look like an asset that nobody holds."""
    with pytest.raises(ConfigurationError, match="no reason"):
        begin_recall(settings, CLOCK, snapshot, "s1", ASSET, OFFICER, " ")
    (tmp_path / "none.duckdb").write_bytes(b"no database")
    with pytest.raises(ContractBroken, match="nothing was proposed"):
        begin(settings, tmp_path / "none.duckdb")
    with pytest.raises(ConfigurationError, match="0 recalls"):
        find_recall(recalls_by(settings, snapshot, "s1"), "x")
