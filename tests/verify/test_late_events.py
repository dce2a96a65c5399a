"""An increment after each single late event equals a build from nothing: none hides behind another."""

from __future__ import annotations

import pytest

from tests.dbt.kept_world import World, made_world, require_same_after
from tests.dbt.late_events import LATE_EVENTS


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The small world, built once in full."""
    return made_world(tmp_path_factory.mktemp("late_events"))


@pytest.mark.parametrize("name", LATE_EVENTS)
def test_an_increment_equals_a_build_from_nothing(world: World, name: str) -> None:
    """Harm prevented: one late event is missed, and another that came with it makes the same verdicts anew."""
    require_same_after(world, [name])
