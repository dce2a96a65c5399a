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


def advise(letters: list[Record], image_used: Callable[[Record, Record], Any]) -> list[str]:
    """Where another transformation is advised and none as advised came later: template, channel, transformation."""
    sent = [(letter, use) for letter in letters for use in letter["uses"] if use["url"] and use["public_id"]]
    uses: dict[tuple[str, str, str], list[str]] = {}
    broken: dict[tuple[str, str, str], list[tuple[str, bool]]] = {}
    for letter, use in sent:
        place = (letter["template_id"], use["channel"], _transformation(use["url"]))
        uses.setdefault(place, []).append(letter["generated_at"])
        if _breaks(letter, use, image_used):
            is_shown = _is_shown(use, image_used(letter, use)[0], is_stricter=letter["generated_at"] >= STRICTER_FROM)
            broken.setdefault(place, []).append((letter["generated_at"], is_shown))
    found = []
    for (template, channel, text), times in broken.items():
        advised = _advised(channel, text, is_shown=all(is_shown for _, is_shown in times))
        later = [at for at in uses.get((template, channel, advised), ()) if at > max(times)[0]]
        if advised != text and not later:
            found.append(f"{template}/{channel}/{text}")
    return sorted(found)


def _advised(channel: str, text: str, *, is_shown: bool) -> str:
    """The transformation that the channel takes at the end."""
    is_adaptive = channel in ("web", "mobile")
    adapts_format = is_adaptive and "auto" not in _values(text, "f")
    adapts_quality = is_adaptive and not any(one.split(":")[0] == "auto" for one in _values(text, "q"))
    gone = ("f_",) * (adapts_format or not is_shown) + ("q_",) * adapts_quality
    steps = [[one for one in step.split(",") if one and not one.startswith(gone)] for step in text.split("/")]
    advised = [",".join(step) for step in steps if step]
    widths = [int(one) for one in _values(text, "w") if one.isdigit()]
    if widths and widths[-1] > WIDEST[channel][True]:
        advised.append(f"c_limit,w_{WIDEST[channel][True]}")
    if adapts_format or not is_shown:
        advised.append("f_auto" if adapts_format else "f_jpg")
    return "/".join([*advised, *["q_auto"] * adapts_quality])


def _breaks(letter: Record, use: Record, image_used: Callable[[Record, Record], Any]) -> bool:
    is_stricter = letter["generated_at"] >= STRICTER_FROM
    if use["channel"] == "print":
        tenths = PRINTED_TENTHS_OF_INCHES.get(use["placeholder"])
        width = image_used(letter, use)[1] if tenths and use["url"] is None else None
        return tenths is not None and width is not None and width * 10 < LEAST_DPI[is_stricter] * tenths
    if use["url"] is None or use["public_id"] is None:
        return False
    channel, text = use["channel"], _transformation(use["url"])
    if not _is_shown(use, image_used(letter, use)[0], is_stricter=is_stricter):
        return True
    widths = [int(one) for one in _values(text, "w") if one.isdigit()]
    if widths and widths[-1] > WIDEST[channel][is_stricter]:
        return True
    needs_format = channel == "mobile" or (channel == "web" and is_stricter)
    if needs_format and "auto" not in _values(text, "f"):
        return True
    return channel in ("web", "mobile") and not any(one.split(":")[0] == "auto" for one in _values(text, "q"))


def _is_shown(use: Record, uploaded_as: str | None, *, is_stricter: bool) -> bool:
    """Whether the channel shows the format that is delivered."""
    channel = use["channel"]
    formats = FORMATS[channel].split() + (["png"] if channel == "mobile" and not is_stricter else [])
    delivered = _format_of_parameter(_transformation(use["url"])) or _ending(use["url"]) or uploaded_as
    return delivered in (*formats, "auto")


def _transformation(url: str) -> str:
    return re.sub(r"^.*/image/upload/|/?v\d+/.*$", "", url)


def _values(text: str, key: str) -> list[str]:
    return re.findall(rf"(?:^|[,/]){key}_([^,/]+)", text)


def _format_of_parameter(text: str) -> str | None:
    return (_values(text, "f") or [None])[-1]


def _ending(url: str) -> str | None:
    found = re.search(r"\.([a-z]+)$", url)
    return found.group(1) if found else None
