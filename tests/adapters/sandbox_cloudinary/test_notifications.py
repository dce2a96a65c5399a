"""Triggers, poll queues and the bodies of notifications, through the real SDK."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from cloudinary import api, exceptions, uploader, utils

Picture = Callable[..., bytes]


def _one(account: Any) -> dict[str, Any]:
    payloads = account.heard()
    assert len(payloads) == 1, [payload["notification_type"] for payload in payloads]
    payload: dict[str, Any] = payloads[0]
    return payload


def test_triggers_carry_their_creation(account: Any) -> None:
    """Coverage begins at `created_at`; a trigger without it could claim a time that it did not hear."""
    account.at("2026-01-10T00:00:00+00:00")
    made = api.create_trigger("poll://assettrail", "upload", uri_type="poll")
    listed = api.triggers()
    assert listed["total"] == 1
    assert listed["triggers"][0]["created_at"] == "2026-01-10T00:00:00Z"
    assert listed["triggers"][0]["uri"] == "poll://assettrail"
    assert api.triggers(event_type="delete")["triggers"] == []
    with pytest.raises(exceptions.AlreadyExists):
        api.create_trigger("poll://assettrail", "upload", uri_type="poll")
    with pytest.raises(exceptions.BadRequest, match="event_type"):
        api.create_trigger("poll://assettrail", "nonsense", uri_type="poll")
    with pytest.raises(exceptions.BadRequest, match="by poll and webhook"):
        api.create_trigger("https://example.com", "upload", uri_type="flow")
    with pytest.raises(exceptions.BadRequest, match="is an http address"):
        api.create_trigger("ftp://example.com", "upload")
    api.update_trigger(made["id"], "poll://other")
    assert api.triggers()["triggers"][0]["uri"] == "poll://other"
    api.delete_trigger(made["id"])
    assert api.triggers()["total"] == 0


def test_what_happened_before_the_trigger_is_never_told(account: Any, picture: Picture) -> None:
    """NO_EVIDENCE exists because of this; a queue that remembered more would hide the gap."""
    uploader.upload(picture("red"), public_id="before")
    account.listen()
    uploader.upload(picture("red"), public_id="after")
    assert _one(account)["public_id"] == "after"


def test_upload_notification(account: Any, picture: Picture) -> None:
    """Version history is made of these: the whole upload response, with the metadata that the upload set."""
    api.add_metadata_field({"external_id": "approved_by", "label": "By", "type": "string"})
    account.listen()
    account.at("2026-02-03T04:05:06+00:00")
    first = uploader.upload(
        picture("red"), public_id="a", metadata={"approved_by": "c"}, extra_headers={"X-Sandbox-Actor": "anna"}
    )
    second = uploader.upload(picture("blue"), public_id="a", context={"uploaded_by": "ben"})
    told_first, told_second = account.heard()
    assert {name: told_first[name] for name in ("asset_id", "version", "etag", "version_id", "bytes", "metadata")} == {
        name: first[name] for name in ("asset_id", "version", "etag", "version_id", "bytes", "metadata")
    }
    assert told_first["timestamp"] == "2026-02-03T04:05:06Z"
    assert told_first["request_id"] == first["request_id"]
    assert told_first["notification_context"] == {
        "triggered_at": "2026-02-03T04:05:06Z",
        "triggered_by": {"source": "api", "id": "anna"},
    }
    assert "overwritten" not in told_first
    assert (told_second["overwritten"], told_second["etag"]) == (True, second["etag"])
    assert told_second["notification_context"]["triggered_by"]["id"] == "ben"


def test_who_falls_back_to_the_approver_and_the_key(account: Any, picture: Picture) -> None:
    """Without any name the API key did it; an invented name would be false evidence."""
    api.add_metadata_field({"external_id": "approved_by", "label": "By", "type": "string"})
    account.listen()
    uploader.upload(picture("red"), public_id="a")
    uploader.update_metadata({"approved_by": "carla"}, ["a"])
    api.update("a", tags="t", extra_headers={"X-Sandbox-Actor": "dora"})
    who = [payload["notification_context"]["triggered_by"]["id"] for payload in account.heard()]
    assert who == ["816412345678901", "carla", "dora"]


def test_metadata_notification_is_a_map_of_all_values(account: Any, picture: Picture) -> None:
    """Approvals are read from these; values that a call did not touch have to stay in both maps."""
    for name in ("one", "two"):
        api.add_metadata_field({"external_id": name, "label": name, "type": "string"})
    answer = uploader.upload(picture("red"), public_id="f/a", metadata={"one": "1"})
    account.listen()
    uploader.update_metadata({"two": "2"}, ["f/a"])
    uploader.update_metadata({"two": "2"}, ["f/a"])
    first, again = account.heard()
    assert first["notification_type"] == "resource_metadata_changed"
    assert first["resources"] == {
        "f/a": {
            "asset_id": answer["asset_id"],
            "resource_type": "image",
            "type": "upload",
            "previous_metadata": {"one": "1"},
            "new_metadata": {"one": "1", "two": "2"},
        }
    }
    assert again["resources"]["f/a"]["previous_metadata"] == again["resources"]["f/a"]["new_metadata"]


def test_other_shapes(account: Any, picture: Picture) -> None:
    """Lists here, maps there: a reader that expects one shape has to meet the other."""
    asset_id = uploader.upload(picture("red"), public_id="a", tags=["x"], context={"k": "1", "z": "0"})["asset_id"]
    account.listen()
    uploader.replace_tag("y", ["a"])
    assert _one(account)["resources"][0] | {"public_id": "a"} == {
        "public_id": "a",
        "asset_id": asset_id,
        "resource_type": "image",
        "type": "upload",
        "added": ["y"],
        "removed": ["x"],
        "updated": [],
    }
    uploader.explicit("a", type="upload", context={"k": "2", "new": "n"})
    change = _one(account)["resources"]["a"]
    assert (change["added"], change["removed"], change["updated"]) == (
        [{"name": "new", "value": "n"}],
        [{"name": "z", "value": "0"}],
        [{"name": "k", "value": "2"}],
    )
    api.update("a", asset_folder="f")
    assert _one(account)["resources"]["a"]["to_asset_folder"] == "f"
    api.update("a", display_name="Shown")
    assert _one(account)["resources"][0]["new_display_name"] == "Shown"
    api.update("a", moderation_status="approved")
    moderation = _one(account)
    assert (moderation["moderation_status"], moderation["moderation_kind"], moderation["etag"]) == (
        "approved",
        "manual",
        None,
    )
    uploader.rename("a", "b")
    renamed = _one(account)
    assert (renamed["from_public_id"], renamed["to_public_id"], renamed["asset_id"]) == ("a", "b", asset_id)
    uploader.destroy("b")
    deleted = _one(account)
    assert [(item["public_id"], item["asset_id"]) for item in deleted["resources"]] == [("b", asset_id)]


def test_calls_without_effect_say_nothing(account: Any, picture: Picture) -> None:
    """A notification without a change would be a version or deletion that never was."""
    uploader.upload(picture("red"), public_id="a", tags=["x"], context={"k": "1"})
    account.listen()
    uploader.add_tag("x", ["a"])
    uploader.add_context({"k": "1"}, ["a"])
    uploader.destroy("missing")
    uploader.upload(picture("red"), public_id="a", overwrite=False)
    assert account.heard() == []


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_messages_are_signed_over_their_bytes(account: Any, picture: Picture, algorithm: str) -> None:
    """A signature over re-serialized JSON could not be checked by anybody."""
    account.turn(notification_algorithm=algorithm)
    account.listen()
    uploader.upload(picture("red"), public_id="é ü")
    message = api.notifications(channel="assettrail", wait_seconds=0)["messages"][0]
    assert utils.verify_notification(message, algorithm=algorithm)
    assert "=" not in message["signed_payload"]
    assert json.loads(utils.base64url_decode(message["signed_payload"])) == message["payload"]
    assert isinstance(message["timestamp"], str)
    assert len(message["timestamp"]) == 10
    tampered = message | {"timestamp": str(int(message["timestamp"]) + 1)}
    assert not utils.verify_notification(tampered, algorithm=algorithm)


def test_messages_come_back_until_acknowledged(account: Any, picture: Picture) -> None:
    """A killed reader must get its messages again, an acknowledged message must never come back."""
    account.listen()
    for name in ("a", "b", "c"):
        uploader.upload(picture("red"), public_id=name)
    claimed = api.notifications(channel="assettrail", wait_seconds=0, visibility_timeout=1, max_messages=2)["messages"]
    rest = api.notifications(channel="assettrail", wait_seconds=0)["messages"]
    assert [message["payload"]["public_id"] for message in claimed + rest] == ["a", "b", "c"]
    assert "messages" not in api.notifications(channel="assettrail", wait_seconds=0)
    assert api.ack_notifications(claimed[1]["receipt_handle"])["results"][0]["status"] == "acked"
    again = api.notifications(channel="assettrail", wait_seconds=5)["messages"]
    assert [message["payload"]["public_id"] for message in again] == ["a"]
    assert again[0]["signed_payload"] == claimed[0]["signed_payload"]
    assert again[0]["receipt_handle"] != claimed[0]["receipt_handle"]
    assert api.ack_notifications(claimed[0]["receipt_handle"])["results"][0]["status"] == "not_found"
    assert api.ack_notifications([again[0]["receipt_handle"]])["results"][0]["status"] == "acked"


def test_long_poll_returns_as_soon_as_there_is_a_message(account: Any, picture: Picture) -> None:
    """A poll that slept its whole time would make every run wait for nothing."""
    account.listen()
    timer = threading.Timer(0.3, lambda: uploader.upload(picture("red"), public_id="a"))
    timer.start()
    started = time.monotonic()
    assert len(api.notifications(channel="assettrail", wait_seconds=10)["messages"]) == 1
    assert 0.2 < time.monotonic() - started < 5
    timer.join()


def test_batches_are_polled_by_their_id(account: Any, picture: Picture) -> None:
    """`poll://*` with a batch_id addresses one call's own notifications."""
    uploader.upload(picture("red"), public_id="a", notification_url="poll://*", batch_id="mine")
    uploader.add_tag("t", ["a"], notification_url="poll://*", batch_id="mine")
    messages = api.notifications(batch_id="mine", wait_seconds=0)["messages"]
    assert [message["payload"]["notification_type"] for message in messages] == ["upload", "resource_tags_changed"]
    assert {message["batch_id"] for message in messages} == {"mine"}


def test_wrong_polls_are_refused(account: Any) -> None:
    """A client that asks for more than allowed must hear so, not get less."""
    with pytest.raises(exceptions.BadRequest, match="max_messages"):
        api.notifications(channel="assettrail", max_messages=101)
    with pytest.raises(exceptions.BadRequest, match="visibility_timeout"):
        api.notifications(channel="assettrail", visibility_timeout=0, wait_seconds=0)
    with pytest.raises(exceptions.BadRequest, match="expected 1 to 100"):
        api.ack_notifications([])


def test_duplicates_and_shuffling(account: Any, picture: Picture) -> None:
    """Delivery is at least once and unordered; the knobs make that happen on demand."""
    account.turn(notification_duplicates=1.0, notification_shuffle=True)
    account.listen()
    names = [str(number) for number in range(20)]
    for name in names:
        uploader.upload(picture("red"), public_id=name)
    heard = [payload["public_id"] for payload in account.heard()]
    assert sorted(heard) == sorted(names * 2)
    assert heard != sorted(heard, key=names.index)


def test_what_is_held_is_told_later(account: Any, picture: Picture) -> None:
    """A notification that comes ninety days late says when it happened, and no test would have seen one."""
    account.listen()
    account.turn(notification_held_seconds=90 * 86_400)
    uploader.upload(picture("red"), public_id="late")
    account.turn(notification_held_seconds=0)
    uploader.upload(picture("red"), public_id="at-once")
    assert [payload["public_id"] for payload in account.heard()] == ["at-once"]
    account.at("2026-04-04T23:59:59Z")
    assert account.heard() == []
    account.at("2026-04-05T00:00:00Z")
    (told,) = account.heard()
    assert (told["public_id"], told["timestamp"]) == ("late", "2026-01-05T00:00:00Z")
