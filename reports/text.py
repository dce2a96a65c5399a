"""How values are written on a page: instants, lengths of time, numbers, sizes, shortened ids.

Here belong the pure functions that templates use as filters. Every instant is written in UTC, in the order year,
month, day, so that columns of them sort as they read.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

TWIN_ENDING = ".json"
"""What the address of a page's JSON twin ends in."""

PROVENANCE_MARK = ".prov"
"""What stands before that ending in the address of the PROV document beside a page."""

CSV_ENDING, ROWS_ENDING, PARQUET_ENDING = ".csv", ".rows.json", ".parquet"
"""What the addresses of a page's rows end in, all of them: for a spreadsheet, without loss, for an analyst's tool."""

CSV_METADATA_ENDING = ".csv-metadata.json"
"""What the address of the document ends in that describes the CSV."""

PDF_ENDING = ".pdf"
"""What the address of a page's signed print ends in."""

ROW_ENDINGS = (CSV_METADATA_ENDING, ROWS_ENDING, CSV_ENDING, PARQUET_ENDING)
FORM_ENDINGS = (PROVENANCE_MARK + TWIN_ENDING, *ROW_ENDINGS, PDF_ENDING, TWIN_ENDING)
"""Every form that an address can ask for, a longer ending before one that it ends in."""

TAKEN_OUT = (*ROW_ENDINGS, PDF_ENDING)
"""The forms that leave the reports as files: they need their own right and stand in the log of accesses."""

_MARKS = (PROVENANCE_MARK, *(ending.removesuffix(TWIN_ENDING) for ending in FORM_ENDINGS), TWIN_ENDING)

_UNITS = ("B", "kB", "MB", "GB", "TB")


def instant(value: datetime | None, absent: str = "–") -> str:
    """Return `2026-03-14 09:12:33` (UTC), with a fraction only where there is one."""
    if value is None:
        return absent
    moment = value.astimezone(UTC)
    fraction = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
    return f"{moment:%Y-%m-%d %H:%M:%S}{fraction}"


def iso(value: datetime | None) -> str | None:
    """Return the instant as ISO 8601 in UTC with a Z, or None."""
    return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day(value: datetime | None, absent: str = "–") -> str:
    """Return the UTC day of the instant, `2026-03-14`."""
    return absent if value is None else f"{value.astimezone(UTC):%Y-%m-%d}"


def span(value: timedelta | None, absent: str = "–") -> str:
    """Return a length of time by its two largest units: `3 days 4 hours`, `12 seconds`; the sign is dropped."""
    if value is None:
        return absent
    seconds = abs(int(value.total_seconds()))
    parts: list[str] = []
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count:,} {unit}{'' if count == 1 else 's'}")
    return " ".join(parts[:2]) or "0 seconds"


def number(value: int | None, absent: str = "–") -> str:
    """Return a whole number with commas between thousands."""
    return absent if value is None else f"{value:,}"


def count_of(value: int, one: str, many: str | None = None) -> str:
    """Return a count with its grain: `1 asset use`, `2,345 asset uses`."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def size(value: int | None, absent: str = "–") -> str:
    """Return a number of bytes in decimal units: `412.3 kB`."""
    if value is None:
        return absent
    amount = float(value)
    for unit in _UNITS:
        if amount < 1000 or unit == _UNITS[-1]:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return absent


def short(value: str | None, length: int = 12, absent: str = "–") -> str:
    """Return the beginning of an id or hash, with an ellipsis where something was left out."""
    if not value:
        return absent
    return value if len(value) <= length else value[: length - 1] + "…"


def share(part: int, whole: int) -> str:
    """Return a percentage with one decimal; a share that is not nothing never reads as 0.0 % (nor 100.0 % as all)."""
    if whole == 0:
        return "–"
    percent = 100 * part / whole
    if 0 < percent < 0.1:
        return "< 0.1 %"
    if 99.9 < percent < 100:
        return "> 99.9 %"
    return f"{percent:.1f} %"


def path_part(value: object) -> str:
    """Return a value as one part of an address, whatever it holds (slashes, dots, right-to-left marks).

    An id that itself ends like a form of a page, or as one does before `.json`, has its dot escaped, which is how
    `pages.form_of` tells them apart.
    """
    part = quote(str(value), safe="")
    for mark in _MARKS:
        if mark and part.endswith(mark):
            return f"{part.removesuffix(mark)}%2E{mark[1:]}"
    return part


def web_address(value: str | None) -> str | None:
    """Return the value where it is an http(s) address that a page may link to; any other scheme is only text."""
    if not value:
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return value if parts.scheme in {"http", "https"} and parts.netloc else None
