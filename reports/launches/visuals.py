"""What a launch publishes, and when its bytes were approved, referenced and sent first.

Here belongs this question. Grain: one row per asset that the launch publishes. Instants are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from reports.launches.words import VISUAL_STATES
from reports.rows import read
from reports.state_words import StateWords, state_words


@dataclass(frozen=True)
class Visual:
    """One row per asset that the launch publishes: when its bytes were approved, referenced and sent first."""

    asset_id: str | None
    public_id: str | None
    community_name: str | None
    region_code: str | None
    visual_state: str | None
    version_number: int | None
    approver_id: str | None
    first_approved_at: datetime | None
    first_referenced_at: datetime | None
    first_sent_at: datetime | None
    approved_to_referenced_hours: int | None
    referenced_to_sent_hours: int | None
    approved_to_sent_hours: int | None
    old_use_count: int
    old_template_count: int

    @property
    def words(self) -> StateWords:
        """The words of its state."""
        return state_words(VISUAL_STATES, self.visual_state)


def read_visuals(cursor: duckdb.DuckDBPyConnection, launch_key: str, most: int) -> tuple[Visual, ...]:
    """Return at most so many visuals, those whose old version was used most after the launch first."""
    return tuple(read(cursor, Visual, _VISUALS, {"launch": launch_key, "most": most}))


_VISUALS = """
    select
        asset_id_cloudinary as asset_id,
        public_id,
        community_name,
        region_code,
        visual_state,
        version_number,
        approver_id,
        first_approved_at,
        first_referenced_at,
        first_sent_at,
        approved_to_referenced_hours,
        referenced_to_sent_hours,
        approved_to_sent_hours,
        old_use_count,
        old_template_count
    from reports.rpt_launch_visuals
    where launch_key = $launch
    order by old_use_count desc, public_id, launch_requirement_key
    limit $most
"""
