"""Structured metadata: fields, datasources and values, through the real SDK."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cloudinary import api, exceptions, uploader

Picture = Callable[..., bytes]


def _choices(*external_ids: str) -> dict[str, Any]:
    return {"values": [{"external_id": item, "value": item.title()} for item in external_ids]}


@pytest.fixture
def fields(account: Any, picture: Picture) -> None:
    """The approval fields, and one asset to set them on."""
    status = {"external_id": "approval_status", "label": "Approval", "type": "enum"}
    api.add_metadata_field({**status, "datasource": _choices("draft", "approved", "revoked")})
    segments = {"external_id": "segments", "label": "Segments", "type": "set"}
    api.add_metadata_field({**segments, "datasource": _choices("retail", "sme")})
    api.add_metadata_field({"external_id": "approved_by", "label": "Approved by", "type": "string"})
    api.add_metadata_field({"external_id": "copies", "label": "Copies", "type": "integer"})
    api.add_metadata_field({"external_id": "until", "label": "Until", "type": "date"})
    uploader.upload(picture("red"), public_id="a")


def test_values_are_stored_by_external_id(fields: None) -> None:
    """A label stored instead of its id would break every comparison with the datasource."""
    values = {"approval_status": "approved", "segments": ["retail", "sme"], "copies": 3, "until": "2026-02-01"}
    assert uploader.update_metadata(values, ["a", "missing"])["public_ids"] == ["a"]
    assert api.resource("a")["metadata"] == values
    uploader.update_metadata({"segments": [], "copies": ""}, ["a"])
    assert api.resource("a")["metadata"] == {"approval_status": "approved", "until": "2026-02-01"}


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"approval_status": "Approved"}, "Value Approved is not valid for metadata field approval_status"),
        ({"segments": ["retail", "nope"]}, "Value nope is not valid for metadata field segments"),
        ({"copies": "three"}, "not valid"),
        ({"until": "tomorrow"}, "not valid"),
        ({"unknown": "x"}, r'Metadata External IDs do not exist: \["unknown"\]'),
    ],
)
def test_wrong_values_change_nothing(account: Any, fields: None, values: dict[str, Any], text: str) -> None:
    """An approval with an unknown status has to fail loudly, and not half."""
    account.listen()
    wrong = {"approved_by": "carla", **values}
    with pytest.raises(exceptions.BadRequest, match=text):
        uploader.update_metadata(wrong, ["a"])
    with pytest.raises(exceptions.BadRequest, match=text):
        api.update("a", metadata=wrong, tags="t")
    with pytest.raises(exceptions.BadRequest, match=text):
        uploader.explicit("a", type="upload", metadata=wrong, tags="t")
    assert api.resource("a")["metadata"] == {}
    assert "tags" not in api.resource("a")
    assert account.heard() == []


def test_clear_invalid_drops_only_what_is_wrong(fields: None) -> None:
    """A repair of old values must not lose the valid ones."""
    uploader.update_metadata({"approval_status": "gone", "approved_by": "carla"}, ["a"], clear_invalid=True)
    assert api.resource("a")["metadata"] == {"approved_by": "carla"}


def test_fields_can_be_listed_changed_and_deleted(account: Any, fields: None) -> None:
    """The metadata_fields stream snapshots exactly these answers."""
    listed = {item["external_id"]: item for item in api.list_metadata_fields()["metadata_fields"]}
    assert list(listed) == ["approval_status", "segments", "approved_by", "copies", "until"]
    assert listed["approval_status"]["datasource"]["values"][0] == {
        "external_id": "draft",
        "value": "Draft",
        "state": "active",
    }
    assert "datasource" not in listed["approved_by"]
    assert api.update_metadata_field("approved_by", {"label": "Who"})["label"] == "Who"
    api.delete_metadata_field("copies")
    with pytest.raises(exceptions.NotFound, match="External ID copies doesn't exist"):
        api.metadata_field_by_field_id("copies")
    with pytest.raises(exceptions.AlreadyExists, match="external id segments already exists"):
        api.add_metadata_field({"external_id": "segments", "label": "Other", "type": "string"})
    with pytest.raises(exceptions.BadRequest, match="type must be one of"):
        api.add_metadata_field({"external_id": "x", "label": "x", "type": "text"})
    ordered = api.reorder_metadata_fields("external_id", "desc")["metadata_fields"]
    assert [item["external_id"] for item in ordered] == ["until", "segments", "approved_by", "approval_status"]


def test_datasource_entries_become_inactive_and_come_back(account: Any, fields: None) -> None:
    """An inactive choice must not be given to an asset any more, but the old values keep their meaning."""
    uploader.update_metadata({"approval_status": "draft"}, ["a"])
    api.delete_datasource_entries("approval_status", ["draft"])
    with pytest.raises(exceptions.BadRequest, match="not valid"):
        uploader.update_metadata({"approval_status": "draft"}, ["a"])
    assert api.resource("a")["metadata"] == {"approval_status": "draft"}
    api.restore_metadata_field_datasource("approval_status", ["draft"])
    uploader.update_metadata({"approval_status": "draft"}, ["a"])
    changed = api.update_metadata_field_datasource(
        "approval_status",
        [{"external_id": "draft", "value": "In work"}, {"external_id": "expired", "value": "Expired"}],
    )
    assert [item["value"] for item in changed["values"]] == ["In work", "Approved", "Revoked", "Expired"]
    ordered = api.reorder_metadata_field_datasource("approval_status", "value", "desc")
    assert [item["value"] for item in ordered["values"]] == ["Revoked", "In work", "Expired", "Approved"]


def test_mandatory_default_and_validation(account: Any, picture: Picture) -> None:
    """A mandatory field is asked for at upload, is not retroactive, and cannot be cleared."""
    uploader.upload(picture("red"), public_id="before")
    api.add_metadata_field({"external_id": "owner", "label": "Owner", "type": "string", "mandatory": True})
    rule = {"type": "strlen", "min": 2, "max": 4}
    api.add_metadata_field({"external_id": "code", "label": "Code", "type": "string", "validation": rule})
    api.add_metadata_field({"external_id": "line", "label": "Line", "type": "string", "default_value": "home"})
    with pytest.raises(exceptions.BadRequest, match="mandatory metadata field owner"):
        uploader.upload(picture("red"), public_id="a")
    made = uploader.upload(picture("red"), public_id="a", metadata={"owner": "x"})
    assert made["metadata"] == {"owner": "x", "line": "home"}
    assert uploader.upload(picture("blue"), public_id="before")["overwritten"]
    with pytest.raises(exceptions.BadRequest, match="mandatory"):
        uploader.update_metadata({"owner": ""}, ["a"])
    with pytest.raises(exceptions.BadRequest, match="Value abcde is not valid"):
        uploader.update_metadata({"code": "abcde"}, ["a"])
