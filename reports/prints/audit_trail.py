"""The audit trail of a partner and a period as a print, and the question of its rows.

Here belong the typed row, which is that of the report `rpt_partner_audit_trail`, and the print.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb

from reports.partners.words import RECEIPT_STATES_BY_CODE, SHARE_STATES_BY_CODE
from reports.prints.document import Document, Section, Table
from reports.rows import read
from reports.state_words import state_words
from reports.text import count_of, day, instant
from reports.trail_evidence import claims_sentence, evidence_columns

_WITHOUT_APPROVAL: Final = frozenset({"before_approval", "after_approval_ended", "not_eligible"})
"""The states of a share that rest on complete claims: that no approval is recorded means that there was none."""


@dataclass(frozen=True)
class TrailRow:
    """One row per share and partner it was for or who received it. Instants are UTC."""

    share_type: str | None
    share_id: str | None
    share_state: str | None
    community_name: str | None
    asset_id: str | None
    public_id: str | None
    version_number: int | None
    etag: str | None
    verdict: str | None
    approver_id: str | None
    approved_at: datetime | None
    shared_by_id: str | None
    shared_at: datetime | None
    withdrawn_at: datetime | None
    receipt_state: str | None
    first_delivered_at: datetime | None
    first_opened_at: datetime | None
    first_downloaded_at: datetime | None
    first_acknowledged_at: datetime | None
    is_self_approved: bool | None
    occurred_at: datetime | None
    evidence_strength: str | None
    evidence_grade: str | None
    coverage_key: str | None
    covered_from: datetime | None
    covered_to: datetime | None


def read_trail(cursor: duckdb.DuckDBPyConnection, partner_id: str, since: datetime, until: datetime) -> list[TrailRow]:
    """Return what was shared with a partner at or after `since` and before `until`, in the order that it happened."""
    return read(
        cursor,
        TrailRow,
        f"""
        select
            share_type,
            share_id,
            share_state,
            community_name,
            asset_id_cloudinary as asset_id,
            public_id,
            version_number,
            etag,
            verdict,
            approver_id,
            approved_at,
            shared_by_id,
            shared_at,
            withdrawn_at,
            receipt_state,
            first_delivered_at,
            first_opened_at,
            first_downloaded_at,
            first_acknowledged_at,
            is_self_approved,
            occurred_at,
            {evidence_columns(cursor)}
        from reports.rpt_partner_audit_trail as trail
        where partner_id_trading_grid = $partner and occurred_at >= $since and occurred_at < $until
        order by occurred_at, share_type, share_id, partner_audit_trail_key
        """,  # noqa: S608 - only constants of ours are written into the text
        {"partner": partner_id, "since": since, "until": until},
    )


def audit_trail_document(
    partner_id: str, partner_name: str | None, since: datetime, until: datetime, rows: Sequence[TrailRow]
) -> Document:
    """Return the print of a partner's trail; silence is told as a row, and no row as a sentence.

    What counts as acknowledged, and what nobody shared with it, is what the rows say of themselves, as on the page.
    """
    states = [row.receipt_state for row in rows]
    received, acknowledged = states.count("never_shared"), states.count("acknowledged")
    shared = f"{count_of(len(rows) - received, 'share')} in the period, {acknowledged:,} of them acknowledged"
    return Document(
        kind="Partner audit trail",
        title=f"{partner_name or partner_id}, {day(since)} until before {day(until)}",
        lead=f"{shared} by the partner." + (f" Received and never shared with it: {received:,}." if received else ""),
        facts=(
            ("Partner", partner_name or "name not recorded"),
            ("Partner id", partner_id),
            ("Period (UTC)", f"{instant(since)} until before {instant(until)}"),
        ),
        sections=(
            Section(
                "What was shared",
                sentences=()
                if rows
                else ("Nothing was shared in the part of the period that the claims cover, as told above.",),
                tables=(_table(rows),) if rows else (),
            ),
        ),
        landscape=True,
    )


def _table(rows: Sequence[TrailRow]) -> Table:
    return Table(
        caption="Shares, and what it received otherwise, in the order that they happened; instants are UTC, – is "
        "nothing recorded",
        columns=(
            "Shared",
            "What",
            "Asset and version",
            "Approval",
            "Verdict, evidence",
            "Delivered",
            "Opened",
            "Acknowledged, partner's word",
        ),
        widths=(1.6, 2.0, 2.4, 1.8, 1.8, 1.3, 1.3, 1.5),
        rows=[
            (
                _parts(instant(row.shared_at), row.shared_by_id, _withdrawn(row)),
                _parts(row.share_type, row.share_id, row.community_name, _share_state(row)),
                _parts(row.public_id or row.asset_id, _version(row), row.etag),
                _approval(row),
                _verdict(row),
                instant(row.first_delivered_at),
                instant(row.first_opened_at or row.first_downloaded_at),
                _parts(instant(row.first_acknowledged_at), _receipt_state(row)),
            )
            for row in rows
        ],
    )


def _parts(*parts: str | None) -> str:
    return "\n".join(part for part in parts if part) or "–"


def _share_state(row: TrailRow) -> str | None:
    return state_words(SHARE_STATES_BY_CODE, row.share_state).name if row.share_state else None


def _receipt_state(row: TrailRow) -> str | None:
    return state_words(RECEIPT_STATES_BY_CODE, row.receipt_state).name if row.receipt_state else None


def _version(row: TrailRow) -> str:
    return f"version {row.version_number}" if row.version_number else "version not known"


def _verdict(row: TrailRow) -> str:
    evidence = " / ".join(part for part in (row.evidence_strength, row.evidence_grade) if part)
    claims = claims_sentence(row.evidence_grade, row.coverage_key, row.covered_from, row.covered_to)
    return _parts(row.verdict, evidence, claims)


def _withdrawn(row: TrailRow) -> str | None:
    return f"withdrawn {instant(row.withdrawn_at)}" if row.withdrawn_at else None


def _approval(row: TrailRow) -> str:
    if row.approved_at is None:
        return "no approval" if row.share_state in _WITHOUT_APPROVAL else "not known"
    by_itself = "approved by who uploaded it" if row.is_self_approved else None
    return _parts(row.approver_id or "not recorded", instant(row.approved_at), by_itself)
