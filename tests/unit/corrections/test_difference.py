"""The exact difference and the link that is made from it."""

from dataclasses import replace

import pytest

from assettrail.errors import ContractBroken
from assettrail.settings import CloudinarySettings
from corrections.delivery_link import delivery_link, transformation_of, version_of
from corrections.difference import Difference, Version
from corrections.replacement_link import message_text
from ingest.cloudinary.delivery_url import parse_delivery_url

LINK = Difference(
    correction_key="k",
    kind="replacement_link",
    community_id="COM-1",
    case_id="CASE-1",
    publication_id=None,
    asset_id="0" * 32,
    public_id="banners/spring",
    resource_type="image",
    expected=Version(1767600000, "old"),
    desired=Version(1769900000, "new"),
    format_code="jpg",
)


def cloud(*hosts: str) -> CloudinarySettings:
    return CloudinarySettings.model_validate(
        {"cloud_name": "demo", "api_key": "k", "api_secret": "s", "delivery_hosts": hosts or ("res.cloudinary.com",)}
    )


def test_a_difference_survives_its_text_form() -> None:
    """What is sent must be what was approved."""
    assert Difference.from_json(LINK.to_json()) == LINK
    assert Difference.from_json(LINK.to_json()).hash == LINK.hash


@pytest.mark.parametrize(
    "changed",
    [
        replace(LINK, case_id="CASE-2"),
        replace(LINK, public_id="banners/summer"),
        replace(LINK, expected=Version(1767600000, "other")),
        replace(LINK, desired=Version(1769900000, "other")),
        replace(LINK, format_code="png"),
    ],
)
def test_any_other_difference_has_another_hash(changed: Difference) -> None:
    """An approval bound to a hash that leaves a field out covers more than was seen."""
    assert changed.hash != LINK.hash
    assert changed.correlation_id != LINK.correlation_id


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind": "x"}', LINK.to_json().replace('"kind"', '"kin"')])
def test_text_that_is_no_difference_is_refused(text: str) -> None:
    """A row that was edited by hand must not be sent."""
    with pytest.raises(ContractBroken):
        Difference.from_json(text)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("res.cloudinary.com", "https://res.cloudinary.com/demo/image/upload/v1769900000/banners/spring.jpg"),
        ("127.0.0.1:4711", "http://127.0.0.1:4711/demo/image/upload/v1769900000/banners/spring.jpg"),
        ("images.example.com", "https://images.example.com/image/upload/v1769900000/banners/spring.jpg"),
    ],
)
def test_the_link_carries_the_new_version(host: str, expected: str) -> None:
    """A link without the new version serves the old bytes from caches, and counts as no answer."""
    assert delivery_link(cloud(host), LINK) == expected


def test_a_raw_file_keeps_its_own_extension() -> None:
    """A raw file's public id carries the extension; a second one would be a broken link."""
    raw = replace(LINK, resource_type="raw", public_id="specs/sheet.pdf", format_code="pdf")
    assert delivery_link(cloud(), raw).endswith("/raw/upload/v1769900000/specs/sheet.pdf")


@pytest.mark.parametrize("public_id", ["a b/ü&?#", "v123/x", "w_100/x", "plain", "deep/er/name.with.dots"])
def test_the_link_reads_back_as_the_same_asset_and_version(public_id: str) -> None:
    """A hostile name must neither break the link nor make it name another asset."""
    link = delivery_link(cloud(), replace(LINK, public_id=public_id))
    found = parse_delivery_url(link, ("res.cloudinary.com",), "demo")
    assert (found.version, found.public_id) == (1769900000, public_id)


def test_a_transformation_is_kept() -> None:
    """A community that shows a 600 pixel banner must not get the original of 40 megabytes."""
    old = "https://res.cloudinary.com/demo/image/upload/c_fill,w_600/v1767600000/banners/spring.jpg"
    kept = transformation_of(cloud(), old)
    assert kept == "c_fill,w_600"
    assert delivery_link(cloud(), LINK, kept) == old.replace("1767600000", "1769900000")
    assert transformation_of(cloud(), None) is None
    assert transformation_of(cloud(), "https://elsewhere.example/x.jpg") is None


def test_only_links_to_the_same_asset_count() -> None:
    """A link to another image with a newer version is no answer to this case."""
    link = delivery_link(cloud(), LINK)
    assert version_of(cloud(), link, "banners/spring") == 1769900000
    assert version_of(cloud(), link, "banners/summer") is None
    assert version_of(cloud(), None, "banners/spring") is None


def test_the_message_is_brief_and_carries_the_link_whole() -> None:
    """A link broken over lines, or with a full stop behind it, does not open."""
    text = message_text("https://x.example/v1/a.jpg")
    assert "\nhttps://x.example/v1/a.jpg\n" in text
    assert len(text) < 300
