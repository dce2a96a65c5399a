"""A naive second opinion on partners' cases: references that name nothing, and links that were stale when sent.

Shares no code with the product or the sandbox and uses no SQL. Whose name a name is, and what was approved when, it
asks the oracle of verdicts (`naive.py`).
"""

from collections.abc import Callable
from typing import Any

Record = dict[str, Any]
UNRESOLVABLE = "ctl_cases_with_unresolvable_references"
STALE_LINKS = "ctl_case_answers_with_stale_links"
THREAD_CONTROLS = (UNRESOLVABLE, STALE_LINKS)
#: The asset that a reference means at an instant, or None.
Means = Callable[[Record, str], Any]
#: Versions of an asset that are approved and in force for the readers of a region at an instant.
Approved = Callable[[Any, str, str], list[int]]


def judge(records: list[Record], means: Means, approved: Approved) -> dict[str, list[str]]:
    """Subjects of the controls of threads at the end."""
    homes = {record["community_id"]: record["region"] for record in records if record["kind"] == "register_community"}
    closed = {record["case_id"] for record in records if record["kind"] == "close_case"}
    found: dict[str, list[str]] = {control: [] for control in THREAD_CONTROLS}
    cases: dict[str, tuple[Any, str]] = {}
    for record in records:
        at = record["occurred_at"]
        if record["kind"] == "open_case":
            asset = means(record["reference"], at)
            cases[record["case_id"]] = asset, homes[record["community_id"]]
            if asset is None and record["case_id"] not in closed:
                found[UNRESOLVABLE].append(record["case_id"])
        elif record["kind"] == "post_message" and record["link"] and record["author_role"] == "team":
            asset, home = cases[record["case_id"]]
            version = record["link"]["version"]
            if asset is None or version is None or means(record["link"], at) is not asset:
                continue
            if any(newer > version for newer in approved(asset, home, at)):
                found[STALE_LINKS].append(record["message_id"])
    return {control: sorted(subjects) for control, subjects in found.items()}
