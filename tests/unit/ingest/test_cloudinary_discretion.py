"""Free text of Cloudinary names no recipient once it has landed, and what lineage joins on is as it was."""

from __future__ import annotations

import json

import pytest

from ingest.cloudinary.detail_records import AssetDetail
from ingest.cloudinary.records import NotifiedResource, Resource

CANARIES = ("jane.canary@kunde.example", "+49 171 5550133", "POL-44711908", "DE89 3704 0044 0532 0130 00")
TEXT = "Made for " + ", ".join(CANARIES)
KEYS = {
    "asset_id": "32d1c1ab00112233445566778899aabb",
    "public_id": "brand/4006381333931/hero",
    "resource_type": "image",
    "type": "upload",
    "version": 1767600000,
    "asset_folder": "brand/POL-44711908",
}
ITEM = {
    **KEYS,
    "created_at": "2026-01-05T10:00:00Z",
    "display_name": TEXT,
    "original_filename": TEXT,
    "tags": [*CANARIES, "spring"],
    "context": {"custom": {"note": TEXT, "alt": "a hero"}},
    "metadata": {"approver": "legal.lead@brand.example", "gtin": "4006381333931", "remark": TEXT, "sets": [TEXT, "EU"]},
    "moderation": [{"kind": "manual", "status": "approved", "response": {"note": TEXT}}],
    "secure_url": "https://res.cloudinary.com/c/image/upload/v1767600000/brand/4006381333931/hero.jpg",
}


def refuse_canaries(text: str) -> None:
    for canary in CANARIES:
        assert canary not in text


def landed_text(record: object) -> str:
    """Everything of a record but the keys."""
    names = [name for name in type(record).__slots__ if name not in KEYS]  # type: ignore[attr-defined]
    return " ".join(str(getattr(record, name)) for name in names)


def test_a_listed_asset_keeps_its_keys_and_no_recipient() -> None:
    """Campaigns are tagged and described with the customer that they were made for."""
    found = Resource.from_response(ITEM)
    refuse_canaries(landed_text(found))
    assert {name: getattr(found, name) for name in KEYS} == KEYS
    assert found.secure_url == ITEM["secure_url"]
    assert "spring" in json.loads(str(found.tags))
    assert json.loads(str(found.context))["alt"] == "a hero"


def test_an_approval_stays_as_it_was_given() -> None:
    """The approver is evidence, and a GTIN is the product: masked, no use could be proven any more."""
    metadata = json.loads(str(Resource.from_response(ITEM).metadata))
    assert (metadata["approver"], metadata["gtin"], metadata["sets"][1]) == (
        "legal.lead@brand.example",
        "4006381333931",
        "EU",
    )


def test_a_detail_names_no_recipient() -> None:
    """Files come with the name that somebody gave them on their own machine."""
    refuse_canaries(landed_text(AssetDetail.from_response(ITEM, [])))


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("resource_tags_changed", {"added": [*CANARIES], "removed": [TEXT]}),
        ("resource_context_changed", {"added": [{"name": "note", "value": TEXT}], "updated": {"note": {"new": TEXT}}}),
        ("resource_metadata_changed", {"previous_metadata": {"remark": TEXT}, "new_metadata": {"remark": TEXT}}),
        ("resource_display_name_changed", {"new_display_name": TEXT}),
        ("upload", {"tags": [TEXT], "context": {"custom": {"note": TEXT}}, "metadata": {"remark": TEXT}}),
        ("moderation", {"moderation_response": {"note": TEXT}}),
    ],
)
def test_a_notification_names_no_recipient(kind: str, more: dict[str, object]) -> None:
    """What changed is told with its old and its new text: both are free text."""
    notification = {"notification_type": kind, "timestamp": "2026-01-05T10:00:00Z"}
    found = NotifiedResource.from_response(notification, {**KEYS, **more}, "0" * 64, 0)
    refuse_canaries(landed_text(found).replace(str(KEYS["asset_folder"]), ""))
    assert json.loads(str(found.change))["asset_folder"] == KEYS["asset_folder"]
