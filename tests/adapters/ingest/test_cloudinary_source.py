"""Cloudinary's streams against the stand-in through the real SDK: nothing lost, nothing doubled, honest claims."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cloudinary import api, uploader
from pydantic import SecretStr

import ingest.cloudinary.notifications as cloudinary_notifications
from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from ingest.cloudinary.client import CloudinaryClient
from ingest.cloudinary.page import Page
from ingest.landing import land
from ingest.landing_store import LandingStore
from ingest.schema import stream_schema
from ingest.sources import open_source
from tests.adapters.ingest.stand_ins import NEEDED_EVENTS, Sandbox, accept, land_all, landed_rows

Fresh = Callable[[str], str]


def changed(settings: Settings, **changes: object) -> Settings:
    assert settings.cloudinary is not None
    return settings.model_copy(update={"cloudinary": settings.cloudinary.model_copy(update=changes)})


def channel_of(settings: Settings) -> str:
    assert settings.cloudinary is not None
    return settings.cloudinary.poll_channel


@pytest.fixture
def told(sandbox: Sandbox, settings: Settings) -> Settings:
    """The installation's channel is told of everything from 2026-01-10 on; the clock stands at 08:00 that day."""
    sandbox.set_clock("2026-01-10T00:00:00Z")
    sandbox.create_triggers(channel_of(settings))
    sandbox.set_clock("2026-01-10T08:00:00Z")
    return settings


def test_what_happened_lands_once_and_the_window_is_claimed(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """An event that is lost, doubled, or outside a claimed window makes the verdict of a letter wrong."""
    name = fresh("brand/héro (co)")
    first = sandbox.upload(name, "red", metadata={})
    second = sandbox.upload(name, "blue", overwrite=True)
    moved = uploader.rename(name, f"{name}-2", **sandbox.cloudinary)
    uploader.destroy(f"{name}-2", **sandbox.cloudinary)
    batches = land_all(open_source(told, "cloudinary", store), store)
    (claim,) = [batch.claim for batch in batches["notifications"]]
    assert (claim.complete, claim.how) == (True, "end_marker")
    assert claim.window_from == datetime(2026, 1, 10, tzinfo=UTC)
    assert claim.window_to == datetime(2026, 1, 10, 8, tzinfo=UTC)
    rows = landed_rows(store, "cloudinary", "notifications")
    assert [row["notification_type"] for row in rows] == ["upload", "upload", "rename", "delete"]
    assert {row["asset_id"] for row in rows} == {first["asset_id"]}
    assert [row["etag"] for row in rows[:2]] == [first["etag"], second["etag"]]
    assert (rows[2]["from_public_id"], rows[2]["to_public_id"]) == (name, moved["public_id"])
    again = land_all(open_source(told, "cloudinary", store), store)
    assert {stream: sum(batch.rows for batch in found) for stream, found in again.items()} == dict.fromkeys(again, 0)
    assert again["notifications"][-1].claim.window_from == claim.window_to
    data = {column for column in rows[0] if not column.startswith("_")}
    assert data == set(stream_schema("cloudinary", "notifications").columns)


def test_duplicates_and_disorder_change_nothing(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """The vendor delivers at least once and in any order; each event may count once."""
    sandbox.turn("cloudinary", notification_duplicates=1.0, notification_shuffle=True)
    made = {sandbox.upload(fresh("a"), "red")["asset_id"] for _ in range(5)}
    land_all(open_source(told, "cloudinary", store), store)
    rows = landed_rows(store, "cloudinary", "notifications")
    assert sorted(row["asset_id"] for row in rows) == sorted(made)
    channel = channel_of(told)
    left = api.notifications(channel=channel, wait_seconds=3, **sandbox.cloudinary)
    assert not left.get("messages"), "both copies have to be acknowledged"


def test_a_poll_that_was_killed_loses_nothing(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """Messages claimed by a killed process are hidden for a while; the queue then looks empty and is not."""
    asset = sandbox.upload(fresh("a"), "red")["asset_id"]
    killed = open_source(told, "cloudinary", store).extract("notifications", None)
    assert len(killed.rows) == 1
    began = time.monotonic()
    batches = land_all(open_source(told, "cloudinary", store), store)
    assert time.monotonic() - began > 0.5
    assert batches["notifications"][-1].claim.complete
    assert [row["asset_id"] for row in landed_rows(store, "cloudinary", "notifications")] == [asset]
    assert not (store.stream_folder("cloudinary", "notifications") / "poll_lease.json").exists()


def test_a_poll_answer_that_was_lost_hides_nothing(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """A cut answer hides its messages; a silent repetition would find an empty queue and claim the window."""
    asset = sandbox.upload(fresh("a"), "red")["asset_id"]
    sandbox.turn("cloudinary", path="/messages", method="GET", truncate_body_after=20, times=1)
    batches = land_all(open_source(told, "cloudinary", store), store)
    assert batches["notifications"][-1].claim.complete
    assert [row["asset_id"] for row in landed_rows(store, "cloudinary", "notifications")] == [asset]


def test_a_full_queue_is_read_in_batches_and_only_the_last_claims(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim given before the queue is empty would cover events that nobody has read."""
    monkeypatch.setattr(cloudinary_notifications, "MESSAGES_PER_BATCH", 2)
    monkeypatch.setattr("ingest.cloudinary.client.MESSAGES_PER_POLL", 2)
    for _ in range(5):
        sandbox.upload(fresh("a"), "red")
    assert told.cloudinary is not None
    whole = told.cloudinary.model_copy(update={"first_sync_polls": 4})
    source = open_source(told.model_copy(update={"cloudinary": whole}), "cloudinary", store)
    batches = land_all(source, store)["notifications"]
    assert [batch.rows for batch in batches] == [2, 2, 1]
    assert [batch.claim.complete for batch in batches] == [False, False, True]
    assert batches[-1].claim.window_from == datetime(2026, 1, 10, tzinfo=UTC)


def test_what_a_failed_poll_hid_is_waited_for_by_the_next_run(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first sync ends while a message is hidden: a run right behind it would find the queue empty and claim it."""
    monkeypatch.setattr("ingest.cloudinary.client.MESSAGES_PER_POLL", 1)
    uploaded = {sandbox.upload(fresh("a"), "red")["asset_id"] for _ in range(2)}
    assert told.cloudinary is not None
    once = told.cloudinary.model_copy(update={"first_sync_polls": 1})
    sandbox.turn("cloudinary", path="/messages", method="GET", truncate_body_after=20, times=1)
    source = open_source(told.model_copy(update={"cloudinary": once}), "cloudinary", store)
    (stopped,) = land_all(source, store)["notifications"]
    assert (stopped.rows, stopped.claim.complete) == (1, False)
    (rest,) = land_all(open_source(told, "cloudinary", store), store)["notifications"]
    assert (rest.rows, rest.claim.complete) == (1, True)
    assert {row["asset_id"] for row in landed_rows(store, "cloudinary", "notifications")} == uploaded


def forged(poll: Callable[[CloudinaryClient, int], Page], first: int) -> Callable[[CloudinaryClient, int], Page]:
    """The client's poll with the signature of one message (by its number) replaced."""
    count = itertools.count()

    def polled(client: CloudinaryClient, wait_seconds: int) -> Page:
        page = poll(client, wait_seconds)
        items = [{**item, "signature": "0" * 40} if next(count) == first else item for item in page.items]
        return Page(tuple(items), page.next_cursor, page.body)

    return polled


def test_a_later_part_does_not_claim_what_an_earlier_part_could_not_read(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The unreadable message may have been a revocation, and an acknowledged one never comes again."""
    monkeypatch.setattr(cloudinary_notifications, "MESSAGES_PER_BATCH", 2)
    monkeypatch.setattr("ingest.cloudinary.client.MESSAGES_PER_POLL", 2)
    monkeypatch.setattr(CloudinaryClient, "poll", forged(CloudinaryClient.poll, 0))
    for _ in range(3):
        sandbox.upload(fresh("a"), "red")
    killed = open_source(told, "cloudinary", store)
    part = killed.extract("notifications", None)
    land(store, stream_schema("cloudinary", "notifications"), part, accept)
    assert part.acknowledge is not None
    part.acknowledge()
    assert (len(part.quarantined), part.claim.complete, part.more) == (1, False, True)
    (rest,) = land_all(open_source(told, "cloudinary", store), store)["notifications"]
    assert (rest.rows, rest.quarantined, rest.claim.complete, rest.claim.how) == (1, 0, False, "known_gap")
    assert "1 messages could not be verified or read" in rest.claim.detail
    sandbox.set_clock("2026-01-10T09:00:00Z")
    (after,) = land_all(open_source(told, "cloudinary", store), store)["notifications"]
    assert (after.claim.complete, after.claim.window_from) == (True, rest.claim.window_to)


def test_a_trigger_made_anew_leaves_a_gap_that_is_told(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """While a trigger was gone a revocation could happen unseen: that time must not be claimed."""
    land_all(open_source(told, "cloudinary", store), store)
    channel = channel_of(told)
    listed = api.triggers(**sandbox.cloudinary)["triggers"]
    gone = next(t["id"] for t in listed if t["uri"] == f"poll://{channel}" and t["event_type"] == "delete")
    api.delete_trigger(gone, **sandbox.cloudinary)
    sandbox.set_clock("2026-01-10T09:00:00Z")
    (without,) = land_all(open_source(told, "cloudinary", store), store)["notifications"]
    assert not without.claim.complete
    assert "no trigger sends delete" in without.claim.detail
    api.create_trigger(f"poll://{channel}", "delete", uri_type="poll", **sandbox.cloudinary)
    sandbox.set_clock("2026-01-10T10:00:00Z")
    sandbox.upload(fresh("a"), "red")
    gap, after = land_all(open_source(told, "cloudinary", store), store)["notifications"]
    hours = [datetime(2026, 1, 10, hour, tzinfo=UTC) for hour in (8, 9, 10)]
    assert (gap.claim.complete, gap.claim.window_from, gap.claim.window_to) == (False, hours[0], hours[1])
    assert (after.claim.complete, after.claim.window_from, after.claim.window_to) == (True, hours[1], hours[2])
    assert after.rows == 1


def test_without_triggers_nothing_is_claimed(sandbox: Sandbox, settings: Settings, store: LandingStore) -> None:
    """An account whose triggers were never made would otherwise prove everything by silence."""
    sandbox.set_clock("2026-01-10T08:00:00Z")
    (batch,) = land_all(open_source(settings, "cloudinary", store), store)["notifications"]
    assert not batch.claim.complete
    assert all(event in batch.claim.detail for event in NEEDED_EVENTS)


def test_messages_under_another_secret_are_not_acknowledged(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """Acknowledging what cannot be verified would throw the evidence away for good."""
    for _ in range(5):
        sandbox.upload(fresh("a"), "red")
    source = open_source(told, "cloudinary", store)
    reader = source._notifications  # type: ignore[attr-defined]
    reader._access = replace(reader._access, settings=changed(told, api_secret=SecretStr("another")).cloudinary)
    with pytest.raises(ConfigurationError, match="nothing was acknowledged"):
        source.extract("notifications", None)
    land_all(open_source(told, "cloudinary", store), store)
    assert len(landed_rows(store, "cloudinary", "notifications")) == 5


def test_signed_messages_that_nobody_can_read_are_quarantined_and_stop_nothing(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken for a wrong secret, messages of a shape that changed would stand in the queue until they expire."""
    monkeypatch.setattr(CloudinaryClient, "poll", renamed_without_asset(CloudinaryClient.poll, told))
    for _ in range(5):
        sandbox.upload(fresh("a"), "red")
    (batch,) = land_all(open_source(told, "cloudinary", store), store)["notifications"]
    assert (batch.rows, batch.quarantined, batch.claim.complete) == (0, 5, False)
    assert "5 messages could not be verified or read" in batch.claim.detail
    left = api.notifications(channel=channel_of(told), wait_seconds=3, **sandbox.cloudinary)
    assert not left.get("messages"), "what is in quarantine has to be acknowledged"


def renamed_without_asset(
    poll: Callable[[CloudinaryClient, int], Page], settings: Settings
) -> Callable[[CloudinaryClient, int], Page]:
    """The client's poll with each message one, rightly signed, of a renaming that does not say of which asset."""
    assert settings.cloudinary is not None
    (secret, *_) = settings.cloudinary.notification_secrets
    number = itertools.count()

    def polled(client: CloudinaryClient, wait_seconds: int) -> Page:
        page, items = poll(client, wait_seconds), []
        for item in page.items:
            body = json.dumps({"notification_type": "rename", "from_public_id": f"{next(number)}"}).encode()
            stamp = str(item["timestamp"])
            signature = hashlib.sha1(body + stamp.encode() + secret.get_secret_value().encode()).hexdigest()  # noqa: S324 - the vendor's
            payload = base64.urlsafe_b64encode(body).decode().rstrip("=")
            items.append({**item, "signed_payload": payload, "signature": signature})
        return Page(tuple(items), page.next_cursor, page.body)

    return polled


def test_the_share_of_the_hourly_allowance_is_kept(sandbox: Sandbox, told: Settings, store: LandingStore) -> None:
    """An audit that uses up the account's rate stops the customer's production site."""
    source = open_source(changed(told, hourly_allowance_share=0.0001), "cloudinary", store)
    source.extract("metadata_fields", None)
    before = sandbox.requests("cloudinary")
    stopped = source.extract("resources", None)
    assert (stopped.claim.complete, stopped.claim.how) == (False, "known_gap")
    assert "run again after 2026-01-10T09:00:00Z" in stopped.claim.detail
    assert sandbox.requests("cloudinary") == before
    sandbox.set_clock("2026-01-10T09:00:01Z")
    assert source.extract("metadata_fields", None).claim.complete


@pytest.mark.parametrize("status", [500, 504])
def test_a_passing_fault_is_passed_over(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh, status: int
) -> None:
    """One 503 in the night must not cost the night's ingest."""
    asset = sandbox.upload(fresh("a"), "red")["asset_id"]
    sandbox.turn("cloudinary", status=status, times=1, path="/resources/image/upload")
    sandbox.turn("cloudinary", status=status, times=1, path="/messages/ack")
    land_all(open_source(told, "cloudinary", store), store)
    assert asset in {row["asset_id"] for row in landed_rows(store, "cloudinary", "resources")}


def test_every_kind_of_asset_is_listed_over_all_pages(
    sandbox: Sandbox, told: Settings, store: LandingStore, fresh: Fresh
) -> None:
    """Forgetting kind and type in the path lists images only, in silence."""
    sandbox.turn("cloudinary", page_size_cap=2)
    made = {sandbox.upload(fresh("i"), "red", tags=["x"], context={"k": "v"})["asset_id"] for _ in range(5)}
    made.add(sandbox.upload(fresh("raw"), "red", resource_type="raw")["asset_id"])
    made.add(sandbox.upload(fresh("p"), "red", type="private")["asset_id"])
    source = open_source(told, "cloudinary", store)
    extract = source.extract("resources", None)
    rows = {row.values["asset_id"]: row.values for row in extract.rows}
    assert made <= set(rows)
    assert len(rows) == len(extract.rows)
    assert any((row["tags"], row["context"]) == ('["x"]', '{"k":"v"}') for row in rows.values())
