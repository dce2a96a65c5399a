"""Another scenario, whose records arrived in another order: the rules hold there, too."""

from __future__ import annotations

import json
from pathlib import Path

from assettrail.demo.answer_key import exposures_of, scores, verdicts_of
from assettrail.demo.installation import clean_installation, write_settings
from assettrail.demo.play import Steps, findings, play_and_ingest
from assettrail.demo.processes import only_settings_of, sandbox_process
from tests.integration.arranged_home import arranged_anew
from tests.integration.copied_home import assettrail


def test_another_seed_meets_its_key_in_another_order_of_arrival(tmp_path: Path) -> None:
    """Harm prevented: rules that fit one scenario, or verdicts that depend on what was read first that night."""
    installation = clean_installation(tmp_path / "demo")
    with sandbox_process(installation.sandbox) as endpoints:
        write_settings(installation, endpoints)
        with only_settings_of(installation.config):
            play_and_ingest(installation, Steps(), seed=2, communications=500)
        copy = arranged_anew(installation, tmp_path / "copy")
        shown = assettrail(copy, "build")
    assert shown.returncode == 0, shown.stderr
    key, found = json.loads((installation.sandbox / "answer_key.json").read_text(encoding="utf-8")), findings(copy)
    told = scores(key["controls"], found.controls) | scores(verdicts_of(key), found.verdicts)
    told |= scores(exposures_of(key), found.exposures)
    assert len(told) >= 50
    assert {name: value for name, value in told.items() if (value["precision"], value["recall"]) != (1.0, 1.0)} == {}
