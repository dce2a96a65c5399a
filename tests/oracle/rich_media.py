"""A naive second opinion on thumbnails and where they lead: plain loops over letters and their images.

Shares no code with the product or the sandbox and uses no SQL. What an approval says it asks the oracle of verdicts
(`naive.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]
UNUSABLE_TARGETS = "ctl_rich_media_with_unusable_targets"
OTHER_VERSIONS = "ctl_thumbnails_of_other_versions"
RICH_MEDIA_CONTROLS = (UNUSABLE_TARGETS, OTHER_VERSIONS)
NOT_FOR_SENDING = ("NOT_APPROVED", "EXPIRED", "NOT_ELIGIBLE")


@dataclass(frozen=True)
class Assets:
    """What the oracle of verdicts tells of assets."""

    #: The asset that a name or id means in a letter, and the bytes live then; None where there is none.
    served: Callable[[Record, Record], tuple[str, set[str]] | None]
    #: The asset and the bytes that a use may stand for.
    used: Callable[[Record, Record], tuple[str | None, set[str]]]
    #: Verdict of bytes of an asset for the customer of a letter.
    verdict_for: Callable[[Record, str, str], str]
    #: The name of what a name or id means at the end, where its newest bytes are approved for a letter's customer then.
    approved_now: Callable[[Record, Record], str | None]


def judge(letters: list[Record], assets: Assets) -> dict[str, list[str]]:
    """Subjects of the controls of rich media."""
    found: dict[str, list[str]] = {control: [] for control in RICH_MEDIA_CONTROLS}
    for letter in letters:
        for use in letter["uses"]:
            target = use["target"]
            if target is None or (target["asset_id"] is None and target["public_id"] is None):
                continue
            served = assets.served(letter, target)
            if served is None or not served[1]:
                found[UNUSABLE_TARGETS].append(use["use_id"])
                continue
            asset_id, etags = served
            verdicts = {assets.verdict_for(letter, asset_id, etag) for etag in etags}
            if len(verdicts) == 1 and verdicts <= set(NOT_FOR_SENDING):
                found[UNUSABLE_TARGETS].append(use["use_id"])
            if _is_other(assets.used(letter, use), asset_id, etags):
                found[OTHER_VERSIONS].append(use["use_id"])
    return {control: sorted(subjects) for control, subjects in found.items()}


def advise(letters: list[Record], assets: Assets, controls: dict[str, list[str]]) -> list[str]:
    """Where the current thumbnail is advised: template, channel, video. In the scenario none is mended later."""
    found = set()
    for letter in letters:
        for use in letter["uses"]:
            if use["use_id"] in controls[OTHER_VERSIONS]:
                name = assets.approved_now(letter, use["target"])
                if name is not None:
                    found.add(f"{letter['template_id']}/{use['channel']}/{name}")
    return sorted(found)


def _is_other(used: tuple[str | None, set[str]], asset_id: str, etags: set[str]) -> bool:
    """Whether a use stands surely for other bytes of the asset than those served."""
    return used[0] == asset_id and len(used[1]) == len(etags) == 1 and used[1] != etags
