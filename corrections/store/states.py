"""The states of a correction, in the order in which they usually follow.

`proposed → approved → sending → confirmed | conflict | rejected | unknown`, and `withdrawn` when the exception is gone
before anything was sent. Here belong the names only.
"""

from __future__ import annotations

from typing import Literal, get_args

State = Literal["proposed", "approved", "sending", "confirmed", "conflict", "rejected", "unknown", "withdrawn"]
STATES: tuple[State, ...] = get_args(State)

UNCERTAIN: frozenset[State] = frozenset({"sending", "unknown"})
"""A write may have happened: the object is blocked until it is settled by reading back."""
