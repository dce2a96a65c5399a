"""The quick reader of listed assets says what the strict one says, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assettrail.errors import RecordRejected
from ingest.cloudinary.plain_resources import plain_resource_values
from ingest.cloudinary.records import Resource
from ingest.pseudonym import mask_identifiers, may_hold_identifier
from ingest.reading import Reading, column_values
from ingest.strict import JsonObject, canonical_json

PLAIN: dict[str, object] = {
    "asset_id": "a1",
    "public_id": "brand/logo",
    "format": "jpg",
    "version": 1768000000,
    "resource_type": "image",
    "type": "upload",
    "created_at": "2026-01-10T08:32:48Z",
    "bytes": 120000,
    "width": 1200,
    "height": 800,
    "asset_folder": "brand",
    "display_name": "logo",
    "secure_url": "https://res.cloudinary.com/demo/image/upload/v1768000000/brand/logo.jpg",
    "tags": ["legal", "retail"],
    "context": {"custom": {"alt": "Skyline"}},
    "metadata": {"segments": ["retail", "business"], "approved_by": "u-17", "copies": 3},
    "moderation": [{"kind": "manual", "status": "pending"}, {"kind": "manual", "status": "approved"}],
}
identifiers = st.sampled_from(
    [
        "jo.doe@example.com",
        "call +49 40 123456",
        "(040)  12 34 56 78",
        "policy no 12345",
        "DE89 3704 0044",
        "POL-12345",
        "4111 1111 1111",
    ]
)
texts = st.text(alphabet=st.characters(exclude_categories=()), max_size=8) | identifiers
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts | st.just("custom"), inner, max_size=3),
    max_leaves=6,
)
changes = st.dictionaries(st.sampled_from([*PLAIN, "folder", "moderation_status", "placeholder", "other"]), values)
left_out = st.sets(st.sampled_from(sorted(PLAIN)))


@given(changes, left_out)
def test_what_is_read_at_once_is_what_the_strict_reader_reads(change: JsonObject, absent: set[str]) -> None:
    """A quick reader with a view of its own would give one asset two row hashes, and the log two truths."""
    item = {name: value for name, value in {**PLAIN, **change}.items() if name not in absent}
    quick = plain_resource_values(item)
    if quick is not None:
        assert quick == column_values(Resource.from_response(item))


@given(st.text(alphabet="0123456789 -.+()@AZaz|\n", max_size=24) | st.lists(texts, max_size=3).map(" ".join))
def test_a_quick_look_overlooks_no_identifier(text: str) -> None:
    """What the quick look lets pass lands unmasked."""
    if not may_hold_identifier(text):
        assert mask_identifiers(text) == text


@pytest.mark.parametrize("absent", [(), ("tags", "context", "metadata", "moderation"), ("asset_folder",)])
def test_what_accounts_show_is_plain(absent: tuple[str, ...]) -> None:
    """A shape that never fits would make the whole inventory slow, and no other test would tell."""
    item = {name: value for name, value in PLAIN.items() if name not in absent}
    assert plain_resource_values(item) is not None


@pytest.mark.parametrize("text", ["\x00", "\ud800", "a\udfffb"])
@pytest.mark.parametrize("place", ["public_id", "tags", "metadata"])
def test_a_text_that_no_column_holds_is_refused_alone(text: str, place: str) -> None:
    """Looking at a page once must not let pass what looking at each record refuses."""
    bad: object = {"public_id": text, "tags": [text], "metadata": {"k": text}}[place]
    items = [PLAIN, {**PLAIN, "asset_id": "a2", place: bad}]
    body = canonical_json({"resources": items}).encode("utf-8", "surrogatepass")
    reading = Reading()
    reading.read_each(items, lambda item: [column_values(Resource.from_response(item))], "uri", "0" * 64, body=body)
    assert [row.values["asset_id"] for row in reading.rows] == ["a1"]
    assert len(reading.quarantined) == 1


def test_the_strict_reader_has_the_last_word() -> None:
    """What the quick reader leaves must still be refused in words."""
    item = {**PLAIN, "version": 1.5}
    assert plain_resource_values(item) is None
    with pytest.raises(RecordRejected):
        Resource.from_response(item)
