"""What the account's triggers say of a window: from when on nothing could change unseen, and what could before that."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingest.cloudinary.records import Trigger
from ingest.cloudinary.search_index import SHOWN_BY_NOTIFICATION
from ingest.cloudinary.streams import NEEDED_EVENTS
from ingest.cloudinary.triggers import Sight, trigger_starts
from sandbox.scenario import media_player
from tests.adapters.ingest import stand_ins

EIGHT, NINE, TEN = (datetime(2026, 1, 10, hour, tzinfo=UTC) for hour in (8, 9, 10))


def sight(**late: datetime | None) -> Sight:
    """Everything is told since eight, apart from what is `late`."""
    return Sight({**dict.fromkeys(SHOWN_BY_NOTIFICATION, EIGHT), **late}, "c")


@pytest.mark.parametrize(
    ("late", "unseen_to"),
    [
        ({}, None),
        ({"move": NINE}, NINE),
        (
            {"move": NINE, "moderation": datetime(2026, 1, 10, 9, 30, tzinfo=UTC)},
            datetime(2026, 1, 10, 9, 30, tzinfo=UTC),
        ),
        ({"move": datetime(2026, 1, 10, 11, tzinfo=UTC)}, TEN),
        ({"move": None, "moderation": NINE}, TEN),
    ],
)
def test_a_window_is_seen_from_its_youngest_trigger_on(
    late: dict[str, datetime | None], unseen_to: datetime | None
) -> None:
    """A trigger of a vendor's clock that runs ahead, or one of several that lacks, leaves the whole window open."""
    assert sight(**late).unseen_to(EIGHT, TEN) == unseen_to


def test_the_reason_names_what_lacks_and_what_may_have_changed() -> None:
    """A bare "incomplete" sends an operator to a vendor's console to guess."""
    assert sight(move=None, moderation=NINE).reason(EIGHT) == (
        "no trigger sends move to poll://c; the trigger of moderation for poll://c came with 2026-01-10T09:00:00+00:00 "
        "only: a change of moderation or folder may be seen by the next full listing only"
    )
    assert sight(move=None, moderation=NINE).reason(NINE) == (
        "no trigger sends move to poll://c: a change of folder may be seen by the next full listing only"
    )


def test_a_trigger_of_another_channel_tells_us_nothing() -> None:
    """The events of a colleague's queue come to the colleague."""
    told = [Trigger("poll://other", "move", EIGHT.isoformat()), Trigger("poll://c", "all", NINE.isoformat())]
    assert trigger_starts(told, "c", ("move",)) == {"move": NINE}
    assert trigger_starts(told[:1], "c", ("move",)) == {"move": None}


def test_the_played_account_sends_all_that_is_asked_for() -> None:
    """A demo whose windows stay open for want of a trigger shows a fault that is its own."""
    for events in (media_player._TRIGGERS, stand_ins.EVENTS):
        assert set(events) >= NEEDED_EVENTS | SHOWN_BY_NOTIFICATION.keys()
