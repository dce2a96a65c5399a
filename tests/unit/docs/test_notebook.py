"""How marimo opens the notebook for analysts, as our settings of it say."""

from __future__ import annotations

from pathlib import Path

from marimo._config.manager import get_default_config_manager

ROOT = Path(__file__).parents[3]


def test_the_notebook_runs_when_it_is_opened() -> None:
    """Harm prevented: an analyst opens the starter and sees code, with no figure and no word on how to get one."""
    opened = get_default_config_manager(current_path=str(ROOT / "notebooks" / "usage.py")).get_config()
    assert opened["runtime"]["auto_instantiate"] is True
