"""Times by the engine's clock: what Exstream writes without an offset, made instants by the zone that a setting names.

Here belongs what is Exstream's own about it: the form in which the engine prints times, days that stay days, and which
setting to name when there is no zone. What a clock reading means is `ingest.instants`. Not here: reports of the
customer's own design, whose mapping names a zone of its own.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from ingest.exstream.records import Job
from ingest.instants import instant_or_none, is_time_column, settled
from ingest.reading import Values

PRINTED_TIME: Final = "%m/%d/%Y %H:%M:%S"
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SETTING: Final = "exstream.engine_zone"


def by_engine_clock(values: Values, zone: str | None, time_format: str | None = None) -> Values:
    """The row with an offset in each `*_at_raw`, and what was written in `written_times`; a plain day stays a day.

    Raises RecordRejected for a time without an offset where no zone is set, one that clocks in the zone showed twice or
    never, and what is no time.
    """
    days = {name: text for name, text in values.items() if _is_day(name, text)}
    return {**settled({**values, **dict.fromkeys(days)}, zone, time_format, _SETTING), **days}


def job_by_engine_clock(job: Job, zone: str | None) -> Job:
    """The job with its times as instants where they are; what cannot be one stays as it is written."""
    return replace(
        job, start_at_raw=_instant_text(job.start_at_raw, zone), end_at_raw=_instant_text(job.end_at_raw, zone)
    )


def _instant_text(text: str | None, zone: str | None) -> str | None:
    found = None if text is None else instant_or_none(text, zone)
    return text if found is None else found.isoformat()


def _is_day(name: str, text: object) -> bool:
    return is_time_column(name) and isinstance(text, str) and _DAY.fullmatch(text) is not None
