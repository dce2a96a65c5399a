"""The Search API's grammar, through the real SDK."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cloudinary import Search, api, exceptions, uploader

Picture = Callable[..., bytes]


@pytest.fixture
def library(account: Any, picture: Picture) -> None:
    """Four assets that differ in everything that is searched for."""
    api.add_metadata_field({"external_id": "line", "label": "Line", "type": "string"})
    uploader.upload(picture("red"), public_id="claims/home banner", tags=["shirt", "red"], metadata={"line": "home"})
    account.clock.advance(86400)
    uploader.upload(picture("red", "PNG"), public_id="claims/auto", context={"season": "winter"}, tags="red")
    account.clock.advance(86400)
    uploader.upload(picture("red", size=(400, 100)), public_id="policy/sheet", metadata={"line": "auto"})
    uploader.upload(b"text", public_id="policy/note.txt", resource_type="raw")


def _found(expression: str) -> list[str]:
    result = Search().expression(expression).sort_by("public_id", "asc").execute()
    assert result["total_count"] == len(result["resources"])
    return [item["public_id"] for item in result["resources"]]


HOME, AUTO, SHEET, NOTE = "claims/home banner", "claims/auto", "policy/sheet", "policy/note.txt"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("", [AUTO, HOME, NOTE, SHEET]),
        ("resource_type:image AND tags=red", [AUTO, HOME]),
        ("resource_type:image tags=red", [AUTO, HOME]),
        ("resource_type:raw OR format=png", [AUTO, NOTE]),
        ("resource_type:image AND NOT tags:red", [SHEET]),
        ("-tags:red AND resource_type:image", [SHEET]),
        ("(resource_type:raw OR tags:shirt) AND folder:claims", [HOME]),
        ("public_id:claims/*", [AUTO, HOME]),
        ("folder:claims/*", [AUTO, HOME]),
        ('public_id="claims/home banner"', [HOME]),
        ("public_id:banner", [HOME]),
        ("tags:(shirt OR blue)", [HOME]),
        ("tags:(shirt AND red)", [HOME]),
        ("banner", [HOME]),
        ("width>=400", [SHEET]),
        ("width:[50 TO 100]", [AUTO, HOME]),
        ("width:{60 TO 400}", []),
        ("bytes<1kb AND resource_type:raw", [NOTE]),
        ("created_at:2026-01-06", [AUTO]),
        ("uploaded_at>=2026-01-06T00:00:00Z", [AUTO, NOTE, SHEET]),
        ("uploaded_at<1d", [HOME]),
        ("uploaded_at:[2026-01-05 TO 2026-01-06]", [AUTO, HOME]),
        ("metadata.line=home", [HOME]),
        ("context.season:winter", [AUTO]),
        ("context:season", [AUTO]),
        ("status:active AND type:upload AND aspect_ratio>3", [SHEET]),
    ],
)
def test_expressions(library: None, expression: str, expected: list[str]) -> None:
    """A search that finds too much or too little makes an incremental read wrong without an error."""
    assert _found(expression) == expected


@pytest.mark.parametrize("expression", ["tags:*red", "width>abc", "(tags:a", "tags:a)", "nonsense:1", "AND", "tags:"])
def test_wrong_expressions_are_query_errors(library: None, expression: str) -> None:
    """A misspelt expression that matched everything would look like data."""
    with pytest.raises(exceptions.BadRequest, match=r"Query Error \(at position \d+\)"):
        _found(expression)


def test_shape_pages_and_aggregation(account: Any, library: None) -> None:
    """Search is flatter than the listings: context without `custom`, times of change, folders."""
    item = Search().expression("format:png").with_field("context").with_field("tags").execute()["resources"][0]
    assert item["context"] == {"season": "winter"}
    assert item["tags"] == ["red"]
    assert "metadata" not in item
    assert (item["uploaded_at"], item["filename"], item["status"]) == ("2026-01-06T00:00:00Z", "auto", "active")
    fields = Search().expression("format:png").fields("tags").execute()["resources"][0]
    assert "bytes" not in fields
    assert fields["tags"] == ["red"]
    query = Search().expression("resource_type:image").max_results(2).sort_by("created_at", "asc")
    first = query.execute()
    second = query.next_cursor(first["next_cursor"]).execute()
    assert [page["public_id"] for page in first["resources"] + second["resources"]] == [HOME, AUTO, SHEET]
    assert "next_cursor" not in second
    assert first["total_count"] == 3
    assert Search().aggregate("resource_type").execute()["aggregations"] == {"resource_type": {"image": 3, "raw": 1}}


def test_the_index_can_lag(account: Any, library: None) -> None:
    """Search is eventually consistent: what was written a moment ago may be missing."""
    account.turn(search_lag_seconds=10)
    assert _found("resource_type:raw") == []
    account.clock.advance(10)
    assert _found("resource_type:raw") == [NOTE]
