"""An increment gives what a build from nothing gives, after every kind of late event."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.dbt.kept_world import World, contents, made_world, require_same_after, uses_derived_anew
from tests.dbt.late_events import LATE_EVENTS

STEPS = (
    (
        "a late approval",
        "a revocation of an earlier day",
        "an approval that is dated back",
        "a version that nobody knew of",
        "a renaming, and another asset under the name",
        "a name that settles an address",
        "a name that puts an address in doubt",
        "a deletion",
        "an overwriting inside an exposure",
        "a restoration",
        "an approval behind the claims, of whichever bytes are live",
        "a restoration that names no asset",
        "a listing with an asset that nobody knew",
        "a detail that was read late",
        "a communication and a use that came late",
        "a retrieval that was told late",
        "a replayed batch",
        "a publication that was withdrawn",
        "a full listing within the claims",
        "a full listing behind the claims",
    ),
    ("a claim that was late", "a copy that says otherwise", "a window that was opened again", "a batch that was held"),
    (
        "a held batch that was accepted",
        "a held batch that was rejected",
        "a claim behind the end of exposures",
        "a revocation inside an exposure that has ended",
        "a batch that was held inside exposures that have ended",
        "a batch that was held up to the end of the claims",
    ),
    (
        "that batch, accepted",
        "a claim behind a gap",
        "a full listing behind the gap",
        "a letter behind the gap, with an address of several readings",
        "a listing that tells that no name is missing behind the gap",
    ),
    ("the gap, claimed",),
)
"""What happens between two builds; `make verify` builds after each event."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The small world, built once in full."""
    return made_world(tmp_path_factory.mktemp("increments"))


@pytest.mark.parametrize("step", STEPS, ids=" / ".join)
def test_an_increment_equals_a_build_from_nothing(world: World, step: Sequence[str]) -> None:
    """Harm prevented: a verdict that stays as it was after the record that decides it has come late.

    The events come one after another, each increment on the one before.
    """
    require_same_after(world, step)


def test_an_increment_that_would_replace_too_much_makes_everything_anew(world: World) -> None:
    """Harm prevented: half of all uses deleted and inserted at more than the price of all; or the other half lost.

    In a world as small as this one nothing is too much, unless it is said to be.
    """
    world.keep_what_was_read()
    world.build()
    kept = contents(world.landing.home)
    assert uses_derived_anew(world.landing.home) == 0
    world.build("--vars", '{"most_replaced_share": -1, "weighed_from_communications": 0}')
    assert uses_derived_anew(world.landing.home) == len(kept["marts.fct_asset_uses"])
    assert contents(world.landing.home) == kept


def test_every_kind_of_late_event_happens() -> None:
    """Harm prevented: a kind of event that is described, and played by nobody."""
    assert sorted(name for step in STEPS for name in step) == sorted(LATE_EVENTS)
