"""What a live link has served since composition is told as it was approved, to the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reports.dossier.rows import KnownApproval
from reports.exposure.records import served_by
from reports.exposure.rows import LiveVersion

FROM = datetime(2026, 4, 14, 9, tzinfo=UTC)
TO = FROM + timedelta(days=6)
UNTIL = FROM + timedelta(days=20)
SECOND = timedelta(seconds=1)


def version(*, ends: datetime | None = TO, etag: str = "new") -> LiveVersion:
    """A version that was served from composition on."""
    return LiveVersion("use", 2, etag, FROM, ends)


def approval(
    begins: datetime,
    ends: datetime | None = None,
    *,
    etag: str = "new",
    number: int | None = 2,
    until: datetime | None = None,
) -> KnownApproval:
    """An approval by Ada; `until` is its declared validity."""
    return KnownApproval("a", "asset", number, etag, "ada", begins, ends, None, None, until, "confirmed", 1)


@pytest.mark.parametrize(
    ("given", "is_approved"),
    [
        (approval(FROM, TO), True),
        (approval(FROM - SECOND), True),
        (approval(FROM, number=None), True),
        (approval(FROM + SECOND), None),
        (approval(FROM, TO - SECOND), None),
        (approval(FROM, until=TO - SECOND), None),
        (approval(TO), False),
        (approval(FROM - SECOND, FROM), False),
        (approval(FROM, etag="old"), False),
        (approval(FROM, number=1), False),
    ],
)
def test_an_approval_counts_for_the_bytes_and_the_time_that_it_was_in_force(
    given: KnownApproval, *, is_approved: bool | None
) -> None:
    """A link that served unapproved bytes for a second is one that a customer may have opened then."""
    told = served_by(version(), "old", [given], UNTIL)
    assert told.is_approved is is_approved
    assert ("ada" in told.approval_text) == (is_approved is not False)


def test_what_is_served_still_is_asked_about_up_to_where_the_data_ends() -> None:
    """An approval that ends next year must not read as one that does not hold today."""
    assert served_by(version(ends=None), "old", [approval(FROM, until=UNTIL + SECOND)], UNTIL).is_approved is True
    assert served_by(version(ends=None), "old", [approval(FROM, until=UNTIL - SECOND)], UNTIL).is_approved is None
    assert served_by(version(ends=None), "old", [approval(UNTIL)], UNTIL).is_approved is False


@pytest.mark.parametrize(("composed", "is_other"), [("new", False), ("old", True), (None, None)])
def test_other_bytes_are_told_by_their_hash(composed: str | None, *, is_other: bool | None) -> None:
    """Two versions with the same bytes are no change that anybody saw."""
    assert served_by(version(), composed, [], UNTIL).is_other is is_other
