"""Another scenario, played by the command that people type: the rules hold there, too."""

from __future__ import annotations

import json
import os
from pathlib import Path

from assettrail.demo.answer_key import is_perfect
from tests.warm_processes import run_assettrail


def test_another_seed_meets_its_key_from_the_command_line(tmp_path: Path) -> None:
    """Harm prevented: rules that fit one scenario; a summary that machines cannot read."""
    words = ["demo", "--seed", "2", "--communications", "500", "--folder", str(tmp_path / "demo"), "--json"]
    shown = run_assettrail(*words, env=os.environ, timeout=900)
    assert shown.returncode == 0, shown.stderr
    summary = json.loads(shown.stdout)
    assert is_perfect(summary["answer_key"])
    assert {"rows", "verdicts", "exceptions", "corrections", "snapshot", "seconds", "calls", "peak_mib"} <= set(summary)
