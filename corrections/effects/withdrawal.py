"""T1, T2: a publication of a recalled asset, or of another region's variant, taken out of its community.

Here belong when it may be withdrawn, and how it is seen that it was. A withdrawal gives nobody any bytes, and one that
is repeated changes nothing: a publication that is withdrawn stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from corrections.difference import Difference
from corrections.effects.effect import Absent, Conflict, Present, Ready
from corrections.people.names import PROPOSER
from corrections.vendors.opened import Vendor, Vendors
from corrections.vendors.trading_grid import Publication, withdrawal_path
from corrections.vendors.writes import Write


@dataclass(frozen=True)
class Withdrawal:
    """The effect of the kinds `withdraw_recalled` and `withdraw_foreign_variant`."""

    gives_bytes = False
    vendor: Vendor = "trading_grid"

    def examine(self, vendors: Vendors, difference: Difference) -> Ready | Conflict | Present:
        """Compare the publication with what was to be withdrawn; one that is withdrawn already is what was wanted."""
        found = vendors.grid.publication(difference.object_id)
        if found is None:
            return Conflict("the publication is not there any more")
        if not found.is_live:
            return Present(found.publication_id)
        if (other := _other(found, difference)) is not None:
            return Conflict(f"the publication shows {other}")
        return Ready(Write("POST", withdrawal_path(found.publication_id), {"withdrawnBy": PROPOSER}))

    def read_back(self, vendors: Vendors, difference: Difference) -> Present | Absent:
        """Look whether the publication is withdrawn."""
        found = vendors.grid.publication(difference.object_id)
        return Present(found.publication_id) if found is not None and not found.is_live else Absent()


def _other(found: Publication, difference: Difference) -> str | None:
    """What the vendor states that is not what was to be withdrawn, in words; what it leaves open is no reason."""
    if found.asset_id is not None and found.asset_id != difference.asset_id:
        return f"asset {found.asset_id}, expected was {difference.asset_id}"
    if found.asset_id is None and found.public_id not in {None, difference.public_id}:
        return f"asset {found.public_id}, expected was {difference.public_id}"
    shown, expected = (found.etag or "").lower(), (difference.expected.etag or "").lower()
    if shown and expected and shown != expected:
        return f"version {found.version} with etag {shown}, expected was {difference.expected.number} with {expected}"
    return None
