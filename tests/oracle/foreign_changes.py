"""A naive second opinion on changes in the name of corrections: plain loops over who did what under which mark.

Shares no code with the product or the sandbox and uses no SQL. No correction is sent before the scenario has ended, so
that nothing explains what is in their name.
"""

from typing import Any

Record = dict[str, Any]
FOREIGN_CHANGES = "ctl_foreign_changes"
WRITER = "assettrail"
KEY, CLIENT = "816412345678901", "sandbox-exstream-client"
MARK_KEY = "assettrail_correction"


def judge(records: list[Record]) -> dict[str, list[str]]:
    """Subjects of the control at the end."""
    found = []
    start = next(record["occurred_at"] for record in records if record["kind"] == "create_triggers")
    replaced_at = {r["replaces"]: r["occurred_at"] for r in records if r["kind"] == "publish" and r["replaces"]}
    versions: dict[str, tuple[int, str]] = {}
    for record in records:
        kind, actor = record["kind"], record.get("actor")
        if kind == "publish" and (actor == WRITER or _is_ours(record["correlation_id"])):
            found.append(record["publication_id"])
        elif kind == "withdraw" and actor == WRITER:
            if replaced_at.get(record["publication_id"]) != record["occurred_at"]:
                found.append(f"{record['publication_id']}/withdrawn")
        elif kind == "post_message" and (record["author"] == WRITER or _is_ours(record["correlation_id"])):
            found.append(record["message_id"])
        elif kind in {"create_design", "design_state"}:
            subject = _design_subject(record, versions)
            if kind == "design_state" and (actor == CLIENT or _is_ours(record["comment"])):
                found.append(subject)
        elif record["vendor"] == "cloudinary" and record["occurred_at"] > start:
            if kind == "upload" and actor == KEY:
                found.append(f"{record['public_id']}/upload")
            elif kind == "set_context" and record["key"] == MARK_KEY:
                found.append(f"{record['public_id']}/resource_context_changed")
    return {FOREIGN_CHANGES: sorted(found)}


def _is_ours(text: str | None) -> bool:
    return (text or "").startswith("assettrail-")


def _design_subject(record: Record, versions: dict[str, tuple[int, str]]) -> str:
    """Name, version and state of a resource; a draft after an approved version is the next version."""
    name = record["resource_name"]
    if record["kind"] == "create_design":
        versions[name] = 1, "DRAFT"
        return name
    number, before = versions.get(name, (1, "DRAFT"))
    if (before, record["state"]) == ("APPROVED", "DRAFT"):
        number += 1
    versions[name] = number, record["state"]
    return f"{name}/{number}/{record['state']}"
