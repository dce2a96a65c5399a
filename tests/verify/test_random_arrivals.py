"""An increment after each arrival of a random history equals a build from nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dbt.kept_world import World, require_equal
from tests.dbt.landing_fixture import Landing
from tests.verify.random_arrivals import History

FAMILIES = 40


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_increment_equals_a_build_from_nothing(tmp_path: Path, seed: int) -> None:
    """Harm prevented: records that nobody thought of together make a kept row untrue, and it stays."""
    world = World(Landing(tmp_path / "home"), tmp_path)
    first, *later = History(seed, FAMILIES).arrivals
    for step in first:
        step(world.landing)
    world.build()
    for arrival in later:
        world.keep_what_was_read()
        for step in arrival:
            step(world.landing)
        world.build()
        require_equal(world)
