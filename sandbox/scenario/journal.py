"""The files that playing leaves in the folder: `events.jsonl`, `answer_key.json` and `play_state.json`.

`events.jsonl` is written behind every event, so that it is also the journal from which an interrupted play
goes on. The pipeline reads none of these files.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from sandbox.scenario.errors import PlayError
from sandbox.scenario.plan import Plan
from sandbox.scenario.records import Record

EVENTS = "events.jsonl"
ANSWER_KEY = "answer_key.json"
PLAY_STATE = "play_state.json"


@dataclass(frozen=True, slots=True)
class PlayState:
    """Which scenario a folder holds and how many of its stages were played to the end."""

    seed: int
    communications: int
    stages_played: int


def read_state(folder: Path, plan: Plan) -> PlayState:
    """The state of a folder; a folder without one is at the beginning.

    Raises PlayError when the folder holds another scenario.
    """
    path = folder / PLAY_STATE
    if not path.exists():
        return PlayState(plan.seed, plan.communications, 0)
    state = PlayState(**json.loads(path.read_text()))
    if (state.seed, state.communications) != (plan.seed, plan.communications):
        raise PlayError(
            f"Tried to play seed {plan.seed} with {plan.communications} communications into {folder}; found "
            f"seed {state.seed} with {state.communications} there; expected the same. Use another folder."
        )
    return state


def write_state(folder: Path, state: PlayState) -> None:
    """Replace the state at once."""
    _replace(folder / PLAY_STATE, json.dumps(asdict(state)))


def write_answer_key(folder: Path, plan: Plan) -> None:
    """Write the answer key of a plan."""
    _replace(folder / ANSWER_KEY, plan.answer_key.to_json())


def read_records(folder: Path) -> Iterator[Record]:
    """The records written so far; a half line at the end (a play was killed) is cut off first."""
    path = folder / EVENTS
    if not path.exists():
        return
    with path.open("rb+") as file:
        length = 0
        for line in file:
            if not line.endswith(b"\n"):
                break
            length += len(line)
            yield json.loads(line)
        file.truncate(length)


class EventFile:
    """`events.jsonl`, open for appending."""

    def __init__(self, folder: Path) -> None:
        """Open the file of a folder."""
        self._file: IO[str] = (folder / EVENTS).open("a", encoding="utf-8")

    def append(self, records: Iterable[Record]) -> None:
        """Write records and hand them to the operating system."""
        self._file.write("".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records))
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _replace(path: Path, text: str) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text)
    temporary.replace(path)
