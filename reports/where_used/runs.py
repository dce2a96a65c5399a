"""Which runs had an image of the asset at hand, by Exstream's own record of them.

Here belong the question and its rows. At hand is not used: these runs stand beside the uses of the asset, and no recall
counts them. A snapshot of before this was told tells nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from reports.brand.words import link_strength
from reports.dossier.at_hand import TABLE
from reports.earlier_snapshots import has
from reports.rows import read

LISTED_AT_MOST = 100


@dataclass(frozen=True)
class AtHandLine:
    """One row per flow instance and version of an image that it had at hand, newest first. Instants are UTC."""

    run_resource_key: str
    domain_code: str
    flow_instance_id: str
    run_started_at: datetime | None
    resource_id: str
    resource_name: str | None
    resource_version_number: int
    state_code: str | None
    approved_by_id: str | None
    is_state_of_run: bool | None
    version_number: int | None
    link_evidence_strength: str | None

    @property
    def strength(self) -> str:
        """The words of how closely it is known that the image is this asset."""
        return link_strength(self.link_evidence_strength)


@dataclass(frozen=True)
class RunsAtHand:
    """The newest of these rows, how many there are, and of how many runs."""

    lines: tuple[AtHandLine, ...] = ()
    line_count: int = 0
    run_count: int = 0


def read_runs_at_hand(cursor: duckdb.DuckDBPyConnection, asset_key: str) -> RunsAtHand:
    """Return the runs that had an image of the asset at hand, the newest first."""
    if not has(cursor, TABLE):
        return RunsAtHand()
    ((line_count, run_count),) = cursor.execute(
        "select count(*), count(distinct (domain_code, flow_instance_id_exstream)) "
        "from marts.fct_run_resources where asset_key = ?",
        [asset_key],
    ).fetchall()
    if not line_count:
        return RunsAtHand()
    found = read(
        cursor,
        AtHandLine,
        """
        select
            run_resource_key,
            domain_code,
            flow_instance_id_exstream as flow_instance_id,
            run_started_at,
            resource_id_exstream as resource_id,
            resource_name,
            resource_version_number,
            state_code,
            approved_by_id,
            is_state_of_run,
            version_number,
            link_evidence_strength
        from marts.fct_run_resources
        where asset_key = ?
        order by run_started_at desc nulls last, flow_instance_id_exstream, resource_id_exstream, run_resource_key
        limit ?
        """,
        [asset_key, LISTED_AT_MOST],
    )
    return RunsAtHand(tuple(found), line_count, run_count)
