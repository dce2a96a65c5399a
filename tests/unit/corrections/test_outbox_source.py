"""The outbox as a source: every change of state lands once, with the difference that it was made with."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from assettrail.clock import FixedClock
from assettrail.errors import ContractBroken
from assettrail.settings import Settings
from corrections.approval import approve, reject
from corrections.propose import propose
from corrections.store.database import open_store
from corrections.store.outbox import claim, move, sender_name, show_correction
from corrections.store.outbox_source import TRANSITIONS, OutboxSource
from corrections.store.states import STATES
from ingest.landing import GateOutcome
from ingest.landing_store import LandingStore
from ingest.run import ingest_stream
from quality.suites.corrections import STATES as LANDED_STATES
from tests.adapters.ingest.stand_ins import landed_rows
from tests.unit.corrections.samples import CLOCK, NOW, approver, link_row, settings_for, write_snapshot

FIRST = link_row(1)["correction_key"]


@pytest.fixture
def settings(tmp_path: Path, database: str) -> Settings:
    made = settings_for(tmp_path / "home")
    propose(made, CLOCK, write_snapshot(tmp_path / "s.duckdb", [link_row(1)]), "s1")
    approve(made, CLOCK, None, approver(), "fine; ask jane.roe@customer.example")
    return made


def land(settings: Settings, hours: int = 0) -> list[dict[str, object]]:
    """Ingest what is new, so many hours after noon; return all that has landed, by number."""
    store = LandingStore.open(settings, FixedClock(NOW + timedelta(hours=hours)))
    (batch,) = ingest_stream(OutboxSource(settings, store), TRANSITIONS, store, lambda *_: GateOutcome("accepted", 1))
    assert batch.claim.complete
    assert batch.claim.window_to == NOW + timedelta(hours=hours)
    return sorted(landed_rows(store, "corrections", TRANSITIONS), key=lambda row: int(str(row["transition_id"])))


def send(settings: Settings, state: str) -> None:
    with open_store(settings) as outbox, outbox.begin() as session:
        assert claim(session, FIRST, at=NOW, sender=sender_name(settings), write_ends_at=NOW)
        assert move(session, FIRST, {"sending"}, state, at=NOW, who="trading_grid", why="x")  # type: ignore[arg-type]


def test_each_change_of_state_lands_once_with_what_it_writes(settings: Settings) -> None:
    """What a vendor shows is compared with this: a write without its mark and bytes explains nothing."""
    difference = show_correction(settings, FIRST).correction.difference
    landed = land(settings)
    assert [(row["from_state"], row["to_state"]) for row in landed] == [(None, "proposed"), ("proposed", "approved")]
    assert (
        landed[1].items()
        >= {
            "correction_key": FIRST,
            "kind": "replacement_link",
            "at_raw": NOW.isoformat(),
            "made_by": "ana",
            "correlation_id": difference.correlation_id,
            "object_type": "case",
            "object_id": difference.object_id,
            "desired_version": difference.desired.number,
            "desired_etag": difference.desired.etag,
        }.items()
    )
    assert "jane.roe" not in str(landed)
    assert land(settings, hours=1) == landed
    send(settings, "confirmed")
    assert [row["to_state"] for row in land(settings, hours=2)] == ["proposed", "approved", "sending", "confirmed"]


def test_what_was_written_is_known_after_it_was_proposed_otherwise(settings: Settings, tmp_path: Path) -> None:
    """Else the effect of yesterday's correction is foreign as soon as the next version is approved."""
    before = show_correction(settings, FIRST).correction.correlation_id
    send(settings, "conflict")
    propose(
        settings, CLOCK, write_snapshot(tmp_path / "s.duckdb", [link_row(1, desired_version_number=1770000000)]), "s2"
    )
    assert show_correction(settings, FIRST).correction.correlation_id != before
    landed = land(settings)
    assert [row["to_state"] for row in landed if row["correlation_id"] == before][-2:] == ["sending", "conflict"]
    assert landed[-1]["to_state"] == "proposed"
    assert landed[-1]["desired_version"] == 1770000000


def test_nothing_is_a_claim_too(tmp_path: Path) -> None:
    """Without a claim the control of foreign changes would not be known to have nothing to compare with."""
    settings = settings_for(tmp_path / "new")
    assert land(settings) == []
    assert land(settings, hours=1) == []
    assert not (settings.home / "corrections" / "outbox.sqlite").exists()


def test_a_clock_that_went_back_makes_no_window_that_ends_before_it_begins(settings: Settings) -> None:
    """A machine whose clock was corrected must not stop the ingest of the outbox."""
    store = LandingStore.open(settings, FixedClock(NOW))
    source = OutboxSource(settings, store)
    later = (NOW + timedelta(hours=1)).isoformat()
    claim_ = source.extract(TRANSITIONS, {"transition_id": 1, "window_to": later}).claim
    assert claim_.window_from == claim_.window_to == NOW + timedelta(hours=1)


def test_another_stream_is_refused(settings: Settings) -> None:
    """A typing mistake must not look like an outbox in which nothing happened."""
    source = OutboxSource(settings, LandingStore.open(settings, CLOCK))
    assert source.streams() == (TRANSITIONS,)
    with pytest.raises(ContractBroken, match="decisions"):
        source.extract("decisions", None)


def test_the_gate_knows_every_state(settings: Settings) -> None:
    """A state that only the outbox knows would hold its batch, and with it every build."""
    assert set(LANDED_STATES) == set(STATES)
    reject(settings, CLOCK, [FIRST], approver("ben"), "no")
    assert {str(row["to_state"]) for row in land(settings)} <= set(LANDED_STATES)
