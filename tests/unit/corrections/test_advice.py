"""Advice: nothing is sent for it, a person accepts or declines, and what is used later confirms it."""

from pathlib import Path
from typing import Any

import pytest

from assettrail.clock import SystemClock
from corrections.approval import approve, reject
from corrections.difference import Rendition
from corrections.propose import ProposeReport
from corrections.store.database import open_store
from corrections.store.outbox import approved_batch, list_dead, sendable_keys, show_correction
from tests.unit.corrections.samples import CLOCK, approver, link_row
from tests.unit.corrections.test_proposing import Desk

NEW = "c_limit,w_900/f_auto"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, policy="automatic")


def advice(**changes: Any) -> dict[str, Any]:
    """A row that advises another transformation for what a template sends by web."""
    about = ("community_id_trading_grid", "case_id_trading_grid", "asset_id_cloudinary", "public_id", "resource_type")
    versions = ("expected_version_number", "expected_etag", "desired_version_number", "desired_etag")
    nothing = dict.fromkeys((*about, *versions, "desired_format_code"))
    place = {"subject_id": "TPL-1/web/c_limit,w_900", "target_id": "TPL-1/web/c_limit,w_900"}
    return link_row(1, kind="advise_transformation", desired_transformation=NEW, **place, **nothing) | changes


def accept(desk: Desk) -> None:
    approve(desk.settings, CLOCK, None, approver(), "the designers know")


def test_accepted_advice_is_sent_by_nobody(desk: Desk) -> None:
    """There is nothing to send: a sensor that asks for a run of it would ask for ever."""
    assert desk.propose([advice()]) == ProposeReport(1, 1, 0, 0, 0), "no policy accepts it"
    accept(desk)
    assert approved_batch(desk.settings) is None
    with open_store(desk.settings) as outbox, outbox.begin() as session:
        assert sendable_keys(session) == []
    assert list_dead(desk.settings) == []
    difference = show_correction(desk.settings, "01").correction.difference
    assert (difference.desired.number, difference.rendition) == (None, Rendition(transformation=NEW))


def test_later_uses_confirm_accepted_advice_once(desk: Desk) -> None:
    """Accepted and done must be told from accepted and forgotten."""
    desk.propose([advice()])
    accept(desk)
    assert desk.propose([advice()], "s2").confirmed_by_use == 0
    assert desk.states() == {"01": "approved"}
    shown = advice(is_in_effect=True)
    assert desk.propose([shown], "s3") == ProposeReport(0, 0, 0, 0, 0, confirmed_by_use=1)
    assert desk.propose([shown], "s4") == ProposeReport(0, 0, 0, 0, 0)
    assert desk.states() == {"01": "confirmed"}
    assert "s3 shows later uses" in show_correction(desk.settings, "01").history[-1].why


def test_what_nobody_accepted_is_not_confirmed(desk: Desk) -> None:
    """Uses that changed by themselves are no decision of anybody: the proposal ends, without a name under it."""
    desk.propose([advice()])
    assert desk.propose([advice(is_in_effect=True)], "s2") == ProposeReport(0, 0, 0, 1, 0)
    assert desk.states() == {"01": "withdrawn"}


def test_advice_in_effect_from_the_start_is_not_proposed(desk: Desk) -> None:
    """Nobody is to be asked for what is so already."""
    assert desk.propose([advice(is_in_effect=True)]) == ProposeReport(0, 0, 0, 0, 0)
    assert desk.states() == {}


def test_advice_that_changed_is_not_confirmed_by_uses_of_the_new(desk: Desk) -> None:
    """What was accepted was another transformation: uses of this one do not prove that it was followed."""
    desk.propose([advice()])
    accept(desk)
    other = advice(desired_transformation="c_limit,w_800/f_auto", is_in_effect=True)
    assert desk.propose([other], "s2") == ProposeReport(0, 0, 0, 1, 0)
    assert desk.states() == {"01": "withdrawn"}


def test_uses_that_went_back_are_advised_anew(desk: Desk) -> None:
    """The next designer copies the old address: confirmed once is not right for ever."""
    desk.propose([advice()])
    accept(desk)
    desk.propose([advice(is_in_effect=True)], "s2")
    assert desk.propose([advice()], "s3") == ProposeReport(1, 0, 1, 0, 0)
    assert desk.states() == {"01": "proposed"}


def test_declined_advice_stays_declined(desk: Desk) -> None:
    """A person's no must not be asked for again with every build."""
    desk.propose([advice()])
    reject(desk.settings, SystemClock(), ["01"], approver(), "the mail has to be that wide")
    assert desk.propose([advice()], "s2") == ProposeReport(1, 0, 0, 0, 0)
    assert desk.states() == {"01": "rejected"}
