"""A naive second opinion on what channels deliver: plain loops over the composed letters.

Shares no code with the product or the sandbox and uses no SQL; the insurer's policies stand here once more.
"""

import re
from collections.abc import Callable
from typing import Any

Record = dict[str, Any]
BREAKING = "ctl_uses_breaking_channel_policy"
STRICTER_FROM = "2026-03-01"
WIDEST = {"email": (2_400, 2_400), "web": (3_840, 2_560), "mobile": (2_160, 1_440)}
FORMATS = {"email": "jpg png gif", "web": "jpg png webp avif", "mobile": "jpg webp avif"}
LEAST_DPI = (100, 150)
PRINTED_TENTHS_OF_INCHES = {"badge": 16}


def judge(
    letters: list[Record], image_used: Callable[[Record, Record], tuple[str | None, int | None]]
) -> dict[str, list[str]]:
    """Uses that break the policy of their channel on their day; `image_used` tells format and width of the upload."""
    breaking = [use["use_id"] for letter in letters for use in letter["uses"] if _breaks(letter, use, image_used)]
    return {BREAKING: sorted(breaking)}


def _breaks(letter: Record, use: Record, image_used: Callable[[Record, Record], Any]) -> bool:
    is_stricter = letter["generated_at"] >= STRICTER_FROM
    if use["channel"] == "print":
        tenths = PRINTED_TENTHS_OF_INCHES.get(use["placeholder"])
        width = image_used(letter, use)[1] if tenths and use["url"] is None else None
        return tenths is not None and width is not None and width * 10 < LEAST_DPI[is_stricter] * tenths
    if use["url"] is None or use["public_id"] is None:
        return False
    channel, text = use["channel"], _transformation(use["url"])
    formats = FORMATS[channel].split() + (["png"] if channel == "mobile" and not is_stricter else [])
    delivered = _format_of_parameter(text) or _ending(use["url"]) or image_used(letter, use)[0]
    if delivered not in (*formats, "auto"):
        return True
    widths = [int(one) for one in _values(text, "w") if one.isdigit()]
    if widths and widths[-1] > WIDEST[channel][is_stricter]:
        return True
    needs_format = channel == "mobile" or (channel == "web" and is_stricter)
    if needs_format and "auto" not in _values(text, "f"):
        return True
    return channel in ("web", "mobile") and not any(one.split(":")[0] == "auto" for one in _values(text, "q"))


def _transformation(url: str) -> str:
    return re.sub(r"^.*/image/upload/|/?v\d+/.*$", "", url)


def _values(text: str, key: str) -> list[str]:
    return re.findall(rf"(?:^|[,/]){key}_([^,/]+)", text)


def _format_of_parameter(text: str) -> str | None:
    return (_values(text, "f") or [None])[-1]


def _ending(url: str) -> str | None:
    found = re.search(r"\.([a-z]+)$", url)
    return found.group(1) if found else None
