"""What is promised of the bytes of a version: nothing but a matching MD5 makes them that version's."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.schema import stream_schema
from quality.gate import great_expectations_gate
from tests.unit.quality.samples import SOUND, landed_file_of

UNSEEN = {"is_etag_matched": None, "seen_md5": None, "seen_sha256": None, "seen_bytes": None}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"seen_md5": "1f" * 16}, "bytes match a version"),
        ({"is_etag_matched": False}, "bytes match a version"),
        ({"seen_sha256": None}, "bytes match a version"),
        ({"outcome": "differs"}, "bytes match a version"),
        ({**UNSEEN, "outcome": "refused", "is_original_kept": True, "reason": "x"}, "other bytes are not kept"),
        ({**UNSEEN, "outcome": "unavailable"}, "have a reason"),
        ({"outcome": "guessed", "is_etag_matched": False}, "outcome is one of"),
    ],
)
def test_bytes_that_are_not_the_versions_hold_the_batch(tmp_path: Path, change: dict[str, object], text: str) -> None:
    """Other bytes that count as a version's would prove that the wrong file was approved."""
    schema = stream_schema("cloudinary", "asset_contents")
    path = tmp_path / "batch.parquet"
    landed_file_of(schema, [{**SOUND["cloudinary", "asset_contents"], **change}], path)
    outcome = great_expectations_gate(schema, path)
    assert outcome.outcome == "held"
    (failed,) = outcome.failed
    assert text in failed.expectation
