"""Pages that the code can contradict: they must be what the code says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import yaml
from typer.testing import CliRunner

from assettrail.command_line.application import application
from assettrail.settings import ApprovalFields
from assettrail.verdict_settings import VerdictSettings
from orchestration.resources import dbt_project

ROOT = Path(__file__).resolve().parents[3]


def generator() -> ModuleType:
    """Load docs/generate.py, which is a script and not a package."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_current() -> None:
    """Harm prevented: an analyst trusts a data dictionary that tells of last month's columns."""
    dbt_project()
    stale = [
        path.relative_to(ROOT).as_posix()
        for path, text in generator().pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert not stale, f"run `make docs`: {stale}"


def test_the_dbt_project_and_the_settings_have_the_same_defaults() -> None:
    """Harm prevented: dbt run by hand judges by other rules than the pipeline."""
    variables = yaml.safe_load((ROOT / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    assert variables["approval_fields"] == ApprovalFields().model_dump()
    assert {
        name: variables[name] for name in ("late_after_hours", "clock_uncertainty_seconds", "clock_deviations")
    } == VerdictSettings().model_dump()


def test_commands_and_links_of_the_readme_exist() -> None:
    """Harm prevented: a newcomer's first command does not exist."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, flags=re.MULTILINE)) <= targets
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert link.startswith("http") or (ROOT / link).exists(), link
    for words in sorted(set(re.findall(r"`assettrail ([a-z-]+(?: [a-z-]+)?)", text))):
        names = [word for word in words.split() if not word.startswith("-")]
        shown = CliRunner().invoke(application, [*names, "--help"], terminal_width=200)
        assert shown.exit_code == 0, (words, shown.output)
        assert words.split()[-1] in shown.output, words


def test_nothing_names_a_registry_or_a_machine() -> None:
    """Harm prevented: a lock that only installs where it was made."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "--index" not in lock
