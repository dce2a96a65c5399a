"""Seeds are loaded from the operator's rules where a build is given some, else from what is shipped."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb

from orchestration.own_rules import rule_tables, rules_laid
from quality.rule_files import read_rule_files
from tests.dbt.conftest import PROJECT, dbt

OWN = {
    "grace_days": "channel_code,grace_days,valid_from,valid_to\n*,3,1970-01-01T00:00:00Z,9999-12-31T00:00:00Z\n",
    "channel_policies": (
        "channel_code,max_width_px,needs_auto_format,needs_auto_quality,min_dpi,valid_from,valid_to\n"
        "print,,false,true,150,1970-01-01T00:00:00Z,2026-03-01T01:00:00+01:00\n"
        '"a ""b"", c",800,true,false,,1970-01-01T00:00:00Z,9999-12-31T00:00:00Z\n'
    ),
}


def rows_of(home: Path, table: str) -> list[tuple[object, ...]]:
    """The rows of a rule in the build file, instants as texts in UTC."""
    with duckdb.connect(str(home / "warehouse" / "build.duckdb"), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return connection.execute(
            f"select * replace (valid_from::varchar as valid_from, valid_to::varchar as valid_to) from rules.{table}"
        ).fetchall()


def seed(folder: Path, home: Path) -> None:
    """Load the rules as a build does."""
    done = dbt(folder, "seed", "--select", "grace_days", "channel_policies", "exposure_days", home=home)
    assert done.returncode == 0, done.stdout + done.stderr


def shipped(name: str) -> int:
    """The number of rows that are shipped of a rule."""
    with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8") as lines:
        return len(list(csv.DictReader(lines)))


def test_own_rules_replace_the_shipped_ones_while_they_are_laid(tmp_path: Path) -> None:
    """A rule that is read by dbt otherwise than it was checked judges by what nobody wrote."""
    own, home = tmp_path / "own", tmp_path / "it's home"
    own.mkdir()
    for name, text in OWN.items():
        (own / f"{name}.csv").write_text(text, encoding="utf-8")
    (home / "warehouse").mkdir(parents=True)
    with rules_laid(home, read_rule_files(own, rule_tables())):
        seed(tmp_path, home)
    assert rows_of(home, "grace_days") == [("*", 3, "1970-01-01 00:00:00+00", "9999-12-31 00:00:00+00")]
    assert rows_of(home, "channel_policies") == [
        ("print", None, False, True, 150, "1970-01-01 00:00:00+00", "2026-03-01 00:00:00+00"),
        ('a "b", c', 800, True, False, None, "1970-01-01 00:00:00+00", "9999-12-31 00:00:00+00"),
    ]
    assert len(rows_of(home, "exposure_days")) == shipped("exposure_days")
    seed(tmp_path, home)
    assert len(rows_of(home, "grace_days")) == shipped("grace_days")


def test_rules_of_a_killed_build_are_gone(tmp_path: Path) -> None:
    """A folder that a kill left would go on judging after the setting was taken out."""
    left = tmp_path / "projection" / "rules" / "grace_days.csv"
    left.parent.mkdir(parents=True)
    left.write_text(OWN["grace_days"], encoding="utf-8")
    with rules_laid(tmp_path, {}):
        assert not left.exists()
    with rules_laid(tmp_path, read_rule_files(_folder(tmp_path), rule_tables())):
        assert left.exists()
    assert not left.parent.exists()


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "grace_days.csv").write_text(OWN["grace_days"], encoding="utf-8")
    return folder
