"""Listings, details, updates and deletion through the real SDK."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cloudinary import api, exceptions, uploader, utils

from sandbox.cloudinary.model import Asset, StoredFile, Version

Picture = Callable[..., bytes]


def _upload(account: Any, content: bytes, *public_ids: str, **options: Any) -> list[dict[str, Any]]:
    answers = []
    for public_id in public_ids:
        account.clock.advance(1)
        answers.append(uploader.upload(content, public_id=public_id, **options))
    return answers


def _walk(**options: Any) -> list[list[str]]:
    pages, cursor = [], None
    while True:
        page = api.resources(next_cursor=cursor, **options)
        pages.append([item["public_id"] for item in page["resources"]])
        cursor = page.get("next_cursor")
        if cursor is None:
            return pages


def test_order_and_pages(account: Any, picture: Picture) -> None:
    """The last page has no cursor, also at an exact multiple of the page size; else walks never end."""
    _upload(account, picture("red"), "c", "a", "b", "d")
    assert _walk(max_results=2) == [["d", "b"], ["a", "c"]]
    assert _walk(direction="asc") == [["c", "a", "b", "d"]]
    assert _walk(prefix="", max_results=3) == [["d", "b", "a"], ["c"]]
    _upload(account, picture("red"), "x/2", "x/1")
    assert _walk(prefix="x/") == [["x/1", "x/2"]]
    assert _walk(start_at="2026-01-05 00:00:05", direction="asc") == [["x/2", "x/1"]]


def test_types_are_path_segments(account: Any, picture: Picture) -> None:
    """A listing without its type shows image/upload only: the mistake that an inventory must not make."""
    _upload(account, picture("red"), "public")
    _upload(account, picture("red"), "hidden", type="authenticated")
    _upload(account, b"text", "note.txt", resource_type="raw")
    assert _walk() == [["public"]]
    assert _walk(type="authenticated") == [["hidden"]]
    assert _walk(resource_type="raw") == [["note.txt"]]
    assert _walk(resource_type="video") == [[]]
    assert api.resource_types()["resource_types"] == ["image", "video", "raw"]


def test_flags_and_fields(account: Any, picture: Picture) -> None:
    """Tags, context and metadata are off by default; tags and context are absent when empty, metadata is not."""
    _upload(account, picture("red"), "full", tags=["t"], context={"k": "v"}, moderation="manual")
    _upload(account, picture("red"), "empty")
    plain = api.resources()["resources"][0]
    assert not {"tags", "context", "metadata", "moderation", "etag", "last_updated"} & set(plain)
    empty, full = api.resources(tags=True, context=True, metadata=True, moderations=True)["resources"]
    assert (full["tags"], full["context"], full["metadata"]) == (["t"], {"custom": {"k": "v"}}, {})
    assert (full["moderation_status"], full["moderation_kind"]) == ("pending", "manual")
    assert "tags" not in empty
    assert "context" not in empty
    assert empty["metadata"] == {}
    assert set(api.resources(fields=["tags", "bytes"])["resources"][1]) == {"asset_id", "public_id", "tags", "bytes"}


def test_cursors_expire_and_belong_to_their_query(account: Any, picture: Picture) -> None:
    """An expired cursor is an error, never an empty page: the walk has to start again."""
    _upload(account, picture("red"), "a", "b", "c")
    cursor = api.resources(max_results=1)["next_cursor"]
    assert api.resources(max_results=1, next_cursor=cursor)["resources"][0]["public_id"] == "b"
    with pytest.raises(exceptions.BadRequest, match="Invalid value for parameter next_cursor"):
        api.resources(max_results=1, next_cursor=cursor, tags=True)
    account.clock.advance(3600)
    with pytest.raises(exceptions.BadRequest, match="Invalid value for parameter next_cursor"):
        api.resources(max_results=1, next_cursor=cursor)
    with pytest.raises(exceptions.BadRequest, match="Invalid value for parameter next_cursor"):
        api.resources(next_cursor="made-up")


def test_page_size_can_be_capped(account: Any, picture: Picture) -> None:
    """A client may not conclude from a short page that it is the last."""
    _upload(account, picture("red"), "a", "b", "c")
    account.turn(page_size_cap=2)
    assert _walk(max_results=500) == [["c", "b"], ["a"]]


def test_by_ids_tag_context_folder_and_moderation(account: Any, picture: Picture) -> None:
    """Every other listing finds exactly its assets."""
    first = _upload(account, picture("red"), "f/a", tags=["t"], context={"k": "v"}, moderation="manual")[0]
    second = _upload(account, picture("red"), "f/b", "g/c", asset_folder="other")[0]
    assert second["asset_folder"] == "other"

    def names(page: Any) -> list[str]:
        return [item["public_id"] for item in page["resources"]]

    assert names(api.resources_by_ids(["g/c", "missing", "f/a"])) == ["g/c", "f/a"]
    assert names(api.resources_by_asset_ids([second["asset_id"], first["asset_id"]])) == ["f/b", "f/a"]
    assert names(api.resources_by_tag("t")) == ["f/a"]
    assert names(api.resources_by_context("k")) == names(api.resources_by_context("k", "v")) == ["f/a"]
    assert names(api.resources_by_context("k", "w")) == []
    assert names(api.resources_by_asset_folder("other")) == ["g/c", "f/b"]
    assert names(api.resources_by_moderation("manual", "pending")) == ["f/a"]
    assert [item["path"] for item in api.root_folders()["folders"]] == ["f", "other"]
    assert api.tags()["tags"] == ["t"]
    with pytest.raises(exceptions.BadRequest, match="at most 100"):
        api.resources_by_ids([str(number) for number in range(101)])


def test_detail(account: Any, picture: Picture) -> None:
    """`last_updated` names only what ever changed; a client must not expect the other keys."""
    answer = _upload(account, picture("red"), "folder/with.dot é")[0]
    by_name = api.resource("folder/with.dot é", image_metadata=True)
    assert by_name["etag"] == answer["etag"]
    assert "last_updated" not in by_name
    assert "versions" not in api.resource("folder/with.dot é", versions=True)
    account.clock.advance(5)
    uploader.add_tag("t", ["folder/with.dot é"])
    by_id = api.resource_by_asset_id(answer["asset_id"])
    at = "2026-01-05T00:00:06Z"
    assert by_id["last_updated"] == {"tags_updated_at": at, "updated_at": at}
    assert by_id["version"] == answer["version"]
    with pytest.raises(exceptions.NotFound, match="Resource not found - 0123"):
        api.resource_by_asset_id("0123")


def test_update(account: Any, picture: Picture) -> None:
    """The Admin API's update changes what it names and nothing else."""
    _upload(account, picture("red"), "a", tags=["old"], context={"k": "v"})
    updated = api.update(
        "a", tags="x,y", display_name="Shown", asset_folder="moved", access_control=[{"access_type": "anonymous"}]
    )
    assert updated["tags"] == ["x", "y"]
    assert (updated["display_name"], updated["asset_folder"]) == ("Shown", "moved")
    assert updated["context"] == {"custom": {"k": "v"}}
    assert api.update("a", moderation_status="approved")["moderation_status"] == "approved"
    with pytest.raises(exceptions.BadRequest, match="Illegal moderation status: nope"):
        api.update("a", moderation_status="nope")
    with pytest.raises(exceptions.BadRequest, match="Raw convert is invalid"):
        api.update("a", raw_convert="illegal")


def test_rejection_can_hide_an_asset(account: Any, picture: Picture) -> None:
    """A rejected asset may look like a deleted one; the pipeline must not take the placeholder for a deletion."""
    answer = _upload(account, picture("red"), "a", moderation="manual")[0]
    account.clock.advance(10)
    api.update("a", moderation_status="rejected")
    assert "placeholder" not in api.resources()["resources"][0]
    account.turn(rejected_delivery="placeholder")
    item = api.resources()["resources"][0]
    assert (item["placeholder"], item["bytes"]) == (True, 0)
    assert item["version"] == answer["version"] + 10
    assert httpx.get(answer["secure_url"]).status_code == 404


def test_deletion_by_ids_prefix_tag_and_all(account: Any, picture: Picture) -> None:
    """What was deleted is gone from every listing, what was not is still there."""
    answers = _upload(account, picture("red"), "a", "b", "p/1", "p/2", "z")
    uploader.add_tag("t", ["b"])
    gone = api.delete_resources(["a", "missing"])
    assert gone["deleted"] == {"a": "deleted", "missing": "not_found"}
    assert gone["partial"] is False
    api.delete_resources_by_prefix("p/")
    api.delete_resources_by_tag("t")
    assert _walk() == [["z"]]
    api.delete_resources_by_asset_ids([answers[4]["asset_id"]])
    assert _walk() == [[]]
    _upload(account, picture("red"), "q")
    api.delete_all_resources()
    assert _walk() == [[]]


def test_backups_versions_and_restoring(account: Any, picture: Picture) -> None:
    """The only way to old bytes is a backup; restoring makes a new version of old bytes."""
    account.turn(backups=True)
    red, blue = picture("red"), picture("blue")
    first, second = _upload(account, red, "a")[0], _upload(account, blue, "a")[0]
    detail = api.resource("a", versions=True)
    assert [item["version_id"] for item in detail["versions"]] == [first["version_id"], second["version_id"]]
    assert detail["backup"] is True
    assert httpx.get(utils.download_backedup_asset(first["asset_id"], first["version_id"])).content == red
    account.clock.advance(60)
    restored = api.restore(["a"], versions=[first["version_id"]])["a"]
    assert restored["etag"] == first["etag"]
    assert restored["version"] == second["version"] + 60
    api.delete_resources(["a"])
    placeholder = api.resource("a")
    assert (placeholder["placeholder"], placeholder["bytes"]) == (True, 0)
    assert api.resources_by_asset_ids([first["asset_id"]])["resources"] == []
    assert api.restore_by_asset_ids([first["asset_id"]])[first["asset_id"]]["bytes"] == len(red)
    assert api.restore(["none"])["none"] == {"error": "no_backup"}
    result = api.delete_backed_up_assets(first["asset_id"], [second["version_id"], "x"])
    assert result["deleted_version_ids"] == [second["version_id"]]
    assert result["failures"] == [{"version_id": "x", "error": "not_found"}]


def test_fixed_folder_mode(account: Any, picture: Picture) -> None:
    """Accounts in fixed folder mode have `folder` where others have asset_folder and display_name."""
    _upload(account, picture("red"), "a/b")
    account.turn(folder_mode="fixed")
    item = api.resources()["resources"][0]
    assert item["folder"] == "a"
    assert not {"asset_folder", "display_name"} & set(item)
    assert api.config(settings=True)["settings"]["folder_mode"] == "fixed"


def test_rate_limit_runs_on_the_sandbox_clock(account: Any, picture: Picture) -> None:
    """The client's budget reads these headers; a used-up hour is 420 with the instant of the reset."""
    account.turn(rate_limit=3)
    answer = api.ping()
    assert (answer.rate_limit_allowed, answer.rate_limit_remaining) == (3, 2)
    assert answer.rate_limit_reset_at[:6] == (2026, 1, 5, 1, 0, 0)
    assert len(answer.request_id) == 32
    api.ping()
    uploader.upload(picture("red"), public_id="the upload API is not limited")
    api.ping()
    with pytest.raises(exceptions.RateLimited, match="Try again on 2026-01-05 01:00:00 UTC"):
        api.ping()
    account.clock.advance(3600)
    assert api.ping().rate_limit_remaining == 2


def test_wrong_admin_credentials(account: Any) -> None:
    """`sources check` has to be able to say which part of the credentials is wrong."""
    with pytest.raises(exceptions.AuthorizationRequired, match="Invalid credentials"):
        api.ping(api_secret="wrong")
    with pytest.raises(exceptions.AuthorizationRequired, match="Unknown API key 1"):
        api.ping(api_key="1")
    with pytest.raises(exceptions.AuthorizationRequired, match="Invalid cloud_name other"):
        api.ping(cloud_name="other")
    with pytest.raises(exceptions.NotFound, match="The sandbox does not serve GET"):
        api.list_streaming_profiles()


def test_usage_counts_what_is_there(account: Any, picture: Picture) -> None:
    """The drift check compares a listing with this number."""
    _upload(account, picture("red"), "a", "b")
    assert api.usage()["resources"] == 2
    assert "limit" not in api.usage(date="2026-01-04")["storage"]


def test_form_bodies_are_read_like_json(account: Any, picture: Picture) -> None:
    """Other SDKs send the Admin API urlencoded forms."""
    _upload(account, picture("red"), "a", "b")
    url = f"{account.base_url}/v1_1/assettrail-sandbox/resources/image/upload"
    body = "public_ids[]=a&public_ids[]=b"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    options = api.cloudinary.config()
    answer = httpx.request("DELETE", url, content=body, headers=headers, auth=(options.api_key, options.api_secret))
    assert answer.json()["deleted"] == {"a": "deleted", "b": "deleted"}


def test_listing_many_assets_is_not_quadratic(account: Any, picture: Picture) -> None:
    """A listing in small pages of thousands of assets must not take minutes."""
    assets, now = account.state.assets, account.clock.now()
    stored = StoredFile("0" * 32, 1, "jpg", 1, 1)
    for number in range(6000):
        name = ("image", "upload", f"many/{number}")
        asset_id, sequence = assets.next_identity(name)
        version = Version(asset_id, number, stored, now)
        assets.add(Asset(asset_id, sequence, *name, version, now, "many", str(number), "file"))
    started = time.perf_counter()
    pages = _walk(max_results=100)
    assert sum(len(page) for page in pages) == 6000
    assert time.perf_counter() - started < 5
