"""T1, T2: an approved version into a community, in place of an outdated publication or of another region's variant.

Here belongs when it may be published; what is published and how it is found again is `publishing`.
"""

from __future__ import annotations

from dataclasses import dataclass

from corrections.difference import Difference, Rendition
from corrections.effects.delivery_link import transformation_of
from corrections.effects.effect import Absent, Conflict, Present, Ready
from corrections.effects.publishing import own_publication, publication_write
from corrections.vendors.opened import Vendor, Vendors


@dataclass(frozen=True)
class Republication:
    """The effect of the kinds `republish_approved_version` and `replace_foreign_variant`.

    The desired bytes in the same place: with the words and transformation of what is replaced, or those approved.
    """

    gives_bytes = True
    vendor: Vendor = "trading_grid"

    def examine(self, vendors: Vendors, difference: Difference) -> Ready | Conflict | Present:
        """Compare the publication with what the proposal expected."""
        present = self.read_back(vendors, difference)
        if isinstance(present, Present):
            return present
        old = vendors.grid.publication(difference.object_id)
        if old is None:
            return Conflict("the publication is not there any more")
        if not old.is_live:
            return Conflict("the publication is withdrawn")
        shown = (old.version, old.etag)
        expected = (difference.expected.number, difference.expected.etag)
        if shown != expected:
            return Conflict(
                f"the publication shows version {shown[0]} with etag {shown[1]}, "
                f"expected was version {expected[0]} with etag {expected[1]}"
            )
        if difference.community_id not in {None, old.community_id}:
            return Conflict(f"the publication is in community {old.community_id}, not {difference.community_id}")
        transformation = transformation_of(vendors.cloudinary, old.url)
        same = Rendition(old.rendition, old.region, old.language, old.device, transformation)
        rendition = difference.rendition or same
        return Ready(publication_write(vendors, difference, old.community_id, rendition, old.publication_id))

    def read_back(self, vendors: Vendors, difference: Difference) -> Present | Absent:
        """Look for the publication with the correlation id. Raises as `own_publication` does."""
        found = own_publication(vendors.grid, difference)
        return Absent() if found is None else Present(found)
