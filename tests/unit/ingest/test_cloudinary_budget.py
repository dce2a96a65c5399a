"""The budget of Cloudinary calls: shared, durable, honest about what it does not know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assettrail.command_line.application import application
from ingest.cloudinary.budget import (
    LEFT_BY_DETAILS,
    LEFT_BY_LISTINGS,
    BudgetState,
    BudgetUsedUp,
    CallBudget,
    RateBudget,
    budget_path,
)

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)


@dataclass
class HandClock:
    """A clock that is turned by hand."""

    at: datetime = NOON

    def now(self) -> datetime:
        """The instant that it was turned to."""
        return self.at


def budget(path: Path, clock: HandClock, share: float = 0.8, cloud: str = "c") -> CallBudget:
    return CallBudget(path, cloud, share, clock)


def rate(remaining: int, allowed: int = 500) -> RateBudget:
    return RateBudget(allowed, remaining, NOON + timedelta(hours=1))


def test_a_later_process_knows_what_an_earlier_one_used(tmp_path: Path) -> None:
    """Two runs in one hour that each believe in a fresh hour use the allowance twice."""
    clock, path = HandClock(), tmp_path / "budgets" / "b.json"
    budget(path, clock).note(rate(101))
    later = budget(path, clock)
    later.require("x")
    later.note(rate(100))
    assert (later.state().used, later.state().calls) == (2, 2)
    with pytest.raises(BudgetUsedUp, match="run again after 2026-01-10T13:00:00Z"):
        budget(path, clock).require("x")


def test_a_call_that_failed_counts_too(tmp_path: Path) -> None:
    """The vendor counts refused calls, and its errors come without headers."""
    calls = budget(tmp_path / "b.json", HandClock())
    calls.note(None)
    assert (calls.state().rate, calls.state().calls) == (None, 1)
    calls.note(rate(400))
    calls.note(None)
    assert calls.state().rate == rate(399)
    assert calls.state().used == 3


def test_a_new_hour_is_a_new_allowance(tmp_path: Path) -> None:
    """Who believes in the old hour waits for ever."""
    clock = HandClock()
    calls = budget(tmp_path / "b.json", clock)
    calls.note(rate(0))
    with pytest.raises(BudgetUsedUp):
        calls.require("x")
    clock.at = NOON + timedelta(hours=1)
    calls.require("x")
    assert (calls.state().rate, calls.state().used, calls.state().calls) == (None, 0, 1)


def test_a_refusal_ends_the_hour_also_before_any_good_answer(tmp_path: Path) -> None:
    """Asking on after 420 makes it worse; without a known reset the next full hour is the earliest."""
    clock = HandClock(NOON + timedelta(minutes=20))
    calls = budget(tmp_path / "b.json", clock)
    assert calls.note_refusal() == NOON + timedelta(hours=1)
    with pytest.raises(BudgetUsedUp):
        budget(tmp_path / "b.json", clock).require("x")
    clock.at = NOON + timedelta(hours=1)
    calls.require("x")


def test_details_leave_calls_to_what_tells_changes(tmp_path: Path) -> None:
    """Thousands of details at the first sync would keep the notifications of the hour from being polled."""
    calls = budget(tmp_path / "b.json", HandClock())
    calls.note(rate(140))
    calls.require("x")
    with pytest.raises(BudgetUsedUp, match="40 for what tells changes"):
        calls.require("x", LEFT_BY_DETAILS)


def test_listings_leave_calls_to_the_queue_and_none_to_details(tmp_path: Path) -> None:
    """A first listing of many hours would keep the queue waiting; behind details no change would be seen."""
    calls = budget(tmp_path / "b.json", HandClock())
    calls.note(rate(140))
    calls.require("x", LEFT_BY_LISTINGS)
    calls.note(rate(120))
    calls.require("x")
    with pytest.raises(BudgetUsedUp, match="20 for the queue of notifications"):
        calls.require("x", LEFT_BY_LISTINGS)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"cloud_name": "c"}', b'{"cloud_name":"c","rate":4}', b"\xff"])
def test_a_torn_file_is_a_budget_of_which_nothing_is_known(tmp_path: Path, content: bytes) -> None:
    """A file that was torn in a crash must not stop ingests; the next answer tells the truth."""
    path = tmp_path / "b.json"
    path.write_bytes(content)
    calls = budget(path, HandClock())
    calls.require("x")
    calls.note(rate(7))
    assert budget(path, HandClock()).state().rate == rate(7)


def test_another_account_s_budget_does_not_count(tmp_path: Path) -> None:
    """Whoever changes the account in the settings must not inherit the old one's hour."""
    path = tmp_path / "b.json"
    budget(path, HandClock()).note(rate(0))
    budget(path, HandClock(), cloud="other").require("x")


def test_what_waits_is_kept_and_forgotten(tmp_path: Path) -> None:
    """A person has to see that details are missing, and that they no longer are."""
    path, clock = tmp_path / "b.json", HandClock()
    budget(path, clock).note_waiting("asset_details", 12)
    assert budget(path, clock).state().waiting == {"asset_details": 12}
    clock.at = NOON + timedelta(days=1)
    assert budget(path, clock).state().waiting == {"asset_details": 12}
    budget(path, clock).note_waiting("asset_details", 0)
    assert budget(path, clock).state().waiting == {}


def test_what_waits_is_noted_by_two_processes_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another one noted in between is forgotten, and nobody sees that it waits."""
    clock, path = HandClock(), tmp_path / "b.json"
    ours, change = budget(path, clock), CallBudget._change

    def as_another_comes_by(calls: CallBudget, how: Callable[[BudgetState], BudgetState]) -> None:
        monkeypatch.undo()
        budget(path, clock).note_waiting("notifications", 1)
        change(calls, how)

    monkeypatch.setattr(CallBudget, "_change", as_another_comes_by)
    ours.note_waiting("asset_details", 5)
    assert budget(path, clock).state().waiting == {"notifications": 1, "asset_details": 5}


def test_the_command_shows_allowance_reset_and_what_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Why a detail is missing is asked by people who have neither the vendor's console nor our log."""
    home = tmp_path / "home"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSETTRAIL_HOME", str(home))
    monkeypatch.setenv("ASSETTRAIL_CLOUDINARY__CLOUD_NAME", "c")
    monkeypatch.setenv("ASSETTRAIL_CLOUDINARY__API_KEY", "k")
    far = RateBudget(2000, 400, datetime(2999, 1, 1, tzinfo=UTC))
    calls = budget(budget_path(home), HandClock())
    calls.note(far)
    calls.note_waiting("asset_details", 31)
    shown = CliRunner().invoke(application, ["sources", "cloudinary", "budget"])
    assert shown.exit_code == 0, shown.output
    for text in ("2000 calls an hour", "400", "used by us", "2999-01-01T00:00:00Z", "asset_details", "31 calls"):
        assert text in shown.output


def test_the_command_says_what_it_does_not_know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An allowance of an hour long gone, shown as the present one, is worse than none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSETTRAIL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ASSETTRAIL_CLOUDINARY__CLOUD_NAME", "c")
    monkeypatch.setenv("ASSETTRAIL_CLOUDINARY__API_KEY", "k")
    budget(budget_path(tmp_path / "home"), HandClock()).note(rate(3))
    shown = CliRunner().invoke(application, ["sources", "cloudinary", "budget"])
    assert shown.exit_code == 0, shown.output
    assert "not known in this hour" in shown.output
    assert "nothing" in shown.output
