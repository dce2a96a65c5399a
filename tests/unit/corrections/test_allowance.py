"""The kill switch, the hour's limit, and what waits for a person for ever."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from corrections.approval import approve
from corrections.propose import propose
from corrections.store.allowance import left_this_hour, pause, pause_of, resume
from corrections.store.database import open_store
from corrections.store.outbox import MAXIMUM_SETTLE_ATTEMPTS, approved_batch, claim, list_dead, move
from corrections.store.records import CorrectionRecord
from evidence.decision_leaves import SendingLeaf
from evidence.leaves import decode_leaf
from ingest.landing_store import LandingStore
from tests.unit.corrections.samples import CLOCK, NOW, approver, link_row, settings_for, write_snapshot

KEYS = [link_row(number)["correction_key"] for number in range(1, 5)]


@pytest.fixture
def settings(tmp_path: Path, database: str) -> Settings:
    found = settings_for(tmp_path / "home", corrections={"max_per_hour": 3})
    rows = [link_row(number) for number in range(1, 5)]
    propose(found, CLOCK, write_snapshot(tmp_path / "s.duckdb", rows), "s1")
    approve(found, CLOCK, None, approver(), "fine")
    return found


def begin_writes(settings: Settings, *keys: str, at: timedelta = timedelta(0)) -> None:
    with open_store(settings) as store, store.begin() as session:
        for key in keys:
            assert claim(session, key, at=NOW + at, sender="me", write_ends_at=NOW + at)


def left(settings: Settings, at: timedelta) -> int:
    with open_store(settings) as store, store.begin() as session:
        return left_this_hour(session, settings.corrections, NOW + at)


def test_what_the_hour_allows_is_counted_over_all_runs(settings: Settings) -> None:
    """A wrong proposal times a thousand reaches every partner before anybody sees the first."""
    minute = timedelta(minutes=1)
    assert left(settings, minute) == 3
    begin_writes(settings, *KEYS[:2])
    begin_writes(settings, KEYS[2], at=30 * minute)
    assert [left(settings, minutes * minute) for minutes in (31, 59, 61, 91)] == [0, 0, 2, 3]


def test_paused_means_that_nothing_may_be_sent(settings: Settings) -> None:
    """The switch that is pulled when something goes wrong has to hold for everything."""
    assert approved_batch(settings) is not None
    paused = pause(settings, CLOCK, approver(), " the template is wrong ")
    assert (left(settings, timedelta(0)), approved_batch(settings)) == (0, None)
    assert pause_of(settings) == paused
    assert "ana paused it at 2026-02-03 04:05:06 UTC: the template is wrong" in str(paused)
    with pytest.raises(ConfigurationError, match="ana paused it"):
        pause(settings, CLOCK, approver("ben"), "me, too")
    resume(settings, CLOCK, approver("ben"), "it was right")
    assert left(settings, timedelta(0)) == 3
    with pytest.raises(ConfigurationError, match="nothing that is paused"):
        resume(settings, CLOCK, approver("ben"), "again")


def test_a_pause_needs_a_reason_and_stands_in_the_log(settings: Settings) -> None:
    """Nobody resumes what they do not know the reason of."""
    for decide in (pause, resume):
        with pytest.raises(ConfigurationError, match="no reason"):
            decide(settings, CLOCK, approver(), " ")
    pause(settings, CLOCK, approver(), "wrong")
    resume(settings, CLOCK, approver("ben"), "right")
    leaves = [decode_leaf(entry) for _, entry in LandingStore.open(settings, CLOCK).log.entries()]
    told = [(leaf.change, leaf.by, leaf.reason) for leaf in leaves if isinstance(leaf, SendingLeaf)]
    assert told == [("paused", "ana", "wrong"), ("resumed", "ben", "right")]


def test_what_was_written_is_read_back_in_a_pause(settings: Settings) -> None:
    """A write whose end nobody looked at stays open; looking changes nothing."""
    begin_writes(settings, KEYS[0])
    with open_store(settings) as store, store.begin() as session:
        record = session.get_one(CorrectionRecord, KEYS[0])
        record.sender = "gone"
    pause(settings, CLOCK, approver(), "wrong")
    waiting = approved_batch(settings)
    assert waiting is not None
    assert waiting.count == 1


def test_dead_letters_are_those_that_only_a_person_moves(settings: Settings) -> None:
    """A refused correction that no list shows is a partner who keeps the wrong image."""
    with open_store(settings) as store, store.begin() as session:
        for number, (key, state) in enumerate(zip(KEYS, ("conflict", "rejected", "unknown", "confirmed"), strict=True)):
            at = NOW + timedelta(days=number)
            move(session, key, {"approved"}, "sending", at=at, who="me", why="the write begins")
            move(session, key, {"sending"}, state, at=at, who="trading_grid", why=f"it is {state}")
        session.get_one(CorrectionRecord, KEYS[2]).settle_count = MAXIMUM_SETTLE_ATTEMPTS
    found = list_dead(settings)
    assert [(row.correction_key, row.owner, step.why) for row, step in found] == [
        (KEYS[0], "ana", "it is conflict"),
        (KEYS[1], "ana", "it is rejected"),
        (KEYS[2], "ana", "it is unknown"),
    ]


def test_what_a_person_rejected_is_no_dead_letter(settings: Settings) -> None:
    """A list that shows what is decided hides what is not."""
    with open_store(settings) as store, store.begin() as session:
        move(session, KEYS[0], {"approved"}, "rejected", at=NOW, who="ben", why="no")
    assert list_dead(settings) == []
