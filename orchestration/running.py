"""Running a job from the command line: the same definitions, events in the same Dagster instance.

Here belongs the way from "run this job" to a Dagster run and back to an error a person can act on.
"""

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from uuid import uuid4

import dagster as dg
import duckdb
import sqlalchemy as sa
from dagster._core.storage.tags import REPOSITORY_LABEL_TAG
from dagster_dbt.errors import DagsterDbtError

from assettrail.errors import AssettrailError, ConfigurationError, ContractBroken
from evidence.durable import make_home
from orchestration.dbt_failure import dbt_failed
from orchestration.event_log import instance_with_open_event_log
from orchestration.run_launcher import end_dead_runs

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Every event and stack trace is in the instance; the terminal only sees the error's own text, once."""

CODE_LOCATION = "__repository__@assettrail"
"""The label by which Dagster's pages find a job's runs; the location's name stands in `workspace.yaml`."""

INSTANCE_TEMPLATE = Path(__file__).with_name("dagster.yaml")


def open_instance(home: Path) -> dg.DagsterInstance:
    """Return the Dagster instance under `home`, made on first use; the caller closes it (context manager)."""
    folder = home / "dagster"
    make_home(home)
    folder.mkdir(exist_ok=True)
    if not (folder / "dagster.yaml").exists():
        shutil.copyfile(INSTANCE_TEMPLATE, folder / "dagster.yaml")
    return instance_with_open_event_log(folder)


def run_job(
    name: str,
    home: Path,
    *,
    selection: list[dg.AssetKey] | None = None,
    config: Mapping[str, object] | None = None,
    tags: Mapping[str, str] | None = None,
) -> dg.ExecuteInProcessResult:
    """Run a job of the code location in this process and return its result; `config` is that of its steps.

    An AssettrailError of a step comes out as it is; ContractBroken names the blocking checks that failed, or what
    else did; ConfigurationError tells of a disk that refuses, with its free bytes. An interruption comes out as
    KeyboardInterrupt, when dbt has ended.
    """
    log = home / "dagster" / "logs" / f"{name}.log"
    with _disk_told(name, home), open_instance(home) as instance, _output_to(log):
        from orchestration.definitions import defs

        end_dead_runs(instance)
        run_id = str(uuid4())
        try:
            return defs.resolve_job_def(name).execute_in_process(
                instance=instance,
                asset_selection=selection,
                tags={REPOSITORY_LABEL_TAG: CODE_LOCATION, **(tags or {})},
                run_config={**QUIET, **({"ops": config} if config else {})},
                run_id=run_id,
            )
        except dg.DagsterExecutionInterruptedError as interruption:
            raise KeyboardInterrupt from interruption
        except (dg.DagsterError, dg.Failure) as error:
            ours = _error_of_the_house(error)
            if ours is not None:
                raise ours from error
            heard = str(error).strip()
            said = _failed_checks(instance, run_id) or heard
            remedy = "correct the cause named above and run it again; what landed stays, the last snapshot stays up"
            expected = "every step and blocking check to pass"
            if _is_of_dbt(error):
                raise dbt_failed(f"to run the job {name}", said, home, expected, remedy, heard=heard) from error
            raise ContractBroken(f"to run the job {name}", said, expected, remedy) from error


def _is_of_dbt(error: BaseException) -> bool:
    """Whether dbt failed, as an error of Dagster has wrapped it."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, DagsterDbtError):
        cause = cause.__cause__
    return cause is not None


def _error_of_the_house(error: BaseException) -> AssettrailError | None:
    """Return the error of the house that Dagster wrapped, as it does with those of resources; None when there is none.

    A wrapping error says only which resource or hook did not work.
    """
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, AssettrailError):
        cause = cause.__cause__
    return cause


def _failed_checks(instance: dg.DagsterInstance, run_id: str) -> str:
    """Return what the failed checks of a run say of themselves, one a line; empty when none says anything."""
    records = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION).records
    found = []
    for record in records:
        event = record.event_log_entry.dagster_event
        evaluation = event.asset_check_evaluation_data if event else None
        stops = evaluation and not evaluation.passed and evaluation.severity is dg.AssetCheckSeverity.ERROR
        if evaluation and stops and evaluation.description:
            found.append(f"{evaluation.asset_key.to_user_string()}: {evaluation.description}")
    return "a failed check" + "".join(f"\n  - {line}" for line in found) if found else ""


@contextmanager
def _disk_told(name: str, home: Path) -> Iterator[None]:
    """Turn what databases and files say when a disk refuses into the message of the house."""
    try:
        yield
    except (OSError, sqlite3.Error, sa.exc.DBAPIError, duckdb.IOException) as error:
        said = str(getattr(error, "orig", None) or error).strip()
        disk = next(folder for folder in (home, *home.parents) if folder.is_dir())
        free = shutil.disk_usage(disk).free
        raise ConfigurationError(
            tried=f"to run the job {name} and to keep its events in {home / 'dagster'}",
            found=f"{type(error).__name__}: {said}; {free} bytes are free on the disk of {disk}",
            expected="files that this user may read and write, on a disk with free space",
            remedy="free space or correct the rights, then run again; what landed stays, the last snapshot stays up",
        ) from error


@contextmanager
def _output_to(log: Path) -> Iterator[None]:
    """Send what dbt prints to a log file: standard output belongs to the command."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file, redirect_stdout(file):
        yield


def requested_runs(sensor_name: str, home: Path) -> list[dg.RunRequest]:
    """Return the runs that a sensor asks for now, as the Dagster daemon would see them."""
    make_home(home)
    with _output_to(home / "dagster" / "logs" / f"{sensor_name}.log"):
        from orchestration.definitions import defs

    sensor = defs.resolve_sensor_def(sensor_name)
    with open_instance(home) as instance, dg.build_sensor_context(instance=instance) as context:
        return list(sensor.evaluate_tick(context).run_requests or [])
