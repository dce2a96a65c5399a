"""Another scenario, whose records arrived in another order: the rules hold there, too."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from assettrail.clock import clock_from
from assettrail.demo.answer_key import answers_of, found_answers, found_controls, scores
from assettrail.demo.installation import Installation, clean_installation, write_settings
from assettrail.demo.play import Steps, play_and_ingest
from assettrail.demo.processes import only_settings_of, sandbox_process
from assettrail.settings import load_settings
from ingest.landing_store import LandingStore
from ingest.projection import project_log
from orchestration.defs.warehouse.build import dbt_variables
from publish.files import build_file
from tests.dbt.conftest import dbt
from tests.integration.arranged_home import arranged_anew


def test_another_seed_meets_its_key_in_another_order_of_arrival(tmp_path: Path) -> None:
    """Harm prevented: rules that fit one scenario, or verdicts that depend on what was read first that night."""
    installation = clean_installation(tmp_path / "demo")
    with sandbox_process(installation.sandbox) as endpoints:
        write_settings(installation, endpoints)
        with only_settings_of(installation.config):
            play_and_ingest(installation, Steps(), seed=2, communications=500)
        copy = arranged_anew(installation, tmp_path / "copy")
        with only_settings_of(copy.config):
            build_models(copy, tmp_path / "dbt")
    key = json.loads((installation.sandbox / "answer_key.json").read_text(encoding="utf-8"))
    with duckdb.connect(str(build_file(copy.home)), read_only=True) as built:
        told = scores(key["controls"], found_controls(built)) | scores(answers_of(key), found_answers(built))
    assert len(told) >= 50
    assert {name: value for name, value in told.items() if (value["precision"], value["recall"]) != (1.0, 1.0)} == {}


def build_models(installation: Installation, folder: Path) -> None:
    """Let dbt build the models by the installation's settings; the tests of data and the publishing are the demo's."""
    settings = load_settings()
    project_log(LandingStore.open(settings, clock_from(settings)))
    build_file(installation.home).parent.mkdir()
    words = ("--no-write-json", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    done = dbt(folder, "build", *words, *dbt_variables(settings), home=installation.home)
    assert done.returncode == 0, done.stdout + done.stderr
