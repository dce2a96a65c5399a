"""What the three vendors hold before a point of torture, and the rows of corrections that are about it.

Here belongs making it anew, each time with the same identifiers, so that one approved outbox fits every time. The
sandbox is a process of its own that goes on between the points; it is asked over HTTP alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import httpx

from tests.adapters.corrections.conftest import CLOUD, NEW, Grid, Library, Studio, link, picture, republish
from tests.adapters.corrections.feedback_snapshot import Reported
from tests.adapters.corrections.test_artwork import issue
from tests.adapters.corrections.test_artwork import row as artwork
from tests.adapters.corrections.test_publishing import asked, launch, need, readiness, row, variant, wish
from tests.adapters.corrections.test_template_images import review
from tests.unit.corrections.renditions.drawings import encoded, landscape

SERVICES: Final = ("cloudinary", "exstream", "trading_grid")
PUSHED, BESIDE, REPORTED = "push/logo", "push/stamp", "t7/wide"
"""The assets that get a corrected file (as their new version, and as a new asset beside), and a reported one."""
NOT_APPROVED: Final = "99" + "a" * 62
"""The key of the correction that nobody approves."""
_PATIENT: Final = 120.0
"""Seconds that the harness itself waits for the sandbox: a loaded machine is no fault of it."""
_HEAVY: Final = encoded(landscape(240, 120), quality=98)
_NOTHING: Final = dict.fromkeys(
    ("desired_version_number", "desired_etag", "desired_format_code", "desired_rendition_name")
)


@dataclass(frozen=True)
class Held:
    """What the vendors hold: the rows of a snapshot, the reported rendition, and the ids of the assets for files."""

    rows: tuple[dict[str, Any], ...]
    not_approved: dict[str, Any]
    reported: Reported
    assets: Mapping[str, str]


class Sandbox:
    """The three vendors and their knobs."""

    def __init__(self, endpoints: Mapping[str, Any]) -> None:
        self.endpoints = endpoints
        self._controls = httpx.Client(base_url=f"{endpoints['cloudinary']['base_url']}/_sandbox", timeout=_PATIENT)
        self.ports = {int(endpoints[name]["base_url"].rpartition(":")[2]): name for name in SERVICES}
        self.grid: Grid
        self.studio: Studio
        self.library: Library

    def hold_anew(self) -> Held:
        """Forget everything, and make what the corrections are about; the counts of requests begin at zero."""
        self._controls.post("/reset").raise_for_status()
        self._controls.put("/clock", json={"now": datetime.fromtimestamp(NEW, UTC).isoformat()}).raise_for_status()
        self.library = Library(self.endpoints)
        self.library.upload("banners/spring", "green")
        self.grid, self.studio = Grid(self.endpoints), Studio(self.endpoints)
        assets = {name: self.library.upload(name, "blue", tags="brand") for name in (PUSHED, BESIDE)}
        reported = self._report()
        link_99 = link(99, self.grid.make_case())
        held = Held(tuple(self._rows()), link_99, reported, assets)
        self._controls.delete("/requests").raise_for_status()
        return held

    def knob(self, service: str, **order: Any) -> None:
        """Turn a knob of one service."""
        self._controls.post("/knobs", json={"service": service, **order}).raise_for_status()

    def knob_reset(self) -> None:
        """Take all faults back."""
        for service in SERVICES:
            self.knob(service, reset=True)

    def writes(self) -> int:
        """How many requests that write the vendors had since they were made anew; tokens do not count."""
        counts = self._controls.get("/requests").raise_for_status().json()
        labels = [(label, number) for service in counts.values() for label, number in service.items()]
        return sum(number for label, number in labels if not label.startswith("GET") and "oauth2" not in label.lower())

    def wait_until_idle(self) -> None:
        """Wait until no service works any more, also for a client that is gone; twice, as a request may just arrive."""
        quiet = 0
        while quiet < 2:
            under_way = self._controls.get("/under-way").raise_for_status().json()["under_way"]
            quiet = quiet + 1 if not under_way else 0

    def _rows(self) -> list[dict[str, Any]]:
        """A row of each kind that a snapshot asks for."""
        grid = self.grid
        foreign, alone, recalled = (grid.make_publication() for _ in range(3))
        old = {"expected_version_number": 1767600000, "expected_etag": "old"}
        place = {"desired_region_code": "DE", "desired_language_code": "de"}
        formats = grid.make("communities", name="Formats")["communityId"]
        searching = grid.make("communities", name="Searching")["communityId"]
        return [
            link(1, grid.make_case()),
            republish(2, grid.make_publication(), grid),
            row(3, "withdraw_recalled", grid, recalled, **old, **_NOTHING, publication_id_trading_grid=recalled),
            variant(4, grid, need(grid, "phone"), "phone"),
            row(5, "replace_foreign_variant", grid, foreign, **place, **old, publication_id_trading_grid=foreign),
            row(6, "withdraw_foreign_variant", grid, alone, **old, **_NOTHING, publication_id_trading_grid=alone),
            row(7, "publish_searched_asset", grid, "spring", **place, community_id_trading_grid=searching),
            asked(8, grid, wish(grid, formats), formats),
            readiness(9, grid, launch(grid)),
            review(self.studio.make_image(), self.studio, correction_key="10" + "a" * 62),
            artwork(11, issue(grid)),
        ]

    def _report(self) -> Reported:
        """A partner reports that a publication loads slowly."""
        stored = self.library.upload_file(REPORTED, _HEAVY)
        url = f"https://res.cloudinary.com/{CLOUD}/image/upload/c_limit,w_600/v{stored['version']}/{REPORTED}.jpg"
        about = {"assetId": stored["asset_id"], "publicId": REPORTED, "version": stored["version"]}
        place = {"rendition": "web", "language": "fr", "region": "FR", "device": "mobile", "publishedBy": "ana"}
        shown, community = {**about, "etag": stored["etag"], "url": url}, self.grid.community_id
        made = self.grid.make("publications", communityId=community, asset=shown, **place)
        said = {"partnerId": self.grid.partner_id, "publicationId": made["publicationId"], "category": "slow_loading"}
        told = self.grid.make("feedback", communityId=community, asset=about, device="phone", **said)
        ids = (told["feedbackId"], "slow_loading", made["publicationId"], community)
        return Reported(*ids, stored["asset_id"], stored["version"], stored["etag"], url)


def corrected() -> bytes:
    """The corrected file that is pushed."""
    return picture("red")
