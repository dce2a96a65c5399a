"""Builds the dbt project once for a session: on the small world, and on the same rows in another order."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.resources import dbt_project
from tests.dbt.landing_fixture import Landing
from tests.dbt.small_world import land_world, land_world_shuffled
from tests.warm_processes import run_dbt

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"


@dataclass(frozen=True)
class Warehouse:
    """A build file that dbt has made, and what dbt said while it made it."""

    path: Path
    output: str
    exit_code: int
    compiled: Path

    def plan_of(self, model: str) -> str:
        """The engine's plan (JSON text) for a model as dbt compiled it."""
        (path,) = self.compiled.glob(f"assettrail/models/*/{model}.sql")
        return str(self.one("explain (format json) " + path.read_text(encoding="utf-8"))[1])

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """The rows of a query on the build file, instants in UTC."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(query, list(parameters)).fetchall()

    def one(self, query: str, *parameters: object) -> tuple[Any, ...]:
        """The only row of a query."""
        (row,) = self.rows(query, *parameters)
        return row


def dbt(folder: Path, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run dbt on the parsed project with its own target and log folder; only `home` is in the environment.

    `--no-write-json` among the arguments leaves out the manifest, a third of a small build's computing.
    """
    project = dbt_project()
    parsed = project.project_dir / project.target_path / "partial_parse.msgpack"
    environment = _environment() | {"ASSETTRAIL_HOME": str(home)}
    return run_dbt(*arguments, *_folders(folder), parsed=parsed, env=environment)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("ASSETTRAIL_", "DBT_"))}


def _folders(folder: Path) -> list[str]:
    return [
        f"--project-dir={PROJECT}",
        f"--profiles-dir={PROJECT}",
        f"--target-path={folder / 'target'}",
        f"--log-path={folder / 'logs'}",
    ]


def _build(folder: Path, *arguments: str) -> Warehouse:
    home = folder / "home"
    done = dbt(folder, "build", *arguments, home=home)
    return Warehouse(
        path=home / "warehouse" / "build.duckdb",
        output=done.stdout + done.stderr,
        exit_code=done.returncode,
        compiled=folder / "target" / "compiled",
    )


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The small world, built with every test and unit test of the project."""
    folder = tmp_path_factory.mktemp("warehouse")
    land_world(Landing(folder / "home"))
    return _build(folder)


@pytest.fixture(scope="session")
def shuffled_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The same rows, landed in another order and in other batches."""
    folder = tmp_path_factory.mktemp("shuffled")
    land_world_shuffled(Landing(folder / "home"), seed=7)
    return _build(folder, "--no-write-json", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")


@pytest.fixture(scope="session")
def manifest_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a manifest parsed without any of our settings in the environment."""
    folder = tmp_path_factory.mktemp("parsed")
    command = [Path(sys.executable).with_name("dbt"), "parse", *_folders(folder)]
    done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "target"


@pytest.fixture(scope="session")
def manifest(manifest_folder: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """The manifest of the project, parsed with an empty environment."""
    parsed: dict[str, dict[str, dict[str, Any]]] = json.loads(
        (manifest_folder / "manifest.json").read_text(encoding="utf-8")
    )
    return parsed


@pytest.fixture(scope="session")
def models(manifest: dict[str, dict[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """The project's models."""
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
