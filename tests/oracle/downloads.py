"""A naive second opinion on what partners download: plain loops over accesses, publications and memberships.

Shares no code with the product or the sandbox and uses no SQL. What an approval says at an instant it asks the
oracle of verdicts (`naive.py`).
"""

from collections.abc import Callable
from typing import Any

Record = dict[str, Any]
DOWNLOADS = "ctl_downloads_of_unapproved_assets"
DOWNLOAD_CONTROLS = (DOWNLOADS,)
NOT_FOR_PARTNERS = ("NOT_APPROVED", "EXPIRED", "NOT_ELIGIBLE")
TAKEN = ("downloaded",)
#: Verdict of an asset id and etag for the readers of a region, at an instant.
VerdictAt = Callable[[str, str, str, str], str]


def judge(records: list[Record], verdict_at: VerdictAt) -> dict[str, list[str]]:
    """Subjects of the control of downloads."""
    homes: dict[str, str] = {}
    members: set[tuple[str, str]] = set()
    shown: dict[str, Record] = {}
    found = []
    for record in records:
        if record["kind"] == "register_community":
            homes[record["community_id"]] = record["region"]
        elif record["kind"] == "join_community":
            members.add((record["community_id"], record["partner_id"]))
        elif record["kind"] == "change_object" and record["objects"] == "members":
            community, _, partner = record["object_id"].partition(":")
            if record["fields"]["status"] == "Inactive":
                members.discard((community, partner))
        elif record["kind"] == "publish":
            shown[record["publication_id"]] = record
        elif record["kind"] == "access" and record["action"] in TAKEN:
            of = shown[record["publication_id"]]
            home = of["community_id"]
            verdict = verdict_at(of["asset_id"], of["etag"], homes[home], record["occurred_at"])
            if (home, record["partner_id"]) not in members or verdict in NOT_FOR_PARTNERS:
                found.append(record["access_id"])
    return {DOWNLOADS: sorted(found)}
