"""Runs whose process died: finding them and ending them.

Here belongs what Dagster's default launcher leaves open: a run that was killed stays in STARTED, is shown as running
for ever and keeps its pools, so that the next one waits for ever. The instance of one home is one machine's, thus a
process id of its events says enough.
"""

import dagster as dg
import psutil
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus


class LocalRunLauncher(dg.DefaultRunLauncher):
    """Launches runs as Dagster does; its health check lets the monitoring daemon end the dead ones."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Return that the daemon may ask."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Return whether the run's process lives; one that has told no process yet counts as living."""
        died = dead_process(self._instance, run.run_id)
        if died is None:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, msg=_words(died))


def end_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """End the runs whose process died and free their pools; return their ids."""
    ended = []
    for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        died = dead_process(instance, run.run_id)
        if died is not None:
            instance.report_run_failed(run, _words(died))
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            ended.append(run.run_id)
    return ended


def dead_process(instance: dg.DagsterInstance, run_id: str) -> int | None:
    """Return the id of the process that runs the run if it is gone; None if it lives or is not known.

    A process that started after the event that names its id only has the same number.
    """
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
        event = entry.dagster_event
        told = event.engine_event_data.metadata.get("pid") if event else None
        if told is not None:
            pid = int(str(told.value))
            return None if _lives(pid, entry.timestamp) else pid
    return None


def _lives(pid: int, since: float) -> bool:
    try:
        process = psutil.Process(pid)
        return process.create_time() <= since and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _words(pid: int) -> str:
    return f"The run's process {pid} ended without a word: it was killed, or the machine went down. Run the job again."
