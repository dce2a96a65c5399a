"""T3: a message into a partner's case with the link to the corrected version.

Here belong the message's text, when it may be posted, and how it is found again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.errors import PermanentSourceError
from corrections.difference import Difference
from corrections.effects.delivery_link import delivery_link, version_of
from corrections.effects.effect import Absent, Conflict, Present, Ready
from corrections.people.names import PROPOSER
from corrections.vendors.names import Vendor
from corrections.vendors.opened import Vendors
from corrections.vendors.trading_grid import Case, Message, thread_path
from corrections.vendors.writes import Write

_ADDRESS = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True)
class ReplacementLink:
    """The effect of the kind `replacement_link`."""

    gives_bytes = True
    vendor: Vendor = "trading_grid"

    def examine(self, vendors: Vendors, difference: Difference) -> Ready | Conflict | Present:
        """Compare the case and its thread with what the proposal expected."""
        settings = vendors.cloudinary
        case = vendors.grid.case(difference.object_id)
        if case is None:
            return Conflict("the case is not there any more")
        thread = vendors.grid.messages(difference.object_id)
        present = _own_message(thread, difference)
        if present is not None:
            return present
        if case.status == "closed":
            return Conflict("the case is closed")
        shown = _version_of_case(case, settings, difference)
        if shown != difference.expected.number:
            return Conflict(f"the case refers to version {shown}, expected was {difference.expected.number}")
        answered = _newest_linked_version(thread, settings, difference)
        if answered is not None and answered >= difference.desired_number:
            return Conflict(f"the team has answered with version {answered} already")
        text = message_text(delivery_link(settings, difference))
        return Ready(message_write(thread_path(difference.object_id), text, difference.correlation_id))

    def read_back(self, vendors: Vendors, difference: Difference) -> Present | Absent:
        """Look for the message in the whole thread.

        Raises PermanentSourceError when the service shows another message under its correlation id.
        """
        return _own_message(vendors.grid.messages(difference.object_id), difference) or Absent()


def message_write(path: str, text: str, correlation_id: str) -> Write:
    """Return the request that posts a text of the team into a thread."""
    body = {"author": PROPOSER, "authorRole": "team", "body": text, "correlationId": correlation_id}
    return Write("POST", path, body)


def message_text(link: str) -> str:
    """Return what the partner reads."""
    return (
        "Hello,\n\n"
        "thank you for telling us. The image has been corrected. Please use this version from now on:\n\n"
        f"{link}\n\n"
        "Kind regards\n"
        "Your asset team"
    )


def _own_message(thread: list[Message], difference: Difference) -> Present | None:
    for message in thread:
        if message.correlation_id == difference.correlation_id:
            _refuse_other_message(message, difference)
            return Present(message.message_id)
    return None


def _refuse_other_message(message: Message, difference: Difference) -> None:
    """Raise PermanentSourceError for a message under our correlation id that is not the one that we write."""
    has_link = f"/v{difference.desired_number}/" in message.body
    if message.author_role != "team" or not has_link:
        raise PermanentSourceError(
            tried=f"to read back the message {message.message_id} of case {difference.object_id}",
            found=f"a message by {message.author_role or 'nobody'} {'with' if has_link else 'without'} the link",
            expected=f"the team's message with the link to version {difference.desired_number}",
            remedy="look at the case's thread in Trading Grid, then reject this correction with the reason",
        )


def _version_of_case(case: Case, settings: CloudinarySettings, difference: Difference) -> int | None:
    if case.asset_version is not None:
        return case.asset_version
    return version_of(settings, case.asset_url, difference.public_id)


def _newest_linked_version(thread: list[Message], settings: CloudinarySettings, difference: Difference) -> int | None:
    """Return the newest version of the asset that a message of the team links to."""
    versions = [
        version_of(settings, address.rstrip(".,;:!?)"), difference.public_id)
        for message in thread
        if message.author_role == "team"
        for address in _ADDRESS.findall(message.body)
    ]
    return max((version for version in versions if version is not None), default=None)
