"""What an earlier walk has read of jobs, in a size that does not grow with their number.

Here belongs the one question whether a job must be walked into again. The jobs that were running are kept as a Bloom
filter: it never forgets one, and now and then takes another job for one of them, which is then read once more than it
need be. Not here: the walk (`walk`) and the cursor (`source`). Why: docs/decisions/0005-a-cursor-of-one-size.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from ingest.exstream.records import Job

JobKey: TypeAlias = tuple[str, str]
"""A job's domain and id."""

FILTER_BITS = 8192
_BYTES_PER_PROBE = 8
_PROBES = 4


@dataclass(frozen=True)
class Settled:
    """Jobs that had ended before an instant have been read, except those that still ran when they were looked at.

    The end alone does not tell: a job can be seen running after the end that is shown of it later.
    """

    before: datetime
    running: int = 0

    def has(self, job: Job) -> bool:
        """Has the job been read to its end, so that nothing more can come of it?"""
        if not job.is_terminal or job.ended_at is None:
            return False
        bits = bits_of([(job.domain, job.job_id)])
        return job.ended_at < self.before and self.running & bits != bits

    def leaves_all_that(self, other: Settled) -> bool:
        """Is every job that `other` would read again read again by this one, too?"""
        return self.before <= other.before and not other.running & ~self.running


def bits_of(jobs: Iterable[JobKey]) -> int:
    """The jobs in the filter, as one number of `FILTER_BITS` bits."""
    bits = 0
    for job in jobs:
        digest = key_hash(job)
        for probe in range(_PROBES):
            start = probe * _BYTES_PER_PROBE
            bits |= 1 << int.from_bytes(digest[start : start + _BYTES_PER_PROBE], "big") % FILTER_BITS
    return bits


def key_hash(parts: tuple[str, ...]) -> bytes:
    """A job by its key, and whatever else tells it apart, in 32 bytes, however long its id is."""
    return hashlib.sha256("/".join(parts).encode("utf-8", "surrogatepass")).digest()
