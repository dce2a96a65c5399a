"""A vendor that is down, over several runs and over HTTP: left alone, probed by one correction, and only itself."""

from __future__ import annotations

import pytest

from assettrail.clock import SystemClock
from assettrail.errors import TransientSourceError
from corrections.store.breakers import Breaker, ask_again_now, breakers_of
from corrections.store.outbox import approved_batch
from tests.adapters.corrections.conftest import Desk, Grid, Library, Studio, link
from tests.adapters.corrections.test_template_images import review


def fail(desk: Desk, match: str = "503") -> Breaker:
    with pytest.raises(TransientSourceError, match=match):
        desk.send()
    (breaker,) = breakers_of(desk.settings)
    return breaker


def test_a_vendor_that_is_down_is_left_alone_and_then_probed(desk: Desk, grid: Grid) -> None:
    """All night every tick would ask it for each correction; and when it is up, all of them go at once."""
    desk.propose(*(link(number, grid.make_case()) for number in (1, 2, 3)))
    grid.knob(status=503)
    assert (fail(desk).failures, fail(desk).failures) == (1, 2)
    assert approved_batch(desk.settings) is None
    grid.reset()
    grid.knob(status=503)
    assert desk.send().as_dict() == {"left": 3}
    assert grid.requests() == 0, "nobody asked it"
    ask_again_now(desk.settings, SystemClock().now())
    breaker = fail(desk)
    assert (breaker.vendor, breaker.failures, breaker.state(SystemClock().now())) == ("trading_grid", 3, "open")
    asked = grid.requests("GET /api")
    assert asked <= 4, "one correction was the probe, with the reading client's own repetitions"
    grid.reset()
    ask_again_now(desk.settings, SystemClock().now())
    assert approved_batch(desk.settings) is not None
    assert desk.send().as_dict() == {"confirmed": 3, "left": 0}
    assert breakers_of(desk.settings) == []


def test_reading_that_works_does_not_hide_that_writing_does_not(desk: Desk, grid: Grid) -> None:
    """A service in read-only maintenance answers every look before the write, for days."""
    desk.propose(link(1, grid.make_case()))
    grid.knob(status=429, method="POST", path="/messages")
    assert (fail(desk, "429").failures, fail(desk, "429").failures) == (1, 2)
    assert approved_batch(desk.settings) is None
    assert desk.states() == ["approved"]


def test_the_other_vendors_go_on_run_after_run(desk: Desk, grid: Grid, studio: Studio) -> None:
    """Exstream's weekend must not keep partners waiting until Monday."""
    image = studio.make_image()
    desk.propose(review(image, studio))
    studio.knob(status=503)
    assert [fail(desk).failures for _ in range(2)] == [1, 2]
    desk.propose(review(image, studio), link(2, grid.make_case()), name="s2")
    batch = approved_batch(desk.settings)
    assert batch is not None
    assert batch.count == 1
    assert desk.send().as_dict() == {"confirmed": 1, "left": 1}
    studio.reset()
    ask_again_now(desk.settings, SystemClock().now())
    assert desk.send().as_dict() == {"approved": 2, "confirmed": 1, "left": 0}


def test_cloudinary_is_blamed_for_what_it_does_not_serve(desk: Desk, grid: Grid, library: Library) -> None:
    """Trading Grid is up: what needs no picture goes out although Cloudinary cannot show any."""
    desk.propose(link(1, grid.make_case()))
    library.knob(status=503)
    with pytest.raises(TransientSourceError):
        desk.send()
    assert [(one.vendor, one.failures) for one in breakers_of(desk.settings)] == [("cloudinary", 1)]
    assert desk.states() == ["approved"]
    library.knob(reset=True)
    assert desk.send().as_dict() == {"confirmed": 1, "left": 0}
    assert breakers_of(desk.settings) == []
