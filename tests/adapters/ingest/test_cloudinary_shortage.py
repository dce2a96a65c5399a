"""Cloudinary with fewer calls than a change needs, and with details that fail: all of it is read all the same, once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cloudinary import uploader

import ingest.cloudinary.changes as cloudinary_changes
import ingest.cloudinary.client as cloudinary_client
import ingest.cloudinary.listing as cloudinary_listing
from assettrail.clock import clock_from
from assettrail.errors import TransientSourceError
from assettrail.settings import Settings
from ingest.cloudinary.budget import BudgetState, CallBudget, Reserve, budget_path
from ingest.http import RetryPolicy
from ingest.landing import LandedBatch
from ingest.landing_store import LandingStore
from ingest.run import ingest_stream
from ingest.sources import open_source
from tests.adapters.ingest.stand_ins import Sandbox, accept, landed_rows

BY_IDS = "GET /v1_1/{cloud}/resources/by_asset_ids"
LISTING = "GET /v1_1/{cloud}/resources/{resource_type}/{type}"
SEARCH = "POST /v1_1/{cloud}/resources/search"


@pytest.fixture
def told(sandbox: Sandbox, settings: Settings) -> Settings:
    """The installation's channel is told of everything from 2026-03-01 on; the clock stands at 08:00 that day."""
    assert settings.cloudinary is not None
    sandbox.set_clock("2026-03-01T00:00:00Z")
    sandbox.create_triggers(settings.cloudinary.poll_channel)
    at(sandbox, 8)
    return settings


def at(sandbox: Sandbox, hour: int, minute: int = 0) -> None:
    sandbox.set_clock(f"2026-03-01T{hour:02}:{minute:02}:00Z")


def land(settings: Settings, stream: str, store: LandingStore) -> list[LandedBatch]:
    """One stream as a process of its own would land it."""
    return ingest_stream(open_source(settings, "cloudinary", store), stream, store, accept)


def uploaded(sandbox: Sandbox, count: int) -> dict[str, str]:
    """The ids of as many assets by their names, one uploaded each minute before nine."""
    made = {}
    for number in range(count):
        at(sandbox, 8, number)
        made[f"a{number:02}"] = sandbox.upload(f"a{number:02}", "red")["asset_id"]
    return made


def tagged(store: LandingStore, tag: str) -> list[str]:
    """The assets of which a state with these tags landed, in the order of landing."""
    rows = landed_rows(store, "cloudinary", "resources")
    return [row["asset_id"] for row in rows if row["tags"] == json.dumps([tag])]


def budget(settings: Settings) -> BudgetState:
    assert settings.cloudinary is not None
    return CallBudget(budget_path(settings.home), settings.cloudinary.cloud_name, 0.8, clock_from(settings)).state()


@pytest.mark.parametrize("page_size", [20, 2], ids=["the ids take hours", "the search takes hours, too"])
def test_a_large_change_is_read_over_as_many_hours_as_it_takes(
    sandbox: Sandbox, told: Settings, store: LandingStore, monkeypatch: pytest.MonkeyPatch, page_size: int
) -> None:
    """Begun anew each hour, a bulk edit is never read to its end, and every hour's calls go to the same first ids."""
    monkeypatch.setattr(cloudinary_changes, "IDS_PER_CALL", 2)
    made = uploaded(sandbox, 20)
    at(sandbox, 9)
    (listed,) = land(told, "resources", store)
    at(sandbox, 10)
    changed = [f"a{number:02}" for number in range(14)]
    uploader.add_tag("spring", changed, **sandbox.cloudinary)
    before = sandbox.requests("cloudinary")
    sandbox.turn("cloudinary", rate_limit=6, page_size_cap=page_size)
    batches: list[LandedBatch] = []
    first: list[str] = []
    for hour in range(11, 20):
        at(sandbox, hour)
        batches += land(told, "resources", store)
        if hour == 11 and page_size == 20:
            first = tagged(store, "spring")
            assert 0 < len(first) < 14, "what was read of a window that is not at its end has to land"
            (name,) = [name for name, asset_id in made.items() if asset_id == first[0]]
            uploader.replace_tag("summer", [name], **sandbox.cloudinary)
        if batches[-1].claim.complete:
            break
    else:
        pytest.fail("the change was never read to its end")
    whole = next(number for number, batch in enumerate(batches) if batch.claim.complete)
    assert whole >= 1
    assert {batch.claim.window_from for batch in batches[: whole + 1]} == {listed.claim.window_to}
    rest = batches[whole + 1]
    assert rest.claim.window_from == batches[whole].claim.window_to, "what changed since it began follows at once"
    assert sorted(tagged(store, "spring")) == sorted(made[name] for name in changed), "each once"
    asked = sandbox.requests("cloudinary")
    again = first[:1]
    assert asked[BY_IDS] - before.get(BY_IDS, 0) == 7 + len(again), "an asset was asked for twice"
    assert tagged(store, "summer") == again, "a change while a window is read is lost"
    assert asked[SEARCH] - before.get(SEARCH, 0) <= 14 // page_size + 3, "the search began anew"
    assert asked[LISTING] == before[LISTING]


def test_a_large_change_lands_in_batches(
    sandbox: Sandbox, told: Settings, store: LandingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of rows that wait in memory for the end of a window are lost to a kill, and with them their calls."""
    monkeypatch.setattr(cloudinary_changes, "IDS_PER_CALL", 2)
    monkeypatch.setattr(cloudinary_changes, "CALLS_PER_BATCH", 2)
    made = uploaded(sandbox, 10)
    at(sandbox, 9)
    land(told, "resources", store)
    at(sandbox, 10)
    uploader.add_tag("spring", list(made), **sandbox.cloudinary)
    batches = land(told, "resources", store)
    assert [(batch.rows, batch.claim.complete) for batch in batches] == [(4, False), (4, False), (2, True)]
    assert "6 of 10 changed assets follow" in batches[0].claim.detail


def test_where_more_changed_than_a_listing_needs_calls_for_everything_is_listed(
    sandbox: Sandbox, told: Settings, store: LandingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred assets a call for all of an account take five times the calls of a listing."""
    monkeypatch.setattr(cloudinary_changes, "IDS_PER_CALL", 1)
    made = uploaded(sandbox, 12)
    at(sandbox, 9)
    land(told, "resources", store)
    at(sandbox, 10)
    uploader.add_tag("spring", list(made), **sandbox.cloudinary)
    before = sandbox.requests("cloudinary")
    (batch,) = land(told, "resources", store)
    assert (batch.rows, batch.claim.complete) == (12, True)
    assert "12 assets in 9 listings" in batch.claim.detail
    assert sandbox.requests("cloudinary").get(BY_IDS, 0) == before.get(BY_IDS, 0)
    at(sandbox, 11)
    (quiet,) = land(told, "resources", store)
    assert (quiet.rows, quiet.claim.complete) == (0, True)
    assert sandbox.requests("cloudinary")[LISTING] == before[LISTING] + 9


def test_a_listing_in_doubt_does_not_stand_for_the_changes_before_it(
    sandbox: Sandbox, told: Settings, store: LandingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that the listing lacks would be taken as read, and its changes seen a week later."""
    monkeypatch.setattr(cloudinary_changes, "IDS_PER_CALL", 1)
    made = uploaded(sandbox, 12)
    at(sandbox, 9)
    (listed,) = land(told, "resources", store)
    at(sandbox, 10)
    uploader.add_tag("spring", list(made), **sandbox.cloudinary)
    with monkeypatch.context() as patched:
        patched.setattr(cloudinary_listing.ResourceReader, "_doubt", lambda *_: "the search index counts 13")
        (doubted,) = land(told, "resources", store)
    assert not doubted.claim.complete
    before = sandbox.requests("cloudinary")
    (again,) = land(told, "resources", store)
    assert (again.claim.complete, again.claim.window_from) == (True, listed.claim.window_to)
    assert sandbox.requests("cloudinary")[LISTING] == before[LISTING] + 9


def test_a_listing_of_hours_leaves_calls_to_the_queue(
    sandbox: Sandbox, told: Settings, store: LandingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the queue holds expires, and tells what no listing does: who changed what."""
    monkeypatch.setattr(cloudinary_client, "LEFT_BY_LISTINGS", Reserve(0.3, "the queue"))
    uploaded(sandbox, 12)
    at(sandbox, 9)
    sandbox.turn("cloudinary", rate_limit=12, page_size_cap=1)
    (part,) = land(told, "resources", store)
    assert not part.claim.complete
    assert "for the queue" in part.claim.detail
    (polled,) = land(told, "notifications", store)
    assert polled.rows == 12


def fail(sandbox: Sandbox, asset_id: str, status: int) -> None:
    sandbox.turn("cloudinary", status=status, path=f"/resources/{asset_id}")


def details(store: LandingStore) -> list[str]:
    return [row["asset_id"] for row in landed_rows(store, "cloudinary", "asset_details")]


@pytest.mark.parametrize(("status", "calls"), [(403, 1), (423, 4)])
def test_a_detail_that_always_fails_costs_itself_and_no_other(
    sandbox: Sandbox, told: Settings, store: LandingStore, monkeypatch: pytest.MonkeyPatch, status: int, calls: int
) -> None:
    """One asset that is processed for ever would end every run at the same place, and throw away what was read."""
    monkeypatch.setattr(RetryPolicy, "pause_seconds", lambda *_: 0.0)
    made = list(uploaded(sandbox, 6).values())
    at(sandbox, 9)
    land(told, "resources", store)
    failing = sorted(made)[2]
    fail(sandbox, failing, status)
    (batch,) = land(told, "asset_details", store)
    assert sorted(details(store)) == sorted(set(made) - {failing})
    assert (batch.claim.complete, batch.claim.how) == (False, "known_gap")
    assert f"5 details of assets with new rows; 1 were asked for in vain, and are again after an hour: {failing}" in (
        batch.claim.detail
    )
    assert str(status) in batch.claim.detail or "Injected" in batch.claim.detail
    assert budget(told).waiting["asset_details"] == 1
    before = budget(told).calls
    (still,) = land(told, "asset_details", store)
    assert (still.claim.complete, budget(told).calls - before) == (False, 0), "it burns the calls of the hour"
    at(sandbox, 10)
    land(told, "asset_details", store)
    assert budget(told).calls - before == calls
    at(sandbox, 11)
    sandbox.turn("cloudinary", reset=True)
    (whole,) = land(told, "asset_details", store)
    assert (whole.rows, whole.claim.complete, whole.claim.window_from) == (1, True, batch.claim.window_from)
    assert sorted(details(store)) == sorted(made)
    assert "asset_details" not in budget(told).waiting
    assert "failed" not in dict(store.cursor("cloudinary", "asset_details") or {})


def test_one_that_failed_and_changed_is_asked_for_with_the_others(
    sandbox: Sandbox, told: Settings, store: LandingStore
) -> None:
    """Whoever corrects an asset that could not be read does not wait for an hour."""
    failing = sorted(uploaded(sandbox, 3).items(), key=lambda item: item[1])[1]
    at(sandbox, 9)
    land(told, "resources", store)
    fail(sandbox, failing[1], 403)
    land(told, "asset_details", store)
    sandbox.turn("cloudinary", reset=True)
    at(sandbox, 9, 10)
    uploader.add_tag("mended", [failing[0]], **sandbox.cloudinary)
    land(told, "resources", store)
    (batch,) = land(told, "asset_details", store)
    assert (batch.rows, batch.claim.complete) == (1, True)


def test_a_service_that_is_down_is_told_once_what_was_read_has_landed(
    sandbox: Sandbox, told: Settings, store: LandingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outage that reads as a few assets in doubt wakes nobody; one that throws away what was read costs the hour."""
    monkeypatch.setattr(RetryPolicy, "pause_seconds", lambda *_: 0.0)
    made = list(uploaded(sandbox, 8).values())
    at(sandbox, 9)
    land(told, "resources", store)
    sandbox.turn("cloudinary", status=503, path="/resources/", after=2)
    source: Any = open_source(told, "cloudinary", store)
    with pytest.raises(TransientSourceError, match="Injected"):
        ingest_stream(source, "asset_details", store, accept)
    assert len(details(store)) == 2
    assert budget(told).waiting["asset_details"] == 6
    with pytest.raises(TransientSourceError, match="Injected"):
        land(told, "asset_details", store)
    sandbox.turn("cloudinary", reset=True)
    (rest,) = ingest_stream(source, "asset_details", store, accept)
    assert not rest.claim.complete
    at(sandbox, 11)
    (whole,) = land(told, "asset_details", store)
    assert whole.claim.complete
    assert sorted(details(store)) == sorted(made), "lost, or asked for twice"
