"""The Upload API through the real SDK."""

from __future__ import annotations

import base64
import hashlib
import io
import time
from collections.abc import Callable
from typing import Any

import cloudinary
import httpx
import pytest
from cloudinary import api, exceptions, uploader, utils

Picture = Callable[..., bytes]
MINIMAL_PDF = b"%PDF-1.4\n1 0 obj<</Type/Page/MediaBox [0 0 200 100]>>endobj\n%%EOF"
MINIMAL_MP4 = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 12


def test_upload_answers_what_was_uploaded(account: Any, picture: Picture) -> None:
    """A wrong etag or version would make every later proof about these bytes worthless."""
    content = picture("red")
    answer = uploader.upload(content, public_id="claims/banner", tags=["a", "b"], context={"alt": "x=1|y"})
    assert answer["etag"] == hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert answer["version"] == 1767571200
    assert (answer["width"], answer["height"], answer["format"], answer["bytes"]) == (60, 40, "jpg", len(content))
    assert answer["created_at"] == "2026-01-05T00:00:00Z"
    assert answer["tags"] == ["a", "b"]
    assert answer["context"] == {"custom": {"alt": "x=1|y"}}
    assert (answer["asset_folder"], answer["display_name"]) == ("claims", "banner")
    assert "overwritten" not in answer
    assert len(answer["asset_id"]) == len(answer["version_id"]) == 32
    assert utils.verify_api_response_signature("claims/banner", answer["version"], answer["signature"])


def test_overwriting_keeps_the_asset_and_makes_a_version(account: Any, picture: Picture) -> None:
    """An overwrite that changed the asset_id, or kept the version, would break the history of the asset."""
    first = uploader.upload(picture("red"), public_id="a", tags="kept")
    account.clock.advance(60)
    second = uploader.upload(picture("blue"), public_id="a")
    assert second["asset_id"] == first["asset_id"]
    assert second["version"] == first["version"] + 60
    assert second["etag"] != first["etag"]
    assert second["version_id"] != first["version_id"]
    assert second["overwritten"] is True
    assert second["created_at"] == first["created_at"]
    assert second["tags"] == ["kept"]


def test_two_overwrites_in_one_second_share_a_version(account: Any, picture: Picture) -> None:
    """Without the collision the pipeline's key (asset_id, version, etag) would never be tried."""
    first = uploader.upload(picture("red"), public_id="a")
    second = uploader.upload(picture("blue"), public_id="a")
    assert first["version"] == second["version"]
    assert first["etag"] != second["etag"]


def test_no_overwrite_leaves_the_existing_asset(account: Any, picture: Picture) -> None:
    """A client that forbids overwriting must not lose the old bytes."""
    first = uploader.upload(picture("red"), public_id="a")
    second = uploader.upload(picture("blue"), public_id="a", overwrite=False)
    assert second["etag"] == first["etag"]
    assert second["existing"] is True


def test_delete_without_backup_and_upload_makes_another_asset(account: Any, picture: Picture) -> None:
    """The same name on another asset must not inherit the first one's approvals."""
    first = uploader.upload(picture("red"), public_id="a")
    assert uploader.destroy("a")["result"] == "ok"
    assert uploader.destroy("a")["result"] == "not found"
    assert uploader.upload(picture("red"), public_id="a")["asset_id"] != first["asset_id"]


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        (MINIMAL_PDF, {"resource_type": "image", "public_id": "sheet"}, ("image", "pdf", "sheet")),
        (MINIMAL_MP4, {"resource_type": "video", "public_id": "clip"}, ("video", "mp4", "clip")),
        (b"a,b\n1,2\n", {"resource_type": "raw", "public_id": "list.csv"}, ("raw", None, "list.csv")),
        (MINIMAL_MP4, {"resource_type": "auto", "public_id": "clip"}, ("video", "mp4", "clip")),
        (b"plain", {"resource_type": "auto", "public_id": "note.txt"}, ("raw", None, "note.txt")),
    ],
)
def test_other_resource_types(account: Any, content: bytes, options: dict[str, str], expected: tuple[Any, ...]) -> None:
    """Spec sheets and videos that cannot be uploaded would leave whole flows unplayed."""
    answer = uploader.upload(content, **options)
    assert (answer["resource_type"], answer.get("format"), answer["public_id"]) == expected


def test_data_uri_and_large_uploads(account: Any, picture: Picture) -> None:
    """The two other ways in which the SDK sends bytes have to arrive whole."""
    content = picture("red", size=(300, 300))
    uri = "data:image/jpeg;base64," + base64.b64encode(content).decode()
    assert uploader.upload(uri, public_id="a")["bytes"] == len(content)
    answer = uploader.upload_large(io.BytesIO(content), public_id="b", resource_type="image", chunk_size=700)
    assert answer["etag"] == hashlib.md5(content, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"public_id": "a?b"}, "is invalid"),
        ({"public_id": "a", "type": "fetch"}, "Invalid type"),
        ({"public_id": "a", "allowed_formats": ["png"]}, "not an allowed format"),
        ({"public_id": "a", "width": 10, "crop": "scale"}, "does not serve"),
        ({"public_id": "a", "metadata": {"nope": "x"}}, r'Metadata External IDs do not exist: \["nope"\]'),
    ],
)
def test_wrong_uploads_are_refused_and_leave_nothing(
    account: Any, picture: Picture, options: dict[str, Any], text: str
) -> None:
    """A refused upload that left an asset behind would appear in listings without a notification."""
    account.listen()
    with pytest.raises(exceptions.BadRequest, match=text):
        uploader.upload(picture("red"), **options)
    assert api.resources()["resources"] == []
    assert account.heard() == []


def test_bytes_that_are_no_image_are_refused(account: Any) -> None:
    """A stand-in that took anything would hide an upload of the wrong file."""
    with pytest.raises(exceptions.BadRequest, match="Invalid image file"):
        uploader.upload(b"not an image", public_id="a")


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
@pytest.mark.parametrize("version", [1, 2])
def test_every_signature_is_accepted(account: Any, picture: Picture, algorithm: str, version: int) -> None:
    """The SDK signs in four ways; refusing one would break a customer's setting."""
    cloudinary.config(signature_algorithm=algorithm, signature_version=version)
    uploader.upload(picture("red"), public_id="a", context={"alt": "salt & pepper"})
    uploader.add_tag("t", ["a"], notification_url="poll://x", batch_id="b")
    assert api.resource("a")["tags"] == ["t"]


def test_wrong_secret_key_and_cloud_are_refused(account: Any, picture: Picture) -> None:
    """Wrong credentials have to be an authorization error, with the text that the product shows its user."""
    with pytest.raises(
        exceptions.AuthorizationRequired, match=r"Invalid Signature \w{40}\. String to sign - 'public_id=a&"
    ):
        uploader.upload(picture("red"), public_id="a", api_secret="wrong")
    with pytest.raises(exceptions.AuthorizationRequired, match="Unknown API key 1"):
        uploader.upload(picture("red"), public_id="a", api_key="1")
    with pytest.raises(exceptions.AuthorizationRequired, match="Invalid cloud_name other"):
        uploader.upload(picture("red"), public_id="a", cloud_name="other")
    with pytest.raises(exceptions.BadRequest, match="Upload preset must be specified"):
        uploader.unsigned_upload(picture("red"), "", public_id="a")


def test_stale_time_stamp_is_refused_by_real_time(account: Any) -> None:
    """A replayed request must not pass because the sandbox clock stands still."""
    stamp = int(time.time()) - 3700
    signature = utils.api_sign_request({"public_id": "a", "timestamp": stamp}, cloudinary.config().api_secret)
    answer = httpx.post(
        f"{account.base_url}/v1_1/{cloudinary.config().cloud_name}/image/destroy",
        data={"public_id": "a", "timestamp": stamp, "signature": signature, "api_key": cloudinary.config().api_key},
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("Stale request")


def test_rename_keeps_the_asset(account: Any, picture: Picture) -> None:
    """A rename that made a new asset would cut its history in two."""
    first = uploader.upload(picture("red"), public_id="old/name")
    account.clock.advance(10)
    renamed = uploader.rename("old/name", "new/name")
    assert renamed["asset_id"] == first["asset_id"]
    assert renamed["version"] == first["version"]
    assert api.resource("new/name")["last_updated"]["public_id_updated_at"] == "2026-01-05T00:00:10Z"
    with pytest.raises(exceptions.NotFound, match="Resource not found - old/name"):
        api.resource("old/name")


def test_rename_onto_an_existing_asset_needs_overwrite(account: Any, picture: Picture) -> None:
    """A silent replacement of another asset would lose it."""
    uploader.upload(picture("red"), public_id="a")
    kept = uploader.upload(picture("blue"), public_id="b")
    with pytest.raises(exceptions.BadRequest, match="already exists"):
        uploader.rename("b", "a")
    assert uploader.rename("b", "a", overwrite=True)["asset_id"] == kept["asset_id"]
    with pytest.raises(exceptions.NotFound):
        uploader.rename("b", "c")


def test_tags_in_every_way(account: Any, picture: Picture) -> None:
    """Tag commands differ in what they keep; mixing them up would change foreign tags."""
    for name in ("a", "b"):
        uploader.upload(picture("red"), public_id=name, tags=["x"])
    assert uploader.add_tag("y,z", ["a", "missing"])["public_ids"] == ["a"]
    assert api.resource("a")["tags"] == ["x", "y", "z"]
    uploader.remove_tag("y", ["a"])
    uploader.add_tag("x", ["b"], exclusive=True)
    assert api.resource("a")["tags"] == ["z"]
    uploader.replace_tag("only", ["a"])
    assert api.resource("a")["tags"] == ["only"]
    uploader.remove_all_tags(["a", "b"])
    assert "tags" not in api.resource("a")


def test_context_and_explicit(account: Any, picture: Picture) -> None:
    """Context adds, explicit replaces; explicit without a type is the documented mistake."""
    uploader.upload(picture("red"), public_id="a", context={"one": "1"})
    uploader.add_context({"two": "2|=", "one": "1"}, ["a"])
    assert api.resource("a")["context"] == {"custom": {"one": "1", "two": "2|="}}
    uploader.explicit("a", type="upload", context={"three": "3"}, tags=["t"])
    assert api.resource("a")["context"] == {"custom": {"three": "3"}}
    uploader.remove_all_context(["a"])
    assert "context" not in api.resource("a")
    with pytest.raises(exceptions.BadRequest, match="Missing required parameter - type"):
        uploader.explicit("a")
    with pytest.raises(exceptions.NotFound, match="Resource not found - none"):
        uploader.explicit("none", type="upload")


def test_eager_transformations_are_made(account: Any, picture: Picture) -> None:
    """An eager result without real bytes behind its URL would be a dead link in a partner's case."""
    answer = uploader.upload(picture("red"), public_id="a", eager=[{"width": 30, "crop": "scale", "format": "png"}])
    eager = answer["eager"][0]
    assert (eager["transformation"], eager["format"], eager["width"], eager["height"]) == (
        "c_scale,w_30",
        "png",
        30,
        20,
    )
    assert httpx.get(eager["secure_url"]).headers["content-type"] == "image/png"
    assert [item["transformation"] for item in api.resource("a")["derived"]] == ["c_scale,w_30"]
