"""T1: the newest approved version of an asset into a community, in place of an outdated publication.

Here belong what is published, when it may be, and how it is found again.
"""

from __future__ import annotations

from dataclasses import dataclass

from assettrail.errors import PermanentSourceError
from assettrail.settings import CloudinarySettings
from corrections.delivery_link import delivery_link, transformation_of
from corrections.difference import Difference
from corrections.effects import Absent, Conflict, Present, Ready
from corrections.names import PROPOSER
from corrections.trading_grid import PUBLICATIONS, Publication, TradingGrid


@dataclass(frozen=True)
class Republication:
    """The effect of the kind `republish_approved_version`."""

    gives_bytes = True

    def examine(
        self, grid: TradingGrid, settings: CloudinarySettings, difference: Difference
    ) -> Ready | Conflict | Present:
        """Compare the publication with what the proposal expected."""
        present = self.read_back(grid, difference)
        if isinstance(present, Present):
            return present
        old = grid.publication(difference.object_id)
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
        return Ready(PUBLICATIONS, publication_body(old, settings, difference))

    def read_back(self, grid: TradingGrid, difference: Difference) -> Present | Absent:
        """Look for the publication with the correlation id.

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
            return Present(found.publication_id)
        return Absent()


def publication_body(old: Publication, settings: CloudinarySettings, difference: Difference) -> dict[str, object]:
    """Return the new publication: same place and rendition as `old`, the desired bytes."""
    transformation = transformation_of(settings, old.url)
    return {
        "communityId": old.community_id,
        "asset": {
            "assetId": difference.asset_id,
            "publicId": difference.public_id,
            "version": difference.desired.number,
            "etag": difference.desired.etag,
            "url": delivery_link(settings, difference, transformation),
        },
        "rendition": old.rendition,
        "language": old.language,
        "region": old.region,
        "device": old.device,
        "publishedBy": PROPOSER,
        "replacesPublicationId": old.publication_id,
        "correlationId": difference.correlation_id,
    }
