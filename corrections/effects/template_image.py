"""E1, E5, E8: the approved bytes on an image that templates show, moved to REVIEW and never further.

Here belongs the order of the three requests and what each of them expects to find: a next version as a draft, the file
in it, the draft to review. The two changes of state carry the correlation id in their audited comment, and the history
keeps both: what comes after them, an approval above all, is another person's.
"""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from typing import Final

from corrections.difference import Difference
from corrections.effects.approved_bytes import approved_bytes, md5_of
from corrections.effects.effect import Absent, Begun, Conflict, Present, Ready
from corrections.vendors.exstream_design import Place, Resource, StateChange, content_write, state_write
from corrections.vendors.opened import Vendor, Vendors
from corrections.vendors.writes import Attachment, Write

_DRAFT, _FILL, _REVIEW, _STEPS = 1, 2, 3, 3
_IN_USE: Final = "APPROVED"


@dataclass(frozen=True)
class TemplateImage:
    """The effect of the kind `review_template_image`: three requests, of which each is lost without harm."""

    gives_bytes = True
    vendor: Vendor = "exstream"

    def examine(self, vendors: Vendors, difference: Difference) -> Ready | Conflict | Present:
        """See that the image is as the snapshot saw it, or as this correction left it, and fetch the approved file.

        Raises as `approved_bytes` and the reading client do.
        """
        place = Place.from_target_id(difference.object_id)
        newest = vendors.design.newest(place)
        if newest is None:
            return Conflict("the image is not there any more")
        own = vendors.design.changes_with(place, difference.correlation_id)
        if _last(own, "REVIEW") is not None:
            return _reviewed(vendors, difference, place, own)
        if newest.locked_by is not None:
            return Conflict(f"the image is locked by {newest.locked_by or 'somebody'}")
        draft = _last(own, "DRAFT")
        if draft is None:
            return _begin(vendors, difference, place, newest)
        if (newest.version, newest.state) != (draft.version, "DRAFT"):
            return Conflict(
                f"the draft of version {draft.version} was made, and the image is {newest.state} in "
                f"version {newest.version} now"
            )
        return _go_on(vendors, difference, place, draft)

    def read_back(self, vendors: Vendors, difference: Difference) -> Present | Begun | Absent | Conflict:
        """Look for the correlation id in the image's history, and for the bytes in the version that it names."""
        place = Place.from_target_id(difference.object_id)
        own = vendors.design.changes_with(place, difference.correlation_id)
        if _last(own, "REVIEW") is not None:
            return _reviewed(vendors, difference, place, own)
        draft = _last(own, "DRAFT")
        if draft is None:
            return Absent()
        is_filled = _md5_of_content(vendors, place, draft.version) == difference.desired.etag
        return Begun(_REVIEW if is_filled else _FILL)


def _begin(vendors: Vendors, difference: Difference, place: Place, newest: Resource) -> Ready | Conflict:
    """The first request: a draft after the version that templates show, once it is sure that there is a file for it."""
    if (newest.version, newest.state) != (difference.target_version, _IN_USE):
        return Conflict(
            f"the image is {newest.state} in version {newest.version}, "
            f"expected was {_IN_USE} in version {difference.target_version}"
        )
    file = approved_bytes(vendors.cloudinary, difference)
    if isinstance(file, Conflict):
        return file
    return Ready(state_write(place, "DRAFT", _comment(difference)), _DRAFT, _STEPS)


def _go_on(vendors: Vendors, difference: Difference, place: Place, draft: StateChange) -> Ready | Conflict:
    """The second or third request; a draft holds what it was made with, or our file, else it is another's work."""
    held = _md5_of_content(vendors, place, draft.version)
    if held == difference.desired.etag:
        return Ready(state_write(place, "REVIEW", _comment(difference)), _REVIEW, _STEPS)
    before = _md5_of_content(vendors, place, difference.target_version or 0)
    if held not in {None, before}:
        return Conflict(f"somebody has put other content (MD5 {held}) into the draft of version {draft.version}")
    file = approved_bytes(vendors.cloudinary, difference)
    if isinstance(file, Conflict):
        return file
    return Ready(_content_write(difference, place, file), _FILL, _STEPS)


def _reviewed(vendors: Vendors, difference: Difference, place: Place, own: list[StateChange]) -> Present | Conflict:
    review = _last(own, "REVIEW")
    assert review is not None  # noqa: S101 - the callers have looked
    held = _md5_of_content(vendors, place, review.version)
    if held != difference.desired.etag:
        return Conflict(f"version {review.version} went to REVIEW with other content (MD5 {held}): somebody changed it")
    return Present(f"{place.resource_id}/{review.version}")


def _content_write(difference: Difference, place: Place, file: bytes) -> Write:
    name = f"{difference.public_id.rpartition('/')[2]}.{difference.format_code}"
    mime_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return content_write(place, Attachment(name, mime_type, file))


def _comment(difference: Difference) -> str:
    """The audited comment of both changes of state; the correlation id is what they are found by."""
    return (
        f"{difference.correlation_id}: version {difference.desired.number} of {difference.public_id}, "
        "approved in Cloudinary, to be reviewed here"
    )


def _md5_of_content(vendors: Vendors, place: Place, version: int) -> str | None:
    content = vendors.design.content(place, version)
    return None if content is None else md5_of(content)


def _last(changes: list[StateChange], state: str) -> StateChange | None:
    return max((change for change in changes if change.state == state), key=lambda change: change.version, default=None)
