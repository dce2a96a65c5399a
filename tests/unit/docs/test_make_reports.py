"""`make reports` opens what the README says: the demo's pages after the demo, and one's own where there are any."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[3] / "Makefile"


@pytest.mark.parametrize(
    ("own", "variables", "expected"),
    [
        (None, {}, "demo/assettrail.toml"),
        ("assettrail.toml", {}, "none"),
        ("var", {}, "none"),
        (None, {"ASSETTRAIL_CONFIG": "mine.toml"}, "mine.toml"),
        (None, {"ASSETTRAIL_HOME": "elsewhere"}, "none"),
    ],
)
def test_reports_are_of_the_demo_only_where_nothing_else_is_set_up(
    tmp_path: Path, own: str | None, variables: dict[str, str], expected: str
) -> None:
    """Somebody who follows the README sees an empty page; or an officer the demo's letters instead of the real ones."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "assettrail.toml").touch()
    if own:
        (tmp_path / own).touch()
    stand_in = tmp_path / "bin" / "assettrail"
    stand_in.parent.mkdir()
    stand_in.write_text('#!/bin/sh\necho "opened: ${ASSETTRAIL_CONFIG:-none}"\n', encoding="utf-8")
    stand_in.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSETTRAIL_")}
    words = ["make", "--no-print-directory", "-f", MAKEFILE, "-o", "setup", "reports", f"BIN={stand_in.parent}"]
    done = subprocess.run(
        words, cwd=tmp_path, env=environment | variables, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == f"opened: {expected}"
