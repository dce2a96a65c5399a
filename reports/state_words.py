"""How a state of a closed list is shown: its name, its tone and what it means.

Here belong the shape that rooms write their states in, and looking one up. The states belong to the rooms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Tone = Literal["", "standing", "done"]


@dataclass(frozen=True)
class StateWords:
    """A state for people. `tone` is `standing` where somebody has to act, `done` where nobody has to."""

    code: str
    name: str
    tone: Tone
    meaning: str


def by_code(states: Sequence[StateWords]) -> Mapping[str, StateWords]:
    """Return the states by their codes."""
    return {state.code: state for state in states}


def state_words(states: Mapping[str, StateWords], code: str | None) -> StateWords:
    """Return the words of a state; one that is not known here is shown as it stands, spaces for its underscores."""
    if code is None:
        return StateWords("", "not recorded", "", "")
    return states.get(code) or StateWords(code, code.replace("_", " ").strip().capitalize(), "", "")
