"""A handful of the points at which `make torture` hurts a sender: one of each kind, on corrections of every kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from corrections.effects.by_kind import EFFECTS
from tests.torture.failpoints import Injury
from tests.torture.sending.points import all_points
from tests.torture.sending.stages import FAULTS, LANE
from tests.torture.sending.trial import Bench, bench_in, tried


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The sandbox, and an installation with an approved correction of each kind."""
    with bench_in(tmp_path_factory.mktemp("tortured") / "bench") as made:
        yield made


def test_every_kind_is_sent(bench: Bench) -> None:
    """Harm prevented: a kind that is added later is never hurt, and its first loss is a customer's."""
    assert {row["kind"] for row in bench.held.rows} | {"improve_rendition", "push_file"} == set(EFFECTS)


@pytest.mark.parametrize(
    ("injury", "call", "what", "code"),
    [
        ("SIGKILL", "receive", "trading_grid POST /api/v1/publications", -9),
        ("SIGKILL", "received", "exstream PUT", -9),
        ("RESET", "receive", "cloudinary POST /v1_1/", 0),
        ("STALL", "send", "trading_grid POST /api/v1/cases", 0),
    ],
    ids=["written, no answer", "answered, not recorded", "answer lost", "stalled before the write"],
)
def test_a_hurt_sender_does_each_correction_once(bench: Bench, injury: Injury, call: str, what: str, code: int) -> None:
    """Harm prevented: a partner is answered twice, a file is uploaded twice, or a correction is never made."""
    found = tried(bench, injury, 1, (call, what))
    assert found.lane == LANE
    assert found.call == call, "the point was not reached"
    assert (found.found, found.code) == ((), code), found.error


@pytest.mark.parametrize("harm", ["500 after the work", "answer cut after the work"])
def test_a_vendor_that_does_harm_has_each_correction_once(bench: Bench, harm: str) -> None:
    """Harm prevented: work that was done and told as failed is done again."""
    attempt = next(
        attempt for (lane, name, _), attempt in all_points(bench, [FAULTS]) if (lane, name) == (FAULTS, harm)
    )
    found = attempt()
    assert found is not None
    assert found.found == ()
