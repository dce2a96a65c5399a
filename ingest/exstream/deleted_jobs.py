"""Jobs that were deleted: the service lists them, and gives nothing of what they composed.

Here belongs what a deleted job means for a claim: whether an earlier walk had read it. Not here: the listing (`walk`)
and the claim (`source`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from ingest.exstream.mark import Mark
from ingest.exstream.records import Job
from ingest.exstream.settled import bits_of
from ingest.exstream.walk import Gap


def deleted_before_read(jobs: Iterable[Job], mark: Mark, overlap: timedelta) -> list[Gap]:
    """What is missing of deleted jobs by a stream's mark: nothing of those that had been read to their end."""
    return [gap for job in jobs if (gap := _gap(job, mark, overlap)) is not None]


def deleted_in_window(jobs: Iterable[Job]) -> list[Gap]:
    """What may be missing of deleted jobs when their days are read again: another reading may have had it."""
    text = "was deleted and cannot be read again; whether it had been read is not known here"
    return [Gap("all", f"job {job.job_id} {text}", is_certain=False, job=job) for job in jobs if _has_begun(job)]


def _gap(job: Job, mark: Mark, overlap: timedelta) -> Gap | None:
    """None for a job that was read before, or never began.

    A job that ended before the last look was read in it, unless the service showed it only later: hence the overlap.
    One that had begun by then, did not run, and yet ended afterwards may have been read, too: the deletion may be its
    end, or it was processed again.
    """
    if not _has_begun(job):
        return None
    bits = bits_of([(job.domain, job.job_id)])
    started, looked_at = job.started_at, mark.settled_to
    ran = mark.running & bits == bits
    if looked_at is None or ran or (started is not None and started >= looked_at):
        return Gap("all", f"job {job.job_id} was deleted before it was read", job=job)
    last = job.ended_at or started
    if last is not None and last < looked_at - overlap:
        return None
    return Gap("all", f"job {job.job_id} was deleted, perhaps before it was read", is_certain=False, job=job)


def _has_begun(job: Job) -> bool:
    return job.start_at_raw is not None or job.end_at_raw is not None
