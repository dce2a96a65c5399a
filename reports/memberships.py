"""Who is a member of a community, and since when somebody is none: the words of dbt's rule for what pages ask.

Here belong conditions over `marts.bridge_communities_partners`. Which partners or communities are asked for is the
page's.
"""

from __future__ import annotations

import duckdb

from reports.earlier_snapshots import has

MEMBERSHIPS = "marts.bridge_communities_partners"


def is_member(cursor: duckdb.DuckDBPyConnection, members: str) -> str:
    """Return in SQL whether a row of the memberships, under the name `members`, is one by the last state that was told.

    A snapshot that was published before memberships could be gone without a word tells of none that is.
    """
    is_active = f"coalesce(lower({members}.status_code), '') <> 'inactive'"
    return f"({is_active} and {members}.deleted_at is null)" if _tells_of_gone(cursor) else is_active


def ended_at(cursor: duckdb.DuckDBPyConnection, members: str) -> str:
    """Return in SQL by when it had ended (UTC): it was told as inactive, or found to be gone; NULL where it did not."""
    inactive = f"case when lower({members}.status_code) = 'inactive' then {members}.updated_at end"
    return f"least({inactive}, {members}.deleted_at)" if _tells_of_gone(cursor) else inactive


def _tells_of_gone(cursor: duckdb.DuckDBPyConnection) -> bool:
    return has(cursor, MEMBERSHIPS, "deleted_at")
