"""Ways from a design image to an asset: addresses in HTML, the cross-reference's mistakes, and the order of ways."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assettrail.errors import ConfigurationError
from assettrail.exstream_settings import ExstreamSettings
from assettrail.linear_patterns import LinearPattern
from ingest.exstream.asset_links import AssetReference, LinkRules, link_rows, read_cross_reference
from ingest.exstream.design_records import addresses_in

WAYS = ExstreamSettings.model_fields["link_ways"].default
URL = "https://res.cloudinary.com/demo/image/upload/v17/brand/hero.jpg"
RULES = LinkRules(
    WAYS, "pid", "v", LinearPattern.from_text(r"^(?P<public_id>brand/\w+)$"), {}, ("res.cloudinary.com",), "demo"
)


def image(**values: object) -> dict[str, object]:
    return {"domain": "claims", "resource_id": "r", "version": 1, "resource_type": "image", **values}


def test_every_finding_stands_beside_the_first() -> None:
    """Two ways that disagree are a finding of their own: the second must not be hidden by the first."""
    resource = image(
        name="brand/other",
        content_md5="m" * 32,
        metadata=json.dumps({"pid": "brand/hero", "v": "3", "originalSource": URL}),
    )
    same = AssetReference("the same bytes", "a1", "brand/hero", 17, "m" * 32)
    (row,) = link_rows(resource, RULES, {"m" * 32: [same]})
    assert (row["way"], row["strength"], row["public_id"], row["asset_version"]) == (
        "metadata_tag",
        "declared",
        "brand/hero",
        3,
    )
    found = json.loads(str(row["findings"]))
    assert [(each["way"], each.get("public_id"), each.get("version")) for each in found] == [
        ("metadata_tag", "brand/hero", 3),
        ("original_source", "brand/hero", 17),
        ("name_rule", "brand/other", None),
        ("content_hash", "brand/hero", 17),
    ]
    (hashed,) = link_rows(resource, LinkRules(("content_hash", "name_rule")), {"m" * 32: [same]})
    assert (hashed["way"], hashed["strength"], hashed["asset_id"]) == ("content_hash", "exact", "a1")


def test_an_address_of_ours_that_has_two_readings_is_an_unlinked_row() -> None:
    """Left out, a picture that customers see is found by nobody who looks for what a template shows."""
    two = "https://res.cloudinary.com/demo/image/upload/w_100/hero.jpg"
    none = "https://res.cloudinary.com/demo/image/upload/"
    others = ["https://res.cloudinary.com/other/image/upload/w_100/hero.jpg", "https://cdn.example/w_100/hero.jpg"]
    page = image(resource_type="exstrhtml5", content_addresses=json.dumps([URL, two, *others, none]), content_md5="m")
    linked, ambiguous, unread = link_rows(page, RULES, {})
    assert (linked["ordinal"], linked["way"], linked["public_id"]) == (1, "html_output", "brand/hero")
    for row in (ambiguous, unread):
        assert (row["way"], row["strength"], row["public_id"], row["asset_id"], row["etag"]) == (
            "unlinked",
            "none",
            *[None] * 3,
        )
    assert (ambiguous["ordinal"], unread["ordinal"]) == (2, 3)
    assert two in str(ambiguous["evidence"])
    assert "ambiguous: a folder or a transformation" in str(ambiguous["evidence"])
    assert "unparsable" in str(unread["evidence"])
    told = [reading["public_id"] for reading in json.loads(str(ambiguous["delivery_readings"]))]
    assert told == ["hero", "hero.jpg", "w_100/hero", "w_100/hero.jpg"]
    assert (linked["delivery_readings"], unread["delivery_readings"]) == (None, None)
    written = json.dumps(["https://res.cloudinary.com/demo/image/upload/l_text:Arial_20:Jane%20Roe/hero.jpg"])
    (personal,) = link_rows(image(resource_type="exstrhtml5", content_addresses=written), RULES, {})
    assert json.loads(str(personal["delivery_readings"]))[0]["public_id"] == "hero"
    assert "Jane" not in str(personal)


def test_what_nothing_links_is_a_row_with_the_hash_of_its_bytes() -> None:
    """An image that is left out of the list cannot be recalled, and nobody would know."""
    elsewhere = json.dumps({"originalSource": "https://other.example/hero.jpg"})
    (row,) = link_rows(image(name="x", metadata=elsewhere, content_md5="m" * 32), RULES, {})
    assert (row["way"], row["strength"], row["etag"], row["findings"]) == ("unlinked", "none", "m" * 32, "[]")
    assert link_rows(image(resource_type="exstrpage"), RULES, {}) == []


def test_addresses_of_html_are_found_wherever_it_names_them() -> None:
    """An address in a srcset or a style shows to the customer like one in a src."""
    html = (
        f'<IMG SRC="{URL}?a=1&amp;b=2"><img srcset="{URL} 1x, https://x.example/2.jpg 2x">'
        f"<td background='https://x.example/3.jpg' style=\"background:url(https://x.example/4.jpg)\">"
        "<a href='mailto:a@b.de'>"
    )
    assert addresses_in(html.encode()) == [
        f"{URL}?a=1&b=2",
        URL,
        "https://x.example/2.jpg",
        "https://x.example/3.jpg",
        "https://x.example/4.jpg",
    ]


def test_a_cross_reference_tells_all_its_mistakes(tmp_path: Path) -> None:
    """A table of a thousand images is corrected once, not a thousand times."""
    table = tmp_path / "t.csv"
    table.write_text(
        "resource_id,resource_name,public_id,version\nr1,,p1,x\n,,p2,\nr2,,,\nr3,,p3,1\nr3,,p4,1\n,n,p5,\n"
    )
    with pytest.raises(ConfigurationError) as refusal:
        read_cross_reference(table)
    for mistake in ("line 2: a version", "line 3: no resource", "line 4: no asset", "line 6: another asset"):
        assert mistake in refusal.value.found
    table.write_text("image,public_id\n")
    with pytest.raises(ConfigurationError, match="neither resource_id nor resource_name"):
        read_cross_reference(table)
    table.write_text("resource_name,public_id\nn,p5\n")
    assert read_cross_reference(table)["name:n"].public_id == "p5"
