"""The stream `asset_absences`: assets that a complete full listing lacks though an earlier listing had them.

Here belongs the comparison of the last inventory with what was ever listed. An asset counts as absent only by a listing
that was read to its end without a refused record, and only when asking for its id finds nothing either: assets that
moved from one listing to the other while both were read are there. A placeholder is listed, so that it is never taken
for a deletion. An asset that a later listing has again is told, too. Not here: the listing itself (`listing`).
"""

from __future__ import annotations

from datetime import datetime

from ingest.cloudinary.access import Access, Cursor, in_parts, text_of, time_of, unread_window, used_up
from ingest.cloudinary.budget import BudgetUsedUp
from ingest.cloudinary.client import IDS_PER_CALL
from ingest.cloudinary.landed import ListedAsset
from ingest.extract import Claim, Extract
from ingest.reading import Reading, Values


class AbsenceReader:
    """Reads the stream `asset_absences` of one product environment."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def extract(self, since: Cursor) -> Extract:
        """What the newest complete listing lacks, or has again; without a new one there is nothing to say."""
        access = self._access
        now = access.clock.now()
        listed = access.landed.cursor("resources")
        listing, began = text_of(listed, "listing"), time_of(listed, "listing_began")
        if listing is None or began is None:
            return unread_window(Reading(), since, now, "no full listing was read to its end yet", since)
        if listing == text_of(since, "listing"):
            claim = Claim(began, began, complete=True, how="manifest", detail=f"no full listing since {began}")
            return Extract([], [], claim, since)
        reading = Reading()
        try:
            rows = self._compared(since, listing, began)
        except BudgetUsedUp as error:
            return unread_window(reading, since, now, used_up(error, "the listing is compared again"), since)
        reading.add(rows, access.uri("resources"), listing)
        claim = Claim(
            window_from=time_of(since, "window_to"),
            window_to=began,
            complete=True,
            how="manifest",
            detail=f"the inventory of the full listing that began {began.isoformat()}, compared with all that was "
            f"listed before: {sum(bool(row['is_absent']) for row in rows)} absent",
        )
        return Extract(reading.rows, [], claim, {"window_to": began.isoformat(), "listing": listing})

    def _compared(self, since: Cursor, listing: str, began: datetime) -> list[Values]:
        landed = self._access.landed
        present = landed.inventory(listing)
        known = landed.listed()
        told = landed.absences()
        earlier = text_of(since, "listing")
        before = landed.inventory(earlier) if earlier else {}
        missing = [
            asset
            for asset in known.values()
            if asset.asset_id not in present
            and asset.loaded_at < began
            and self._access.is_wanted({"resource_type": asset.resource_type, "type": asset.type})
            and not (told.get(asset.asset_id) and asset.asset_id not in before)
        ]
        absent = self._not_there(missing)
        back = [known[asset_id] for asset_id, is_absent in told.items() if is_absent and asset_id in present]
        rows = [*((asset, True) for asset in absent), *((asset, False) for asset in back)]
        return [_values(asset, began, is_absent=is_absent) for asset, is_absent in rows]

    def _not_there(self, missing: list[ListedAsset]) -> list[ListedAsset]:
        """Those of the missing that asking for their ids does not find either."""
        found: set[object] = set()
        for ids in in_parts([asset.asset_id for asset in missing], IDS_PER_CALL):
            page = self._access.client.resources_by_ids(ids)
            self._access.keep_raw(page.body)
            found.update(item.get("asset_id") for item in page.items)
        return [asset for asset in missing if asset.asset_id not in found]


def _values(asset: ListedAsset, began: datetime, *, is_absent: bool) -> Values:
    return {
        "asset_id": asset.asset_id,
        "listed_at_raw": began.isoformat(),
        "is_absent": is_absent,
        "public_id": asset.public_id,
        "resource_type": asset.resource_type,
        "type": asset.type,
        "version": asset.version,
    }
