"""Running a job from the command line: the same definitions, events in the same Dagster instance.

Here belongs the way from "run this job" to a Dagster run and back to an error a person can act on.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import dagster as dg

from assettrail.errors import ContractBroken

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Every event and stack trace is in the instance; the terminal only sees the error's own text, once."""

INSTANCE_TEMPLATE = Path(__file__).with_name("dagster.yaml")


def open_instance(home: Path) -> dg.DagsterInstance:
    """Return the Dagster instance under `home`, made on first use; the caller closes it (context manager)."""
    folder = home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "dagster.yaml").exists():
        shutil.copyfile(INSTANCE_TEMPLATE, folder / "dagster.yaml")
    return dg.DagsterInstance.from_config(str(folder))


def run_job(
    name: str,
    home: Path,
    *,
    selection: list[dg.AssetKey] | None = None,
    tags: Mapping[str, str] | None = None,
) -> dg.ExecuteInProcessResult:
    """Run a job of the code location in this process and return its result.

    An AssettrailError of a step comes out as it is; raises ContractBroken that names what failed otherwise.
    """
    with open_instance(home) as instance, _output_to(home / "dagster" / "logs" / f"{name}.log"):
        from orchestration.definitions import defs

        try:
            return defs.resolve_job_def(name).execute_in_process(
                instance=instance, asset_selection=selection, tags=dict(tags or {}), run_config=QUIET
            )
        except dg.DagsterError as error:
            raise ContractBroken(
                tried=f"to run the job {name}",
                found=str(error).strip(),
                expected="every step and blocking check to pass",
                remedy="correct the cause named above and run it again; what landed stays, the last snapshot stays up",
            ) from error


@contextmanager
def _output_to(log: Path) -> Iterator[None]:
    """Send what dbt prints to a log file: standard output belongs to the command."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file, redirect_stdout(file):
        yield


def requested_runs(sensor_name: str, home: Path) -> list[dg.RunRequest]:
    """Return the runs that a sensor asks for now, as the Dagster daemon would see them."""
    with _output_to(home / "dagster" / "logs" / f"{sensor_name}.log"):
        from orchestration.definitions import defs

    sensor = defs.resolve_sensor_def(sensor_name)
    with open_instance(home) as instance, dg.build_sensor_context(instance=instance) as context:
        return list(sensor.evaluate_tick(context).run_requests or [])
