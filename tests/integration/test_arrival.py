"""The same records in another order of arrival and in other batches: the content of every table is the same."""

from __future__ import annotations

from pathlib import Path

from assettrail.demo.play import Played
from orchestration.columns import DBT_FOLDER
from tests.integration.arranged_home import arranged_anew
from tests.integration.copied_home import assettrail, content


def test_how_records_arrived_does_not_change_the_content(played: Played, tmp_path: Path) -> None:
    """Harm prevented: a verdict about a customer's letter that depends on which system was read first that night."""
    copy = arranged_anew(played.installation, tmp_path / "copy")
    shown = assettrail(copy, "build")
    assert shown.returncode == 0, shown.stderr
    assert "partial parsing" not in (copy.home / DBT_FOLDER / "dbt.log").read_text(), "all files were parsed once more"
    assert content(copy.home) == content(played.installation.home)
