"""The store: conditional changes, blocked objects, and addresses that cannot be used."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from assettrail.clock import SystemClock
from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from corrections.approval import approve
from corrections.propose import propose
from corrections.store.database import open_store
from corrections.store.outbox import (
    approved_batch,
    claim,
    list_corrections,
    move,
    sendable_keys,
    sender_name,
    show_correction,
)
from corrections.store.records import SendRunRecord
from evidence.file_lock import file_lock
from tests.unit.corrections.samples import CLOCK, NOW, approver, link_row, settings_for, write_snapshot

pytestmark = pytest.mark.usefixtures("database")

FIRST, SECOND = link_row(1)["correction_key"], "same" + "a" * 60


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = settings_for(tmp_path / "home")
    rows = [link_row(1), link_row(1, correction_key=SECOND, desired_etag="newer"), link_row(3)]
    propose(found, CLOCK, write_snapshot(tmp_path / "s.duckdb", rows), "s1")
    approve(found, CLOCK, None, approver(), "fine")
    return found


def take(settings: Settings, key: str, sender: str = "me") -> bool:
    with open_store(settings) as outbox, outbox.begin() as session:
        return claim(session, key, at=NOW, sender=sender, write_ends_at=NOW)


def test_only_one_of_many_claims_succeeds(settings: Settings) -> None:
    """Two senders with the same row would post the same message twice."""
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda number: take(settings, FIRST, f"sender {number}"), range(8)))
    assert won.count(True) == 1
    assert [step.to_state for step in show_correction(settings, FIRST).history].count("sending") == 1


@pytest.mark.parametrize("state", ["sending", "unknown"])
def test_an_uncertain_correction_blocks_its_object_and_no_other(settings: Settings, state: str) -> None:
    """Writing over a write of unknown effect makes both impossible to tell apart."""
    assert take(settings, FIRST)
    if state == "unknown":
        with open_store(settings) as outbox, outbox.begin() as session:
            move(session, FIRST, {"sending"}, "unknown", at=NOW, who="t", why="t")
    with open_store(settings) as outbox, outbox.begin() as session:
        assert sendable_keys(session) == [link_row(3)["correction_key"]]
    assert not take(settings, SECOND)
    assert take(settings, link_row(3)["correction_key"])


def test_a_change_from_another_state_changes_nothing(settings: Settings) -> None:
    """A late answer may not overwrite what has been decided meanwhile."""
    with open_store(settings) as outbox, outbox.begin() as session:
        assert not move(session, FIRST, {"sending"}, "confirmed", at=NOW, who="t", why="t")
        assert not move(session, "nobody", {"approved"}, "confirmed", at=NOW, who="t", why="t")
    assert show_correction(settings, FIRST).correction.state == "approved"


def test_a_failed_transaction_leaves_nothing(settings: Settings) -> None:
    """State and history belong together: one without the other is a lie."""

    def move_and_fail() -> None:
        with open_store(settings) as outbox, outbox.begin() as session:
            assert move(session, FIRST, {"approved"}, "confirmed", at=NOW, who="t", why="t")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        move_and_fail()
    shown = show_correction(settings, FIRST)
    assert (shown.correction.state, len(shown.history)) == ("approved", 2)


def test_the_sensor_waits_while_a_run_is_sending(settings: Settings) -> None:
    """Asking for a second run while one works fills the queue with runs that do nothing."""
    assert approved_batch(settings) is not None
    with file_lock(settings.home / "corrections" / "send.lock", "sending"):
        assert approved_batch(settings) is None
    assert approved_batch(settings) is not None


def record_runs(settings: Settings, *finished: bool) -> None:
    with open_store(settings) as outbox, outbox.begin() as session:
        for is_finished in finished:
            session.add(SendRunRecord(started_at=SystemClock().now(), is_finished=is_finished))


def test_the_sensor_asks_again_after_a_failed_run_and_then_pauses(settings: Settings) -> None:
    """The same run key is never run twice; and a vendor that is down is not asked every half minute all night."""
    first = approved_batch(settings)
    record_runs(settings, False)
    second = approved_batch(settings)
    assert first is not None
    assert second is not None
    assert first.run_key != second.run_key
    record_runs(settings, False)
    assert approved_batch(settings) is None
    record_runs(settings, True)
    assert approved_batch(settings) is not None


def test_a_write_still_under_way_is_not_settled_yet(settings: Settings) -> None:
    """A run that can only say "too early" is not worth asking for."""
    later = SystemClock().now() + timedelta(seconds=60)
    for key in (FIRST, link_row(3)["correction_key"]):
        with open_store(settings) as outbox, outbox.begin() as session:
            claim(session, key, at=NOW, sender=sender_name(settings), write_ends_at=later)
    assert approved_batch(settings) is None


@pytest.mark.parametrize(
    "address",
    ["nonsense", "sqlite:////proc/nowhere/x.sqlite", "postgresql+nodriver://someone:canary@127.0.0.1:1/x"],
)
def test_an_address_that_cannot_be_used_is_told_without_its_password(tmp_path: Path, address: str) -> None:
    """A wrong address must be one clear message, and never print the password that stands in it."""
    settings = settings_for(tmp_path / "home", corrections={"database_url": address})
    with pytest.raises(ConfigurationError, match="outbox") as refused:
        list_corrections(settings)
    assert "canary" not in str(refused.value)
    assert refused.value.__cause__ is None or "canary" not in str(refused.value.__cause__)


def test_a_claim_is_of_the_difference_that_was_examined(settings: Settings) -> None:
    """A build that proposes anew between reading and writing would have the old body sent under the new record."""
    own = show_correction(settings, FIRST).correction.difference_hash
    late = NOW + timedelta(hours=settings.corrections.approval_valid_hours)
    for examined, at in (("0" * 64, NOW), (own, late)):
        with open_store(settings) as store, store.begin() as session:
            assert not claim(session, FIRST, at=at, sender="me", write_ends_at=at, examined=examined)
    with open_store(settings) as store, store.begin() as session:
        assert claim(session, FIRST, at=NOW, sender="me", write_ends_at=NOW, examined=own)
