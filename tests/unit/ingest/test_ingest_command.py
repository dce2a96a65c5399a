"""What `assettrail ingest` tells of a place, and which places it refuses together."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assettrail.command_line.application import application
from assettrail.errors import ConfigurationError


@pytest.fixture
def drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty drop folder of an installation without vendors."""
    (tmp_path / "assettrail.toml").write_text(
        f'home = "{tmp_path}/home"\n[keys]\nfolder = "{tmp_path}/keys"\n', encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSETTRAIL_CONFIG", raising=False)
    made = CliRunner().invoke(application, ["keys", "create"])
    assert made.exit_code == 0, made.output
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


def test_why_a_window_is_not_complete_is_told_once(drop: Path) -> None:
    """Of a folder no window is complete: whoever lands it would not see that a run was left."""
    run = drop / "claims" / "jobs" / "j" / "i" / "docgen" / os.fsdecode(b"d\xe9") / "output"
    run.mkdir(parents=True)
    (run / "_STDDELIVERYFILE.xml").write_text("<outputList></outputList>", encoding="utf-8")
    (drop / "claims" / "jobs" / "j" / "i" / "docgen" / "e" / "output").mkdir(parents=True)
    result = CliRunner().invoke(application, ["ingest", "exstream", "--folder", str(drop)])
    assert result.exit_code == 0, result.exception
    assert result.output.count("run e has no delivery file that can be read") == 1
    assert "not complete  jobs, flow_instances, delivery_outputs" in result.output
    assert "run d\ufffd was left" in result.output
    assert "its path is no UTF-8" in result.output


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["exstream", "--folder", "drop", "--package", "p.zip"], "--folder and --package"),
        (["trading_grid", "--folder", "drop", "--mailbox"], "--folder and --mailbox"),
        (["exstream", "--folder", "drop", "--domain", "claims"], "--folder and --domain"),
        (["exstream", "--domain", "claims"], "--domain"),
        (["exstream", "--mailbox"], "a system without a mailbox"),
        (["trading_grid", "--mailbox"], "no section [trading_grid.mailbox] in the settings"),
    ],
)
@pytest.mark.usefixtures("drop")
def test_a_place_that_would_be_left_is_refused(words: list[str], found: str) -> None:
    """One of two places would not be read, and the command would end as if it were."""
    error = CliRunner().invoke(application, ["ingest", *words]).exception
    assert isinstance(error, ConfigurationError)
    assert error.found == found
