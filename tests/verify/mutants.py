"""`python -m tests.verify.mutants`: drops each condition of the verdict's SQL in turn; a dbt unit test has to notice.

A rule whose condition can be lost without a failing test is a rule that nobody guards. Each mutant is one file of a
copy of the dbt project with one condition gone (`conditions`); the unit tests of the models that the file decides are
run on it. `--only NAME` takes one file; a mutant that `--results FILE` holds as killed, by its text, is not tried
again. Exit code 1 when one survives, or an accepted one is killed or is gone.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.dbt.conftest import PROJECT
from tests.dbt.landing_fixture import Landing
from tests.dbt.small_world import land_world
from tests.verify.conditions import Mutant, mutants_of

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

_MACRO = re.compile(r"\{%-?\s*macro\s+(?P<name>\w+).*?\{%-?\s*endmacro\s*-?%\}", re.DOTALL)
ACCEPTED = Path(__file__).with_name("accepted_mutants.txt")
"""Mutants that mean the same as the rule, each with the reason: `file | condition | reason`."""

_INTERMEDIATE = "models/intermediate"
_CONTROLS = {
    f"models/controls/{control.name}": (control.stem,)
    for control in sorted((PROJECT / "models/controls").glob("ctl_*.sql"))
}
_CORRECTIONS = {
    f"models/corrections/{correction.name}": (correction.stem,)
    for correction in sorted((PROJECT / "models/corrections").glob("correction_*.sql"))
}
_REPORTS = {
    f"models/reports/{report.name}": (report.stem,) for report in sorted((PROJECT / "models/reports").glob("rpt_*.sql"))
}
FILES: dict[str, tuple[str, ...]] = {
    f"{_INTERMEDIATE}/int_claims__covered.sql": ("int_claims__covered",),
    f"{_INTERMEDIATE}/int_asset_versions__told.sql": ("int_asset_versions__told",),
    f"{_INTERMEDIATE}/int_asset_absences__ended.sql": ("int_asset_absences__ended",),
    f"{_INTERMEDIATE}/int_asset_versions__ended.sql": ("int_asset_versions__ended",),
    f"{_INTERMEDIATE}/int_asset_versions__observed.sql": ("int_asset_versions__observed",),
    f"{_INTERMEDIATE}/int_asset_versions__bounded.sql": ("int_asset_versions__bounded",),
    f"{_INTERMEDIATE}/int_asset_versions__plain.sql": ("int_asset_versions__plain",),
    f"{_INTERMEDIATE}/int_plain_versions__bounded.sql": ("int_plain_versions__bounded",),
    f"{_INTERMEDIATE}/int_asset_uses__matched.sql": ("int_asset_uses__matched",),
    f"{_INTERMEDIATE}/int_references__unioned.sql": ("int_references__unioned",),
    f"{_INTERMEDIATE}/int_references__covered.sql": ("int_references__covered",),
    f"{_INTERMEDIATE}/int_references__graced.sql": ("int_references__graced",),
    f"{_INTERMEDIATE}/int_reference_assets__resolved.sql": ("int_reference_assets__resolved",),
    f"{_INTERMEDIATE}/int_candidates__matched.sql": ("int_candidates__matched",),
    f"{_INTERMEDIATE}/int_candidates__judged.sql": ("int_candidates__judged",),
    f"{_INTERMEDIATE}/int_references__judged.sql": ("int_references__judged",),
    f"{_INTERMEDIATE}/int_references__evidenced.sql": ("int_references__evidenced",),
    f"{_INTERMEDIATE}/int_approval_events__read.sql": ("int_approval_events__read",),
    f"{_INTERMEDIATE}/int_approvals__granted.sql": ("int_approvals__granted",),
    f"{_INTERMEDIATE}/int_asset_versions__approved.sql": ("int_asset_versions__approved",),
    f"{_INTERMEDIATE}/int_asset_versions__lived.sql": ("int_asset_versions__lived",),
    f"{_INTERMEDIATE}/int_evaluations__dated.sql": ("int_evaluations__dated",),
    f"{_INTERMEDIATE}/int_partner_references__unioned.sql": ("int_partner_references__unioned",),
    f"{_INTERMEDIATE}/int_asset_versions__newest_approved.sql": ("int_asset_versions__newest_approved",),
    f"{_INTERMEDIATE}/int_asset_names__held.sql": ("int_asset_names__held",),
    f"{_INTERMEDIATE}/int_addresses__bounded.sql": ("int_addresses__bounded",),
    f"{_INTERMEDIATE}/int_addresses__served.sql": ("int_addresses__served",),
    f"{_INTERMEDIATE}/int_claims__reached.sql": ("int_claims__reached",),
    f"{_INTERMEDIATE}/int_versions__affected.sql": ("int_versions__affected",),
    f"{_INTERMEDIATE}/int_plain_versions__affected.sql": ("int_plain_versions__affected",),
    f"{_INTERMEDIATE}/int_assets__affected.sql": ("int_assets__affected",),
    f"{_INTERMEDIATE}/int_approvals__affected.sql": ("int_approvals__affected",),
    f"{_INTERMEDIATE}/int_claims__changed.sql": ("int_claims__changed",),
    f"{_INTERMEDIATE}/int_exposures__composed.sql": ("int_exposures__composed",),
    f"{_INTERMEDIATE}/int_exposures__reached.sql": ("int_exposures__reached",),
    f"{_INTERMEDIATE}/int_exposures__bounded.sql": ("int_exposures__bounded",),
    f"{_INTERMEDIATE}/int_exposures__served.sql": ("int_exposures__served",),
    f"{_INTERMEDIATE}/int_exposures__instants.sql": ("int_exposures__instants",),
    f"{_INTERMEDIATE}/int_exposures__judged.sql": ("int_exposures__judged",),
    f"{_INTERMEDIATE}/int_resource_versions__used.sql": ("int_resource_versions__used",),
    f"{_INTERMEDIATE}/int_template_links__resolved.sql": ("int_template_links__resolved",),
    f"{_INTERMEDIATE}/int_run_resources__resolved.sql": ("int_run_resources__resolved",),
    f"{_INTERMEDIATE}/int_template_images__shown.sql": ("int_template_images__shown",),
    f"{_INTERMEDIATE}/int_media_targets__named.sql": ("int_media_targets__named",),
    f"{_INTERMEDIATE}/int_launch_visuals__named.sql": ("int_launch_visuals__named",),
    f"{_INTERMEDIATE}/int_inventory__known.sql": ("int_inventory__known",),
    f"{_INTERMEDIATE}/int_address_readings__held.sql": ("int_address_readings__held",),
    f"{_INTERMEDIATE}/int_addresses__settled.sql": ("int_addresses__settled",),
    f"{_INTERMEDIATE}/int_output_links__matched.sql": ("int_output_links__matched",),
    f"{_INTERMEDIATE}/int_answers__matched.sql": ("int_answers__matched",),
    f"{_INTERMEDIATE}/int_cases__resolved.sql": ("int_cases__resolved",),
    f"{_INTERMEDIATE}/int_partner_assets__resolved.sql": ("int_partner_assets__resolved",),
    f"{_INTERMEDIATE}/int_selection_candidates__resolved.sql": ("int_selection_candidates__resolved",),
    f"{_INTERMEDIATE}/int_metadata_fields__lived.sql": ("int_metadata_fields__lived",),
    f"{_INTERMEDIATE}/int_objects__deleted.sql": ("int_objects__deleted",),
    f"{_INTERMEDIATE}/int_own_changes__told.sql": ("int_own_changes__told",),
    f"{_INTERMEDIATE}/int_own_writes__begun.sql": ("int_own_writes__begun",),
    "models/marts/fct_asset_uses.sql": ("fct_asset_uses",),
    "models/marts/bridge_asset_uses_candidates.sql": ("bridge_asset_uses_candidates",),
    "models/marts/fct_publications.sql": ("fct_publications",),
    "models/marts/fct_exposures.sql": ("fct_exposures",),
    "models/marts/fct_exposure_versions.sql": ("fct_exposure_versions",),
    f"{_INTERMEDIATE}/int_asset_uses__justified.sql": ("int_asset_uses__justified",),
    f"{_INTERMEDIATE}/int_case_links__judged.sql": ("int_case_links__judged",),
    f"{_INTERMEDIATE}/int_cases__answered.sql": ("int_cases__answered",),
    f"{_INTERMEDIATE}/int_communications__referenced.sql": ("int_communications__referenced",),
    f"{_INTERMEDIATE}/int_retrieved_assets__returned.sql": ("int_retrieved_assets__returned",),
    "models/marts/fct_downloads.sql": ("fct_downloads",),
    "models/marts/fct_shares.sql": ("fct_shares",),
    "models/marts/fct_template_links.sql": ("fct_template_links",),
    "models/marts/fct_output_links.sql": ("fct_output_links",),
    "models/marts/fct_run_resources.sql": ("fct_run_resources",),
    "models/marts/fct_delivered_renditions.sql": ("fct_delivered_renditions",),
    "models/marts/fct_distributions.sql": ("fct_distributions",),
    "models/marts/fct_launch_visuals.sql": ("fct_launch_visuals",),
    "models/marts/fct_rich_media_uses.sql": ("fct_rich_media_uses",),
    "models/marts/fct_exceptions.sql": ("fct_exceptions",),
    "models/marts/dim_assets.sql": ("dim_assets",),
    "models/marts/fct_approvals.sql": ("fct_approvals",),
    "models/marts/fct_retrievals.sql": ("fct_retrievals",),
    "models/marts/fct_claims.sql": ("fct_claims",),
    "models/marts/fct_acknowledgements.sql": ("fct_acknowledgements",),
    "models/marts/fct_receipts.sql": ("fct_receipts",),
    "models/marts/fct_partner_receipts.sql": ("fct_partner_receipts",),
    "models/marts/fct_own_changes.sql": ("fct_own_changes",),
    "models/marts/fct_feedback.sql": ("fct_feedback",),
    "models/marts/fct_launch_requirements.sql": ("fct_launch_requirements",),
    "models/marts/fct_rendition_requests.sql": ("fct_rendition_requests",),
    "models/marts/fct_selection_decisions.sql": ("fct_selection_decisions",),
    "models/marts/fct_community_needs.sql": ("fct_community_needs",),
    "models/marts/fct_cases.sql": ("fct_cases",),
    "models/marts/fct_communications.sql": ("fct_communications",),
    "models/marts/fct_claim_stretches.sql": ("fct_claim_stretches",),
    "models/marts/fct_flags.sql": ("fct_flags",),
    "models/marts/fct_format_requests.sql": ("fct_format_requests",),
    "models/marts/fct_dispositions.sql": ("fct_dispositions",),
    "models/marts/fct_uses_after_launch.sql": ("fct_uses_after_launch",),
    "models/marts/bridge_retrievals_assets.sql": ("bridge_retrievals_assets",),
    "models/marts/dim_publishable_versions.sql": ("dim_publishable_versions",),
    "models/marts/fct_eligibilities.sql": ("fct_eligibilities",),
    "models/marts/fct_corrections.sql": ("fct_corrections",),
    "models/marts/dim_variants.sql": ("dim_variants",),
    "models/marts/fct_searches.sql": ("fct_searches",),
    "models/marts/fct_renderings.sql": ("fct_renderings",),
    "models/marts/fct_accesses.sql": ("fct_accesses",),
    "models/marts/dim_communities.sql": ("dim_communities",),
    "models/marts/dim_partners.sql": ("dim_partners",),
    "models/marts/dim_partner_subjects.sql": ("dim_partner_subjects",),
    "models/marts/dim_launches.sql": ("dim_launches",),
    "models/marts/dim_renditions.sql": ("dim_renditions",),
    "models/marts/dim_template_images.sql": ("dim_template_images",),
    "models/marts/dim_template_versions.sql": ("dim_template_versions",),
    "macros/rules/acknowledgements.sql": ("fct_acknowledgements", "fct_receipts", "fct_partner_receipts"),
    "macros/rules/memberships.sql": (
        "fct_downloads",
        "fct_partner_receipts",
        "rpt_launch_readiness",
        "rpt_community_shelf",
        "rpt_partner_matrix",
        "rpt_partner_audit_trail",
    ),
    "macros/rules/own_changes.sql": ("int_own_changes__told", "stg_cloudinary__notifications"),
    "macros/rules/foreign_variants.sql": ("correction_replace_foreign_variant", "correction_withdraw_foreign_variant"),
    "macros/rules/correction_columns.sql": ("correction_publish_variant",),
    "macros/staged/communications.sql": ("stg_exstream__asset_uses", "stg_exstream__communications_referring"),
    "macros/staged/notifications.sql": ("stg_cloudinary__notifications", "stg_cloudinary__notifications_anew"),
    "macros/staged/outputs.sql": ("stg_exstream__delivery_outputs_linked",),
    "macros/engines/copies.sql": (
        "stg_exstream__asset_uses",
        "stg_cloudinary__notifications",
        "stg_exstream__communications",
        "stg_exstream__renderings",
    ),
    "macros/rules/approval_fields.sql": ("stg_cloudinary__notifications", "int_metadata_fields__lived"),
    "macros/rules/approvals.sql": ("int_candidates__judged", "int_asset_versions__newest_approved"),
    "macros/rules/exposures.sql": ("int_exposures__served",),
    "macros/rules/clocks.sql": ("int_asset_uses__matched", "int_references__unioned", "int_exposures__instants"),
    "macros/rules/changed_batches.sql": ("int_claims__changed", "int_assets__affected"),
    "macros/rules/channel_rules.sql": ("int_references__graced", "int_exposures__composed"),
    "macros/rules/clouds.sql": ("int_asset_uses__matched",),
    "macros/rules/coverage.sql": (
        "int_asset_uses__matched",
        "int_references__covered",
        "int_asset_versions__bounded",
        "rpt_launch_readiness",
        "rpt_variant_matrix",
        "rpt_partner_artwork",
        "rpt_partner_audit_trail",
        "rpt_partner_matrix",
    ),
    "macros/rules/resource_links.sql": ("int_template_links__resolved",),
    "macros/rules/searches.sql": ("correction_publish_searched_asset", "rpt_partner_searches"),
    "macros/rules/only_ones.sql": (
        "int_plain_versions__bounded",
        "int_candidates__matched",
        "int_reference_assets__resolved",
    ),
    "macros/rules/use_findings.sql": ("ctl_unapproved_asset_uses",),
    "macros/rules/control_rows.sql": ("ctl_downloads_of_unapproved_assets", "ctl_foreign_changes"),
    **_CONTROLS,
    **_CORRECTIONS,
    **_REPORTS,
    "macros/rules/reasons.sql": (
        "int_asset_uses__matched",
        "int_candidates__judged",
        "int_references__judged",
        "int_references__evidenced",
    ),
}
"""The files that decide a verdict, a control, a correction or what a report counts, and whose unit tests guard each."""


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
    """A copy of the dbt project with a built small world, in which unit tests are run.

    The project is parsed once; a mutant changes what was parsed, as parsing anew takes longer than the tests.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "dbt_project"
        self.manifest: Manifest | None = None
        self.said = ""
        shutil.copytree(PROJECT, self.folder, ignore=shutil.ignore_patterns("target", "logs"))
        land_world(Landing(folder / "home"))
        os.environ["ASSETTRAIL_HOME"] = str(folder / "home")
        if not self.dbt("build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test").success:
            raise SystemExit("the small world was not built: run the tests in tests/dbt first")
        self.manifest = self.dbt("parse").result

    def dbt(self, *words: str) -> dbtRunnerResult:
        """Run dbt in this process, on what was parsed if it was."""
        from dbt.cli.main import dbtRunner

        places = [f"--project-dir={self.folder}", f"--profiles-dir={self.folder}", f"--log-path={self.folder / 'logs'}"]
        with contextlib.redirect_stdout(io.StringIO()) as said:
            done = dbtRunner(manifest=self.manifest).invoke(
                ["--log-level-file=none", "--no-write-json", *words, *places]
            )
        self.said = said.getvalue()
        return done

    def passes(self, file: str) -> bool:
        """Whether the unit tests that guard a file pass."""
        return self.dbt("test", "--fail-fast", "--select", *(f"{each},test_type:unit" for each in FILES[file])).success

    def outcome(self, file: str, mutant: Mutant) -> str:
        """Run the unit tests that guard a file on a mutant of it, and put back what was parsed."""
        whole = (self.folder / file).read_text(encoding="utf-8")
        self._put(file, whole, mutant.text)
        try:
            passed = self.passes(file)
        finally:
            self._put(file, mutant.text, whole)
        if passed:
            return "survived"
        return "no SQL" if "Compilation Error" in self.said or "Parser Error" in self.said else "killed"

    def _put(self, file: str, old: str, new: str) -> None:
        """Put the text of a model or of macros in place of what was parsed of the file."""
        assert self.manifest is not None
        if file.startswith("models/"):
            (model,) = (node for node in self.manifest.nodes.values() if node.original_file_path == file)
            assert model.raw_code.strip() == old.strip(), f"{file} was parsed otherwise"
            model.raw_code = new.strip()
            return
        macros = [macro for macro in self.manifest.macros.values() if macro.original_file_path == file]
        before, after = _macros(old), _macros(new)
        assert {macro.name: macro.macro_sql for macro in macros} == before, f"{file} was parsed otherwise"
        for macro in macros:
            macro.macro_sql = after[macro.name]


def _macros(text: str) -> dict[str, str]:
    """The macros of a file: name and whole text."""
    return {match["name"]: match.group() for match in _MACRO.finditer(text)}


class Killed:
    """The mutants that earlier runs killed, told by file and text; kept in a file where there is one."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._known = set(file.read_text(encoding="utf-8").split()) if file and file.exists() else set()

    def __contains__(self, mutant: tuple[str, Mutant]) -> bool:
        return self._name(*mutant) in self._known

    def add(self, file: str, mutant: Mutant) -> None:
        """Remember a mutant that was killed."""
        if self._file is not None:
            with self._file.open("a", encoding="utf-8") as lines:
                lines.write(self._name(file, mutant) + "\n")

    @staticmethod
    def _name(file: str, mutant: Mutant) -> str:
        return hashlib.sha256(f"{file}\n{mutant.text}".encode()).hexdigest()


def tried(project: Project, only: str | None, killed: Killed) -> Iterator[Tried]:
    """Each mutant of each file with its outcome."""
    for file in FILES:
        if only and only not in file:
            continue
        if not project.passes(file):
            raise SystemExit(f"the unit tests that guard {file} do not pass on the file itself:\n{project.said}")
        for mutant in mutants_of((project.folder / file).read_text(encoding="utf-8")):
            known = (file, mutant) in killed
            one = Tried(file, mutant, "killed" if known else project.outcome(file, mutant))
            if one.outcome == "killed" and not known:
                killed.add(file, mutant)
            if one.outcome != "killed":
                sys.stderr.write(f"{one.outcome}: {file}:{mutant.line}: {mutant.dropped}\n")
            yield one


def accepted() -> set[str]:
    """Names of the mutants that mean the same as the rule."""
    lines = ACCEPTED.read_text(encoding="utf-8").splitlines()
    return {line.rpartition(" | ")[0] for line in lines if line and not line.startswith("#")}


def main() -> int:
    """Try all mutants, print the table, give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="a part of a file's name")
    parser.add_argument("--results", type=Path, help="keep what was killed; it is not tried again")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = list(tried(Project(Path(folder)), chosen.only, Killed(chosen.results)))
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
