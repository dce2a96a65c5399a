"""A naive second opinion on what corrections are proposed for communities and launches: plain loops, nothing else.

Shares no code with the product or the sandbox and uses no SQL. What may be published now it asks the oracle of verdicts
(`naive.py`).
"""

from collections.abc import Callable
from typing import Any

from tests.oracle.artwork import OUTDATED_ARTWORK
from tests.oracle.communities import FOREIGN, MISSING, needs_of, still_shown
from tests.oracle.launches import MISSING_ASSETS, UNANSWERED_FORMATS, objects_of

Record = dict[str, Any]
#: Whether the bytes that an asset delivers now are approved for the readers of a region.
MayPublish = Callable[[str, str], bool]

CURES = {
    "publish_variant": MISSING,
    "replace_foreign_variant": FOREIGN,
    "withdraw_foreign_variant": FOREIGN,
    "publish_asked_format": UNANSWERED_FORMATS,
    "send_artwork": OUTDATED_ARTWORK,
}
"""The kinds that end what they answer, and the control that they empty."""


def judge(
    records: list[Record], controls: dict[str, list[str]], may_publish: MayPublish, now: str
) -> dict[str, list[str]]:
    """What is proposed to be published and posted, by kind."""
    homes = {record["community_id"]: record["region"] for record in records if record["kind"] == "register_community"}
    variants = [
        name
        for name, need in needs_of(records)
        if name in controls[MISSING] and may_publish(need["asset_id"], homes[need["communityId"]])
    ]
    foreign: dict[bool, list[str]] = {True: [], False: []}
    shown = still_shown(records)
    for record in shown:
        home = homes[record["community_id"]]
        if record["publication_id"] in controls[FOREIGN] and may_publish(record["asset_id"], home):
            foreign[any(_is_own(other, record, home) for other in shown)].append(record["publication_id"])
    artwork = [
        r["fields"]["distributionId"]
        for r in records
        if r["kind"] == "create_object"
        and r["objects"] == "distributions"
        and r["fields"]["distributionId"] in controls[OUTDATED_ARTWORK]
        and may_publish(r["asset"]["asset_id"], homes[r["fields"]["communityId"]])
    ]
    objects = objects_of(records)
    formats = [
        said["formatRequestId"]
        for said in objects["format-requests"]
        if said["formatRequestId"] in controls[UNANSWERED_FORMATS]
        and may_publish(said["asset_id"], homes[said["communityId"]])
    ]
    coming = {
        said["launchId"]
        for said in objects["launches"]
        if said.get("status", "planned") == "planned" and said["launchAt"] > now
    }
    lacking = {subject.split("/")[0] for subject in controls[MISSING_ASSETS]}
    return {
        "publish_variant": sorted(variants),
        "replace_foreign_variant": sorted(foreign[False]),
        "withdraw_foreign_variant": sorted(foreign[True]),
        "publish_asked_format": sorted(formats),
        "send_artwork": sorted(artwork),
        "post_readiness": sorted(coming & lacking),
    }


def _is_own(other: Record, record: Record, home: str) -> bool:
    same = (other["community_id"], other["asset_id"]) == (record["community_id"], record["asset_id"])
    return same and other["region"] in (home, "any") and other["device"] in (record["device"], "any")
