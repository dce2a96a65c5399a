"""What the header Date tells of a service's clock, and what a claim says of it."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import formatdate

import pytest

from ingest.extract import Claim, Extract
from ingest.run import with_clock_told
from ingest.service_clock import ServiceClock

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC).timestamp()
CLAIM = Claim(None, datetime(2026, 3, 12, 12, tzinfo=UTC), complete=True, how="end_marker", detail="3 jobs")


def seen(*offsets: float, lasting: float = 0.25, allowed: float = 2) -> ServiceClock:
    """A clock that was asked at noon, its answer ending so much later, and told noon and an offset each time."""
    clock = ServiceClock(sound_seconds=2, allowed_seconds=allowed)
    for offset in offsets:
        clock.see(formatdate(NOON + offset, usegmt=True), NOON, NOON + lasting)
    return clock


@pytest.mark.parametrize(
    ("offset", "lasting", "ahead"),
    [
        (600, 0.0, 600),
        (600, 30.0, 570),
        (-600, 0.0, -599),
        (-600, 30.0, -599),
        (0, 0.0, 0),
        (-1, 0.5, 0),
        (20, 30.0, 0),
        (30, 30.0, 0),
        (31, 30.0, 1),
    ],
)
def test_only_what_is_sure_counts(offset: float, lasting: float, ahead: float) -> None:
    """A slow answer that passes for a wrong clock would have people correct what is right."""
    assert seen(offset, lasting=lasting).ahead_seconds == ahead


def test_the_farthest_of_a_run_is_told() -> None:
    """A service of several machines, one of them ten minutes off, would look sound by its last answer."""
    assert seen(0, -600, 5).in_words == "599 seconds behind ours"
    assert seen(0, 5, 4).in_words == "5 seconds ahead of ours"
    assert seen(0).in_words == "as ours"


@pytest.mark.parametrize("date", ["", "nonsense", "Mon, 99 Foo 99999 99:99:99 GMT"])
def test_a_date_that_cannot_be_read_tells_nothing(date: str) -> None:
    """A proxy that garbles a header must not pass for a clock that was compared."""
    clock = ServiceClock(2, 2)
    assert clock.see(date, NOON, NOON) == 0
    assert (clock.in_words, clock.warning, clock.note) == ("its answers do not tell", None, "")


def test_a_clock_is_flagged_where_verdicts_do_not_count_with_it() -> None:
    """Nobody would set what is not said to be missing, nor trust a flag that stays when it was set."""
    unknown, known, sound = seen(600), seen(600, allowed=602), seen(2)
    assert unknown.warning is not None
    assert "verdicts.clock_deviations" in unknown.warning
    assert (known.warning, sound.warning) == (None, None)
    assert unknown.note == "the service's clock was 600 seconds ahead of ours, where verdicts count with 2"
    assert known.note == "the service's clock was 600 seconds ahead of ours"
    assert sound.note == ""


class _Source:
    """A source that tells the time, and nothing else."""

    name = "exstream"

    def __init__(self, clock: ServiceClock) -> None:
        self.service_clock = clock

    def streams(self) -> tuple[str, ...]:
        """None."""
        return ()

    def extract(self, stream: str, since: object) -> Extract:
        """Nothing, completely."""
        raise NotImplementedError


def test_a_claim_says_how_far_the_clock_was_off() -> None:
    """An auditor who doubts an instant finds in the log what was known of the clock that told it, and no noise."""
    extract = Extract((), (), CLAIM, None)
    told = with_clock_told(_Source(seen(600, allowed=602)), extract)
    assert told.claim.detail == "3 jobs; the service's clock was 600 seconds ahead of ours"
    assert with_clock_told(_Source(seen(1)), extract) is extract
