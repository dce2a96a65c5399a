"""T6: the format that a partner asked for, published, and the request answered with it.

Here belongs when it may be published and that the answer follows; what is published is `publishing`.
"""

from __future__ import annotations

from dataclasses import dataclass

from corrections.difference import Difference, Rendition
from corrections.effects import Absent, Begun, Conflict, Present, Ready
from corrections.publishing import own_publication, publication_write
from corrections.trading_grid import format_request_path
from corrections.vendors import Vendor, Vendors
from corrections.writes import Write

_PUBLISH, _ANSWER, _STEPS = 1, 2, 2


@dataclass(frozen=True)
class AskedFormat:
    """The effect of the kind `publish_asked_format`: two requests, of which the second is lost without harm."""

    gives_bytes = True
    vendor: Vendor = "trading_grid"

    def examine(self, vendors: Vendors, difference: Difference) -> Ready | Conflict | Present:
        """See that the request is still open and asks for this format."""
        request = vendors.grid.format_request(difference.object_id)
        if request is None:
            return Conflict("the format request is not there any more")
        own = own_publication(vendors.grid, difference)
        if own is not None and request.answer_publication_id == own:
            return Present(own)
        if request.status != "open":
            return Conflict(f"the format request is {request.status}, by {request.answer_publication_id or 'nothing'}")
        if (request.format or "").lower() != (difference.format_code or "").lower():
            return Conflict(f"the request asks for {request.format}, approved was {difference.format_code}")
        if own is None:
            rendition = difference.rendition or Rendition()
            write = publication_write(vendors, difference, difference.community_id or "", rendition, replaces=None)
            return Ready(write, _PUBLISH, _STEPS)
        answer = {"status": "answered", "answerPublicationId": own}
        return Ready(Write("PATCH", format_request_path(request.format_request_id), answer), _ANSWER, _STEPS)

    def read_back(self, vendors: Vendors, difference: Difference) -> Present | Begun | Absent:
        """Look for the publication with the correlation id, and whether the request is answered with it."""
        own = own_publication(vendors.grid, difference)
        if own is None:
            return Absent()
        request = vendors.grid.format_request(difference.object_id)
        is_answered = request is not None and request.answer_publication_id == own
        return Present(own) if is_answered else Begun(_ANSWER)
