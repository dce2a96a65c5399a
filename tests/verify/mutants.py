"""`python -m tests.verify.mutants`: drops each condition of the verdict's SQL in turn; a dbt unit test has to notice.

A rule whose condition can be lost without a failing test is a rule that nobody guards. Each mutant is one file of a
copy of the dbt project with one condition gone (`conditions`); the unit tests of the models that the file decides are
run on it. `--only NAME` takes one file. Exit code 1 when one survives, or an accepted one is killed or is gone.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.dbt.conftest import PROJECT
from tests.dbt.landing_fixture import Landing
from tests.dbt.small_world import land_world
from tests.verify.conditions import Mutant, mutants_of

ACCEPTED = Path(__file__).with_name("accepted_mutants.txt")
"""Mutants that mean the same as the rule, each with the reason: `file | condition | reason`."""

_INTERMEDIATE = "models/intermediate"
FILES: dict[str, tuple[str, ...]] = {
    f"{_INTERMEDIATE}/int_asset_versions__plain.sql": ("int_asset_versions__plain",),
    f"{_INTERMEDIATE}/int_asset_uses__matched.sql": ("int_asset_uses__matched",),
    f"{_INTERMEDIATE}/int_references__covered.sql": ("int_references__covered",),
    f"{_INTERMEDIATE}/int_references__graced.sql": ("int_references__graced",),
    f"{_INTERMEDIATE}/int_reference_assets__resolved.sql": ("int_reference_assets__resolved",),
    f"{_INTERMEDIATE}/int_candidates__matched.sql": ("int_candidates__matched",),
    f"{_INTERMEDIATE}/int_candidates__judged.sql": ("int_candidates__judged",),
    f"{_INTERMEDIATE}/int_references__judged.sql": ("int_references__judged",),
    f"{_INTERMEDIATE}/int_approvals__granted.sql": ("int_approvals__granted",),
    f"{_INTERMEDIATE}/int_resource_versions__used.sql": ("int_resource_versions__used",),
    f"{_INTERMEDIATE}/int_template_links__resolved.sql": ("int_template_links__resolved",),
    "models/marts/fct_template_links.sql": ("fct_template_links",),
    "models/marts/fct_delivered_renditions.sql": ("fct_delivered_renditions",),
    "macros/rules/approvals.sql": ("int_candidates__judged", "int_asset_versions__newest_approved"),
    "macros/rules/channel_rules.sql": ("int_references__graced", "int_exposures__composed"),
    "macros/rules/coverage.sql": ("int_asset_uses__matched", "int_references__covered"),
    "macros/rules/only_ones.sql": ("int_candidates__matched", "int_reference_assets__resolved"),
    "macros/rules/reasons.sql": ("int_asset_uses__matched", "int_candidates__judged", "int_references__judged"),
}
"""The files that decide a verdict or a control, and the models whose unit tests guard each."""


@dataclass(frozen=True)
class Tried:
    """One mutant and what the unit tests made of it: killed, survived, or no SQL at all."""

    file: str
    mutant: Mutant
    outcome: str

    @property
    def name(self) -> str:
        """How the mutant is named in the list of accepted ones."""
        return f"{self.file} | {self.mutant.dropped}"


class Project:
    """A copy of the dbt project with a built small world, in which unit tests are run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "dbt_project"
        shutil.copytree(PROJECT, self.folder, ignore=shutil.ignore_patterns("target", "logs"))
        land_world(Landing(folder / "home"))
        os.environ["ASSETTRAIL_HOME"] = str(folder / "home")
        if not self.dbt("build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"):
            raise SystemExit("the small world was not built: run the tests in tests/dbt first")

    def dbt(self, *words: str) -> bool:
        """Run dbt in this process; whether all went well."""
        from dbt.cli.main import dbtRunner

        places = [f"--project-dir={self.folder}", f"--profiles-dir={self.folder}", f"--log-path={self.folder / 'logs'}"]
        with contextlib.redirect_stdout(io.StringIO()) as said:
            done = dbtRunner().invoke(["--log-level-file=none", *words, *places])
        self.said = said.getvalue()
        return bool(done.success)

    def outcome(self, file: str, mutant: Mutant) -> str:
        """Run the unit tests that guard a file on a mutant of it, and put the file back."""
        path = self.folder / file
        whole = path.read_text(encoding="utf-8")
        path.write_text(mutant.text, encoding="utf-8")
        try:
            passed = self.dbt("test", "--fail-fast", "--select", *(f"{model},test_type:unit" for model in FILES[file]))
        finally:
            path.write_text(whole, encoding="utf-8")
        if passed:
            return "survived"
        return "no SQL" if "Compilation Error" in self.said or "Parser Error" in self.said else "killed"


def tried(project: Project, only: str | None) -> Iterator[Tried]:
    """Each mutant of each file with its outcome."""
    for file in FILES:
        if only and only not in file:
            continue
        for mutant in mutants_of((project.folder / file).read_text(encoding="utf-8")):
            one = Tried(file, mutant, project.outcome(file, mutant))
            if one.outcome != "killed":
                sys.stderr.write(f"{one.outcome}: {file}:{mutant.line}: {mutant.dropped}\n")
            yield one


def accepted() -> set[str]:
    """Names of the mutants that mean the same as the rule."""
    lines = ACCEPTED.read_text(encoding="utf-8").splitlines()
    return {" | ".join(line.split(" | ")[:2]) for line in lines if line and not line.startswith("#")}


def main() -> int:
    """Try all mutants, print the table, give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="a part of a file's name")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = list(tried(Project(Path(folder)), chosen.only))
    known = accepted()
    print("| file | conditions | killed | means the same | survived |\n|---|---:|---:|---:|---:|")
    for file in dict.fromkeys(one.file for one in found):
        own = [one for one in found if one.file == file]
        killed = sum(one.outcome == "killed" for one in own)
        same = sum(one.outcome == "survived" and one.name in known for one in own)
        print(f"| {file} | {len(own)} | {killed} | {same} | {len(own) - killed - same} |")
    survivors = {one.name for one in found if one.outcome != "killed"}
    stale = known - survivors if not chosen.only else set()
    for name in sorted(stale):
        print(f"accepted, but killed or gone: {name}")
    return int(bool(survivors - known or stale))


if __name__ == "__main__":
    sys.exit(main())
