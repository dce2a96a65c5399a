"""A publication of ours in Trading Grid: what it says, and how it is found again.

Here belongs what every kind that publishes shares; when each may publish is its own module's.
"""

from __future__ import annotations

from assettrail.errors import PermanentSourceError
from corrections.difference import Difference, Rendition
from corrections.effects.delivery_link import delivery_link
from corrections.people.names import PROPOSER
from corrections.vendors.opened import Vendors
from corrections.vendors.trading_grid import PUBLICATIONS, TradingGrid
from corrections.vendors.writes import Write


def publication_write(
    vendors: Vendors, difference: Difference, community_id: str, rendition: Rendition, replaces: str | None
) -> Write:
    """Return the request for a new publication of the desired bytes in a community."""
    return Write(
        "POST",
        PUBLICATIONS,
        {
            "communityId": community_id,
            "asset": {
                "assetId": difference.asset_id,
                "publicId": difference.public_id,
                "version": difference.desired.number,
                "etag": difference.desired.etag,
                "url": delivery_link(vendors.cloudinary, difference, rendition.transformation),
            },
            "rendition": rendition.name,
            "language": rendition.language,
            "region": rendition.region,
            "device": rendition.device,
            "publishedBy": PROPOSER,
            "replacesPublicationId": replaces,
            "correlationId": difference.correlation_id,
        },
    )


def own_publication(grid: TradingGrid, difference: Difference) -> str | None:
    """Return the id of the publication that carries the correlation id, None when there is none.

    Raises PermanentSourceError when the service shows it with another version than was written.
    """
    for found in grid.publications_of(difference.correlation_id):
        if (found.version, found.etag) != (difference.desired.number, difference.desired.etag):
            raise PermanentSourceError(
                tried=f"to read back the publication {found.publication_id}",
                found=f"version {found.version} with etag {found.etag}",
                expected=f"version {difference.desired.number} with etag {difference.desired.etag}",
                remedy="look at the publication in Trading Grid, then reject this correction with the reason",
            )
        return found.publication_id
    return None
