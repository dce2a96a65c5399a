"""The settings of the verdict: which clock may be off when, and what two clocks come to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from assettrail.verdict_settings import VerdictSettings

DAY = datetime(2026, 3, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SETTINGS = VerdictSettings.model_validate(
    {
        "clock_deviations": {
            "exstream": [
                {"valid_from": "2026-03-12T01:00:00+01:00", "valid_to": "2026-03-13T00:00:00Z", "seconds": 600},
                {"valid_from": "2026-03-12T12:00:00Z", "valid_to": "2026-03-12T13:00:00Z", "seconds": 60},
            ],
            "cloudinary": [{"valid_from": "2026-03-12T12:00:00Z", "valid_to": "2026-03-14T00:00:00Z", "seconds": 7}],
        }
    }
)


@pytest.mark.parametrize(
    ("at", "seconds"),
    [
        (DAY - SECOND, 2),
        (DAY, 602),
        (DAY + timedelta(hours=12), 609),
        (DAY + timedelta(days=1) - SECOND, 609),
        (DAY + timedelta(days=1), 9),
        (DAY + timedelta(days=2), 2),
        (None, 2),
    ],
)
def test_what_both_clocks_may_be_off_is_added(at: datetime | None, seconds: int) -> None:
    """A page would call a version current that the warehouse calls uncertain, or the other way round."""
    assert SETTINGS.clock_uncertainty_at("exstream", at) == seconds


def test_a_clock_is_not_off_from_itself() -> None:
    """Cloudinary's own deviation would count twice where its clock is the only one asked."""
    assert SETTINGS.clock_uncertainty_at("cloudinary", DAY + timedelta(hours=12)) == 9


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ({"valid_from": "2026-03-12T00:00:00", "valid_to": "2026-03-13T00:00:00Z", "seconds": 1}, "timezone"),
        ({"valid_from": "2026-03-12T00:00:00Z", "valid_to": "2026-03-12T01:00:00+01:00", "seconds": 1}, "not before"),
        ({"valid_from": "2026-03-12T00:00:00Z", "valid_to": "2026-03-13T00:00:00Z", "seconds": 0}, "seconds"),
        ({"valid_from": "2026-03-12T00:00:00Z", "seconds": 1}, "valid_to"),
    ],
)
def test_a_period_that_says_nothing_is_refused(period: dict[str, object], words: str) -> None:
    """A period that is never would leave its uses proven, by a clock that its own installation does not trust."""
    with pytest.raises(ValidationError, match=words):
        VerdictSettings.model_validate({"clock_deviations": {"exstream": [period]}})


def test_a_clock_of_no_system_is_refused() -> None:
    """A name with a slip of the pen would be allowed for nowhere."""
    with pytest.raises(ValidationError, match="exstrem"):
        VerdictSettings.model_validate({"clock_deviations": {"exstrem": []}})
