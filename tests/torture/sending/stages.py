"""In what a sender was hurt, in the words of the page. Here belongs the naming only."""

from __future__ import annotations

from typing import Final

from tests.torture.trial import Tried

LANE: Final = "sending"
DISK: Final = "outbox"
FAULTS: Final = "vendor"
LANES: Final = (LANE, DISK, FAULTS)
"""Calls of Python in a sender, system calls on its outbox, and harm that a vendor does to a write."""

_READING = "reading at a vendor, or signing in"
_BEFORE = "about to send a request that writes (F10)"
_DONE = "waiting for the answer to a request that writes (F11)"
_HEARD = "holding the answer, with nothing recorded (F11)"
_STATEMENT = "writing into the outbox"
_COMMIT = "about to commit, or in the commit"
_COMMITTED = "behind a commit, about to go on (F10)"
_FILES = "at a file of the home: locks, budget, outgoing artwork"
_VENDOR = "writing at a vendor that does harm (F11)"
STAGES: Final = (_FILES, _READING, _STATEMENT, _COMMIT, _COMMITTED, _BEFORE, _DONE, _HEARD, _VENDOR)
_BY_CALL: Final = {
    "statement": _STATEMENT,
    "commit": _COMMIT,
    "committed": _COMMITTED,
    "connect": _READING,
    "send": _BEFORE,
    "receive": _DONE,
    "received": _HEARD,
}


def stage_of(point: Tried) -> str:
    """Where the sender was when a point hurt it."""
    if point.lane != LANE:
        return _VENDOR if point.lane == FAULTS else _COMMIT
    _, _, asked = point.path.partition(" ")
    is_writing = bool(asked) and not asked.startswith("GET ") and "oauth" not in asked.lower()
    if point.call in {"send", "receive", "received"} and not is_writing:
        return _READING
    return _BY_CALL.get(point.call, _FILES)
