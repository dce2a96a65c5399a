"""Resources: they open what a run needs, typed and without logic."""

import sys
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtCliResource, DbtProject

from assettrail.clock import clock_from
from assettrail.settings import Settings, load_settings
from ingest.landing import LandingStore

DBT_PROJECT_FOLDER = Path(__file__).resolve().parent.parent / "dbt_project"


class AssettrailResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Opens the settings, and the landing store with its log, at run time."""

    def settings(self) -> Settings:
        """Return the settings of this process; raises ConfigurationError with all mistakes."""
        return load_settings()

    def store(self) -> LandingStore:
        """Return the landing store under the configured home, on the configured clock."""
        settings = load_settings()
        return LandingStore.open(settings, clock_from(settings))


def dbt_project() -> DbtProject:
    """Return the dbt project of this repository, its manifest made anew where the project is newer."""
    project = DbtProject(project_dir=DBT_PROJECT_FOLDER, profiles_dir=DBT_PROJECT_FOLDER)
    if _is_stale(project.manifest_path):
        dbt_resource().cli(["parse"], target_path=project.project_dir / project.target_path).wait()
    return project


def dbt_resource() -> DbtCliResource:
    """Return the dbt command that lies beside this interpreter, so that no PATH is needed."""
    return DbtCliResource(
        project_dir=str(DBT_PROJECT_FOLDER),
        profiles_dir=str(DBT_PROJECT_FOLDER),
        dbt_executable=str(Path(sys.executable).with_name("dbt")),
    )


def _is_stale(manifest: Path) -> bool:
    """Return whether the manifest is missing or older than a file of the project."""
    if not manifest.exists():
        return True
    made = manifest.stat().st_mtime
    return any(
        path.stat().st_mtime > made
        for folder in ("models", "macros", "seeds", "tests", "docs", "unit_tests")
        for path in (DBT_PROJECT_FOLDER / folder).rglob("*")
        if path.is_file()
    )
