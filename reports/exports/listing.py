"""What a page hands over to be exported, and what every export says of itself.

Here belong the typed question and the statement of origin. Writing the forms is `reports.exports.written`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Listing:
    """All rows of a page as one bound question over the snapshot, in an order that is always the same.

    `name` begins the file's name and is ours; `grain` says what one row is; `filters` are what the address asked for.
    """

    name: str
    grain: str
    sql: str
    parameters: Mapping[str, object]
    filters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Origin:
    """What stands with every export: the snapshot, how far its data reaches, what the claims cover, the address.

    `data_until` is ISO 8601 in UTC or None where the manifest does not tell it; `is_complete` says that every stream
    that the page rests on has one unbroken period and nothing incomplete, held or quarantined.
    """

    snapshot: str
    data_until: str | None
    is_complete: bool
    completeness: Mapping[str, Any]
    address: str

    def to_plain(self, listing: Listing) -> dict[str, Any]:
        """Return the statement as JSON can hold it."""
        return {
            "name": listing.name,
            "grain": listing.grain,
            "filters": dict(listing.filters),
            "address": self.address,
            "snapshot": self.snapshot,
            "data_until": self.data_until,
            "is_complete": self.is_complete,
            "completeness": dict(self.completeness),
        }
