"""The words of a launch's readiness and of what it requires, for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from reports.state_words import StateWords, by_code
from reports.text import count_of

if TYPE_CHECKING:
    from reports.launches.rows import Launch

READINESS_STATES = (
    StateWords("go", "Go", "done", "All that is required is ready, and no flag, format request or task is open."),
    StateWords("no_go", "No go", "standing", "Something that is required is not ready, or something is open."),
    StateWords("cancelled", "Cancelled", "", "The launch was called off."),
)
READINESS_BY_CODE = by_code(READINESS_STATES)

REQUIREMENT_STATES = (
    StateWords("ready", "Ready", "done", "Published there in an approved version."),
    StateWords("approval_pending", "Approval pending", "standing", "Published, and its approval is not proven."),
    StateWords("approval_not_known", "Approval not known", "standing", "Published; the records tell no approval."),
    StateWords("asset_not_named", "Missing: not named", "standing", "Nobody has said which asset it is."),
    StateWords("not_published", "Missing: not published", "standing", "Nothing of the asset is published there."),
    StateWords(
        "another_variant_published",
        "Missing: other variant",
        "standing",
        "The asset is published for another market, language or format only.",
    ),
    StateWords("not_required", "Waived", "", "It is no longer required."),
)
REQUIREMENT_BY_CODE = by_code(REQUIREMENT_STATES)

VISUAL_STATES = by_code(
    (
        StateWords("launched", "Approved", "done", "Approved at the launch, or now where it is still to come."),
        StateWords("not_approved", "Not approved", "standing", "Nobody had approved these bytes."),
        StateWords("expired", "Expired", "standing", "The approval had ended."),
        StateWords("not_eligible", "Not for that region", "standing", "Approved, but not for the region."),
        StateWords("not_uploaded", "Not uploaded", "standing", "The asset did not exist yet."),
    )
)


def reasons(launch: Launch) -> tuple[str, ...]:
    """Return why a launch is no go, in sentences without their full stop; none for any other."""
    return tuple(_reasons(launch)) if launch.readiness_code == "no_go" else ()


def _reasons(launch: Launch) -> Iterable[str]:
    if not launch.required_count:
        yield "nothing is named that it requires"
    required = count_of(launch.required_count, "required asset")
    if launch.missing_count:
        yield f"{launch.missing_count:,} of {required} missing"
    if launch.approval_pending_count:
        yield f"{launch.approval_pending_count:,} of {required} waiting for approval"
    for count, one in (
        (launch.open_flag_count, "flag"),
        (launch.open_format_request_count, "format request"),
        (launch.open_task_count, "task"),
    ):
        if count:
            yield f"{count_of(count, one)} open"
