"""A naive second opinion on rendition requests, selections and retrievals: plain loops over the composed letters.

Shares no code with the product or the sandbox and uses no SQL. What an approval says at an instant it asks the
oracle of verdicts (`naive.py`); the insurer's rules stand here once more, in words of their own.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]
STRICTER_FROM = "2026-03-01"
UNFITTING = "ctl_unfitting_renditions"
UNANSWERED_REQUESTS = "ctl_unanswered_rendition_requests"
UNUSED = "ctl_unused_renditions"
OUTSIDE = "ctl_selections_outside_campaign"
WITHOUT_SELECTION = "ctl_uses_without_selection"
UNAPPROVED = "ctl_retrievals_of_unapproved_assets"
WITHOUT_RETRIEVAL = "ctl_uses_without_retrieval"
NOT_STORED = "ctl_retrieved_assets_not_stored"
WITHOUT_REFERENCES = "ctl_communications_without_references"
DECISION_CONTROLS = (
    UNFITTING,
    UNANSWERED_REQUESTS,
    UNUSED,
    OUTSIDE,
    WITHOUT_SELECTION,
    UNAPPROVED,
    WITHOUT_RETRIEVAL,
    NOT_STORED,
    WITHOUT_REFERENCES,
)
NOT_FOR_SENDING = ("NOT_APPROVED", "EXPIRED", "NOT_ELIGIBLE")
# least width, most width, most bytes
LIMITS = {
    "email": {"small": (1, 640, 60_000), "default": (1, 1_200, 200_000), "sharp": (1_200, 2_400, 500_000)},
    "web": {"small": (1, 800, 90_000), "default": (1, 1_600, 400_000), "sharp": (1_600, 3_840, 1_500_000)},
    "mobile": {"small": (1, 480, 50_000), "default": (1, 1_080, 150_000), "sharp": (1_080, 2_160, 600_000)},
}
FORMATS = {"email": "jpg png gif", "web": "jpg png webp avif", "mobile": "jpg webp avif"}
US = ("US-CA", "US-NY", "US-TX", "US-FL")
EU = ("DE", "AT", "NL", "FR", "ES", "IT", "IE")
# campaign: (places, first day, day after the last)
CAMPAIGNS: dict[str, list[tuple[tuple[str, ...], str, str]]] = {
    "brand-core": [((*US, *EU), "0000", "9999")],
    "claims-care": [((*US, *EU), "2026-01-01", "2027-01-01")],
    "renewal-2026": [(EU, "2026-01-01", "2026-07-01"), (US, "2026-02-01", "2026-07-01")],
    "spring-drive": [(("US-CA", "US-TX", "DE", "FR", "ES"), "2026-03-01", "2026-04-20")],
    "safe-home": [(("US-NY", "US-FL", "IT", "NL", "IE", "AT"), "2026-01-15", "2026-04-15")],
    "summer-travel": [((*US, *EU), "2026-04-20", "2026-09-01")],
}


@dataclass(frozen=True)
class Bytes:
    """Bytes that a use stands for, as far as they can be told."""

    asset_id: str | None
    version: int | None
    etag: str | None


@dataclass(frozen=True)
class Known:
    """What the oracle of verdicts tells: a use's verdict and bytes, a name's asset, a returned asset's verdict."""

    verdict_of: Callable[[str], str]
    bytes_of: Callable[[Record, Record], Bytes]
    asset_named: Callable[[str, Record], str | None]
    returned_verdict: Callable[[Record, Record, Record], str]


def judge(letters: list[Record], known: Known) -> dict[str, list[str]]:
    """Subjects of the controls of decisions, over the composed letters."""
    found: dict[str, list[str]] = {control: [] for control in DECISION_CONTROLS}
    for letter in letters:
        for rendering in letter["renderings"]:
            for control, subject in (*_request(letter, rendering), *_selection(letter, rendering, known)):
                found[control].append(subject)
        for control, subject in _retrievals(letter, known):
            found[control].append(subject)
    return {control: sorted(subjects) for control, subjects in found.items()}


def _uses(letter: Record, rendering: Record | None = None) -> list[Record]:
    """The uses of a letter, or of one of its renderings."""
    wanted = f"/{rendering['rendering_id']}/" if rendering else "/"
    return [use for use in letter["uses"] if wanted in use["use_id"]]


def _request(letter: Record, rendering: Record) -> Iterator[tuple[str, str]]:
    request = rendering.get("rendition_request")
    if request is None:
        return
    returned = request["returned"]
    if returned is None:
        if request["outcome"] not in ("not_found", "not_needed"):
            yield UNANSWERED_REQUESTS, request["request_id"]
        return
    if not _fits(request["asked"]["channel"], request["asked"]["preference"], returned, letter["generated_at"]):
        yield UNFITTING, request["request_id"]
    urls = {_served(use["url"]) for use in _uses(letter, rendering) if use["url"]}
    if _served(returned["url"]) not in urls:
        yield UNUSED, request["request_id"]


def _fits(channel: str, preference: str, returned: Record, at: str) -> bool:
    least, most, most_bytes = LIMITS[channel][preference]
    formats = FORMATS[channel].split()
    if channel == "mobile" and at < STRICTER_FROM:
        formats.append("png")
        most = 640 if preference == "small" else most
    width, size = returned["width"], returned["bytes"]
    return (
        returned["format"] in formats
        and (width is None or least <= width <= most)
        and (size is None or size <= most_bytes)
    )


def _served(url: str) -> str:
    """What an address serves: neither how it is fetched nor the version it names makes a difference."""
    return re.sub(r"/v\d+/", "/", url.split("//", 1)[-1].split("?", maxsplit=1)[0])


def _selection(letter: Record, rendering: Record, known: Known) -> Iterator[tuple[str, str]]:
    selection = rendering.get("selection")
    chosen = [use for use in _uses(letter, rendering) if selection and _is(selection["chosen"], use, letter, known)]
    if selection and (
        not _runs(selection["campaign"], letter["jurisdiction"], letter["generated_at"])
        or any(known.verdict_of(use["use_id"]) in NOT_FOR_SENDING for use in chosen)
    ):
        yield OUTSIDE, selection["selection_id"]
    for use in _uses(letter, rendering):
        if use["placeholder"] == "hero" and _must_be_selected(letter, rendering["channel"]) and use not in chosen:
            yield WITHOUT_SELECTION, use["use_id"]


def _must_be_selected(letter: Record, channel: str) -> bool:
    if letter["document_type"] == "renewal":
        return True
    is_mobile_now = channel == "mobile" and letter["generated_at"] >= STRICTER_FROM
    return letter["document_type"] == "welcome-pack" and (channel in ("email", "web") or is_mobile_now)


def _runs(campaign: str | None, place: str, at: str) -> bool:
    if campaign is None:
        return True
    return any(place in places and since <= at < until for places, since, until in CAMPAIGNS.get(campaign, ()))


def _is(chosen: str, use: Record, letter: Record, known: Known) -> bool:
    """Whether the chosen asset is the one that was used, whatever names it."""
    if chosen in (use["url"], use["asset_id"], use["public_id"]):
        return True
    if re.fullmatch("[0-9a-f]{32}", chosen):
        asset_id: str | None = chosen
    else:
        name = re.sub(r"^.*/v\d+/", "", chosen) if "://" in chosen else chosen
        asset_id = known.asset_named(name, letter) or known.asset_named(re.sub(r"\.\w+$", "", name), letter)
    return asset_id is not None and asset_id == known.bytes_of(letter, use).asset_id


def _retrievals(letter: Record, known: Known) -> Iterator[tuple[str, str]]:
    stored = [known.bytes_of(letter, use) for use in letter["uses"]]
    everything: list[Record] = []
    for rendering in letter["renderings"]:
        retrieval = rendering.get("retrieval") or {"returned": []}
        for ordinal, returned in enumerate(retrieval["returned"], start=1):
            subject = f"{retrieval['retrieval_id']}/{ordinal}"
            everything.append(returned)
            if known.returned_verdict(letter, retrieval, returned) in NOT_FOR_SENDING:
                yield UNAPPROVED, subject
            if not any(_same(returned, one) for one in stored):
                yield NOT_STORED, subject
    if not _must_be_retrieved(letter):
        return
    embedded = [use for use in letter["uses"] if use["url"] is None]
    for use in embedded:
        if not any(_same(returned, known.bytes_of(letter, use)) for returned in everything):
            yield WITHOUT_RETRIEVAL, use["use_id"]
    if not embedded:
        yield WITHOUT_REFERENCES, letter["communication_id"]


def _must_be_retrieved(letter: Record) -> bool:
    if letter["document_type"] in ("policy", "claim-letter"):
        return True
    return letter["document_type"] == "statement" and letter["generated_at"] >= STRICTER_FROM


def _same(returned: Record, used: Bytes) -> bool:
    if (returned["asset_id"], returned["version"]) != (used.asset_id, used.version):
        return False
    return used.etag is None or returned.get("etag") in (None, used.etag)
