"""In which order the bytes of versions are asked for, and what the cursor keeps of those that did not come."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.cloudinary import content_queue
from ingest.cloudinary.content_queue import ContentQueue
from ingest.cloudinary.landed import LandedAssets
from tests.unit.landing.stores import open_store
from tests.unit.landing.test_landed_assets import put


def told(asset_id: str, version: int) -> dict[str, object]:
    """A detail of an asset."""
    names = {"asset_id": asset_id, "public_id": asset_id, "resource_type": "image", "type": "upload"}
    known = {"version": version, "etag": f"e{version}", "created_at_raw": "2026-01-01T00:00:00Z"}
    return {**names, **known, "is_placeholder": False}


def looked_at(asset_id: str, version: int, reason: str) -> dict[str, object]:
    """A version that was unavailable."""
    known = {"asset_id": asset_id, "version": version, "etag": f"e{version}", "is_original_kept": False}
    return {**known, "way": "delivery", "outcome": "unavailable", "reason": reason}


def of_versions(folder: Path, *versions: int) -> LandedAssets:
    """A landing with one asset of each version."""
    store = open_store(folder)
    put(store, "asset_details", *(told(f"a{version}", version) for version in versions))
    return LandedAssets(store)


def failures(queue: ContentQueue) -> int:
    """How many failed files the cursor keeps."""
    kept = queue.told()["failed"]
    assert isinstance(kept, list)
    return len(kept)


def versions(queue: ContentQueue) -> list[int]:
    return [waiting.wanted.version for waiting in queue]


@pytest.mark.parametrize("cursor", [{}, {"window_to": "2026-01-01T00:00:00+00:00"}, {"failed": "x", "asked_again": 1}])
def test_a_cursor_that_tells_of_no_failure_begins_with_the_newest(tmp_path: Path, cursor: dict[str, object]) -> None:
    """The log of an older installation has cursors without failures: it must be read on from them."""
    queue = ContentQueue(of_versions(tmp_path, 1, 2, 3), cursor)
    assert (versions(queue), queue.open_ones) == ([3, 2, 1], 3)
    assert queue.told() == {"failed": [], "asked_again": ""}


def test_what_failed_stands_behind_the_others_the_longest_ago_first(tmp_path: Path) -> None:
    """Asked first in each run, a few that always fail would be all that is ever asked for."""
    landed = of_versions(tmp_path, 1, 2, 3, 4)
    queue = ContentQueue(landed, {})
    assert [queue.failed(), queue.failed()] == [False, False]
    queue = ContentQueue(landed, queue.told())
    assert (versions(queue), queue.open_ones) == ([2, 1, 4, 3], 4)
    assert queue.failed() is False
    queue = ContentQueue(landed, queue.told())
    assert versions(queue) == [1, 4, 3, 2]
    queue.answered()
    assert queue.failed() is True, "a second time: it lands, and the cursor need not keep it"
    assert failures(ContentQueue(landed, queue.told())) == 2


def test_the_cursor_keeps_no_more_failures_than_a_leaf_may_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library whose files all fail would write a leaf that no log can hold; forgotten ones would come first again."""
    monkeypatch.setattr(content_queue, "FAILURES_KEPT", 1)
    queue = ContentQueue(of_versions(tmp_path, 1, 2), {})
    assert [queue.failed(), queue.failed()] == [False, True]
    assert failures(queue) == 1


def test_what_may_come_back_is_asked_in_turn_between_what_nobody_looked_at(tmp_path: Path) -> None:
    """A first sync of a million files would otherwise put off for months what failed for a moment."""
    store = open_store(tmp_path)
    put(store, "asset_details", *(told(f"a{version}", version) for version in range(1, 23)))
    put(store, "asset_contents", *(looked_at(f"a{version}", version, "HTTP 404") for version in (20, 21, 22)))
    landed = LandedAssets(store)
    queue = ContentQueue(landed, {})
    order = versions(queue)
    assert [version for version in order if version < 20] == list(range(19, 0, -1))
    first, second, third = (version for version in order if version >= 20)
    assert (order[9], order[19], order[-1], queue.open_ones) == (first, second, third, 19)
    for _ in range(10):
        queue.answered()
    assert versions(ContentQueue(landed, queue.told()))[9] == second, "the next run goes on behind it"


def test_what_nobody_has_answered_about_waits_and_what_was_withheld_does_not(tmp_path: Path) -> None:
    """A claim that counts a file without an answer as looked at would hide that its bytes were never seen."""
    store = open_store(tmp_path)
    put(store, "asset_details", told("a", 1), told("b", 2))
    put(store, "asset_details", told("a", 3))
    put(store, "asset_contents", looked_at("a", 1, "no answer so far: HTTP 503"), looked_at("a", 3, "HTTP 404"))
    put(store, "asset_contents", looked_at("b", 2, "no answer so far: HTTP 503"))
    queue = ContentQueue(LandedAssets(store), {})
    assert (sorted(versions(queue)), queue.open_ones) == ([1, 2, 3], 2), "an overwritten one, too"
