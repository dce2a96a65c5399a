"""A naive second opinion on what launches publish: plain loops over launches, letters and their images.

Shares no code with the product or the sandbox and uses no SQL. What an approval says it asks the oracle of verdicts
(`naive.py`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.oracle import launches

Record = dict[str, Any]
OLD_VISUALS = "ctl_old_visuals_after_launch"
UNAPPROVED_VISUALS = "ctl_launches_without_approved_visuals"
LAUNCH_VISUAL_CONTROLS = (OLD_VISUALS, UNAPPROVED_VISUALS)
NOT_FOR_LAUNCHING = ("NOT_APPROVED", "EXPIRED", "NOT_ELIGIBLE")


@dataclass(frozen=True)
class Assets:
    """What the oracle of verdicts tells of assets."""

    #: Bytes live at an instant, each with its upload, by asset id; several within the clock uncertainty.
    live_at: Callable[[str, str], list[tuple[str, str]]]
    #: Verdict of bytes for the readers of a region, at an instant.
    verdict_at: Callable[[str, str, str | None, str], str]
    #: The asset and the bytes that a use may stand for.
    used: Callable[[Record, Record], tuple[str | None, set[str]]]
    #: Instant of the last upload of bytes until an instant.
    last_upload: Callable[[str, str, str], str | None]
    verdict_of_use: Callable[[str], str]


@dataclass(frozen=True)
class Visual:
    """What a launch published."""

    requirement: str
    asset_id: str
    region: str | None
    launched: str
    live: tuple[tuple[str, str], ...]
    verdict: str


def judge(records: list[Record], assets: Assets, now: str) -> dict[str, list[str]]:
    """Subjects of the controls of launches' visuals at `now`."""
    visuals = [visual for visual in _visuals(records, assets) if visual.launched <= now]
    old = []
    for letter in records:
        if letter["kind"] == "compose":
            old += [use["use_id"] for use in letter["uses"] if _is_old(letter, use, visuals, assets)]
    unapproved = [one.requirement for one in visuals if not one.live or one.verdict in NOT_FOR_LAUNCHING]
    return {OLD_VISUALS: sorted(old), UNAPPROVED_VISUALS: sorted(unapproved)}


def _visuals(records: list[Record], assets: Assets) -> Iterator[Visual]:
    objects = launches.objects_of(records)
    homes = {record["community_id"]: record["region"] for record in records if record["kind"] == "register_community"}
    plans = {said["launchId"]: said for said in objects["launches"]}
    for said in objects["launch-requirements"]:
        plan = plans[said["launchId"]]
        if "waived" in said.values() or plan.get("status") == "cancelled" or said["asset_id"] is None:
            continue
        region = said["market"] if said.get("market", "any") != "any" else homes.get(said.get("communityId"))
        at = plan["launchAt"]
        live = tuple(assets.live_at(said["asset_id"], at))
        verdicts = {assets.verdict_at(said["asset_id"], etag, region, at) for etag, _ in live}
        verdict = verdicts.pop() if len(verdicts) == 1 else "AMBIGUOUS"
        yield Visual(f"{said['launchId']}/{said['ordinal']}", said["asset_id"], region, at, live, verdict)


def _is_old(letter: Record, use: Record, visuals: list[Visual], assets: Assets) -> bool:
    asset_id, etags = assets.used(letter, use)
    at = letter["generated_at"]
    met = [
        visual
        for visual in visuals
        if visual.asset_id == asset_id
        and _has_come(visual.launched, at)
        and visual.region in (None, letter["jurisdiction"])
        and visual.verdict in ("PROVEN", "SUPERSEDED")
    ]
    if not met or len(etags) != 1 or assets.verdict_of_use(use["use_id"]) in ("NO_EVIDENCE", "AMBIGUOUS"):
        return False
    (etag,) = etags
    (launched_etag, launched_upload) = max(met, key=lambda visual: visual.launched).live[-1]
    uploaded = assets.last_upload(str(asset_id), etag, at)
    return etag != launched_etag and uploaded is not None and uploaded < launched_upload


def _has_come(launched: str, at: str) -> bool:
    """A launch counts from its very instant on."""
    return launched <= at
