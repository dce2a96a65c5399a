"""What the page of one partner reads: its artwork as it stands, and its audit trail of a period.

Here belong these questions; the matrix of all partners is `rows`, the partner itself `described`. Grain of the trail:
one row per share and partner. Instants are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import duckdb

from reports.exports.listing import Listing
from reports.paging import require_place
from reports.partners.described import Partner
from reports.partners.rows import (
    LISTED_AT_MOST,
    ORDER,
    PAGE_ROWS,
    PAIR_COLUMNS,
    MatrixFilters,
    MatrixRow,
    read_pairs,
)
from reports.partners.words import RECEIPT_STATES_BY_CODE, SHARE_STATES_BY_CODE
from reports.rows import read, read_number
from reports.state_words import StateWords, state_words
from reports.trail_evidence import claims_sentence, evidence_columns
from reports.words import phrase

PartnerRows = Literal["artwork", "trail"]


@dataclass(frozen=True)
class TrailRow:
    """One row per share and partner: what was shared, its approval then, and what the partner told of it."""

    partner_audit_trail_key: str
    share_type: str | None
    share_id: str | None
    community_name: str | None
    asset_id: str | None
    public_id: str | None
    etag: str | None
    content_hash: str | None
    version_number: int | None
    share_state: str | None
    asked_by_id: str | None
    approver_id: str | None
    shared_by_id: str | None
    answer_code: str | None
    receipt_state: str
    is_self_approved: bool
    first_approved_at: datetime | None
    approved_at: datetime | None
    shared_at: datetime | None
    withdrawn_at: datetime | None
    first_delivered_at: datetime | None
    first_opened_at: datetime | None
    first_downloaded_at: datetime | None
    first_acknowledged_at: datetime | None
    last_rejected_at: datetime | None
    occurred_at: datetime | None
    verdict: str | None
    evidence_strength: str | None
    evidence_grade: str | None
    coverage_key: str | None
    covered_from: datetime | None
    covered_to: datetime | None

    @property
    def share_words(self) -> StateWords:
        """The words of the approval at the instant of sharing."""
        return state_words(SHARE_STATES_BY_CODE, self.share_state)

    @property
    def strength_words(self) -> str:
        """How closely the evidence binds the version to this share."""
        return (
            "exact: recorded for this very share"
            if self.evidence_strength == "exact"
            else phrase(self.evidence_strength)
        )

    @property
    def claims(self) -> str | None:
        """Which complete claims cover the instant of sharing; None where nothing is told of it."""
        return claims_sentence(self.evidence_grade, self.coverage_key, self.covered_from, self.covered_to)

    @property
    def receipt_words(self) -> StateWords:
        """The words of what the partner told."""
        return state_words(RECEIPT_STATES_BY_CODE, self.receipt_state)


@dataclass(frozen=True)
class TrailState:
    """One row per state of receipt within the period."""

    receipt_state: str
    share_count: int

    @property
    def words(self) -> StateWords:
        """The words of the state."""
        return state_words(RECEIPT_STATES_BY_CODE, self.receipt_state)


@dataclass(frozen=True)
class PartnerPage:
    """The page of one partner: its artwork now, and its audit trail of a period (both ends None: all of it)."""

    partner: Partner
    pairs: tuple[MatrixRow, ...]
    pair_count: int
    since: datetime | None
    until: datetime | None
    trail: tuple[TrailRow, ...]
    trail_count: int
    trail_states: tuple[TrailState, ...]
    not_approved_count: int
    is_first_page: bool
    after: str | None


@dataclass(frozen=True)
class _Counted:
    receipt_state: str
    share_count: int
    not_approved_count: int


def read_partner_page(
    cursor: duckdb.DuckDBPyConnection,
    partner: Partner,
    since: datetime | None,
    until: datetime | None,
    after: str | None,
) -> PartnerPage:
    """Return the page of a partner: shared at or after `since` and before `until`; `after` continues the trail."""
    require_place(cursor, "reports.rpt_partner_audit_trail", "partner_audit_trail_key", after)
    mine = MatrixFilters(partner=partner.partner_id)
    period = {"partner": partner.partner_key, "since": since, "until": until}
    behind, place = (_BEHIND, {"after": after}) if after is not None else ("", {})
    page = f"{_trail(cursor)} {behind} order by {_TRAIL_ORDER} limit $most"
    trail = read(cursor, TrailRow, page, {**period, **place, "most": PAGE_ROWS + 1})
    states = read(
        cursor,
        _Counted,
        f"""
        select
            receipt_state,
            count(*) as share_count,
            count(*) filter (where coalesce(share_state, '') <> 'approved') as not_approved_count
        {_OF_PERIOD}
        group by receipt_state
        order by share_count desc, receipt_state
        """,
        period,
    )
    return PartnerPage(
        partner=partner,
        pairs=tuple(each for each in read_pairs(cursor, mine, None, LISTED_AT_MOST) if each.partner_id == mine.partner),
        pair_count=read_number(
            cursor,
            "select count(*) from reports.rpt_partner_matrix where partner_key = ?",
            [partner.partner_key],
        ),
        since=since,
        until=until,
        trail=tuple(trail[:PAGE_ROWS]),
        trail_count=sum(state.share_count for state in states),
        trail_states=tuple(TrailState(state.receipt_state, state.share_count) for state in states),
        not_approved_count=sum(state.not_approved_count for state in states),
        is_first_page=after is None,
        after=trail[PAGE_ROWS - 1].partner_audit_trail_key if len(trail) > PAGE_ROWS else None,
    )


_OF_PERIOD = """
    from reports.rpt_partner_audit_trail as trail
    where partner_key = $partner
        and ($since is null or occurred_at >= $since)
        and ($until is null or occurred_at < $until)
"""

_TRAIL_ORDER = "coalesce(occurred_at, timestamptz '1970-01-01 00:00:00+00'), partner_audit_trail_key"


def _trail(cursor: duckdb.DuckDBPyConnection) -> str:
    return f"""
    select
        partner_audit_trail_key,
        share_type,
        share_id,
        community_name,
        asset_id_cloudinary as asset_id,
        public_id,
        etag,
        content_hash,
        version_number,
        share_state,
        asked_by_id,
        approver_id,
        shared_by_id,
        answer_code,
        receipt_state,
        is_self_approved,
        first_approved_at,
        approved_at,
        shared_at,
        withdrawn_at,
        first_delivered_at,
        first_opened_at,
        first_downloaded_at,
        first_acknowledged_at,
        last_rejected_at,
        occurred_at,
        verdict,
        {evidence_columns(cursor)}
    {_OF_PERIOD}
    """


_BEHIND = f"""
    and ({_TRAIL_ORDER}) > (
        select ({_TRAIL_ORDER}) from reports.rpt_partner_audit_trail where partner_audit_trail_key = $after
    )
"""  # noqa: S608 - only the constants above are written into the text


def partner_listing(
    cursor: duckdb.DuckDBPyConnection,
    partner: Partner,
    rows: PartnerRows,
    since: datetime | None,
    until: datetime | None,
) -> Listing:
    """Return all artwork of a partner as it stands, or its audit trail of a period, to be exported."""
    if rows == "artwork":
        return Listing(
            name="partner-artwork",
            grain="One row per artwork that the partner was given: what it was given last, and how far that came.",
            sql=f"""
                select {PAIR_COLUMNS}
                from reports.rpt_partner_matrix
                where partner_key = $partner
                order by {ORDER}
            """,  # noqa: S608 - only the constants above are written into the text
            parameters={"partner": partner.partner_key},
            filters={"partner_id": partner.partner_id},
        )
    period = {"from": since, "to": until}
    return Listing(
        name="partner-trail",
        grain="One row per share with the partner: its approval and evidence then, and what the partner told of it.",
        sql=f"{_trail(cursor)} order by {_TRAIL_ORDER}",
        parameters={"partner": partner.partner_key, "since": since, "until": until},
        filters={"partner_id": partner.partner_id} | {name: f"{at:%Y-%m-%d}" for name, at in period.items() if at},
    )
