"""What a whole listing lacks: told where nobody doubts it, and only then."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from assettrail.errors import ConfigurationError, EvidenceBroken
from assettrail.trading_grid_settings import TradingGridObject, TradingGridSettings
from ingest.cloudinary.delivery_url import parse_delivery_url
from ingest.extract import Claim, Extract, Row
from ingest.http import Parameters
from ingest.landing import land
from ingest.landing_store import LandingStore
from ingest.received import Answer
from ingest.run import ingest_stream
from ingest.schema import stream_schema
from ingest.trading_grid.client import TradingGridClient
from ingest.trading_grid.context import Context
from ingest.trading_grid.landed import ABSENCES, LandedObjects
from ingest.trading_grid.source import TradingGridSource
from ingest.trading_grid.streams import contract_of
from tests.adapters.ingest.stand_ins import landed_rows
from tests.unit.landing.stores import NOON, MovableClock, accept, open_store

BASE = "https://grid.example/tenant"
MAPPED = TradingGridObject(
    path="/members",
    lists_all=True,
    fields={"community_id": "c", "partner_id": "p", "status": "s", "updated_at_raw": "at"},
)


@dataclass
class Portal:
    """A service with memberships of one community. `misstated` is added to each total, `hidden` is left out once."""

    clock: MovableClock
    there: dict[str, dict[str, object]] = field(default_factory=dict)
    misstated: int = 0
    hidden: str | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    base_url: str = BASE

    def sign_in(self) -> None:
        """Nothing to do."""

    def put(self, partner: str, status: object = "Active") -> None:
        """Make or change a membership."""
        self.there[partner] = {"c": "nord", "p": partner, "s": status, "at": self.clock.now().isoformat()}

    def get_present(self, path: str, parameters: Parameters | None = None) -> Answer:
        """A page of all that changed since an instant."""
        asked = dict(parameters or {})
        self.asked.append(asked)
        since, hidden = str(asked.get("updatedSince", "")), self.hidden
        found = [each for name, each in sorted(self.there.items()) if name != hidden and str(each["at"]) >= since]
        self.hidden = None
        start = int(asked["offset"])
        body = {"records": found[start : start + int(asked["limit"])], "total": len(found) + self.misstated}
        return Answer(f"{BASE}{path}", json.dumps(body).encode(), is_length_known=True)


@dataclass
class Place:
    """An installation that reads the portal."""

    store: LandingStore
    portal: Portal

    def read(self, **changes: object) -> tuple[Claim, list[tuple[str, bool]]]:
        """Read the memberships and what is gone of them: the latter's claim, and every word on it."""
        mapped = MAPPED.model_copy(update=changes)
        settings = TradingGridSettings(
            base_url=BASE,
            token_url=f"{BASE}/t",
            client_id="c",
            client_secret=SecretStr("s"),
            objects={"members": mapped},
        )
        source = TradingGridSource(
            TradingGridClient(self.portal, 100),
            settings,
            contract_of(settings),
            self.portal.clock,
            Context(str, parse_delivery_url),
            self.store.put_raw,
            LandedObjects(self.store, BASE),
        )
        ingest_stream(source, "members", self.store, accept)
        batch = ingest_stream(source, ABSENCES, self.store, accept)[-1]
        rows = landed_rows(self.store, "trading_grid", ABSENCES)
        return batch.claim, [(row["partner_id"], row["is_absent"]) for row in rows]

    def later(self, hours: float = 25) -> None:
        """Let time pass."""
        self.portal.clock.advance(hours=hours)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An installation that has read three memberships."""
    clock = MovableClock()
    portal = Portal(clock)
    for partner in ("P-1", "P-2", "P-3"):
        portal.put(partner)
    store = open_store(tmp_path, clock)
    made = Place(store, portal)
    claim, told = made.read()
    assert (claim.complete, claim.how, told) == (True, "manifest", [])
    return made


def test_what_is_gone_is_told_with_the_window_in_which_it_went(place: Place) -> None:
    """An end without its window would be taken for an instant that somebody knows."""
    began = place.portal.clock.now()
    place.later()
    del place.portal.there["P-2"]
    claim, told = place.read()
    assert told == [("P-2", True)]
    assert (claim.complete, claim.window_from, claim.window_to) == (True, began, place.portal.clock.now())
    (row,) = landed_rows(place.store, "trading_grid", ABSENCES)
    assert (row["stream"], row["object_key"], row["community_id"]) == ("members", '["nord","P-2"]', "nord")
    assert (row["last_seen_at_raw"], row["listed_at_raw"]) == (began.isoformat(), claim.window_to.isoformat())


def test_between_two_full_listings_nothing_is_asked_for_again(place: Place) -> None:
    """Everything in each run would be too much for a large portal; a claim on it would be about nothing new."""
    del place.portal.there["P-2"]
    place.later(hours=23)
    place.portal.asked.clear()
    claim, told = place.read()
    assert told == []
    assert "no full listing since" in claim.detail
    assert [bool(asked.get("updatedSince")) for asked in place.portal.asked] == [True]


def _of_wrong_count(place: Place) -> None:
    place.portal.misstated = 1


def _of_a_refused_object(place: Place) -> None:
    place.portal.put("P-3", status=7)


@pytest.mark.parametrize("spoil", [_of_wrong_count, _of_a_refused_object])
def test_an_incomplete_listing_calls_nothing_gone(place: Place, spoil: Callable[[Place], None]) -> None:
    """What a listing did not show, or showed so that it cannot be read, may be there."""
    del place.portal.there["P-2"]
    place.later()
    spoil(place)
    assert place.read()[1] == []
    place.portal.misstated = 0
    place.portal.put("P-3")
    place.later()
    assert place.read()[1] == [("P-2", True)]


def test_what_a_second_listing_shows_is_not_gone(place: Place) -> None:
    """An object that slips from page to page while another is deleted and one is made leaves every count as it was."""
    place.later()
    place.portal.hidden = "P-2"
    assert place.read()[1] == []
    place.later()
    assert place.read()[1] == []


def test_a_second_listing_that_cannot_be_believed_leaves_it_open(place: Place) -> None:
    """The claim has to say that somebody may be gone, and the next run has to look again."""
    place.later()
    del place.portal.there["P-2"]
    get_present = place.portal.get_present

    def misstated_from_now_on(path: str, parameters: Parameters | None = None) -> Answer:
        answer = get_present(path, parameters)
        place.portal.misstated = 1
        return answer

    place.portal.get_present = misstated_from_now_on  # type: ignore[method-assign]
    claim, told = place.read()
    assert (claim.complete, claim.how, told) == (False, "unknown", [])
    assert "members" in claim.detail
    place.portal.get_present = get_present  # type: ignore[method-assign]
    place.portal.misstated = 0
    claim, told = place.read()
    assert (claim.complete, told) == (True, [("P-2", True)])


def test_an_object_that_is_told_of_again_is_there_again_at_once(place: Place) -> None:
    """A membership that was made anew must not be gone until tomorrow; nor may its listing say it twice."""
    place.later()
    kept = place.portal.there.pop("P-2")
    assert place.read()[1] == [("P-2", True)]
    place.later(hours=1)
    place.portal.put("P-2", "Inactive")
    assert place.read()[1] == [("P-2", True), ("P-2", False)]
    place.later()
    assert place.read()[1] == [("P-2", True), ("P-2", False)]
    del place.portal.there["P-2"]
    place.later()
    assert place.read()[1][2:] == [("P-2", True)]
    place.portal.there["P-2"] = kept
    place.later()
    assert place.read()[1][3:] == [("P-2", False)], "as it was before: nothing of it lands, and it is listed"


def test_what_only_a_file_told_of_is_not_looked_for(place: Place) -> None:
    """No listing of the service has to show what a partner's export told of."""
    values = {"community_id": "nord", "partner_id": "P-9", "status": "Active", "updated_at_raw": NOON.isoformat()}
    claim = Claim(None, NOON, complete=True, how="end_marker", detail="a file")
    row = Row(values, "file:///drops/members.csv", place.store.put_raw(b"a file"))
    schema = stream_schema("trading_grid", "members")
    land(place.store, schema, Extract([row], [], claim, place.store.cursor("trading_grid", "members")), accept)
    place.later()
    assert place.read()[1] == []


def test_full_listings_of_every_run_where_the_setting_says_so(place: Place) -> None:
    """Who has few objects may know of a deletion in half an hour."""
    del place.portal.there["P-1"]
    place.later(hours=0.5)
    assert place.read(full_listing_hours=0.0)[1] == [("P-1", True)]


def test_a_mapping_says_it_where_it_means_something() -> None:
    """A setting that nothing reads would be believed."""
    fields = {"message_id": "m", "case_id": "c", "posted_at_raw": "p"}
    wrong = TradingGridObject(path="/x", lists_all=True, fields=fields)
    with pytest.raises(ConfigurationError, match=r"thread_messages\.lists_all is of no use"):
        contract_of(TradingGridSettings(objects={"thread_messages": wrong}))


def test_an_inventory_that_is_none_is_named(place: Place) -> None:
    """Comparing with nothing would call everything gone."""
    with pytest.raises(EvidenceBroken, match="no keys"):
        LandedObjects(place.store, BASE).inventory(place.store.put_raw(b'{"began":"2026-01-01T00:00:00Z"}'))
