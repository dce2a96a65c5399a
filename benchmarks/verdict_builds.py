"""Builds of what a verdict rests on, by dbt as an operator runs it, and what they take.

Here belong the full build, its increments, publishing, and writing the mart once more. What lands is made by
`made_landing`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from assettrail.demo.processes import PeakMemory
from benchmarks.made_landing import LATE_APPROVALS, MadeLanding
from benchmarks.memory_over_time import MemoryOverTime
from publish.content import published_tables
from publish.files import build_connection, write_tables

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"


@dataclass(frozen=True)
class Built:
    """What building took: seconds on the clock from the first model to the last, seconds by model, peak memory in MiB.

    Two models run at once, so the seconds by model add up to more than the clock's. `total` is dbt from its start to
    its end. A model that was done between two samples of memory has none.
    """

    seconds: float
    by_model: dict[str, float]
    mib_by_model: dict[str, float | None]
    peak_mib: float
    spilled_mib: float
    total: float

    @property
    def model_seconds(self) -> float:
        """Seconds of all models together."""
        return sum(self.by_model.values())


def build(home: Path, memory: str, *selection: str) -> Built:
    """Build what the verdict of a use rests on, or another selection of models in dbt's words."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ASSETTRAIL_", "DBT_"))}
    environment |= {"ASSETTRAIL_HOME": str(home), "ASSETTRAIL_DUCKDB_MEMORY": memory}
    words = [Path(sys.executable).with_name("dbt"), "build", "--quiet", *(selection or ("--select", "+fct_asset_uses"))]
    kinds = [word for kind in ("test", "unit_test") for word in ("--exclude-resource-type", kind)]
    places = [f"--project-dir={PROJECT}", f"--profiles-dir={PROJECT}", f"--target-path={home / 'target'}"]
    started = time.perf_counter()
    with PeakMemory() as peak, MemoryOverTime(home / "warehouse" / "build.duckdb.tmp") as memory_over_time:
        subprocess.run([*words, *kinds, *places, f"--log-path={home / 'logs'}"], env=environment, check=True)
    total = time.perf_counter() - started
    results = json.loads((home / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    models = {one["unique_id"].rpartition(".")[2]: one for one in results if one["unique_id"].startswith("model.")}
    ends = {name: _ends(one["timing"]) for name, one in models.items()}
    return Built(
        seconds=(max(end for _, end in ends.values()) - min(start for start, _ in ends.values())).total_seconds(),
        by_model={name: float(one["execution_time"]) for name, one in models.items()},
        mib_by_model={name: memory_over_time.peak_mib(*both) for name, both in ends.items()},
        peak_mib=peak.mib,
        spilled_mib=memory_over_time.spilled_mib,
        total=total,
    )


def _ends(timing: list[dict[str, str]]) -> tuple[datetime, datetime]:
    """Start and end of a model by dbt's own times, which are UTC and seldom say so."""
    instants = [datetime.fromisoformat(step[end]) for step in timing for end in ("started_at", "completed_at")]
    utc = [at if at.tzinfo else at.replace(tzinfo=UTC) for at in instants]
    return min(utc), max(utc)


def build_exposures(home: Path, memory: str) -> Built:
    """Build, on what the verdicts of uses left, those of what uses by address showed later."""
    exposures = ("+fct_exposures", "+fct_exposure_versions")
    return build(home, memory, "--select", *exposures, "--exclude", "+fct_asset_uses")


@dataclass(frozen=True)
class Increment:
    """What an increment took, and how many uses it derived anew, of so many late approvals."""

    built: Built
    late_approvals: int
    uses: int


def build_increments(home: Path, memory: str, made: MadeLanding) -> list[Increment]:
    """Land two increments one after another, and build each on the file of the build before; at full size one.

    The first one has as many late approvals for the number of assets as the second one has at full size.
    """
    found: list[Increment] = []
    projection, passed = home / "projection", 0
    for day, late_approvals in enumerate(dict.fromkeys((made.proportionate, LATE_APPROVALS))):
        shutil.copyfile(projection / "log_batches.parquet", projection / "built_batches.parquet")
        made.add_increment(day, late_approvals, passed)
        passed += late_approvals
        built = build(home, memory)
        found.append(Increment(built, late_approvals, affected_uses(home)))
    return found


def publish_seconds(home: Path, memory: str) -> float:
    """Seconds that copying the marts of the build into a snapshot's files takes."""
    folder = home / "published"
    folder.mkdir()
    started = time.perf_counter()
    with build_connection(home) as connection:
        connection.execute(f"SET memory_limit = '{memory}'")
        connection.execute("SET threads = 2")
        write_tables(connection, folder, published_tables(connection, "build"))
    taken = time.perf_counter() - started
    shutil.rmtree(folder)
    return taken


def rewriting_seconds(home: Path, memory: str) -> float:
    """Seconds that the rows of the built mart take into a table of a file of its own, with its columns and no rule."""
    path = home / "rewritten.duckdb"
    with duckdb.connect(str(path), config={"threads": 2, "memory_limit": memory}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"attach '{home / 'warehouse' / 'build.duckdb'}' as build (read_only)")
        started = time.perf_counter()
        connection.execute("create table rewritten as from build.marts.fct_asset_uses")
        connection.execute("checkpoint")
        taken = time.perf_counter() - started
    path.unlink()
    return taken


def affected_uses(home: Path) -> int:
    """How many uses the increment derived anew."""
    with duckdb.connect(str(home / "warehouse" / "build.duckdb"), read_only=True) as connection:
        row = connection.execute("select count(*) from staging.stg_exstream__asset_uses_anew").fetchone()
    return int(row[0]) if row else 0


def verdicts(home: Path) -> dict[str, int]:
    """How many uses got which verdict: what was measured did its work."""
    with duckdb.connect(str(home / "warehouse" / "build.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select verdict, count(*) from marts.fct_asset_uses group by verdict order by count(*) desc, verdict"
        ).fetchall()
    return {str(verdict): int(count) for verdict, count in rows}
