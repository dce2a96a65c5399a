"""Cloudinary in full through the real SDK: what is asked, how often, and what may be said about what is gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudinary import api, uploader

import ingest.cloudinary.details as cloudinary_details
import ingest.cloudinary.listing as cloudinary_listing
from assettrail.clock import clock_from
from assettrail.settings import Settings
from ingest.cloudinary.budget import CallBudget, budget_path
from ingest.cloudinary.client import CloudinaryClient
from ingest.cloudinary.page import Page
from ingest.landing import LandedBatch
from ingest.landing_store import LandingStore
from ingest.sources import open_source
from tests.adapters.ingest.stand_ins import Sandbox, land_all, landed_rows

Fresh = Callable[[str], str]
Landed = dict[str, list[LandedBatch]]


def changed(settings: Settings, **changes: object) -> Settings:
    assert settings.cloudinary is not None
    return settings.model_copy(update={"cloudinary": settings.cloudinary.model_copy(update=changes)})


@pytest.fixture
def told(sandbox: Sandbox, settings: Settings, day: str) -> Settings:
    """The installation's channel is told of everything from a day on that no other test has; it is 08:00 that day."""
    assert settings.cloudinary is not None
    sandbox.set_clock(f"{day}T00:00:00Z")
    sandbox.create_triggers(settings.cloudinary.poll_channel)
    for event in ("resource_tags_changed", "resource_context_changed"):
        api.create_trigger(f"poll://{settings.cloudinary.poll_channel}", event, uri_type="poll", **sandbox.cloudinary)
    sandbox.set_clock(f"{day}T08:00:00Z")
    return changed(settings, contents_per_run=0, visibility_timeout_seconds=60)


@pytest.fixture
def day(fresh: Fresh) -> str:
    """A day of 2027 for one test, so that no window of another test reaches into it."""
    number = int(fresh("day").rpartition("-")[2])
    return f"2027-{number // 25 % 12 + 1:02}-{number % 25 + 1:02}"


def run(settings: Settings, store: LandingStore) -> Landed:
    """One ingest as a process of its own would do it."""
    return land_all(open_source(settings, "cloudinary", store), store)


def calls(sandbox: Sandbox) -> int:
    """How often the account was asked for anything by the Admin API."""
    asked = sandbox.requests("cloudinary")
    return sum(number for label, number in asked.items() if "/v1_1/" in label and label.startswith("GET"))


def row_of(store: LandingStore, stream: str, **wanted: object) -> dict[str, Any]:
    """The newest landed row with these values."""
    rows = landed_rows(store, "cloudinary", stream)
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())][-1]


def state_of(settings: Settings) -> Any:
    assert settings.cloudinary is not None
    clock = clock_from(settings)
    path = budget_path(settings.home)
    return CallBudget(path, settings.cloudinary.cloud_name, settings.cloudinary.hourly_allowance_share, clock).state()


def test_a_change_is_found_by_the_search_index_and_only_it_is_asked_for(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, day: str
) -> None:
    """A listing has no time of change: without the search every change costs a full listing, or is missed for days."""
    name, other = fresh("a"), fresh("b")
    asset = sandbox.upload(name, "red")["asset_id"]
    sandbox.upload(other, "blue")
    run(told, store)
    sandbox.set_clock(f"{day}T10:00:00Z")
    uploader.add_tag("spring", [name], **sandbox.cloudinary)
    before = sandbox.requests("cloudinary")
    landed = run(told, store)
    after = sandbox.requests("cloudinary")
    assert [batch.rows for batch in landed["resources"]] == [1]
    assert [batch.rows for batch in landed["asset_details"]] == [1]
    assert row_of(store, "resources", asset_id=asset)["tags"] == '["spring"]'
    assert "tags_updated_at" in json.loads(row_of(store, "asset_details", asset_id=asset)["last_updated"])
    listing = "GET /v1_1/{cloud}/resources/{resource_type}/{type}"
    assert after[listing] == before[listing], "a full listing for one changed asset"


def test_a_row_by_search_is_the_row_of_the_listing(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, day: str
) -> None:
    """Two shapes of one state would land as a change each time, back and forth for ever."""
    name = fresh("a")
    sandbox.upload(name, "red")
    run(told, store)
    sandbox.set_clock(f"{day}T10:00:00Z")
    uploader.add_context({"alt": "a hero"}, [name], **sandbox.cloudinary)
    assert [batch.rows for batch in run(told, store)["resources"]] == [1]
    everything = changed(told, full_listing_days=0)
    sandbox.set_clock(f"{day}T11:00:00Z")
    assert [batch.rows for batch in run(everything, store)["resources"]] == [0]


def test_a_moderation_is_seen_without_a_full_listing(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, day: str
) -> None:
    """A rejection changes no `last_updated`: by the search index alone it would be seen a week later."""
    name = fresh("a")
    asset = sandbox.upload(name, "red", moderation="manual")["asset_id"]
    run(told, store)
    sandbox.set_clock(f"{day}T10:00:00Z")
    api.update(name, moderation_status="rejected", **sandbox.cloudinary)
    run(told, store)
    told_row = row_of(store, "notifications", notification_type="moderation", asset_id=asset)
    assert (told_row["moderation_status"], told_row["moderation_kind"]) == ("rejected", "manual")
    sandbox.set_clock(f"{day}T11:00:00Z")
    run(told, store)
    assert row_of(store, "resources", asset_id=asset)["moderation_status"] == "rejected"


def test_an_account_without_search_is_listed_in_full(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, day: str
) -> None:
    """Accounts above ten million assets have no automatic search: their changes must not be lost in silence."""
    run(told, store)
    sandbox.set_clock(f"{day}T10:00:00Z")
    asset = sandbox.upload(fresh("a"), "red")["asset_id"]
    sandbox.turn("cloudinary", status=403, path="/resources/search")
    (batch,) = run(told, store)["resources"]
    assert batch.claim.complete
    assert "9 listings" in batch.claim.detail
    assert row_of(store, "resources", asset_id=asset)


def test_a_budget_that_is_used_up_stops_nothing_but_itself(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, day: str
) -> None:
    """A stream that fails for want of calls must not take the others along, nor begin anew in the next hour."""
    names = [fresh("a") for _ in range(16)]
    made = {sandbox.upload(name, "red")["asset_id"] for name in names}
    sandbox.set_clock(f"{day}T09:00:00Z")
    sandbox.turn("cloudinary", rate_limit=35)
    known = len({item["asset_id"] for item in all_assets(sandbox)})
    sandbox.set_clock(f"{day}T10:00:00Z")
    landed = run(told, store)
    assert not landed["asset_details"][-1].claim.complete
    assert "the budget of calls is used up" in landed["asset_details"][-1].claim.detail
    assert f"{day}T11:00:00Z" in landed["asset_details"][-1].claim.detail
    assert landed["resources"][-1].claim.complete
    assert landed["notifications"][-1].claim.complete
    assert landed["transformations"][-1].claim.complete, "the streams behind it have to go on"
    done = len(landed_rows(store, "cloudinary", "asset_details"))
    assert 0 < done < known
    state = state_of(told)
    assert state.waiting["asset_details"] == known - done
    assert state.rate.remaining >= 35 * 0.2 - 1, "the share of the others was used"
    for hour in range(11, 24):
        sandbox.set_clock(f"{day}T{hour}:00:00Z")
        if land_only(open_source(told, "cloudinary", store), "asset_details", store)[-1].claim.complete:
            break
    else:
        pytest.fail("the details were never read to their end")
    rows = landed_rows(store, "cloudinary", "asset_details")
    assert made <= {row["asset_id"] for row in rows}
    assert len(rows) == len({row["asset_id"] for row in rows}), "a detail was asked for twice"
    assert state_of(told).waiting == {"product_environment": 1}, "which was cut off, too, and not read again"


def all_assets(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Everything that the account has, as it lists it."""
    found: list[dict[str, Any]] = []
    for resource_type in ("image", "raw"):
        for delivery_type in ("upload", "private", "authenticated"):
            asked = {"resource_type": resource_type, "type": delivery_type, "max_results": 500}
            cursor = None
            while True:
                page = api.resources(**asked, next_cursor=cursor, **sandbox.cloudinary)
                found += page["resources"]
                cursor = page.get("next_cursor")
                if cursor is None:
                    break
    return found


def test_a_listing_that_was_cut_off_goes_on_where_it_stopped(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, day: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account with more pages than an hour has calls would begin again each hour and never be listed."""
    made = set()
    for minute in range(30):
        sandbox.set_clock(f"{day}T08:{minute:02}:00Z")
        made.add(sandbox.upload(fresh("a"), "red")["asset_id"])
    sandbox.turn("cloudinary", rate_limit=10, page_size_cap=4, cursor_lifetime_seconds=1800)
    batches = []
    for hour in range(9, 23):
        sandbox.set_clock(f"{day}T{hour:02}:00:00Z")
        source = open_source(told, "cloudinary", store)
        batches += land_only(source, "resources", store)
        if batches[-1].claim.complete:
            break
        waiting = {"resources", "product_environment"}
        land_only(source, "product_environment", store)
        assert waiting <= state_of(told).waiting.keys(), "an operator is told that nothing waits"
    else:
        pytest.fail("the listing never came to its end")
    assert "resources" not in state_of(told).waiting
    sandbox.turn("cloudinary", rate_limit=500)
    sandbox.set_clock(f"{day}T23:00:00Z")
    assert land_only(open_source(told, "cloudinary", store), "product_environment", store)[-1].claim.complete
    assert state_of(told).waiting == {}
    assert len(batches) > 1
    assert [batch.claim.complete for batch in batches][:-1] == [False] * (len(batches) - 1)
    assert batches[0].claim.window_from is None
    listed = landed_rows(store, "cloudinary", "resources")
    assert made <= {row["asset_id"] for row in listed}
    assert len(listed) == len({row["asset_id"] for row in listed})


def land_only(source: Any, stream: str, store: LandingStore) -> list[LandedBatch]:
    from ingest.run import ingest_stream
    from tests.adapters.ingest.stand_ins import accept

    return ingest_stream(source, stream, store, accept)


def test_a_long_listing_lands_in_batches(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill after an hour of listing must not cost the hour."""
    monkeypatch.setattr(cloudinary_listing, "PAGES_PER_BATCH", 2)
    sandbox.turn("cloudinary", page_size_cap=2)
    made = {sandbox.upload(fresh("a"), "red")["asset_id"] for _ in range(10)}
    batches = land_only(open_source(told, "cloudinary", store), "resources", store)
    assert len(batches) > 2
    assert [batch.claim.complete for batch in batches] == [*[False] * (len(batches) - 1), True]
    assert made <= {row["asset_id"] for row in landed_rows(store, "cloudinary", "resources")}


def test_an_asset_that_nobody_said_was_deleted_is_found_missing(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, day: str
) -> None:
    """A deletion whose notification was lost would leave the asset live in every report for ever."""
    weekly = changed(told, full_listing_days=0)
    gone, stays = fresh("gone"), fresh("stays")
    asset = sandbox.upload(gone, "red")
    sandbox.upload(stays, "blue")
    run(weekly, store)
    assert told.cloudinary is not None
    for trigger in api.triggers(**sandbox.cloudinary)["triggers"]:
        if trigger["uri"] == f"poll://{told.cloudinary.poll_channel}" and trigger["event_type"] == "delete":
            api.delete_trigger(trigger["id"], **sandbox.cloudinary)
    sandbox.set_clock(f"{day}T10:00:00Z")
    uploader.destroy(gone, **sandbox.cloudinary)
    (batch,) = run(weekly, store)["asset_absences"]
    assert (batch.claim.complete, batch.claim.how) == (True, "manifest")
    (row,) = landed_rows(store, "cloudinary", "asset_absences")
    assert (row["asset_id"], row["public_id"], row["is_absent"]) == (asset["asset_id"], gone, True)
    assert row["listed_at_raw"] == f"{day}T10:00:00+00:00"
    sandbox.set_clock(f"{day}T11:00:00Z")
    assert sum(batch.rows for batch in run(weekly, store)["asset_absences"]) == 0, "told again at every listing"


def test_a_placeholder_is_no_deletion(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, day: str
) -> None:
    """A rejected asset can be listed as a placeholder: taken for deleted, its last version would count as ended."""
    weekly = changed(told, full_listing_days=0)
    name = fresh("rejected")
    asset = sandbox.upload(name, "red", moderation="manual")["asset_id"]
    run(weekly, store)
    sandbox.turn("cloudinary", rejected_delivery="placeholder")
    sandbox.set_clock(f"{day}T10:00:00Z")
    api.update(name, moderation_status="rejected", **sandbox.cloudinary)
    run(weekly, store)
    assert row_of(store, "resources", asset_id=asset)["is_placeholder"]
    assert landed_rows(store, "cloudinary", "asset_absences") == []


def test_a_listing_that_is_not_complete_finds_nothing_missing(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, day: str
) -> None:
    """Half a listing lacks half of the assets: all of them would be taken for deleted."""
    weekly = changed(told, full_listing_days=0)
    for _ in range(4):
        sandbox.upload(fresh("a"), "red")
    run(weekly, store)
    sandbox.set_clock(f"{day}T10:00:00Z")
    sandbox.turn("cloudinary", rate_limit=2)
    landed = run(weekly, store)
    assert not landed["resources"][-1].claim.complete
    assert landed_rows(store, "cloudinary", "asset_absences") == []


def test_an_asset_that_changed_its_listing_is_not_missing(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, day: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An asset that moves from one listing to another while both are read stands in none, and is there."""
    weekly = changed(told, full_listing_days=0)
    name = fresh("moves")
    asset = sandbox.upload(name, "red", type="private")["asset_id"]
    run(weekly, store)
    sandbox.set_clock(f"{day}T10:00:00Z")
    client_listing = cloudinary_listing.ResourceReader._read_kind

    def moving(reader: Any, resource_type: str, delivery_type: str, listing: Any) -> None:
        client_listing(reader, resource_type, delivery_type, listing)
        if (resource_type, delivery_type) == ("image", "upload"):
            uploader.rename(name, name, type="private", to_type="upload", **sandbox.cloudinary)

    monkeypatch.setattr(cloudinary_listing.ResourceReader, "_read_kind", moving)
    run(weekly, store)
    assert asset not in {row["asset_id"] for row in landed_rows(store, "cloudinary", "asset_absences")}


def test_an_asset_that_is_back_is_told(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, day: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An asset that the vendor missed for a while, or that was restored, would stay deleted in the history."""
    weekly = changed(told, full_listing_days=0)
    asset = sandbox.upload(fresh("back"), "red")["asset_id"]
    run(weekly, store)

    def without(read: Callable[..., Page]) -> Callable[..., Page]:
        def answered(*asked: Any) -> Page:
            page = read(*asked)
            return replace(page, items=tuple(item for item in page.items if item["asset_id"] != asset))

        return answered

    sandbox.set_clock(f"{day}T10:00:00Z")
    with monkeypatch.context() as patched:
        for name in ("resources_page", "resources_by_ids"):
            patched.setattr(CloudinaryClient, name, without(getattr(CloudinaryClient, name)))
        run(weekly, store)
    assert row_of(store, "asset_absences", asset_id=asset)["is_absent"]
    sandbox.set_clock(f"{day}T11:00:00Z")
    run(weekly, store)
    told_rows = [row for row in landed_rows(store, "cloudinary", "asset_absences") if row["asset_id"] == asset]
    assert sorted((row["listed_at_raw"], row["is_absent"]) for row in told_rows) == [
        (f"{day}T10:00:00+00:00", True),
        (f"{day}T11:00:00+00:00", False),
    ]


def test_a_detail_tells_backups_derived_files_and_analyses(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, day: str
) -> None:
    """The etag of a listed version, and what can be restored, stand in the detail only."""
    sandbox.turn("cloudinary", backups=True)
    name = fresh("a")
    first = sandbox.upload(name, "red")
    sandbox.set_clock(f"{day}T08:10:00Z")
    second = sandbox.upload(name, "blue", overwrite=True, eager=[{"width": 2, "crop": "scale"}, {"width": 3}])
    run(changed(told, detail_analyses=("quality_analysis", "accessibility_analysis")), store)
    row = row_of(store, "asset_details", asset_id=first["asset_id"])
    assert (row["etag"], row["version"], row["format"]) == (second["etag"], second["version"], "png")
    versions = {item["version"]: item["version_id"] for item in json.loads(row["backup_versions"])}
    assert versions == {first["version"]: first["version_id"], second["version"]: second["version_id"]}
    derived = json.loads(row["derived"])
    assert len(derived) == 2
    assert [item["id"] for item in derived] == sorted(item["id"] for item in derived)
    assert 0 <= float(row["quality_score"]) <= 1
    assert "jpeg_quality" in json.loads(row["quality_analysis"])
    assert "colorblind_accessibility_score" in json.loads(row["accessibility_analysis"])


def test_all_derived_files_of_an_asset_are_told(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """By default the vendor shows ten: a partner's rendition behind them would be unknown to us."""
    name = fresh("a")
    asset = sandbox.upload(name, "red", eager=[{"width": width, "crop": "scale"} for width in range(1, 6)])["asset_id"]
    sandbox.turn("cloudinary", page_size_cap=2)
    run(told, store)
    assert len(json.loads(row_of(store, "asset_details", asset_id=asset)["derived"])) == 5


def test_details_land_in_batches_and_go_on_after_a_kill(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A detail costs one call of the hour: what was read before a kill must not be read again."""
    monkeypatch.setattr(cloudinary_details, "DETAILS_PER_BATCH", 3)
    for _ in range(7):
        sandbox.upload(fresh("a"), "red")
    source = open_source(told, "cloudinary", store)
    land_only(source, "resources", store)
    known = len(landed_rows(store, "cloudinary", "resources"))
    batches = land_only(source, "asset_details", store)
    assert [batch.claim.complete for batch in batches] == [*[False] * (len(batches) - 1), True]
    assert len(landed_rows(store, "cloudinary", "asset_details")) == known
    before = sandbox.requests("cloudinary")
    land_only(open_source(told, "cloudinary", store), "asset_details", store)
    assert sandbox.requests("cloudinary") == before


def test_a_deleted_asset_has_no_detail_and_stops_nothing(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """An asset can go between its listing and its detail; the 404 must not end the run."""
    name = fresh("a")
    sandbox.upload(name, "red")
    source = open_source(told, "cloudinary", store)
    land_only(source, "resources", store)
    uploader.destroy(name, **sandbox.cloudinary)
    batch = land_only(source, "asset_details", store)[-1]
    assert batch.claim.complete
    assert "1 of them no longer there" in batch.claim.detail


def test_the_account_s_configuration_lands_once_a_day(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, day: str
) -> None:
    """A named transformation that is changed changes what every partner sees, and no asset says so."""
    name, preset = fresh("half"), fresh("preset")
    sandbox.upload(fresh("a"), "red", eager=[{"width": 2, "crop": "scale"}])
    api.create_transformation(name, "w_30,c_scale", **sandbox.cloudinary)
    api.create_upload_preset(name=preset, unsigned=True, tags="x", **sandbox.cloudinary)
    run(told, store)
    row = row_of(store, "transformations", name=f"t_{name}")
    assert (row["is_named"], json.loads(row["definition"])) == (True, [{"raw_transformation": "w_30,c_scale"}])
    assert not row_of(store, "transformations", name="c_scale,w_2")["is_named"]
    assert row_of(store, "upload_presets", name=preset)["is_unsigned"]
    assert json.loads(row_of(store, "upload_presets", name=preset)["settings"])["tags"] == "x"
    assert row_of(store, "usage")["last_updated_raw"] == day
    assert row_of(store, "product_environment")["folder_mode"] == "dynamic"
    sandbox.set_clock(f"{day}T20:00:00Z")
    before = calls(sandbox)
    land_only(open_source(told, "cloudinary", store), "transformations", store)
    assert calls(sandbox) == before
    api.delete_transformation(name, **sandbox.cloudinary)
    api.create_transformation(name, "w_31,c_scale", **sandbox.cloudinary)
    next_day = datetime.fromisoformat(f"{day}T08:00:00+00:00").timestamp() + 86_400
    sandbox.set_clock(f"{datetime.fromtimestamp(next_day, UTC):%Y-%m-%dT%H:%M:%SZ}")
    run(told, store)
    definition = row_of(store, "transformations", name=f"t_{name}")["definition"]
    assert json.loads(definition) == [{"raw_transformation": "w_31,c_scale"}]


def test_what_an_account_does_not_show_is_told_and_stops_nothing(
    sandbox: Sandbox, told: Settings, store: LandingStore
) -> None:
    """A key without the right to see upload presets must still bring notifications home."""
    sandbox.turn("cloudinary", status=403, path="/upload_presets")
    sandbox.turn("cloudinary", status=403, path="/usage")
    landed = run(told, store)
    assert "not shown" in landed["upload_presets"][-1].claim.detail
    assert not landed["usage"][-1].claim.complete
    assert landed["product_environment"][-1].claim.complete


def test_fixed_folder_mode_is_read_too(sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh) -> None:
    """Older accounts have no asset folders: the folder of the public id is theirs."""
    sandbox.turn("cloudinary", folder_mode="fixed")
    asset = sandbox.upload(f"campaign/{fresh('a')}", "red")["asset_id"]
    run(told, store)
    assert row_of(store, "resources", asset_id=asset)["asset_folder"] == "campaign"
    assert row_of(store, "asset_details", asset_id=asset)["asset_folder"] == "campaign"
    assert row_of(store, "product_environment")["folder_mode"] == "fixed"


def test_a_queue_without_calls_lands_what_was_polled(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, day: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Messages that were claimed and not landed are hidden for a while; a window without its end is not claimed."""
    monkeypatch.setattr("ingest.cloudinary.client.MESSAGES_PER_POLL", 2)
    for _ in range(8):
        sandbox.upload(fresh("a"), "red")
    sandbox.set_clock(f"{day}T09:00:00Z")
    sandbox.turn("cloudinary", rate_limit=5)
    assert told.cloudinary is not None
    patient = told.model_copy(update={"cloudinary": told.cloudinary.model_copy(update={"first_sync_polls": 100})})
    (stopped,) = land_only(open_source(patient, "cloudinary", store), "notifications", store)
    assert (stopped.rows, stopped.claim.complete) == (6, False)
    assert "the budget of calls is used up" in stopped.claim.detail
    sandbox.turn("cloudinary", rate_limit=2000)
    sandbox.set_clock(f"{day}T10:00:00Z")
    (rest,) = land_only(open_source(told, "cloudinary", store), "notifications", store)
    assert (rest.rows, rest.claim.complete) == (2, True)
    assert rest.claim.window_from == stopped.claim.window_from
