"""The exact difference and the link that is made from it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.errors import ConfigurationError, ContractBroken, EvidenceBroken
from corrections.difference import Difference, Rendition, Version
from corrections.effects.delivery_link import delivery_link, transformation_of, version_of
from corrections.effects.replacement_link import message_text
from corrections.in_words import NOT_APPROVED, after_of, before_of
from corrections.pushing.pushed_file import FileFacts, PushedFile
from corrections.renditions.improvement import Improvement
from corrections.renditions.measured import Measured, Region
from corrections.store.kept_files import keep_file, kept_file
from ingest.cloudinary.delivery_url import parse_delivery_url
from tests.unit.corrections.samples import settings_for

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


IMPROVED = replace(
    LINK,
    kind="improve_rendition",
    case_id=None,
    publication_id="PUB-1",
    target_id="FB-1",
    rendition=Rendition("web", "DE", "de", "phone", "c_limit,w_480/q_auto:eco"),
    text="Hello",
    improvement=Improvement(
        delivered="c_limit,w_600",
        status="open",
        answered_by=None,
        before=Measured(9_000, True, "jpg", 600, 300, 0.99, 0.5),
        after=Measured(4_000, True, "webp", 480, 240, 0.9712, 1.0),
        custom_coordinates=Region(1, 2, 3, 4),
        widest_px=480,
        trial_sha256="a" * 64,
    ),
)
PUSHED = replace(
    LINK,
    kind="push_file",
    case_id=None,
    target_id=LINK.asset_id,
    desired=Version(None, "new"),
    file=PushedFile(
        "logo.jpg", "b" * 64, FileFacts(10, "jpg", 2, 3), FileFacts(9, "jpg", 2, 3), None, {"publication": 2}
    ),
)


@pytest.mark.parametrize("difference", [IMPROVED, PUSHED])
def test_measures_and_files_survive_their_text_form(difference: Difference) -> None:
    """A person approves the measures and the file: what is sent must have the same hash."""
    assert Difference.from_json(difference.to_json()) == difference
    assert Difference.from_json(difference.to_json()).hash == difference.hash


def test_what_later_releases_added_leaves_old_hashes_alone() -> None:
    """An approval of a release before must still be one of this difference."""
    assert {"improvement", "file", "target_id"}.isdisjoint(json.loads(LINK.to_json()))
    assert LINK.hash == "2c08b33025dbf100f8aa998edf3f905e90d3370b81e5c284ea1bce9f481f99bb"


@pytest.mark.parametrize(
    "changed",
    [
        replace(IMPROVED, improvement=replace(IMPROVED.improvement, after=Measured(4_001, True))),  # type: ignore[type-var]
        replace(IMPROVED, text="Bye"),
    ],
)
def test_other_measures_are_another_difference(changed: Difference) -> None:
    """Measured anew with another outcome, it wants another approval."""
    assert changed.hash != IMPROVED.hash


def test_differences_are_told_in_words() -> None:
    """Who approves reads what there is, what there would be, and that a pushed file is not approved by that."""
    assert "SSIM 0.99, 50% of the region of interest" in before_of(IMPROVED)
    assert "webp 480×240, SSIM 0.9712, 100% of the region" in after_of(IMPROVED)
    assert "held by 2 publications" in before_of(PUSHED)
    assert NOT_APPROVED in after_of(PUSHED)
    assert after_of(LINK) == "version 1769900000 (new)"


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,0", "a,b,c,d", "-1,2,3,4", "1,2,3,4,5"])
def test_a_region_that_is_none_is_refused(text: str) -> None:
    """A crop around nothing would be measured as keeping all of it."""
    assert Region.from_text(" 1,2, 3,4") == Region(1, 2, 3, 4)
    with pytest.raises(ConfigurationError, match="region"):
        Region.from_text(text)


def test_a_kept_file_is_given_back_as_it_was_or_not_at_all(tmp_path: Path) -> None:
    """What lies on a disk for days may be lost or changed: another file must never be sent in its place."""
    settings = settings_for(tmp_path / "home")
    name = keep_file(settings, b"corrected")
    assert (keep_file(settings, b"corrected"), kept_file(settings, name)) == (name, b"corrected")
    path = next((settings.home / "corrections" / "files").iterdir())
    assert path.stat().st_mode & 0o077 == 0
    path.write_bytes(b"another")
    with pytest.raises(EvidenceBroken, match="bytes with SHA-256"):
        kept_file(settings, name)
    path.unlink()
    for gone in (name, "../secret"):
        with pytest.raises(EvidenceBroken):
            kept_file(settings, gone)


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
