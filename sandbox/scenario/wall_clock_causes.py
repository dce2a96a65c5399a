"""Causes of receipts by the clock on a partner's wall, which was put back and forward, and near misses of each.

Each planter shows something, and has a partner's file tell when it was received: before it was shown, or after, by a
clock without an offset. What such a clock showed twice or never is no instant: nothing is said of it, whichever of the
two readings would be a violation. Nothing here evaluates a rule.
"""

from sandbox.scenario import vocabulary
from sandbox.scenario.audit_controls import NEVER_SHARED
from sandbox.scenario.drop_events import DropAcknowledgement
from sandbox.scenario.events import Publish, Withdraw
from sandbox.scenario.grid_desk import GridDesk, GridPlanter
from sandbox.scenario.stages import DAY, HOUR, instant

_USUAL = instant("2026-04-20T10:00:00+00:00")
_IN_RAMADAN = instant("2026-03-02T10:00:00+00:00")
_PUT_BACK = instant("2026-02-15T02:00:00+00:00")
_PUT_FORWARD = instant("2026-03-22T02:00:00+00:00")


def received_by_the_clock_on_the_wall(desk: GridDesk) -> None:
    """An hour ahead of UTC: received half an hour before it was shown, and ten minutes after."""
    shown = _shown(desk, _USUAL)
    _received(desk, shown, "2026-04-20T10:30:00", is_violation=True)
    _received(desk, shown, "2026-04-20T11:10:00", is_violation=False)


def received_by_the_clock_of_ramadan(desk: GridDesk) -> None:
    """As UTC: received five minutes before it was shown, and half an hour after."""
    shown = _shown(desk, _IN_RAMADAN)
    _received(desk, shown, "2026-03-02T09:55:00", is_violation=True)
    _received(desk, shown, "2026-03-02T10:30:00", is_violation=False)


def received_in_the_double_hour(desk: GridDesk) -> None:
    """Shown as the clock was put back: received just before the double hour, in it, and as it was over."""
    shown = _shown(desk, _PUT_BACK)
    _received(desk, shown, "2026-02-15T01:59:59", is_violation=True)
    for written in ("2026-02-15T02:00:00", "2026-02-15T02:30:00", "2026-02-15T02:59:59"):
        _received(desk, shown, written, is_violation=False)
    _received(desk, shown, "2026-02-15T03:00:00", is_violation=False)


def received_in_the_hour_that_never_was(desk: GridDesk) -> None:
    """Shown as the clock was put forward: received a minute before, in the hour that was left out, and after it."""
    shown = _shown(desk, _PUT_FORWARD)
    _received(desk, shown, "2026-03-22T01:59:00", is_violation=True)
    for written in ("2026-03-22T02:00:00", "2026-03-22T02:30:00", "2026-03-22T02:59:59"):
        _received(desk, shown, written, is_violation=False)
    _received(desk, shown, "2026-03-22T03:00:10", is_violation=False)


def _shown(desk: GridDesk, at: int) -> Publish:
    """What was approved two days before, shown for an hour."""
    asset, version, _ = desk.approved_asset(at - 2 * DAY)
    shown = desk.shown(asset, version, at)
    desk.events.append(Withdraw(at + HOUR, shown.publication_id, desk.chance.choice(vocabulary.COMMUNITY_TEAM)))
    return shown


def _received(desk: GridDesk, shown: Publish, written: str, *, is_violation: bool) -> None:
    """A line of the file that is dropped a day later."""
    number = desk.numbers.draw("ACK")
    at = shown.at + DAY
    desk.events.append(DropAcknowledgement(at, number, shown.publication_id, desk.partner, "accepted", written))
    desk.says(NEVER_SHARED, number, is_violation=is_violation)


WALL_CLOCK_CAUSES: tuple[GridPlanter, ...] = (
    received_by_the_clock_on_the_wall,
    received_by_the_clock_of_ramadan,
    received_in_the_double_hour,
    received_in_the_hour_that_never_was,
)
