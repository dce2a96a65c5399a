"""The words of what a template shows, for people."""

from __future__ import annotations

from collections.abc import Mapping

from reports.state_words import StateWords, by_code
from reports.words import phrase

LINK_STATES = (
    StateWords("current", "Current", "done", "The newest version that is approved for the template's region."),
    StateWords("old", "Old", "standing", "Older than the newest approved version."),
    StateWords("not_approved", "Not approved", "standing", "Not approved, and nothing newer is."),
    StateWords("unknown", "Unknown", "", "It is not known which version of which asset it is."),
    StateWords("past", "No longer shown", "", "An earlier version of the template showed it."),
)
LINK_STATES_BY_CODE = by_code(LINK_STATES)

TEMPLATE_STATES = (
    StateWords("current", "Current", "done", "All its images are the newest approved version."),
    StateWords("old", "Old", "standing", "An image is older than the newest approved version."),
    StateWords("not_approved", "Not approved", "standing", "An image is not approved, and nothing newer is."),
    StateWords("unknown", "Unknown", "", "Of an image it is not known which version it is."),
    StateWords("without_images", "No image", "", "It shows no image that is known."),
    StateWords("not_in_use", "Not in use", "", "No version of it is approved in Exstream."),
)
TEMPLATE_STATES_BY_CODE = by_code(TEMPLATE_STATES)

AWAITED_STATES = by_code(
    (
        StateWords(
            "exstream_approval",
            "Awaits approval in Exstream",
            "standing",
            "The new bytes lie on the image in the state REVIEW: a person approves them in Exstream.",
        ),
    )
)

_LINK_STRENGTHS: Mapping[str, str] = {
    "exact": "exact: the same bytes",
    "design_time": "design time: the template could show it",
    "declared": "declared: somebody wrote it down",
}


def link_strength(code: str | None) -> str:
    """Return how closely it is known what an image shows; an older snapshot has codes of its own, told as they are."""
    return "nothing links it" if code is None else _LINK_STRENGTHS.get(code, phrase(code))
