"""What was raised and said about a launch: flags, format requests and tasks as they stand, and its discussion.

Here belong these questions. Grain: one row per flag, request or task; one row per message. Instants are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from reports.rows import read


@dataclass(frozen=True)
class OpenPoint:
    """One row per flag, format request or task, as it stands; those that are open first, the oldest due first."""

    kind: str
    point_id: str
    partner_id: str | None
    partner_name: str | None
    asset_id: str | None
    public_id: str | None
    request_text: str | None
    wanted: str | None
    status_code: str | None
    is_open: bool
    raised_at: datetime | None
    due_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True)
class Message:
    """One row per message in the launch's discussion, oldest first."""

    author_name: str | None
    author_role: str | None
    body: str | None
    posted_at: datetime | None


def read_points(cursor: duckdb.DuckDBPyConnection, launch_key: str, most: int) -> tuple[OpenPoint, ...]:
    """Return at most so many flags, format requests and tasks: those that are open first, the oldest due first."""
    return tuple(read(cursor, OpenPoint, _POINTS, {"launch": launch_key, "most": most}))


def read_messages(cursor: duckdb.DuckDBPyConnection, launch_key: str, most: int) -> tuple[Message, ...]:
    """Return at most so many messages of the discussion, oldest first."""
    return tuple(read(cursor, Message, _MESSAGES, {"launch": launch_key, "most": most}))


_POINTS = """
    with points as (
        select 'flag' as kind, flag_id_trading_grid as point_id, partner_key, asset_id_cloudinary, public_id,
            request_text, null as wanted, status_code, is_open, raised_at, due_at, resolved_at as done_at
        from marts.fct_flags where launch_key = $launch
        union all
        select 'format_request', format_request_id_trading_grid, partner_key, asset_id_cloudinary, public_id,
            request_text, requested_format_code, status_code, is_open, requested_at, due_at, answered_at
        from marts.fct_format_requests where launch_key = $launch
        union all
        select 'task', task_id_trading_grid, partner_key, null, null, request_text, task_type, status_code, is_open,
            created_at, due_at, done_at
        from marts.fct_launch_tasks where launch_key = $launch
    )
    select
        kind,
        point_id,
        partner_id_trading_grid as partner_id,
        partner_name,
        asset_id_cloudinary as asset_id,
        public_id,
        request_text,
        wanted,
        points.status_code,
        is_open,
        raised_at,
        due_at,
        done_at
    from points
    left join marts.dim_partners as partners using (partner_key)
    order by is_open desc, due_at nulls last, raised_at, point_id
    limit $most
"""

_MESSAGES = """
    select author_name, author_role, body, posted_at
    from marts.fct_launch_messages
    where launch_key = $launch
    order by posted_at, launch_message_key
    limit $most
"""
