"""What sensors share: the run key of the next attempt.

Here belongs only naming runs; what there is to do is noticed by each sensor, and done in the run that it asks for.
"""

import dagster as dg

BATCH_TAG = "assettrail/batch"
"""Names what a run was asked to work on, on every attempt."""

MOST_ATTEMPTS = 5


def next_run_key(instance: dg.DagsterInstance, batch: str) -> str | None:
    """Return the run key of the next attempt at a batch; None when enough have failed.

    Dagster never launches a run key twice, so that the number of failed attempts is part of it. A run that a person
    cancelled is not tried again.
    """
    failed = instance.get_runs_count(dg.RunsFilter(tags={BATCH_TAG: batch}, statuses=[dg.DagsterRunStatus.FAILURE]))
    return None if failed >= MOST_ATTEMPTS else f"{batch}/{failed + 1}"


def gave_up(job: str) -> dg.SkipReason:
    """Return what a sensor says when enough attempts have failed."""
    return dg.SkipReason(f"{MOST_ATTEMPTS} runs of {job} failed. Correct what they say, then launch {job} by hand.")
