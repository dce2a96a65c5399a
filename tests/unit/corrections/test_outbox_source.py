"""Our store as a source: every change of state, disposition and access lands once, and no recipient with it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import get_args

import pytest

from assettrail.clock import FixedClock
from assettrail.errors import ContractBroken
from assettrail.settings import Settings
from corrections.approval import approve, reject
from corrections.dispositions import KINDS as DISPOSITION_KINDS
from corrections.dispositions import Order, dispose
from corrections.people import register
from corrections.people.accesses import AccessKind, write_access
from corrections.people.register import Person
from corrections.propose import propose
from corrections.store.database import open_store
from corrections.store.landed_rows import ACCESSES, DISPOSITIONS, TRANSITIONS
from corrections.store.outbox import claim, move, sender_name, show_correction
from corrections.store.outbox_source import OutboxSource
from corrections.store.states import STATES
from ingest.landing import GateOutcome
from ingest.landing_store import LandingStore
from ingest.run import ingest_stream
from quality.suites import corrections as suite
from tests.adapters.ingest.stand_ins import landed_rows
from tests.unit.corrections.samples import CLOCK, NOW, approver, link_row, settings_for, write_snapshot

FIRST = link_row(1)["correction_key"]


@pytest.fixture
def settings(tmp_path: Path, database: str) -> Settings:
    made = settings_for(tmp_path / "home")
    propose(made, CLOCK, write_snapshot(tmp_path / "s.duckdb", [link_row(1)]), "s1")
    approve(made, CLOCK, None, approver(), "fine; ask jane.roe@customer.example")
    return made


def land(settings: Settings, hours: int = 0, stream: str = TRANSITIONS) -> list[dict[str, object]]:
    """Ingest what is new, so many hours after noon; return all that has landed, by number."""
    store = LandingStore.open(settings, FixedClock(NOW + timedelta(hours=hours)))
    (batch,) = ingest_stream(OutboxSource(settings, store), stream, store, lambda *_: GateOutcome("accepted", 1))
    assert batch.claim.complete
    assert batch.claim.window_to == NOW + timedelta(hours=hours)
    number = stream.removesuffix("es" if stream == ACCESSES else "s") + "_id"
    return sorted(landed_rows(store, "corrections", stream), key=lambda row: int(str(row[number])))


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
    assert source.streams() == (TRANSITIONS, DISPOSITIONS, ACCESSES)
    with pytest.raises(ContractBroken, match="decisions"):
        source.extract("decisions", None)


def test_the_gate_knows_every_state(settings: Settings) -> None:
    """A state that only the outbox knows would hold its batch, and with it every build."""
    assert set(suite.STATES) == set(STATES)
    reject(settings, CLOCK, [FIRST], approver("ben"), "no")
    assert {str(row["to_state"]) for row in land(settings)} <= set(suite.STATES)


ADA = Person("ada", frozenset({"administrator"}))
OLGA = Person("olga", frozenset({"officer"}), "0" * 32)
CANARY = "jane.roe@customer.example"


def see(settings: Settings, kind: AccessKind, subject: str, detail: str = "") -> None:
    with open_store(settings) as store, store.begin() as session:
        write_access(session, NOW, OLGA, kind, subject, "s1", detail)


def test_an_access_lands_once_with_the_roles_of_that_day(settings: Settings) -> None:
    """Who might see what is asked when the roles are others; a log that looks them up today answers wrongly."""
    see(settings, "dossier", "COM-1", "as JSON")
    first = land(settings, stream=ACCESSES)
    see(settings, "refused", "/access", "GET")
    both = land(settings, hours=1, stream=ACCESSES)
    assert both[:1] == first
    told = ("person", "roles", "kind", "outcome", "subject", "snapshot_name", "detail", "at_raw")
    assert [tuple(row[name] for name in told) for row in both] == [
        ("olga", "officer", "dossier", "given", "COM-1", "s1", "as JSON", NOW.isoformat()),
        ("olga", "officer", "refused", "refused", "/access", "s1", "GET", NOW.isoformat()),
    ]


def test_nothing_that_was_typed_lands_with_a_recipient_in_it(settings: Settings) -> None:
    """The log of who looked at customers would itself become a list of customers."""
    see(settings, "query", "sha256:ab", f"select * from t where email = '{CANARY}'")
    see(settings, "access_log", CANARY)
    landed = land(settings, stream=ACCESSES)
    assert [(row["subject"], row["detail"]) for row in landed] == [("sha256:ab", None), ("[e-mail]", None)]
    assert CANARY not in str(landed)


def test_an_access_that_is_being_written_waits_for_its_end(settings: Settings) -> None:
    """An access whose transaction ends after the ingest has read would stay behind the cursor, and land never."""
    store = LandingStore.open(settings, FixedClock(NOW))
    begun, landed = Event(), []

    def ingest() -> None:
        begun.wait()
        landed.extend(OutboxSource(settings, store).extract(ACCESSES, None).rows)

    reader = Thread(target=ingest)
    reader.start()
    with open_store(settings) as outbox, outbox.begin() as session:
        write_access(session, NOW, OLGA, "dossier", "COM-1", "s1")
        begun.set()
        reader.join(0.3)
        assert reader.is_alive()
        write_access(session, NOW, OLGA, "dossier", "COM-2", "s1")
    reader.join(30)
    assert [row.values["subject"] for row in landed] == ["COM-1", "COM-2"]


def test_a_long_log_lands_in_parts_and_only_the_last_claims_to_be_whole(settings: Settings) -> None:
    """A year of accesses in one batch does not fit in memory; a part that claims the whole hides the rest."""
    for number in range(5):
        see(settings, "dossier", f"COM-{number}")
    store = LandingStore.open(settings, FixedClock(NOW))
    source = OutboxSource(settings, store, at_once=2)
    batches = ingest_stream(source, ACCESSES, store, lambda *_: GateOutcome("accepted", 1))
    assert [(batch.rows, batch.claim.complete) for batch in batches] == [(2, False), (2, False), (1, True)]
    assert {batch.claim.window_from for batch in batches} == {None}
    assert len(landed_rows(store, "corrections", ACCESSES)) == 5


def test_a_disposition_lands_with_its_owner_and_days_and_a_masked_reason(settings: Settings) -> None:
    """An auditor asks who accepted what until when; a reason that names a customer must not follow them there."""
    register.begin(settings, CLOCK, ADA.name, 30)
    register.add_person(settings, CLOCK, OLGA.name, ["officer"], ADA)
    with open_store(settings) as store, store.read() as session:
        olga = register.as_person(session, register.find_person(session, OLGA.name))
    order = Order("accept_until", "olga", f"asked {CANARY}", accepted_until=NOW.date())
    dispose(settings, CLOCK, ["e1"], olga, order)
    first = land(settings, stream=DISPOSITIONS)
    assert [
        (row["exception_key"], row["disposition"], row["owner"], row["accepted_until"], row["due_on"]) for row in first
    ] == [("e1", "accept_until", "olga", NOW.date().isoformat(), None)]
    assert (first[0]["reason"], first[0]["made_by"], first[0]["at_raw"]) == ("asked [e-mail]", "olga", NOW.isoformat())
    dispose(settings, CLOCK, ["e1"], olga, Order("false_alarm", "olga", "no breach"))
    assert [row["disposition"] for row in land(settings, hours=1, stream=DISPOSITIONS)] == [
        "accept_until",
        "false_alarm",
    ]


def test_the_gate_knows_every_kind() -> None:
    """A kind that only the store knows would hold its batch, and with it every build."""
    assert set(suite.DISPOSITIONS) == set(DISPOSITION_KINDS)
    assert set(suite.ACCESSES) == set(get_args(AccessKind))
