"""The insurer's rules for decisions behind letters: what needs them, what fits them, when campaigns run.

The same words stand in the warehouse's seeds; here they let background letters be right by construction, and
let planters stand exactly on a limit or a step beside it. Nothing here judges a letter.
"""

from dataclasses import dataclass

from sandbox.scenario.stages import GRACE_CHANGES, instant

#: From this instant on some of the rules are stricter: the same instant at which the grace changes.
RULES_CHANGE = GRACE_CHANGES
CAMPAIGN_PLACEHOLDER = "hero"
#: Document types whose campaign image a selection has to choose, in every channel.
SELECTED_DOCUMENT = "renewal"
#: The same in email and on the web; on mobile only since the rules changed.
SELECTED_LATER_ON_MOBILE = "welcome-pack"
#: Document types whose embedded images come out of a retrieval, and stand with the communication.
RETRIEVED_DOCUMENTS = ("policy", "claim-letter")
RETRIEVED_SINCE_CHANGE = "statement"
#: A document type that no rule speaks of.
FREE_DOCUMENT = "bill"
PREFERENCES = ("small", "default", "sharp")
DIGITAL = ("email", "web", "mobile")
_OPEN = (0, 10**11)


@dataclass(frozen=True, slots=True)
class RenditionRule:
    """What a returned rendition may measure; both ends of the width are allowed."""

    min_width: int
    max_width: int
    max_bytes: int


_RENDITIONS = {
    ("email", "small"): RenditionRule(1, 640, 60_000),
    ("email", "default"): RenditionRule(1, 1_200, 200_000),
    ("email", "sharp"): RenditionRule(1_200, 2_400, 500_000),
    ("web", "small"): RenditionRule(1, 800, 90_000),
    ("web", "default"): RenditionRule(1, 1_600, 400_000),
    ("web", "sharp"): RenditionRule(1_600, 3_840, 1_500_000),
    ("mobile", "small"): RenditionRule(1, 480, 50_000),
    ("mobile", "default"): RenditionRule(1, 1_080, 150_000),
    ("mobile", "sharp"): RenditionRule(1_080, 2_160, 600_000),
}
MOBILE_SMALL_BEFORE_CHANGE = RenditionRule(1, 640, 50_000)
_FORMATS = {
    "email": ("jpg", "png", "gif"),
    "web": ("jpg", "png", "webp", "avif"),
    "mobile": ("jpg", "webp", "avif"),
}
#: Allowed on mobile until the rules changed.
MOBILE_FORMAT_BEFORE_CHANGE = "png"
#: Formats that a channel never takes.
UNFIT_FORMATS = {"email": ("webp", "avif"), "web": ("tiff",), "mobile": ("gif", "tiff")}

#: Most width of a delivered image, by channel: until the rules changed, and since.
MAX_WIDTHS = {"email": (2_400, 2_400), "web": (3_840, 2_560), "mobile": (2_160, 1_440)}
#: Least dots per inch of a printed image: until the rules changed, and since.
MIN_DPI = (100, 150)
#: A place in print whose width is known, 1.6 inches; the other places' is not.
MEASURED_PLACEHOLDER = "badge"
MEASURED_TENTHS_OF_INCHES = 16

_EUROPE = ("DE", "AT", "NL", "FR", "ES", "IT", "IE")
_AMERICA = ("US-CA", "US-NY", "US-TX", "US-FL")


def _window(since: str, until: str) -> tuple[int, int]:
    return instant(f"{since}T00:00:00+00:00"), instant(f"{until}T00:00:00+00:00")


#: By campaign and jurisdiction (`*`: everywhere): from, to; the end is not included.
CAMPAIGN_WINDOWS: dict[str, dict[str, tuple[int, int]]] = {
    "brand-core": {"*": _OPEN},
    "claims-care": {"*": _window("2026-01-01", "2027-01-01")},
    "renewal-2026": dict.fromkeys(_EUROPE, _window("2026-01-01", "2026-07-01"))
    | dict.fromkeys(_AMERICA, _window("2026-02-01", "2026-07-01")),
    "spring-drive": dict.fromkeys(("US-CA", "US-TX", "DE", "FR", "ES"), _window("2026-03-01", "2026-04-20")),
    "safe-home": dict.fromkeys(("US-NY", "US-FL", "IT", "NL", "IE", "AT"), _window("2026-01-15", "2026-04-15")),
    "summer-travel": {"*": _window("2026-04-20", "2026-09-01")},
}


def needs_selection(document_type: str, channel: str, placeholder: str, at: int) -> bool:
    """Whether a background image in this place is chosen by a selection."""
    if placeholder != CAMPAIGN_PLACEHOLDER:
        return False
    if document_type == SELECTED_LATER_ON_MOBILE:
        return channel in ("email", "web") or (channel == "mobile" and at >= RULES_CHANGE)
    return document_type == SELECTED_DOCUMENT


def needs_retrieval(document_type: str, at: int) -> bool:
    """Whether embedded images of a letter come out of a retrieval."""
    return document_type in RETRIEVED_DOCUMENTS or (document_type == RETRIEVED_SINCE_CHANGE and at >= RULES_CHANGE)


def rendition_rule(channel: str, preference: str, at: int) -> RenditionRule:
    """What a rendition for a digital channel and a preference may measure at an instant."""
    if (channel, preference) == ("mobile", "small") and at < RULES_CHANGE:
        return MOBILE_SMALL_BEFORE_CHANGE
    return _RENDITIONS[channel, preference]


def rendition_formats(channel: str) -> tuple[str, ...]:
    """Formats that a digital channel always takes."""
    return _FORMATS[channel]


def max_width(channel: str, at: int) -> int:
    """Most width of an image that a digital channel delivers, in pixels."""
    return MAX_WIDTHS[channel][int(at >= RULES_CHANGE)]


def least_printed_width(at: int) -> int:
    """Least width in pixels of an image in the place whose printed width is known."""
    return MIN_DPI[int(at >= RULES_CHANGE)] * MEASURED_TENTHS_OF_INCHES // 10


def running_campaigns(jurisdiction: str, at: int) -> list[str]:
    """Campaigns that run in a jurisdiction at an instant."""
    running = []
    for campaign, windows in CAMPAIGN_WINDOWS.items():
        window = windows.get(jurisdiction) or windows.get("*")
        if window and window[0] <= at < window[1]:
            running.append(campaign)
    return running
