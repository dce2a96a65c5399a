"""Where the search for changes begins and goes on: enough for an index that lags, no campaign's upload over again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.cloudinary import search_index
from ingest.cloudinary.search_index import SHORTEST_OVERLAP, later_creation, overlap_start, shortly_before

END = datetime(2026, 1, 10, 8, tzinfo=UTC)
OVERLAP = timedelta(minutes=15)


def changes(number: int, every: timedelta) -> list[datetime]:
    """The newest first, the newest at the end of the window."""
    return [END - at * every for at in range(number)]


@pytest.mark.parametrize("number", [0, 1, 999, 1000])
def test_what_two_calls_show_is_read_again_as_a_whole(number: int) -> None:
    """A shorter overlap than the settings ask for would lose what the index tells late."""
    assert overlap_start(END, OVERLAP, changes(number, timedelta(milliseconds=500))) == END - OVERLAP


def test_more_changes_shorten_the_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quiet run after a campaign's upload would cost a call for each 500 assets of it."""
    monkeypatch.setattr(search_index, "MOST_IN_OVERLAP", 100)
    many = changes(1600, timedelta(milliseconds=900))
    start = overlap_start(END, OVERLAP, many)
    again = [change for change in many if change >= start]
    assert start > END - OVERLAP
    assert 98 <= len(again) <= 100


def test_the_overlap_stays_longer_than_the_index_lags() -> None:
    """Everything of one second: left out whole, it would be lost where the index had not told all of it."""
    assert overlap_start(END, OVERLAP, changes(5000, timedelta())) == END - SHORTEST_OVERLAP
    assert overlap_start(END, timedelta(seconds=10), changes(5000, timedelta())) == END - timedelta(seconds=10)


def test_changes_before_the_overlap_do_not_count() -> None:
    """An account with many assets is not one in which much has changed."""
    old = [END - timedelta(hours=1)] * 5000
    assert overlap_start(END, OVERLAP, old) == END - OVERLAP


@pytest.mark.parametrize(
    ("creations", "behind"),
    [
        (["2026-01-10T07:00:00Z", "2026-01-10T07:00:00Z", "2026-01-10T08:00:00Z"], "2026-01-10T07:59:59Z"),
        (["2026-01-10T07:00:00Z", None, "2026-01-10T08:00:00Z"], "2026-01-10T07:59:59Z"),
        (["2026-01-10T08:00:00Z", "2026-01-10T07:00:00Z", "2026-01-10T09:00:00Z"], None),
        (["2026-01-10T08:00:00Z", "yesterday", "2026-01-10T09:00:00Z"], None),
        ([], None),
    ],
    ids=["in order", "one that is not told", "out of order", "no instant", "nothing read"],
)
def test_reading_goes_on_behind_the_last_creation_where_they_came_in_order(
    creations: list[str | None], behind: str | None
) -> None:
    """Going on behind one that came out of its order leaves out all that were created before it."""
    last: str | None = None
    for creation in creations:
        last = later_creation(last, creation)
    assert shortly_before(last) == behind
