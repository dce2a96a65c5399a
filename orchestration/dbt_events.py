"""What dbt says while it works, and the one case in which it is ended before it is through.

Here belongs reading dbt's own events. What they mean to Dagster is dagster-dbt's, what a build is `defs.warehouse`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from dagster_dbt import DbtCliInvocation
from dagster_dbt.core.dbt_cli_event import DbtCliEventMessage

LOST: Final = "database has been invalidated"
"""How DuckDB says that it gave up its file: after a write that the disk refused it answers nothing else."""


def events_until_lost(running: DbtCliInvocation) -> Iterator[DbtCliEventMessage]:
    """Give dbt's events; dbt is ended when one tells that DuckDB has given up the build file.

    Each of the nodes that are left would fail with the same words and a stack trace. Every other failure leaves dbt
    going on, so that all models and tests that fail are told at once. Raises what dagster-dbt raises when dbt fails.
    """
    for event in running.stream_raw_events():
        if tells_of_lost_file(event.raw_event):
            running.process.terminate()
        yield event


def tells_of_lost_file(event: Mapping[str, Any]) -> bool:
    """Whether an event of dbt tells that DuckDB has given up the build file."""
    info = event.get("info") or {}
    return info.get("level") == "error" and LOST in str(info.get("msg"))
