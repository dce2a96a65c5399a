"""The names, keys and instants of the example.

Here belongs what several of its domains share, hostile names included.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

OPEN_END = datetime(9999, 12, 31, tzinfo=UTC)
COVERED_FROM = datetime(2026, 1, 10, tzinfo=UTC)
COVERED_TO = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)
LETTER = "COM-2026-0004711"
LETTER_AT = datetime(2026, 4, 14, 9, 12, 33, tzinfo=UTC)
EARLY_LETTER = "COM-2026-0000007"
TWIN_LETTER = "COM-2026-0000099"
ANSWERED_CASE = "CASE-000031"
WAITING_CASE = "CASE-000032"
SEVERAL_LETTER = "COM-2026-0000123"
SCRIPT = "<script>document.title='taken over'</script>"
RIGHT_TO_LEFT = "\u202egnp.live\u202c \u05e9\u05dc\u05d5\u05dd"
FORMULA = '=HYPERLINK("http://attacker.example","open")'
LONG_NAME = "very/long/" + "x" * 10_230
HOSTILE_LETTER = "COM-\"><img src=x onerror=alert(1)>/../%2e%2e/'; drop table marts.fct_cases; --"
ORDINARY_LETTERS = 130

Row = dict[str, object]


def key_of(*parts: object) -> str:
    """Return a key as the warehouse makes them: 64 hexadecimal digits."""
    return hashlib.sha256("\x00".join(map(str, parts)).encode()).hexdigest()


def asset_id_of(name: str) -> str:
    """Return an asset id as Cloudinary makes them: 32 hexadecimal digits."""
    return key_of("asset id", name)[:32]


BANNER = asset_id_of("banner")
LETTERHEAD = asset_id_of("letterhead")
HOSTILE_ASSET = asset_id_of("hostile")


def at(day: str, time: str = "08:00:00") -> datetime:
    """Return an instant of 2026 in UTC from `04-14` and `09:12:33`."""
    return datetime.fromisoformat(f"2026-{day}T{time}+00:00")


def version_key(asset_id: str, number: int) -> str:
    """Return the key of a version of the example."""
    return key_of("version", asset_id, number)


def etag_of(asset_id: str, number: int) -> str:
    """Return the etag of a version of the example: 32 hexadecimal digits."""
    return key_of("etag", asset_id, number)[:32]
