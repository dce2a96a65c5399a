"""Resources: they open what a run needs, typed and without logic."""

import importlib.metadata
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Self

import dagster as dg
from dagster_dbt import DbtCliResource, DbtProject
from dagster_dbt.errors import DagsterDbtError
from packaging.version import Version

from assettrail.clock import clock_from
from assettrail.settings import Settings, load_settings
from evidence.file_lock import file_lock
from evidence.refusing_disk import disk_told
from ingest.landing_store import LandingStore
from orchestration.build_lock import WAIT_SECONDS, build_held
from orchestration.dbt_failure import dbt_failed

DBT_PROJECT_FOLDER = Path(__file__).resolve().parent.parent / "dbt_project"
PARSE_WAIT_SECONDS = 180.0


class AssettrailResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Opens the settings, and the landing store with its log, at run time."""

    def settings(self, *, connects: bool = False) -> Settings:
        """Return the settings of this process; with `connects` the secrets must be there. ConfigurationError if not."""
        return load_settings(connects=connects)

    def store(self) -> LandingStore:
        """Return the landing store under the configured home, on the configured clock."""
        settings = load_settings()
        return LandingStore.open(settings, clock_from(settings))


class BuildFileResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Holds the warehouse's build file alone, from the first step of a run that asks for it to the run's end."""

    wait_seconds: float = WAIT_SECONDS

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Self]:  # noqa: ARG002 - Dagster names it
        """Hold it while the run works; raises TransientSourceError that names who else does."""
        with build_held(load_settings().home, self.wait_seconds):
            yield self


class WarehouseDbt(DbtCliResource):
    """The dbt of this interpreter (`dbt_command`), so that no PATH is needed; nothing else of dbt runs here."""

    @cached_property
    def _cli_version(self) -> Version:
        """The version that is installed; Dagster would start dbt once more in every run to ask for it."""
        return Version(importlib.metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:  # type: ignore[override]
        """No adapter in this process: it would keep the build file open, and whoever opens it next is refused."""


def dbt_project() -> DbtProject:
    """Return the dbt project of this repository, its manifest made anew where the project is newer."""
    project = DbtProject(project_dir=DBT_PROJECT_FOLDER, profiles_dir=DBT_PROJECT_FOLDER)
    target = project.project_dir / project.target_path
    if _is_stale(project.manifest_path):
        with file_lock(target / ".parse.lock", "the manifest of the dbt project", PARSE_WAIT_SECONDS):
            if _is_stale(project.manifest_path):
                _parse_into(target)
    return project


def _parse_into(target: Path) -> None:
    """Parse aside and rename, the manifest last: one that a full disk or a kill cut off is never read.

    Raises ConfigurationError where the disk refuses, ContractBroken where dbt cannot read the project.
    """
    aside = target / ".parsing"
    tried = "to parse the dbt project, whose manifest is missing or older than its files"
    with disk_told(tried, target):
        running = dbt_resource().cli(["parse", "--quiet"], target_path=aside)
        try:
            running.wait()
        except DagsterDbtError as error:
            remedy = "correct the file named above and run again; nothing was built, the last snapshot stays up"
            raise dbt_failed(tried, str(error).strip(), target, "a project that dbt can read", remedy) from error
        for name in ("partial_parse.msgpack", "manifest.json"):
            (aside / name).replace(target / name)


def dbt_resource() -> WarehouseDbt:
    """Return dbt on the project of this repository."""
    return WarehouseDbt(
        project_dir=str(DBT_PROJECT_FOLDER),
        profiles_dir=str(DBT_PROJECT_FOLDER),
        dbt_executable=sys.executable,
        global_config_flags=["-m", "orchestration.dbt_command"],
    )


def parsed_folder() -> Path:
    """Return the folder that keeps what dbt parsed, for `orchestration.parsed_project`."""
    return DBT_PROJECT_FOLDER / "target" / "parsed"


def _is_stale(manifest: Path) -> bool:
    """Return whether the manifest is missing or older than a file of the project, or a folder that lost or got one."""
    if not manifest.exists():
        return True
    made = manifest.stat().st_mtime
    folders = [DBT_PROJECT_FOLDER / name for name in ("models", "macros", "seeds", "tests", "docs")]
    parts = [*DBT_PROJECT_FOLDER.glob("*.yml"), *folders, *(path for folder in folders for path in folder.rglob("*"))]
    return any(part.stat().st_mtime > made for part in parts)
