"""T6: what a launch still lacks, posted into its discussion.

Here belongs when the list may be posted and how it is found again; its text is made by SQL and approved word for word.
"""

from __future__ import annotations

from dataclasses import dataclass

from assettrail.errors import PermanentSourceError
from corrections.difference import Difference
from corrections.effects.effect import Absent, Conflict, Present, Ready
from corrections.effects.replacement_link import message_write
from corrections.vendors.opened import Vendor, Vendors
from corrections.vendors.trading_grid import launch_discussion_path


@dataclass(frozen=True)
class ReadinessList:
    """The effect of the kind `post_readiness`."""

    gives_bytes = False
    vendor: Vendor = "trading_grid"

    def examine(self, vendors: Vendors, difference: Difference) -> Ready | Conflict | Present:
        """See that the launch is still to come and nobody posted the same list."""
        status = vendors.grid.launch_status(difference.object_id)
        if status is None:
            return Conflict("the launch is not there any more")
        present = self.read_back(vendors, difference)
        if isinstance(present, Present):
            return present
        if status != "planned":
            return Conflict(f"the launch is {status}")
        text, path = difference.text or "", launch_discussion_path(difference.object_id)
        return Ready(message_write(path, text, difference.correlation_id))

    def read_back(self, vendors: Vendors, difference: Difference) -> Present | Absent:
        """Look for the message in the whole discussion.

        Raises PermanentSourceError when the service shows another message under its correlation id.
        """
        for message in vendors.grid.launch_messages(difference.object_id):
            if message.correlation_id != difference.correlation_id:
                continue
            if message.author_role != "team" or message.body != difference.text:
                raise PermanentSourceError(
                    tried=f"to read back the message {message.message_id} of launch {difference.object_id}",
                    found=f"another text, or one that is not the team's ({message.author_role or 'nobody'})",
                    expected="the team's list as it was approved",
                    remedy="look at the launch's discussion in Trading Grid, then reject this correction",
                )
            return Present(message.message_id)
        return Absent()
