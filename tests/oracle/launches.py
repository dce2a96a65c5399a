"""A naive second opinion on launches: plain loops over what they require, flags and format requests.

Shares no code with the product or the sandbox and uses no SQL. What required assets are it is
told by the oracle of readiness (`readiness.py`).
"""

from datetime import datetime, timedelta
from typing import Any

Record = dict[str, Any]
MISSING_ASSETS = "ctl_missing_launch_assets"
OVERDUE_FLAGS = "ctl_overdue_flags"
UNANSWERED_FORMATS = "ctl_unanswered_format_requests"
LAUNCH_CONTROLS = (MISSING_ASSETS, OVERDUE_FLAGS, UNANSWERED_FORMATS)
USUAL_DAYS = 5
KINDS = ("launches", "launch-requirements", "flags", "format-requests", "tasks", "acknowledgements")
#: What is not known is looked into, and nobody is told that it lacks.
NOT_MISSING = ("ready", "not_required", "approval_not_known")


def judge(records: list[Record], required_assets: dict[str, str], now: str) -> dict[str, list[str]]:
    """Subjects of the controls of launches at `now`; `required_assets` says what each required asset is."""
    objects = objects_of(records)
    launches = {said["launchId"]: said for said in objects["launches"]}
    found: dict[str, list[str]] = {control: [] for control in LAUNCH_CONTROLS}
    for said in objects["launch-requirements"]:
        launch = launches[said["launchId"]]
        due = said.get("dueAt") or launch.get("readinessDueAt") or _days_from(launch["launchAt"], -USUAL_DAYS)
        name = f"{said['launchId']}/{said['ordinal']}"
        if due <= now and required_assets[name] not in NOT_MISSING:
            found[MISSING_ASSETS].append(name)
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
    made: dict[str, list[Record]] = {kind: [] for kind in KINDS}
    for record in records:
        if record["kind"] == "create_object" and record["objects"] in made:
            asset_id = record["asset"]["asset_id"] if record["asset"] else None
            made[record["objects"]].append({**record["fields"], "asset_id": asset_id, "at": record["occurred_at"]})
        elif record["kind"] == "change_object" and record["objects"] in made:
            for said in made[record["objects"]]:
                if record["object_id"] in said.values() and record["object_id"] == next(iter(said.values())):
                    said.update(record["fields"])
    return made


def _days_from(at: str, days: int) -> str:
    return (datetime.fromisoformat(at) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
