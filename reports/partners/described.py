"""One partner, as the records describe it: its ids, its state, and the communities that it is or was a member of.

Here belongs this question, whose answer page and twin tell alike. What the partner was given is `trail_rows`. Grain:
one row per trading partner. Instants are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from reports.earlier_snapshots import has
from reports.memberships import MEMBERSHIPS, ended_at, is_member
from reports.rows import read, read_one

PARTNERS = "marts.dim_partners"


@dataclass(frozen=True)
class Community:
    """A community that a partner is a member of; `told_at`: of when the record is that says so, None if undated."""

    community_id: str
    community_name: str
    told_at: datetime | None


@dataclass(frozen=True)
class LeftCommunity:
    """A community that a partner is no member of any more; `ended_at`: by when (UTC), None where no record says so."""

    community_id: str
    community_name: str
    ended_at: datetime | None


@dataclass(frozen=True)
class _Described:
    partner_key: str
    partner_id: str
    partner_name: str | None
    gln: str | None
    duns: str | None
    edi_qualifier_code: str | None
    edi_id: str | None
    status_code: str | None
    updated_at: datetime | None
    deleted_at: datetime | None


@dataclass(frozen=True)
class Partner(_Described):
    """One row per trading partner, as last described, with the communities that it is and was a member of.

    `deleted_at` is by when a whole listing showed it no more; a snapshot of before these were read tells of none.
    """

    communities: tuple[Community, ...]
    left_communities: tuple[LeftCommunity, ...]


@dataclass(frozen=True)
class _Membership:
    community_id: str
    community_name: str
    is_member: bool
    told_at: datetime | None
    ended_at: datetime | None


def read_partner(cursor: duckdb.DuckDBPyConnection, partner_id: str) -> Partner | None:
    """Return the partner of that id in Trading Grid, or None."""
    deleted_at = "deleted_at" if has(cursor, PARTNERS, "deleted_at") else "cast(null as timestamptz)"
    found = read_one(
        cursor,
        _Described,
        f"""
        select
            partner_key,
            partner_id_trading_grid as partner_id,
            partner_name,
            gln,
            duns,
            edi_qualifier_code,
            edi_id,
            status_code,
            updated_at,
            {deleted_at} as deleted_at
        from {PARTNERS}
        where partner_id_trading_grid = ?
        """,  # noqa: S608 - names of ours
        [partner_id],
    )
    if found is None:
        return None
    memberships = read(
        cursor,
        _Membership,
        f"""
        select
            communities.community_id_trading_grid as community_id,
            coalesce(communities.community_name, communities.community_id_trading_grid) as community_name,
            bool_or({is_member(cursor, "members")}) as is_member,
            max(members.updated_at) as told_at,
            max({ended_at(cursor, "members")}) as ended_at
        from {MEMBERSHIPS} as members
        inner join marts.dim_communities as communities using (community_key)
        where members.partner_key = ?
        group by members.community_key, communities.community_name, communities.community_id_trading_grid
        order by community_name, community_id
        """,  # noqa: S608 - names of ours
        [found.partner_key],
    )
    return Partner(
        **vars(found),
        communities=tuple(
            Community(each.community_id, each.community_name, each.told_at) for each in memberships if each.is_member
        ),
        left_communities=tuple(
            LeftCommunity(each.community_id, each.community_name, each.ended_at)
            for each in memberships
            if not each.is_member
        ),
    )
