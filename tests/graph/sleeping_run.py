"""A run that tells that it works and then sleeps: `sleeping_run.py HOME`; for tests that kill it."""

import sys
import time
from pathlib import Path

import dagster as dg

from orchestration.build_lock import build_held
from orchestration.running import QUIET, open_instance


@dg.op
def sleep() -> None:
    """Say that the run has begun, and sleep."""
    sys.stdout.write("sleeping\n")
    sys.stdout.flush()
    time.sleep(300)


@dg.job(executor_def=dg.in_process_executor)
def sleeping() -> None:
    """One op that sleeps."""
    sleep()


if __name__ == "__main__":
    home = Path(sys.argv[1])
    with build_held(home), open_instance(home) as instance:
        sleeping.execute_in_process(instance=instance, run_config=QUIET)
