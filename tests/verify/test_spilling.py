"""A build that has less memory than its tables need lays them on the disk, and comes to the same."""

from __future__ import annotations

from pathlib import Path

from benchmarks.made_landing import make_landing
from benchmarks.verdict_builds import build
from tests.dbt.kept_world import contents

COMMUNICATIONS = 50_000


def test_what_does_not_fit_is_laid_on_the_disk(tmp_path: Path) -> None:
    """Harm prevented: the night in which the warehouse outgrows the machine is the first one without a snapshot."""
    make_landing(tmp_path, COMMUNICATIONS)
    roomy = build(tmp_path, "4GB")
    expected = contents(tmp_path)["marts.fct_asset_uses"]
    (tmp_path / "warehouse" / "build.duckdb").unlink()
    narrow = build(tmp_path, "200MB")
    assert roomy.spilled_mib == 0 < narrow.spilled_mib
    assert contents(tmp_path)["marts.fct_asset_uses"] == expected
