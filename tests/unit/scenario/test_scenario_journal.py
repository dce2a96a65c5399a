"""Going on after an interrupted play, and refusing a folder that holds another scenario."""

from pathlib import Path

import pytest

from sandbox.scenario.endpoints import read_endpoints
from sandbox.scenario.errors import PlayError
from sandbox.scenario.journal import EVENTS, EventFile, PlayState, read_records, read_state, write_state
from sandbox.scenario.plan import make_plan


def test_a_half_line_is_cut_off(tmp_path: Path) -> None:
    """A line torn by a kill would make the journal unreadable, and the play could not go on."""
    file = EventFile(tmp_path)
    file.append([{"n": 0, "kind": "a"}, {"n": 1, "kind": "b"}])
    file.close()
    with (tmp_path / EVENTS).open("a") as torn:
        torn.write('{"n": 2, "ki')
    assert [record["n"] for record in read_records(tmp_path)] == [0, 1]
    again = EventFile(tmp_path)
    again.append([{"n": 2, "kind": "c"}])
    again.close()
    assert [record["n"] for record in read_records(tmp_path)] == [0, 1, 2]


def test_another_scenario_is_refused(tmp_path: Path) -> None:
    """Two scenarios mixed in one sandbox would fit neither answer key."""
    plan = make_plan(1, 500)
    assert read_state(tmp_path, plan).stages_played == 0
    write_state(tmp_path, PlayState(1, 500, 2))
    assert read_state(tmp_path, plan).stages_played == 2
    with pytest.raises(PlayError, match="Use another folder"):
        read_state(tmp_path, make_plan(2, 500))


def test_missing_endpoints_say_what_to_do(tmp_path: Path) -> None:
    """Without a running sandbox a newcomer needs the command, not a stack trace."""
    with pytest.raises(PlayError, match="python -m sandbox serve"):
        read_endpoints(tmp_path)
