"""Times as sources write them: with an offset, in a format of their own, or as the clock on their wall. Pure.

Here belongs what stands in a column `*_at_raw`: a text with an offset stays as it came. A clock reading without one is
nobody's instant: it gets the offset of the zone that a setting names for its writer, and the text as written is kept
beside it with that zone; without a zone the record is refused. So are readings that a change of the clocks makes twice
or never. A plain day may be kept: it is no reading of a clock, and stays a day. Not here: reading `*_at_raw` as an
instant, which is staging's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from assettrail.errors import RecordRejected
from ingest.form import in_form
from ingest.reading import Values
from ingest.strict import canonical_json

WRITTEN_TIMES = "written_times"
ZONE_OF_A_PARTNER = "trading_grid.partner_zones or the mapping"
_TIME_COLUMN = re.compile(r"(?:.*_)?at_raw")
_EPOCH_MILLISECONDS = re.compile(r"[0-9]{12,14}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}|\d{8}", re.ASCII)
_WEEK = re.compile(r"\d{4}-?W\d{2}(?:-?\d)?", re.ASCII)
_CLOCK_IN_FORMAT = re.compile("%[HIXc]")
_WITH_OFFSET = re.compile(r"\d{4}-\d{2}-\d{2}[T ][\d:.]+ ?(?:Z|z|[+-]\d{2}(?::?\d{2})?)", re.ASCII)


def settled(
    values: Values,
    zone: str | None,
    time_format: str | None = None,
    setting: str = ZONE_OF_A_PARTNER,
    *,
    keeps_days: bool = False,
) -> Values:
    """The row with an offset in each `*_at_raw`, and what was written before in `written_times` (NULL: no change).

    `zone` is the IANA zone of times without an offset, `time_format` how this source writes times where that is not
    ISO 8601 (as `datetime.strptime` has it), `setting` the one that names the zone. With `keeps_days` a plain day is
    one of ISO 8601 (`2026-03-12`), without an offset; else it is the instant at which it began. Raises RecordRejected
    for a time that cannot be an instant.
    """
    written: dict[str, Mapping[str, str | None]] = {}
    changed = dict(values)
    for name, text in values.items():
        if is_time_column(name) and isinstance(text, str):
            day = _day_or_none(name, text, time_format) if keeps_days else None
            instant_text, assumed = (day, None) if day else _settle(name, text, zone, time_format, setting)
            if instant_text != text:
                changed[name] = instant_text
                written[name] = {"text": text, "zone": assumed}
    changed[WRITTEN_TIMES] = canonical_json(written) if written else None
    return changed


def is_time_column(name: str) -> bool:
    """Whether a column holds a time as the vendor wrote it."""
    return _TIME_COLUMN.fullmatch(name) is not None


def instant_or_none(text: str, zone: str | None, *, keeps_days: bool = False) -> datetime | None:
    """The instant (UTC) of a time text; None when it is none. With `keeps_days` a plain day begins in UTC."""
    try:
        day = _day_or_none("time", text, None) if keeps_days else None
        if day:
            return datetime.fromisoformat(day).replace(tzinfo=UTC)
        settled_text, _ = _settle("time", text, zone, None, ZONE_OF_A_PARTNER)
        if _EPOCH_MILLISECONDS.fullmatch(settled_text):
            return datetime.fromtimestamp(int(settled_text) / 1000, UTC)
        return datetime.fromisoformat(_tight(settled_text)).astimezone(UTC)
    except (RecordRejected, ValueError, OverflowError, OSError):
        return None


def at_clock(reading: datetime, zone: str, what: str) -> datetime:
    """The instant at which clocks in `zone` showed a reading. Raises RecordRejected when they did so twice or never."""
    early = reading.replace(tzinfo=ZoneInfo(zone), fold=0)
    late = early.replace(fold=1)
    if early.utcoffset() != late.utcoffset():
        is_twice = early.utcoffset() > late.utcoffset()  # type: ignore[operator]
        raise _rejected(
            what,
            f"{reading.isoformat()}, which clocks in {zone} showed {'twice' if is_twice else 'never'}",
            "a reading that is one instant",
            "have the sender write times with an offset",
        )
    return early


def no_zone(what: str, text: str, setting: str = ZONE_OF_A_PARTNER) -> RecordRejected:
    """The rejection of a time without offset for which no zone is set."""
    return _rejected(
        what,
        f"{in_form(text)}, without an offset",
        f"a time with an offset, or a zone for it in {setting}",
        f"set {setting}, then ingest again",
    )


def _day_or_none(name: str, text: str, time_format: str | None) -> str | None:
    """The plain day that a text is, as ISO 8601 has it; None for a text or a format with a time of day."""
    if time_format is None:
        is_day = _DAY.fullmatch(text) is not None
    else:
        is_day = _CLOCK_IN_FORMAT.search(time_format.replace("%%", "")) is None
    return _parsed(f"the time {name!r}", text, time_format).date().isoformat() if is_day else None


def _settle(name: str, text: str, zone: str | None, time_format: str | None, setting: str) -> tuple[str, str | None]:
    """The text with an offset, and the zone that was assumed for it."""
    what = f"the time {name!r}"
    if time_format is None and (_EPOCH_MILLISECONDS.fullmatch(text) or _WITH_OFFSET.fullmatch(text)):
        _parsed(what, text, time_format)
        return text, None
    found = _parsed(what, text, time_format)
    if found.tzinfo is not None:
        return found.isoformat(), None
    if zone is None:
        raise no_zone(what, text, setting)
    return at_clock(found, zone, what).isoformat(), zone


def _parsed(what: str, text: str, time_format: str | None) -> datetime:
    try:
        if time_format is not None:
            return datetime.strptime(text, time_format)  # noqa: DTZ007 - the zone is the caller's to find
        if _EPOCH_MILLISECONDS.fullmatch(text):
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        if _WEEK.fullmatch(text):
            raise ValueError("a week is neither a day nor an instant")
        return datetime.fromisoformat(_tight(text))
    except (ValueError, OverflowError, OSError) as error:
        expected = "a time of ISO 8601" if time_format is None else f"a time as {time_format!r}"
        remedy = "correct the mapping, or have the sender correct it"
        raise _rejected(what, in_form(text), expected, remedy) from error


def _tight(text: str) -> str:
    """ISO text as Python reads it: no space in front of the offset."""
    return re.sub(r" (?=(?:Z|z|[+-]\d{2}(?::?\d{2})?)$)", "", text)


def _rejected(what: str, found: str, expected: str, remedy: str) -> RecordRejected:
    return RecordRejected(tried=f"to read {what}", found=found, expected=expected, remedy=remedy)
