"""T6: the format that a partner asked for, published, and the request answered with it.

Here belongs when it may be published and that the answer follows; what is published is `publishing`. Where the
community shows the very bytes in that format already, the request is answered with what is there.
"""

from __future__ import annotations

from dataclasses import dataclass

from assettrail.cloudinary_settings import CloudinarySettings
from corrections.difference import Difference, Rendition
from corrections.effects.effect import Absent, Begun, Conflict, Present, Ready
from corrections.effects.publishing import own_publication, publication_write
from corrections.vendors.names import Vendor
from corrections.vendors.opened import Vendors
from corrections.vendors.trading_grid import FormatRequest, Publication, format_request_path
from corrections.vendors.writes import Write
from ingest.cloudinary.delivery_url import parse_delivery_url

_PUBLISH, _ANSWER, _STEPS = 1, 2, 2


@dataclass(frozen=True)
class AskedFormat:
    """The effect of the kind `publish_asked_format`: two requests, of which the second may be repeated."""

    gives_bytes = True
    vendor: Vendor = "trading_grid"

    def examine(self, vendors: Vendors, difference: Difference) -> Ready | Conflict | Present:
        """See that the request is still open and asks for this format."""
        request = vendors.grid.format_request(difference.object_id)
        if request is None:
            return Conflict("the format request is not there any more")
        shown = _shown(vendors, difference)
        if _is_answered_with(request, shown):
            return Present(str(request.answer_publication_id))
        if request.status != "open":
            return Conflict(f"the format request is {request.status}, by {request.answer_publication_id or 'nothing'}")
        if (request.format or "").lower() != (difference.format_code or "").lower():
            return Conflict(f"the request asks for {request.format}, approved was {difference.format_code}")
        if not shown:
            rendition = difference.rendition or Rendition()
            write = publication_write(vendors, difference, difference.community_id or "", rendition, replaces=None)
            return Ready(write, _PUBLISH, _STEPS)
        answer = {"status": "answered", "answerPublicationId": shown[0]}
        return Ready(Write("PATCH", format_request_path(request.format_request_id), answer), _ANSWER, _STEPS)

    def read_back(self, vendors: Vendors, difference: Difference) -> Present | Begun | Absent:
        """Look for what may answer the request, and whether it does."""
        shown = _shown(vendors, difference)
        if not shown:
            return Absent()
        request = vendors.grid.format_request(difference.object_id)
        if request is not None and _is_answered_with(request, shown):
            return Present(str(request.answer_publication_id))
        return Begun(_ANSWER)


def _shown(vendors: Vendors, difference: Difference) -> list[str]:
    """What may answer the request: our own publication, else whatever shows the same bytes in the format."""
    own = own_publication(vendors.grid, difference)
    in_community = vendors.grid.publications_in(difference.community_id or "")
    others = [one.publication_id for one in in_community if _fits(one, vendors.cloudinary, difference)]
    return [own, *others] if own is not None else others


def _fits(shown: Publication, settings: CloudinarySettings, difference: Difference) -> bool:
    if not shown.is_live or shown.url is None or shown.etag != difference.desired.etag:
        return False
    parsed = parse_delivery_url(shown.url, settings.delivery_hosts, settings.cloud_name)
    return parsed.state == "parsed" and (parsed.format or "").lower() == difference.format_code


def _is_answered_with(request: FormatRequest, shown: list[str]) -> bool:
    return request.status == "answered" and request.answer_publication_id in shown
