"""The demo is its own installation: what its caller has set for another one must not reach it, nor be lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assettrail.demo.processes import only_settings_of
from assettrail.settings import load_settings

OF_THE_CALLER = {
    "ASSETTRAIL_HOME": "/nowhere",
    "ASSETTRAIL_REPORTS__PORT": "9",
    "ASSETTRAIL_CONFIG": "/nowhere/else.toml",
}
TOLD_BY_A_CHILD = "from assettrail.settings import load_settings; print(load_settings().home)"


def test_the_callers_variables_do_not_leak_into_the_demo_and_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Harm prevented: the demo ingests into the caller's own home, and looks for its snapshot where none is."""
    for name, value in OF_THE_CALLER.items():
        monkeypatch.setenv(name, value)
    config = tmp_path / "assettrail.toml"
    config.write_text(f'home = "{tmp_path}/home"\n', encoding="utf-8")
    with only_settings_of(config):
        assert (load_settings().home, load_settings().reports.port) == (tmp_path / "home", 8765)
        told = subprocess.run([sys.executable, "-c", TOLD_BY_A_CHILD], capture_output=True, text=True, check=True)
        assert told.stdout.strip() == f"{tmp_path}/home"
        os.environ["ASSETTRAIL_KEYS__FOLDER"] = "/set/meanwhile"
    left = {name: value for name, value in os.environ.items() if name.startswith("ASSETTRAIL_")}
    assert left == OF_THE_CALLER


def test_they_come_back_when_the_demo_breaks_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: whoever calls the demo from a program goes on with the demo's settings after an error."""
    monkeypatch.setenv("ASSETTRAIL_HOME", "/nowhere")
    with pytest.raises(KeyboardInterrupt), only_settings_of(tmp_path / "assettrail.toml"):
        raise KeyboardInterrupt
    assert os.environ["ASSETTRAIL_HOME"] == "/nowhere"
