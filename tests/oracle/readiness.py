"""A naive second opinion on the readiness of launches: plain loops over what is required, shown and said.

Shares no code with the product or the sandbox and uses no SQL. What an approval says at an instant it asks the
oracle of verdicts (`naive.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]
GOOD = ("PROVEN", "PROVEN_LATE")
UNKNOWN = ("AMBIGUOUS", "NO_EVIDENCE")
#: From the best to the worst that something shown can be.
RANKS = ("ready", "approval_not_known", "approval_pending", "another_variant_published")
#: Verdict of what a publication shows for the readers of a region, at an instant.
VerdictAt = Callable[[Record, str, str], str]


@dataclass(frozen=True)
class Readiness:
    """What each required asset is, which launches are a go, and how many partners of each are silent."""

    required_assets: dict[str, str]
    launches: dict[str, str]
    silence: dict[str, str]


def judge(records: list[Record], objects: dict[str, list[Record]], verdict_at: VerdictAt, now: str) -> Readiness:
    """The readiness of every launch at `now`; `objects` are those of launches as they stand."""
    homes = {record["community_id"]: record["region"] for record in records if record["kind"] == "register_community"}
    launches = {said["launchId"]: said for said in objects["launches"]}
    required: dict[str, str] = {}
    for said in objects["launch-requirements"]:
        launch = launches[said["launchId"]]
        name = f"{said['launchId']}/{said['ordinal']}"
        if said.get("status") == "waived" or launch.get("status") == "cancelled":
            required[name] = "not_required"
            continue
        until = min(launch["launchAt"], now)
        states = {
            _state(record, said, verdict_at(record, homes[record["community_id"]], _judged(record, now, until)))
            for record in shown_at(records, until)
            if record["asset_id"] == said["asset_id"] and record["community_id"] == said["communityId"]
        }
        nothing = "asset_not_named" if said["asset_id"] is None else "not_published"
        required[name] = min(states, key=RANKS.index, default=nothing)
    return Readiness(
        required,
        {name: _go(said, required, objects) for name, said in launches.items()},
        {name: _silence(said, records, objects) for name, said in launches.items()},
    )


def shown_at(records: list[Record], at: str) -> list[Record]:
    """Publications that are shown at an instant."""
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


def _state(record: Record, said: Record, verdict: str) -> str:
    if not _is_asked(record, said):
        return "another_variant_published"
    if verdict in GOOD:
        return "ready"
    return "approval_not_known" if verdict in UNKNOWN else "approval_pending"


def _is_asked(record: Record, said: Record) -> bool:
    return (
        said["market"] in ("any", record["region"])
        and said["language"] in ("any", record["language"])
        and said.get("format", record["format"]) == record["format"]
    )


def _judged(record: Record, now: str, until: str) -> str:
    """A launch that is over is judged by what was said when the asset was published."""
    return now if until == now else str(record["occurred_at"])


def _go(launch: Record, required: dict[str, str], objects: dict[str, list[Record]]) -> str:
    if launch.get("status") == "cancelled":
        return "cancelled"
    own = [code for name, code in required.items() if name.startswith(f"{launch['launchId']}/")]
    counted = [code for code in own if code != "not_required"]
    is_open = any(
        said.get("launchId") == launch["launchId"] and said.get("status", "open") == "open"
        for kind in ("flags", "format-requests", "tasks")
        for said in objects[kind]
    )
    return "go" if counted and set(counted) == {"ready"} and not is_open else "no_go"


def _silence(launch: Record, records: list[Record], objects: dict[str, list[Record]]) -> str:
    members: set[str] = set()
    for record in records:
        if record["kind"] == "join_community" and record["community_id"] in launch["communityIds"]:
            members.add(record["partner_id"])
        elif record["kind"] == "change_object" and record["objects"] == "members":
            community, _, partner = record["object_id"].partition(":")
            if community in launch["communityIds"] and record["fields"]["status"] == "Inactive":
                members.discard(partner)
    heard = {
        said["partnerId"]
        for kind in ("flags", "format-requests", "tasks", "acknowledgements")
        for said in objects[kind]
        if said.get("launchId") == launch["launchId"] and (kind != "tasks" or said.get("status") == "done")
    }
    return f"{len(members - heard)} of {len(members)} silent"
