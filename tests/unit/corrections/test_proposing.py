"""Proposing: idempotent, never over an approval, and withdrawn when the exception is gone."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from assettrail.errors import ContractBroken
from corrections.approval import approve, reject
from corrections.propose import ProposeReport, propose
from corrections.store.database import open_store
from corrections.store.outbox import list_corrections, move, show_correction
from corrections.store.states import State
from tests.unit.corrections.samples import CLOCK, NOW, approver, link_row, republish_row, settings_for, write_snapshot

pytestmark = pytest.mark.usefixtures("database")


class Desk:
    """An outbox and the snapshots that are proposed to it."""

    def __init__(self, folder: Path, policy: str = "four_eyes") -> None:
        self.settings = settings_for(folder / "home", policy)
        self._database = folder / "snapshot.duckdb"

    def propose(self, rows: list[dict[str, Any]], name: str = "s1") -> ProposeReport:
        """Publish a snapshot with these rows and propose from it."""
        return propose(self.settings, CLOCK, write_snapshot(self._database, rows), name)

    def put(self, key: str, state: State) -> None:
        """Bring a correction into a state as a sender would."""
        with open_store(self.settings) as outbox, outbox.begin() as session:
            assert move(session, key, {"proposed", "approved"}, state, at=NOW, who="test", why="test")

    def states(self) -> dict[str, str]:
        """Return the state of each correction by the number it was made with."""
        return {row.correction_key[:2]: row.state for row in list_corrections(self.settings)}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_proposing_twice_changes_nothing(desk: Desk) -> None:
    """A rebuilt snapshot must not double corrections or their history."""
    rows = [link_row(1), republish_row(2)]
    assert desk.propose(rows) == ProposeReport(2, 2, 0, 0, 0)
    before = list_corrections(desk.settings)
    assert desk.propose(rows, "s2") == ProposeReport(2, 0, 0, 0, 0)
    assert list_corrections(desk.settings) == before
    assert len(show_correction(desk.settings, "01").history) == 1


def test_what_is_proposed_says_exactly_what_will_differ(desk: Desk) -> None:
    """Whoever approves must see object, expected and desired version before the decision."""
    desk.propose([republish_row(2)])
    facts = show_correction(desk.settings, "02").facts()
    assert facts["publication"] == "PUB-2"
    assert (facts["expected version"], facts["expected etag"]) == (1767600000, "old")
    assert (facts["desired version"], facts["desired etag"]) == (1769900000, "new")
    assert facts["difference hash"] == list_corrections(desk.settings)[0].difference.hash


def test_a_proposal_that_is_gone_is_withdrawn_and_may_come_back(desk: Desk) -> None:
    """A cured exception must not be corrected; one that comes back must not be lost."""
    desk.propose([link_row(1), link_row(2)])
    assert desk.propose([link_row(2)], "s2").withdrawn == 1
    assert desk.states() == {"01": "withdrawn", "02": "proposed"}
    assert desk.propose([link_row(1), link_row(2)], "s3").changed == 1
    assert desk.states() == {"01": "proposed", "02": "proposed"}


def test_an_approved_correction_that_is_gone_is_withdrawn(desk: Desk) -> None:
    """Nothing may go out for an exception that the newest snapshot no longer has."""
    desk.propose([link_row(1)])
    approve(desk.settings, CLOCK, None, approver(), "seen")
    desk.propose([], "s2")
    assert desk.states() == {"01": "withdrawn"}


def test_an_approval_does_not_cover_another_difference(desk: Desk) -> None:
    """A person approved one version; another one must be approved again."""
    desk.propose([link_row(1)])
    approve(desk.settings, CLOCK, ["01"], approver(), "seen")
    assert desk.propose([link_row(1, desired_version_number=1769999999)], "s2").changed == 1
    (row,) = list_corrections(desk.settings)
    assert (row.state, row.approved_by, row.approved_hash) == ("proposed", None, None)
    assert row.difference.desired.number == 1769999999


@pytest.mark.parametrize("state", ["sending", "unknown"])
def test_a_write_that_may_have_happened_is_left_alone(desk: Desk, state: State) -> None:
    """Proposing anew over an uncertain write would forget its correlation id and write it twice."""
    desk.propose([link_row(1)])
    before = list_corrections(desk.settings)[0].correlation_id
    desk.put(link_row(1)["correction_key"], state)
    desk.propose([link_row(1, desired_version_number=1769999999)], "s2")
    desk.propose([], "s3")
    (row,) = list_corrections(desk.settings)
    assert (row.state, row.correlation_id) == (state, before)


@pytest.mark.parametrize(
    ("state", "same_again", "other_again"),
    [
        ("confirmed", "confirmed", "proposed"),
        ("rejected", "rejected", "proposed"),
        ("conflict", "proposed", "proposed"),
    ],
)
def test_what_has_ended_starts_again_only_for_a_reason(
    desk: Desk, state: State, same_again: str, other_again: str
) -> None:
    """Repeating a confirmed answer would spam partners; repeating a rejected one would overrule a person."""
    desk.propose([link_row(1), link_row(2)])
    for number in (1, 2):
        desk.put(link_row(number)["correction_key"], state)
    desk.propose([link_row(1), link_row(2)])
    assert desk.states() == {"01": state, "02": state}
    desk.propose([link_row(1), link_row(2, desired_etag="newer")], "s2")
    assert desk.states() == {"01": same_again, "02": other_again}


def test_a_policy_approves_in_its_own_name(tmp_path: Path) -> None:
    """Whoever reads the history must see that no person decided."""
    desk = Desk(tmp_path, policy="automatic")
    assert desk.propose([link_row(1), republish_row(2)]).approved_by_policy == 2
    assert {row.approved_by for row in list_corrections(desk.settings)} == {
        "policy:replacement_link",
        "policy:republish_approved_version",
    }


def test_a_rejected_correction_stays_rejected_under_a_policy(tmp_path: Path) -> None:
    """The policy approves what is proposed, never what a person has rejected."""
    desk = Desk(tmp_path, policy="automatic")
    desk.propose([link_row(1)])
    reject(desk.settings, CLOCK, ["01"], approver(), "wrong image")
    desk.propose([link_row(1)], "s2")
    assert desk.states() == {"01": "rejected"}


@pytest.mark.parametrize(
    "row",
    [
        link_row(1, kind="delete_everything"),
        link_row(1, case_id_trading_grid=None),
        link_row(1, desired_version_number=None),
    ],
)
def test_a_row_that_is_no_correction_changes_nothing(desk: Desk, row: dict[str, Any]) -> None:
    """A broken model must stop before anything is proposed, not send half of it."""
    with pytest.raises(ContractBroken):
        desk.propose([row, link_row(2)])
    assert desk.states() == {}


def test_a_snapshot_that_cannot_be_read_is_a_clear_error(desk: Desk, tmp_path: Path) -> None:
    """A missing table must say which one and what to do."""
    empty = tmp_path / "empty.duckdb"
    duckdb.connect(str(empty)).close()
    with pytest.raises(ContractBroken, match="fct_proposed_corrections"):
        propose(desk.settings, CLOCK, empty, "s1")
    with pytest.raises(ContractBroken, match="assettrail build"):
        propose(desk.settings, CLOCK, tmp_path / "missing.duckdb", "s1")
