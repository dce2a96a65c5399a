"""T2 and T5: an approved asset into a community that needs it, or whose partners looked for it in vain.

Here belongs when it may be published; what is published and how it is found again is `publishing`.
"""

from __future__ import annotations

from dataclasses import dataclass

from corrections.difference import Difference, Rendition
from corrections.effects.effect import Absent, Conflict, Present, Ready
from corrections.effects.publishing import own_publication, publication_write
from corrections.vendors.opened import Vendor, Vendors
from corrections.vendors.trading_grid import Publication


@dataclass(frozen=True)
class CommunityPublication:
    """The effect of the kinds `publish_variant` and `publish_searched_asset`: nothing is replaced by it."""

    gives_bytes = True
    vendor: Vendor = "trading_grid"

    def examine(self, vendors: Vendors, difference: Difference) -> Ready | Conflict | Present:
        """See that the community still needs it and does not show it yet."""
        present = self.read_back(vendors, difference)
        if isinstance(present, Present):
            return present
        community_id = difference.community_id or ""
        if difference.kind == "publish_variant" and not vendors.grid.is_needed(difference.object_id):
            return Conflict("the community needs it no more")
        rendition = difference.rendition or Rendition()
        for shown in vendors.grid.publications_in(community_id):
            if shown.is_live and _is_the_same(shown, difference, rendition):
                return Conflict(f"the community shows it already, as {shown.publication_id}")
        return Ready(publication_write(vendors, difference, community_id, rendition, replaces=None))

    def read_back(self, vendors: Vendors, difference: Difference) -> Present | Absent:
        """Look for the publication with the correlation id. Raises as `own_publication` does."""
        found = own_publication(vendors.grid, difference)
        return Absent() if found is None else Present(found)


def _is_the_same(shown: Publication, difference: Difference, wanted: Rendition) -> bool:
    """Whether a publication shows the asset for the region, language and device that are wanted."""
    is_asset = shown.asset_id == difference.asset_id or (
        shown.asset_id is None and shown.public_id == difference.public_id
    )
    pairs = ((shown.region, wanted.region), (shown.language, wanted.language), (shown.device, wanted.device))
    return is_asset and all(asked in {None, found} for found, asked in pairs)
