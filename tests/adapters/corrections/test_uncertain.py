"""Writes of uncertain effect: broken answers, time-outs, kills, and two senders at once. Never twice, never lost."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

import pytest
from cloudinary.api_client import call_api
from sqlalchemy import update

import corrections.send
from assettrail.clock import SystemClock
from assettrail.errors import AssettrailError, TransientSourceError
from corrections.approval import reject
from corrections.effects.effect import Absent
from corrections.effects.replacement_link import ReplacementLink
from corrections.store.database import open_store
from corrections.store.outbox import approved_batch, show_correction
from corrections.store.records import CorrectionRecord
from corrections.vendors.trading_grid import TradingGrid
from corrections.vendors.writes import NotSent, Refused, Uncertain, Write, WriteOutcome
from tests.adapters.corrections.conftest import Desk, Grid, link, republish
from tests.unit.corrections.samples import CLOCK, approver

FORK = multiprocessing.get_context("fork")


def start_sender(desk: Desk, patch: Callable[[], None] = lambda: None) -> ForkProcess:
    """Run the sender once in a process of its own, after `patch` was called there."""

    def run() -> None:
        call_api._http.clear()  # A connection that two processes share gives one the other's answer.
        patch()
        desk.send()

    process = FORK.Process(target=run)
    process.start()
    return process


def kill_before_the_write() -> None:
    TradingGrid.write_once = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment,method-assign]


def kill_after_the_write() -> None:
    real = TradingGrid.write_once

    def write_once(*arguments: Any) -> None:
        real(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)

    TradingGrid.write_once = write_once  # type: ignore[assignment,method-assign]


def wait_for_the_write_to_end(desk: Desk) -> None:
    """The outbox takes twice the deadline (1 s of a desk in a hurry) as the longest that a write can be under way."""
    ends = max(row.write_ends_at for row in desk.corrections() if row.write_ends_at is not None)
    while True:
        if SystemClock().now() >= ends:
            return
        time.sleep(0.05)


def test_a_broken_answer_to_a_write_is_read_back(desk: Desk, grid: Grid) -> None:
    """The write has happened although the answer broke: it must be confirmed, not repeated."""
    case_id, publication_id = grid.make_case(), grid.make_publication()
    desk.propose(link(1, case_id), republish(2, publication_id, grid))
    grid.knob(truncate_body_after=5, method="POST", path="/messages", times=1)
    grid.knob(truncate_body_after=5, method="POST", path="/publications", times=1)
    assert desk.send().as_dict() == {"confirmed": 2, "left": 0}
    assert len(grid.thread(case_id)) == 1


def test_a_failed_write_is_unknown_until_a_later_complete_reading_frees_it(desk: Desk, grid: Grid) -> None:
    """A 503 may or may not have written: not seen at once proves nothing, not seen later frees it."""
    desk.hurry()
    case_id = grid.make_case()
    desk.propose(link(1, case_id))
    grid.knob(status=503, method="POST", path="/messages", times=1)
    before = grid.posts()
    assert desk.send().as_dict() == {"left": 0, "unknown": 1}
    assert approved_batch(desk.settings) is None
    assert desk.send().as_dict() == {"left": 0, "unknown": 1}
    assert grid.posts() == before + 1
    wait_for_the_write_to_end(desk)
    assert approved_batch(desk.settings) is not None
    assert desk.send().as_dict() == {"approved": 1, "confirmed": 1, "left": 0}
    assert len(grid.thread(case_id)) == 1


def test_a_slow_write_that_arrives_after_the_time_out_is_found(
    desk: Desk, grid: Grid, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service writes after we have hung up: a sender that repeats then posts twice."""
    desk.hurry()
    case_id = grid.make_case()
    desk.propose(link(1, case_id))
    late: list[tuple[str, dict[str, object]]] = []

    def write_once(_grid: TradingGrid, write: Write) -> Uncertain:
        late.append((write.path.removeprefix("/api/v1/"), dict(write.body)))
        return Uncertain("no answer in time")

    monkeypatch.setattr(TradingGrid, "write_once", write_once)
    assert desk.send().as_dict() == {"left": 0, "unknown": 1}
    assert desk.send().as_dict() == {"left": 0, "unknown": 1}
    for path, body in late:
        grid.make(path, **body)
    wait_for_the_write_to_end(desk)
    assert desk.send().as_dict() == {"confirmed": 1, "left": 0}
    assert (len(grid.thread(case_id)), len(late)) == (1, 1)


def test_a_sender_that_stood_still_before_its_write_makes_none(
    desk: Desk, grid: Grid, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A suspended machine goes on hours later, when another installation has long written it: twice, if it went on."""
    case_id = grid.make_case()
    desk.propose(link(1, case_id))
    real = corrections.send.claim

    def claim_and_stand_still(*arguments: Any, **options: Any) -> bool:
        is_claimed = real(*arguments, **options)
        now = SystemClock.now
        monkeypatch.setattr(SystemClock, "now", lambda clock: now(clock) + timedelta(hours=1))
        return is_claimed

    with monkeypatch.context() as patch:
        patch.setattr(corrections.send, "claim", claim_and_stand_still)
        before = grid.posts()
        assert desk.send().as_dict() == {"approved": 1, "left": 1}
    assert grid.posts() == before
    assert "stood still" in show_correction(desk.settings, "01").history[-1].why
    assert desk.send().as_dict() == {"confirmed": 1, "left": 0}
    assert len(grid.thread(case_id)) == 1


def begin_another_attempt(desk: Desk) -> None:
    """What another installation does when it has taken the correction up."""
    with open_store(desk.settings) as store, store.begin() as session:
        session.execute(update(CorrectionRecord).values(attempt_count=CorrectionRecord.attempt_count + 1))


@pytest.mark.parametrize("outcome", [Refused("HTTP 409"), NotSent("HTTP 429"), Uncertain("no answer")])
def test_what_a_late_sender_is_told_says_nothing_of_another_attempt(
    desk: Desk, grid: Grid, monkeypatch: pytest.MonkeyPatch, outcome: WriteOutcome
) -> None:
    """Refused as a repetition, it would call the other's write rejected, or free it while it is under way."""
    desk.propose(link(1, grid.make_case()))

    def write_once(*_: object) -> WriteOutcome:
        begin_another_attempt(desk)
        return outcome

    with monkeypatch.context() as patch:
        patch.setattr(TradingGrid, "write_once", write_once)
        with suppress(TransientSourceError):
            desk.send()
    assert desk.states() == ["sending"]


def test_what_was_read_before_another_attempt_does_not_free_it(
    desk: Desk, grid: Grid, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two who settle the same correction: one writes it again while the other still believes that nobody does."""
    desk.hurry()
    desk.propose(link(1, grid.make_case()))
    start_sender(desk, kill_before_the_write).join()
    wait_for_the_write_to_end(desk)

    def read_back(*_: object) -> Absent:
        begin_another_attempt(desk)
        return Absent()

    monkeypatch.setattr(ReplacementLink, "read_back", read_back)
    assert desk.send().as_dict() == {"left": 0}
    assert desk.states() == ["sending"]


def send_while_reading_back_fails(desk: Desk, grid: Grid) -> None:
    real = ReplacementLink.read_back

    def read_back(*arguments: Any) -> Any:
        grid.knob(status=503, method="GET", path="/messages")
        return real(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ReplacementLink, "read_back", read_back)
        with pytest.raises(AssettrailError):
            desk.send()


def test_a_read_back_that_fails_leaves_it_unknown_and_blocks_the_object(desk: Desk, grid: Grid) -> None:
    """Without reading back nobody knows; another correction of the same case must wait."""
    case_id = grid.make_case()
    second = link(2, case_id, desired_etag="newer")
    desk.propose(link(1, case_id))
    send_while_reading_back_fails(desk, grid)
    desk.propose(link(1, case_id), second, name="s2")
    assert desk.states() == ["unknown", "approved"]
    grid.reset()
    assert desk.send().as_dict() == {"confirmed": 1, "conflict": 1, "left": 0}
    assert len(grid.thread(case_id)) == 1


def test_an_accepted_write_that_is_never_seen_is_not_repeated(
    desk: Desk, grid: Grid, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service said yes: what it does not show may be held back there; only a person may give it up."""
    desk.hurry()
    case_id = grid.make_case()
    desk.propose(link(1, case_id))
    monkeypatch.setattr(ReplacementLink, "read_back", lambda *_: Absent())
    assert desk.send().as_dict() == {"left": 0, "unknown": 1}
    wait_for_the_write_to_end(desk)
    for _ in range(5):
        assert approved_batch(desk.settings) is not None
        assert desk.send().as_dict() == {"left": 0, "unknown": 1}
    assert approved_batch(desk.settings) is None
    assert len(grid.thread(case_id)) == 1
    reject(desk.settings, CLOCK, ["01"], approver(), "looked at it in Trading Grid")
    assert desk.states() == ["rejected"]


@pytest.mark.parametrize(
    ("patch", "messages_after_kill", "outcome"),
    [
        (kill_before_the_write, 0, {"approved": 1, "confirmed": 1, "left": 0}),
        (kill_after_the_write, 1, {"confirmed": 1, "left": 0}),
    ],
)
def test_a_sender_killed_around_the_write_neither_loses_nor_doubles_it(
    desk: Desk, grid: Grid, patch: Callable[[], None], messages_after_kill: int, outcome: dict[str, int]
) -> None:
    """`sending` is committed before the write; what follows is settled by reading back."""
    desk.hurry()
    case_id = grid.make_case()
    desk.propose(link(1, case_id))
    killed = start_sender(desk, patch)
    killed.join()
    assert killed.exitcode == -signal.SIGKILL
    assert desk.states() == ["sending"]
    assert len(grid.thread(case_id)) == messages_after_kill
    wait_for_the_write_to_end(desk)
    assert approved_batch(desk.settings) is not None
    assert desk.send().as_dict() == outcome
    assert len(grid.thread(case_id)) == 1
    assert show_correction(desk.settings, "01").history[-1].to_state == "confirmed"


def test_a_sender_killed_at_any_time_sends_each_correction_once(desk: Desk, grid: Grid) -> None:
    """Kills at moments that nobody chose: in the end every case has exactly one answer."""
    desk.hurry()
    cases = [grid.make_case() for _ in range(10)]
    publications = [grid.make_publication() for _ in range(5)]
    desk.propose(
        *(link(number, case_id) for number, case_id in enumerate(cases)),
        *(republish(number + 20, each, grid) for number, each in enumerate(publications)),
    )
    before = grid.posts()
    for attempt in range(6):
        running = start_sender(desk)
        running.join(0.08 + 0.03 * attempt)
        running.kill()
        running.join()
        if {"sending", "unknown"} & set(desk.states()):
            wait_for_the_write_to_end(desk)
    desk.send()
    assert set(desk.states()) == {"confirmed"}
    assert 15 <= grid.posts() - before <= 15 + _times_freed(desk)
    assert [len(grid.thread(case_id)) for case_id in cases] == [1] * 10
    assert [len(_replacing(grid, each)) for each in publications] == [1] * 5


def _times_freed(desk: Desk) -> int:
    """Count how often a complete reading showed that a write had not happened: only then may it be repeated."""
    return sum(
        step.to_state == "approved" and step.from_state in {"sending", "unknown"}
        for row in desk.corrections()
        for step in show_correction(desk.settings, row.correction_key).history
    )


def _replacing(grid: Grid, publication_id: str) -> list[dict[str, Any]]:
    records = grid.get("publications?limit=500")["records"]
    return [record for record in records if record["replacesPublicationId"] == publication_id]


def join(*running: ForkProcess) -> None:
    for process in running:
        process.join(60)
    assert [process.exitcode for process in running] == [0] * len(running)


def test_two_runs_of_one_installation_send_once(desk: Desk, grid: Grid) -> None:
    """The sensor, a person and a retry may start runs at the same time."""
    cases = [grid.make_case() for _ in range(6)]
    desk.propose(*(link(number, case_id) for number, case_id in enumerate(cases)))
    before = grid.posts()
    join(*(start_sender(desk) for _ in range(2)))
    assert grid.posts() == before + 6
    assert set(desk.states()) == {"confirmed"}


def test_two_installations_on_one_outbox_send_once(new_desk, grid: Grid, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """On a shared database no lock file helps: the conditional claim must."""
    address = f"sqlite:///{tmp_path}/shared/outbox.sqlite"
    desks = [new_desk(name, database_url=address) for name in ("a", "b")]
    cases = [grid.make_case() for _ in range(8)]
    desks[0].propose(*(link(number, case_id) for number, case_id in enumerate(cases)))
    before = grid.posts()
    join(*(start_sender(desk) for desk in desks))
    assert grid.posts() == before + 8
    assert set(desks[1].states()) == {"confirmed"}
    assert [len(grid.thread(case_id)) for case_id in cases] == [1] * 8
