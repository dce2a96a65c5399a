"""The lease on the poll queue, with a hand-turned clock."""

from __future__ import annotations

from pathlib import Path

from ingest.cloudinary.lease import PollLease


def make(path: Path, now: list[float]) -> PollLease:
    return PollLease(path, 60.0, pause=lambda seconds: now.__setitem__(0, now[0] + seconds), real_now=lambda: now[0])


def test_a_killed_poll_is_waited_for(tmp_path: Path) -> None:
    """Messages hidden by a killed process would let an unfinished queue look empty, and the window complete."""
    now = [1000.0]
    path = tmp_path / "notifications" / "poll_lease.json"
    make(path, now).renew()
    now[0] += 20
    assert make(path, now).wait_for_unfinished() == 40.0


def test_the_wait_is_bounded_and_a_finished_poll_costs_nothing(tmp_path: Path) -> None:
    """A clock that was set wrong, or a torn file, must not stop ingests for hours."""
    now = [1000.0]
    path = tmp_path / "poll_lease.json"
    lease = make(path, now)
    assert lease.wait_for_unfinished() == 0.0
    lease.renew()
    assert lease.wait_for_unfinished() == 0.0
    path.write_text('{"until": 999999999999}')
    assert make(path, now).wait_for_unfinished() == 60.0
    path.write_text("{")
    assert make(path, now).wait_for_unfinished() == 60.0
    lease.release()
    assert make(path, now).wait_for_unfinished() == 0.0
