"""A naive second opinion on what communities show and need: plain loops over publications and needs.

Shares no code with the product or the sandbox and uses no SQL. What an approval says at an instant it asks the
oracle of verdicts (`naive.py`).
"""

from collections.abc import Callable
from typing import Any

Record = dict[str, Any]
INELIGIBLE = "ctl_ineligible_community_assets"
MISSING = "ctl_missing_variants"
FOREIGN = "ctl_foreign_region_variants"
COMMUNITY_CONTROLS = (INELIGIBLE, MISSING, FOREIGN)
#: Verdict now of an asset id and etag for the readers of a region.
VerdictNow = Callable[[str, str, str], str]


def judge(records: list[Record], verdict_now: VerdictNow) -> dict[str, list[str]]:
    """Subjects of the controls of communities at the end."""
    homes = {record["community_id"]: record["region"] for record in records if record["kind"] == "register_community"}
    shown = still_shown(records)
    needs = [need for _, need in needs_of(records)]
    found: dict[str, list[str]] = {control: [] for control in COMMUNITY_CONTROLS}
    for record in shown:
        home = homes[record["community_id"]]
        if verdict_now(record["asset_id"], record["etag"], home) == "NOT_ELIGIBLE":
            found[INELIGIBLE].append(record["publication_id"])
        if record["region"] not in (home, "any") and not any(
            need["communityId"] == record["community_id"]
            and need["asset_id"] == record["asset_id"]
            and need["region"] == record["region"]
            for need in needs
        ):
            found[FOREIGN].append(record["publication_id"])
    for name, need in needs_of(records):
        if not any(_meets(record, need) for record in shown):
            found[MISSING].append(name)
    return {control: sorted(subjects) for control, subjects in found.items()}


def still_shown(records: list[Record]) -> list[Record]:
    """Publications that nobody took down, deleted or replaced."""
    gone = {record["publication_id"] for record in records if record["kind"] in ("withdraw", "delete_publication")}
    gone |= {record["replaces"] for record in records if record["kind"] == "publish"}
    return [r for r in records if r["kind"] == "publish" and r["publication_id"] not in gone]


def needs_of(records: list[Record]) -> list[tuple[str, Record]]:
    """What communities need, by the need's name."""
    made = [r for r in records if r["kind"] == "create_object" and r["objects"] == "community-needs"]
    needs = [{**r["fields"], **r["asset"]} for r in made if r["fields"].get("status") != "dropped"]
    words = ("communityId", "public_id", "region", "language", "device")
    return [("/".join(need[word] for word in words), need) for need in needs]


def _meets(record: Record, need: Record) -> bool:
    if (record["community_id"], record["asset_id"]) != (need["communityId"], need["asset_id"]):
        return False
    return all(need[word] in ("any", record[word]) for word in ("region", "language", "device"))
