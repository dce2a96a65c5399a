"""A naive second opinion on partners' feedback: plain loops over what was reported and what answered it.

Shares no code with the product or the sandbox and uses no SQL.
"""

from datetime import datetime, timedelta
from typing import Any

Record = dict[str, Any]
UNANSWERED_FEEDBACK = "ctl_unanswered_feedback"
UNCHANGED = "ctl_republications_without_change"
WORSE = "ctl_republications_made_worse"
FEEDBACK_CONTROLS = (UNANSWERED_FEEDBACK, UNCHANGED, WORSE)
DAYS = 5
MEASURES = {"slow_loading": "bytes", "poor_mobile_rendering": "width"}


def judge(records: list[Record], now: str) -> dict[str, list[str]]:
    """Subjects of the controls of feedback at `now`."""
    found: dict[str, list[str]] = {control: [] for control in FEEDBACK_CONTROLS}
    shown = {record["publication_id"]: record for record in records if record["kind"] == "publish"}
    files = {record["etag"]: record for record in records if record["kind"] == "upload"}
    for name, said in feedback_of(records).items():
        if said["status"] in ("open", "reopened"):
            if datetime.fromisoformat(said["since"]) + timedelta(days=DAYS) < datetime.fromisoformat(now):
                found[UNANSWERED_FEEDBACK].append(name)
            continue
        if "answerPublicationId" not in said:
            continue
        before, after = shown[said["publicationId"]], shown[said["answerPublicationId"]]
        if _same(before, after):
            found[UNCHANGED].append(name)
            continue
        measure = MEASURES.get(said["category"])
        if measure and _more(files[after["etag"]][measure], files[before["etag"]][measure]):
            found[WORSE].append(name)
    return {control: sorted(subjects) for control, subjects in found.items()}


def feedback_of(records: list[Record]) -> dict[str, Record]:
    """Feedback as it stands at the end, by id; `since`: when it came into its state."""
    feedback: dict[str, Record] = {}
    for record in records:
        if record["kind"] == "create_object" and record["objects"] == "feedback":
            said = record["fields"]
            feedback[said["feedbackId"]] = {**said, "status": "open", "since": record["occurred_at"]}
        elif record["kind"] == "change_object" and record["objects"] == "feedback":
            feedback[record["object_id"]].update({**record["fields"], "since": record["occurred_at"]})
    return feedback


def _same(before: Record, after: Record) -> bool:
    return (before["etag"], before["rendition"]) == (after["etag"], after["rendition"])


def _more(after: int | None, before: int | None) -> bool:
    return after is not None and before is not None and after > before
