"""Circuit breakers: a vendor that is down is left alone for a growing time, and the others are not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from assettrail.clock import SystemClock
from assettrail.settings import Settings
from corrections.approval import approve
from corrections.difference import KINDS
from corrections.effects.by_kind import EFFECTS
from corrections.propose import propose
from corrections.store.breakers import (
    Breaker,
    ask_again_now,
    breakers_of,
    list_breakers,
    note_answer,
    note_failure,
    waiting_kinds,
)
from corrections.store.database import open_store
from corrections.store.outbox import approved_batch, sendable_keys
from corrections.store.sending_status import sending_status
from corrections.vendors.names import NEEDED, VENDOR_NAMES, Vendor
from tests.unit.corrections.samples import CLOCK, approver, link_row, settings_for, write_snapshot

AT = SystemClock().now()


@pytest.fixture
def settings(tmp_path: Path, database: str) -> Settings:
    made = settings_for(tmp_path / "home")
    propose(made, CLOCK, write_snapshot(tmp_path / "s.duckdb", [link_row(1)]), "s1")
    approve(made, CLOCK, None, approver(), "fine")
    return made


def fail(settings: Settings, vendor: Vendor, times: int) -> None:
    with open_store(settings) as store, store.begin() as session:
        for _ in range(times):
            note_failure(session, vendor, "HTTP 503", SystemClock().now())


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 0), (2, 30), (3, 60), (4, 120), (8, 1920), (9, 3600), (10, 3600), (5000, 3600)]
)
def test_the_pause_grows_and_has_an_end(failures: int, seconds: int) -> None:
    """Asked every half minute a vendor comes up more slowly; never asked again, its corrections never go."""
    breaker = Breaker("exstream", failures, AT, "HTTP 503")
    assert breaker.asked_again_at == AT + timedelta(seconds=seconds)
    assert breaker.state(AT + timedelta(seconds=seconds)) == ("closed" if failures == 1 else "half_open")
    if seconds:
        assert breaker.state(AT + timedelta(seconds=seconds - 1)) == "open"


def test_whom_a_kind_needs_is_whom_its_effect_asks() -> None:
    """A kind that is counted to the wrong vendor waits for one that is up, or hammers one that is down."""
    assert NEEDED.keys() == set(KINDS)
    for kind, effect in EFFECTS.items():
        assert NEEDED[kind] == tuple(dict.fromkeys((effect.vendor, *(("cloudinary",) if effect.gives_bytes else ()))))
    assert {kind for kind in KINDS if not NEEDED[kind]} == set(KINDS) - EFFECTS.keys()


def test_what_needs_a_vendor_that_is_down_does_not_wait_for_a_run(settings: Settings) -> None:
    """A run per half minute that can do nothing fills the list of runs all night."""
    assert approved_batch(settings) is not None
    fail(settings, "trading_grid", 1)
    assert approved_batch(settings) is not None
    fail(settings, "trading_grid", 1)
    assert approved_batch(settings) is None
    with open_store(settings) as store, store.begin() as session:
        assert sendable_keys(session)
        note_answer(session, {"exstream"})
    assert approved_batch(settings) is None
    with open_store(settings) as store, store.begin() as session:
        note_answer(session, {"trading_grid"})
    assert approved_batch(settings) is not None


def test_a_vendor_that_is_down_holds_up_nobody_elses_corrections(settings: Settings) -> None:
    """Exstream in maintenance must not keep a recalled picture in front of partners."""
    fail(settings, "exstream", 7)
    assert approved_batch(settings) is not None
    with open_store(settings) as store, store.begin() as session:
        assert waiting_kinds(session, SystemClock().now()) == ["review_template_image"]
        note_failure(session, "cloudinary", "x", SystemClock().now())
        note_failure(session, "cloudinary", "x", SystemClock().now())
        assert "withdraw_recalled" not in waiting_kinds(session, SystemClock().now())
        assert "replacement_link" in waiting_kinds(session, SystemClock().now())


def test_a_person_may_ask_again_at_once_and_a_failure_goes_on_counting(settings: Settings) -> None:
    """Whoever has just corrected a password does not wait for an hour; a wrong one is not hammered for that."""
    fail(settings, "trading_grid", 5)
    ask_again_now(settings, SystemClock().now())
    assert approved_batch(settings) is not None
    fail(settings, "trading_grid", 1)
    (breaker,) = breakers_of(settings)
    assert (breaker.failures, breaker.state(SystemClock().now())) == (6, "open")


def test_the_status_tells_who_is_down_and_until_when(settings: Settings) -> None:
    """Corrections that stay approved without a word are taken for sent."""
    assert sending_status(settings).notes() == []
    fail(settings, "trading_grid", 3)
    found = sending_status(settings)
    assert found.held == 1
    assert found.states == {"approved": 1}
    (note,) = found.notes()
    assert "Trading Grid failed 3 time(s) in a row" in note
    assert "HTTP 503; it is asked again at " in note
    shown = found.as_dict()["vendors"]
    assert isinstance(shown, Sequence)
    assert {"vendor": "trading_grid", "state": "open", "failures": 3}.items() <= shown[0].items()


def test_there_is_no_status_without_an_outbox(tmp_path: Path) -> None:
    """Asking must not make a database where nobody corrects anything."""
    empty = settings_for(tmp_path / "new")
    assert sending_status(empty).as_dict()["corrections"] == {}
    assert breakers_of(empty) == []
    ask_again_now(empty, AT)
    assert not (tmp_path / "new" / "corrections").exists()


def test_a_reason_is_one_line(settings: Settings) -> None:
    """A service's whole error page in the history of every sensor tick hides what matters."""
    with open_store(settings) as store, store.begin() as session:
        note_failure(session, "cloudinary", "a\nb  " + "x" * 9000, AT)
        (breaker,) = list_breakers(session)
    assert breaker.reason.startswith("a b x")
    assert len(breaker.reason) == 500
    assert VENDOR_NAMES[breaker.vendor] == "Cloudinary"
