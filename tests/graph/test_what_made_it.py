"""What a build says that it was made by changes where its rules change, and not where they are copied."""

from __future__ import annotations

import shutil
from pathlib import Path

from assettrail.settings import RuleSettings, Settings
from orchestration.manifest import made_by
from orchestration.own_rules import hashes_of, own_rules, rule_tables
from orchestration.resources import dbt_project


def test_rules_that_are_copied_as_shipped_are_the_same_rules(tmp_path: Path) -> None:
    """Whoever begins with a copy was told that the rules are others, built all anew, and searched for a change."""
    seeds = dbt_project().project_dir / "seeds"
    for name in rule_tables():
        shutil.copyfile(seeds / f"{name}.csv", tmp_path / f"{name}.csv")
    settings = Settings(home=tmp_path / "home")
    own = settings.model_copy(update={"rules": RuleSettings(folder=tmp_path)})
    shipped, copied = (made_by(each, hashes_of(own_rules(each))) for each in (settings, own))
    assert len(own_rules(own)) == len(rule_tables())
    assert copied.differences(shipped) == []
    assert copied.fingerprint() == shipped.fingerprint()
    with (tmp_path / "grace_days.csv").open("a", encoding="utf-8") as lines:
        lines.write("\n")
    assert made_by(own, hashes_of(own_rules(own))).differences(shipped) == ["other texts of seed.grace_days"]
