"""What the search index says of an asset's state, which changes it may not show, and how far back it is asked.

Here belong pure functions: the state of a found asset as three texts, the overlap of two windows, and how far a search
or listing by creation came. Not here: the
calls (`client`), what is read of the found (`listing`, `past_windows`), and whether what it does not show is told to us
(`triggers`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from assettrail.errors import RecordRejected
from ingest.cloudinary.streams import instant
from ingest.strict import JsonObject

UNSEARCHED_EVENTS = (
    "moderation",
    "moderation_summary",
    "move",
    "resource_display_name_changed",
    "access_control_changed",
    "restore_asset_version",
)
"""Events after which the search index may show no newer `uploaded_at` or `last_updated`."""

SHOWN_BY_NOTIFICATION: Mapping[str, str] = {
    "moderation": "moderation",
    "move": "folder",
    "resource_display_name_changed": "display name",
    "access_control_changed": "access",
    "restore_asset_version": "version by a restoration",
}
"""Of these, the events without which a change goes unseen until the next full listing, and what of an asset changes.

A summary tells of moderations that are told one by one, too.
"""

MOST_IN_OVERLAP = 1000
"""Assets that the search for changes reads a second time, two pages of them; more of them shorten the overlap."""

SHORTEST_OVERLAP = timedelta(minutes=1)
"""The search index lags by seconds."""


def overlap_start(window_from: datetime, overlap: timedelta, changes: Iterable[datetime]) -> datetime:
    """From when on changes are searched, so that at most `MOST_IN_OVERLAP` of the known `changes` come again.

    `overlap` before the end of the last window at the most, `SHORTEST_OVERLAP` at the least, if `overlap` is not less.
    Whole seconds, as the search counts them.
    """
    longest = window_from - overlap
    shortest = window_from - min(overlap, SHORTEST_OVERLAP)
    again = sorted((change for change in changes if change >= longest), reverse=True)
    if len(again) <= MOST_IN_OVERLAP:
        return longest
    # All that changed in the second of the first asset too many is left out.
    behind = again[MOST_IN_OVERLAP].replace(microsecond=0) + timedelta(seconds=1)
    return min(max(longest, behind), shortest)


def uploaded_at(version: object) -> datetime | None:
    """When the listed version was uploaded; None when the number is no such instant."""
    try:
        return datetime.fromtimestamp(int(str(version)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def last_change(state: object) -> datetime | None:
    """The last change of an asset as the search index told it."""
    return instant_or_none(str(state[2])) if isinstance(state, list) and len(state) > 2 else None


def state_of(item: JsonObject) -> list[str]:
    """Version, time of upload and time of the last update, as text; empty where the index does not say them."""
    updated = item.get("last_updated")
    last = updated.get("updated_at") if isinstance(updated, Mapping) else None
    version, uploaded = item.get("version"), item.get("uploaded_at")
    return [str(version), str(uploaded), str(last or uploaded)] if version and uploaded else []


def is_untouched(state: list[str]) -> bool:
    """Whether nothing was updated after the upload."""
    try:
        return instant(state[2]) <= instant(state[1])
    except RecordRejected:
        return False


def later_creation(last: str | None, created_at: object) -> str | None:
    """The creation that was read last, with one more read; empty, for good, once they did not come in their order."""
    if last == "" or not isinstance(created_at, str):
        return last
    before, now = instant_or_none(last), instant_or_none(created_at)
    return created_at if now is not None and (before is None or now >= before) else ""


def shortly_before(created_at: str | None) -> str | None:
    """From which creation on to read behind one that was read; None where it has to begin again."""
    created = instant_or_none(created_at)
    return (created - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ") if created else None


def instant_or_none(text: str | None) -> datetime | None:
    """The instant of a vendor's text; None where it is none."""
    try:
        return instant(text) if text else None
    except RecordRejected:
        return None
