"""A naive second opinion on launches: plain loops over what they require, flags and format requests.

Shares no code with the product or the sandbox and uses no SQL. What an approval says at an instant it asks the
oracle of verdicts (`naive.py`).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

Record = dict[str, Any]
MISSING_ASSETS = "ctl_missing_launch_assets"
OVERDUE_FLAGS = "ctl_overdue_flags"
UNANSWERED_FORMATS = "ctl_unanswered_format_requests"
LAUNCH_CONTROLS = (MISSING_ASSETS, OVERDUE_FLAGS, UNANSWERED_FORMATS)
USUAL_DAYS = 5
#: Verdict of an asset id and etag for the readers of a region, at an instant.
VerdictAt = Callable[[str, str, str, str], str]


def judge(records: list[Record], verdict_at: VerdictAt, now: str) -> dict[str, list[str]]:
    """Subjects of the controls of launches at `now`."""
    objects = objects_of(records)
    homes = {record["community_id"]: record["region"] for record in records if record["kind"] == "register_community"}
    launches = {said["launchId"]: said for said in objects["launches"]}
    found: dict[str, list[str]] = {control: [] for control in LAUNCH_CONTROLS}
    for said in objects["launch-requirements"]:
        launch = launches[said["launchId"]]
        if "waived" in said.values() or launch.get("status") == "cancelled":
            continue
        due = said.get("dueAt") or launch.get("readinessDueAt") or _days_from(launch["launchAt"], -USUAL_DAYS)
        until = min(launch["launchAt"], now)
        if due <= now and not any(
            _is_there(record, said, until)
            and verdict_at(
                record["asset_id"], record["etag"], homes[record["community_id"]], _judged(record, now, until)
            )
            in ("PROVEN", "PROVEN_LATE")
            for record in _shown_at(records, until)
        ):
            found[MISSING_ASSETS].append(f"{said['launchId']}/{said['ordinal']}")
    for objects_name, control, key in (
        ("flags", OVERDUE_FLAGS, "flagId"),
        ("format-requests", UNANSWERED_FORMATS, "formatRequestId"),
    ):
        for said in objects[objects_name]:
            if said.get("status", "open") == "open" and (said.get("dueAt") or _days_from(said["at"], USUAL_DAYS)) < now:
                found[control].append(said[key])
    return {control: sorted(subjects) for control, subjects in found.items()}


def objects_of(records: list[Record]) -> dict[str, list[Record]]:
    """The objects of launches as they stand at the end, by kind."""
    made: dict[str, list[Record]] = {"launches": [], "launch-requirements": [], "flags": [], "format-requests": []}
    for record in records:
        if record["kind"] == "create_object" and record["objects"] in made:
            asset_id = record["asset"]["asset_id"] if record["asset"] else None
            made[record["objects"]].append({**record["fields"], "asset_id": asset_id, "at": record["occurred_at"]})
        elif record["kind"] == "change_object" and record["objects"] in made:
            for said in made[record["objects"]]:
                if record["object_id"] in said.values() and record["object_id"] == next(iter(said.values())):
                    said.update(record["fields"])
    return made


def _shown_at(records: list[Record], at: str) -> list[Record]:
    shown: dict[str, Record] = {}
    for record in records:
        if record["occurred_at"] > at:
            break
        if record["kind"] == "publish":
            shown[record["publication_id"]] = record
            shown.pop(record["replaces"], None)
        elif record["kind"] in ("withdraw", "delete_publication"):
            shown.pop(record["publication_id"], None)
    return list(shown.values())


def _is_there(record: Record, said: Record, until: str) -> bool:
    return (
        record["asset_id"] == said["asset_id"]
        and record["community_id"] == said["communityId"]
        and record["occurred_at"] <= until
        and said["market"] in ("any", record["region"])
        and said["language"] in ("any", record["language"])
        and said.get("format", record["format"]) == record["format"]
    )


def _judged(record: Record, now: str, until: str) -> str:
    """A launch that is over is judged by what was said when the asset was published."""
    return now if until == now else str(record["occurred_at"])


def _days_from(at: str, days: int) -> str:
    return (datetime.fromisoformat(at) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
