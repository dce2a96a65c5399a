"""Design's cursors: what a reading missed is not forgotten when its resource is listed no more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest

from assettrail.clock import FixedClock
from ingest.exstream.asset_links import LinkRules
from ingest.exstream.client import Listing, Page
from ingest.exstream.design import LISTED_DESIGN_STREAMS, DesignStreams, LandedResources
from ingest.extract import Claim
from ingest.received import Answer
from ingest.strict import JsonObject

BEGAN = datetime(2026, 2, 10, 8, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)


@dataclass
class Design:
    """A service with images of one version each."""

    images: set[str] = field(default_factory=set)
    without_history: set[str] = field(default_factory=set)
    without_content: set[str] = field(default_factory=set)
    is_counted: bool = True

    def resources(self, _domain: str, _from_day: date | None) -> Listing:
        """Every image."""
        records: list[JsonObject] = [{"id": image, "version": 1, "type": "image"} for image in sorted(self.images)]
        return Listing((Page(_answer(), tuple(records)),), is_counted=self.is_counted)

    def resource_content(self, _domain: str, resource_id: str, _version: int) -> Answer | None:
        """Some bytes."""
        return None if resource_id in self.without_content else _answer()

    def resource_history(self, _domain: str, resource_id: str) -> Page | None:
        """No change."""
        return None if resource_id in self.without_history else Page(_answer(), ())

    def read(self, now: datetime, cursors: dict[str, Mapping[str, object] | None]) -> dict[str, Claim]:
        """Read the streams on; each cursor goes through JSON, as in the log."""
        streams = DesignStreams(
            client=self,  # type: ignore[arg-type]
            domains=("claims",),
            clock=FixedClock(now),
            rules=LinkRules(ways=()),
            assets_of=lambda _: {},
            landed_resources=lambda: LandedResources((), None),
            keep_raw=lambda _: "0" * 64,
            overlap_days=1,
            is_read=True,
        )
        found = {stream: streams.extract(stream, cursors.get(stream)) for stream in LISTED_DESIGN_STREAMS}
        cursors |= {stream: json.loads(json.dumps(each.cursor)) for stream, each in found.items()}
        return {stream: each.claim for stream, each in found.items()}


def _answer() -> Answer:
    return Answer("uri", b"{}", is_length_known=True)


@pytest.mark.parametrize("cursor", [None, {"complete_to": (BEGAN - AN_HOUR).isoformat()}])
def test_a_history_that_went_with_its_resource_is_told_when_its_time_is_claimed(
    cursor: Mapping[str, object] | None,
) -> None:
    """Harm prevented: who approved an image is unknown, and the claim says that everything was read."""
    design, cursors = Design({"logo", "gone"}, without_history={"gone"}), {"resource_history": cursor}
    first = design.read(BEGAN, cursors)
    assert (first["resource_history"].how, first["resources"].complete) == ("known_gap", True)
    design.images.discard("gone")
    second = design.read(BEGAN + AN_HOUR, cursors)["resource_history"]
    assert (second.complete, second.how, second.window_from) == (
        False,
        "known_gap",
        BEGAN - AN_HOUR if cursor else None,
    )
    assert f"an earlier reading missed something of the time until {BEGAN.isoformat()}" in second.detail
    third = design.read(BEGAN + 2 * AN_HOUR, cursors)["resource_history"]
    assert (third.complete, third.window_from) == (True, BEGAN + AN_HOUR)


def test_a_history_that_is_there_again_heals_the_claim() -> None:
    """Harm prevented: one hiccup of the service leaves the time since the beginning unproven for good."""
    cursors: dict[str, Mapping[str, object] | None] = {}
    design = Design({"logo", "late"}, without_history={"late"})
    design.read(BEGAN, cursors)
    design.without_history.clear()
    design.is_counted = False
    assert design.read(BEGAN + AN_HOUR, cursors)["resource_history"].how == "unknown"
    design.images.discard("late")
    design.is_counted = True
    healed = design.read(BEGAN + 2 * AN_HOUR, cursors)["resource_history"]
    assert (healed.complete, healed.window_from) == (True, None)


def test_of_too_many_gaps_none_is_taken_as_healed() -> None:
    """Harm prevented: a cursor that cannot name all that it missed forgets the rest, or fits into no leaf."""
    cursors: dict[str, Mapping[str, object] | None] = {}
    design = Design({f"image-{number}" for number in range(500)})
    design.without_history = set(design.images)
    design.read(BEGAN, cursors)
    assert len(json.dumps(cursors["resource_history"])) < 4096
    design.without_history.clear()
    assert design.read(BEGAN + AN_HOUR, cursors)["resource_history"].how == "known_gap"
    assert design.read(BEGAN + 2 * AN_HOUR, cursors)["resource_history"].complete


def test_an_image_without_content_is_doubted_once() -> None:
    """Harm prevented: an image whose bytes nobody has seen counts as read, or keeps the cursor standing for ever."""
    cursors: dict[str, Mapping[str, object] | None] = {}
    design = Design({"logo", "empty"}, without_content={"empty"})
    first = design.read(BEGAN, cursors)["resources"]
    assert (first.how, "resource empty has no content in version 1" in first.detail) == ("unknown", True)
    second = design.read(BEGAN + AN_HOUR, cursors)["resources"]
    assert (second.complete, second.window_from) == (True, BEGAN)
