"""The partners of the example: what they were given, how far it came, and their audit trails."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from tests.browser.example.names import BANNER, COVERED_TO, LETTERHEAD, RIGHT_TO_LEFT, SCRIPT, Row, at, etag_of, key_of

PARTNER = "PARTNER-0001"
SILENT_PARTNER = "PARTNER-0002"
HOSTILE_PARTNER = "PARTNER/<b>3</b>?x=1"
DISTRIBUTION = "DIST-000001"
GTIN = "04012345678901"
PAIR_COUNT = 64

TABLES: Mapping[str, str] = {
    "marts.dim_partners": """partner_key varchar, partner_id_trading_grid varchar, partner_name varchar, gln varchar,
        duns varchar, edi_qualifier_code varchar, edi_id varchar, status_code varchar, updated_at timestamptz,
        deleted_at timestamptz, _log_index bigint""",
    "marts.bridge_communities_partners": """community_partner_key varchar, community_key varchar, partner_key varchar,
        status_code varchar, updated_at timestamptz, deleted_at timestamptz""",
    "marts.fct_distributions": """distribution_key varchar, distribution_id_trading_grid varchar,
        partner_key varchar, gtin14 varchar, asset_id_cloudinary varchar, etag varchar, issued_at timestamptz,
        accepted_at timestamptz""",
    "reports.rpt_partner_matrix": """partner_matrix_key varchar, partner_key varchar, asset_key varchar,
        partner_id_trading_grid varchar, partner_name varchar, asset_id_cloudinary varchar, public_id varchar,
        gtin varchar, share_type varchar, share_id varchar, community_name varchar, etag varchar, verdict_now varchar,
        matrix_state varchar, version_number bigint, newest_approved_version_number bigint, share_count bigint,
        silent_days bigint, is_superseded boolean, shared_at timestamptz, first_delivered_at timestamptz,
        first_opened_at timestamptz, first_acknowledged_at timestamptz, other_bytes_at timestamptz,
        last_rejected_at timestamptz, evaluated_at timestamptz""",
    "reports.rpt_partner_audit_trail": """partner_audit_trail_key varchar, partner_key varchar, share_type varchar,
        share_id varchar, community_name varchar, asset_id_cloudinary varchar, public_id varchar, etag varchar,
        content_hash varchar, version_number bigint, share_state varchar, verdict varchar, asked_by_id varchar,
        evidence_strength varchar, evidence_grade varchar, coverage_key varchar,
        approver_id varchar, partner_id_trading_grid varchar,
        shared_by_id varchar, answer_code varchar, receipt_state varchar, is_self_approved boolean,
        first_approved_at timestamptz, approved_at timestamptz, shared_at timestamptz, withdrawn_at timestamptz,
        first_delivered_at timestamptz, first_opened_at timestamptz, first_downloaded_at timestamptz,
        first_acknowledged_at timestamptz, last_rejected_at timestamptz, occurred_at timestamptz""",
}

_PARTNERS = ((PARTNER, "Harbour & Sons Brokerage"), (SILENT_PARTNER, "Quiet Print GmbH"), (HOSTILE_PARTNER, SCRIPT))


def partner_key(partner_id: str) -> str:
    """Return the key of a partner of the example."""
    return key_of("partner", 1) if partner_id == PARTNER else key_of("partner", partner_id)


def rows() -> dict[str, list[Row]]:
    """Return the rows of every table of this domain."""
    return {
        "marts.dim_partners": [
            {
                "partner_key": partner_key(partner_id),
                "partner_id_trading_grid": partner_id,
                "partner_name": name,
                "gln": "4012345000009",
                "duns": None,
                "edi_qualifier_code": "ZZ",
                "edi_id": f"EDI{number}",
                "status_code": "Active",
                "updated_at": at("01-20"),
                "deleted_at": at("04-30") if partner_id == SILENT_PARTNER else None,
            }
            for number, (partner_id, name) in enumerate(_PARTNERS, 1)
        ],
        "marts.bridge_communities_partners": [
            {
                "community_partner_key": key_of("member", partner_id),
                "community_key": key_of("community", "COMM-01"),
                "partner_key": partner_key(partner_id),
                "status_code": "Active",
                "updated_at": at("02-01"),
            }
            for partner_id, _ in _PARTNERS
        ]
        + [
            {
                "community_partner_key": key_of("member", "left"),
                "community_key": key_of("community", "COMM-02"),
                "partner_key": partner_key(PARTNER),
                "status_code": "Inactive",
                "updated_at": at("04-14"),
            }
        ],
        "marts.fct_distributions": [
            {
                "distribution_key": key_of("distribution", 1),
                "distribution_id_trading_grid": DISTRIBUTION,
                "partner_key": partner_key(PARTNER),
                "gtin14": None,
                "asset_id_cloudinary": BANNER,
                "etag": None,
                "issued_at": at("04-10"),
                "accepted_at": None,
            }
        ],
        "reports.rpt_partner_matrix": _pairs(),
        "reports.rpt_partner_audit_trail": _trail(),
    }


def _pair(partner_id: str, number: int, state: str, **other: object) -> Row:
    row: Row = {
        "partner_matrix_key": key_of("pair", partner_id, number),
        "partner_key": partner_key(partner_id),
        "asset_key": key_of("asset", BANNER),
        "partner_id_trading_grid": partner_id,
        "partner_name": dict(_PARTNERS)[partner_id],
        "asset_id_cloudinary": BANNER,
        "public_id": "campaigns/spring/auto-bundle-banner",
        "gtin": None,
        "share_type": "publication",
        "share_id": f"PUB-{number:06d}",
        "community_name": "Brokers Northern Region",
        "etag": etag_of(BANNER, 1776672000),
        "verdict_now": "PROVEN",
        "matrix_state": state,
        "version_number": 1776672000,
        "newest_approved_version_number": 1776672000,
        "share_count": 1,
        "silent_days": None,
        "is_superseded": False,
        "shared_at": at("04-21"),
        "first_delivered_at": None if state == "silent" else at("04-21", "09:00:00"),
        "first_opened_at": None,
        "first_acknowledged_at": at("04-22") if state == "acknowledged" else None,
        "other_bytes_at": at("04-22") if state == "acknowledged_other_bytes" else None,
        "last_rejected_at": None,
        "evaluated_at": COVERED_TO,
    }
    return {**row, **other}


def _pairs() -> list[Row]:
    """Return one pair of each kind, and so many delivered ones that the list has a second page."""
    old: Row = {"is_superseded": True, "verdict_now": "SUPERSEDED", "version_number": 1772442000, "share_count": 2}
    told = [
        _pair(PARTNER, 1, "acknowledged", gtin=GTIN, share_type="distribution", community_name=None),
        _pair(SILENT_PARTNER, 2, "silent", silent_days=12, **old),
        _pair(HOSTILE_PARTNER, 3, "acknowledged_other_bytes", public_id=RIGHT_TO_LEFT, community_name=SCRIPT),
    ]
    return told + [_pair(PARTNER, number, "delivered") for number in range(4, PAIR_COUNT + 1)]


def _shared(partner_id: str, number: int, receipt: str, state: str = "approved", **other: object) -> Row:
    shared_at = at("03-05") + timedelta(days=number)
    row: Row = {
        "partner_audit_trail_key": key_of("trail", partner_id, number),
        "partner_key": partner_key(partner_id),
        "share_type": "publication",
        "share_id": f"PUB-{number:06d}",
        "community_name": "Brokers Northern Region",
        "asset_id_cloudinary": LETTERHEAD,
        "public_id": "brand/letterhead",
        "etag": etag_of(LETTERHEAD, 1775030400),
        "content_hash": key_of("content", number),
        "version_number": 1775030400,
        "partner_id_trading_grid": partner_id,
        "share_state": state,
        "verdict": "PROVEN" if state == "approved" else "NOT_APPROVED",
        "evidence_strength": "exact",
        "evidence_grade": "confirmed" if state == "approved" else "derived",
        "coverage_key": key_of("coverage", "cloudinary", "notifications") if state == "approved" else None,
        "asked_by_id": "j.okafor",
        "approver_id": "m.lindqvist" if state == "approved" else None,
        "shared_by_id": "s.tanaka",
        "answer_code": "portal/acknowledged" if receipt == "acknowledged" else None,
        "receipt_state": receipt,
        "is_self_approved": False,
        "first_approved_at": at("03-03"),
        "approved_at": at("03-03") if state == "approved" else None,
        "shared_at": shared_at,
        "withdrawn_at": None,
        "first_delivered_at": None if receipt == "silent" else shared_at + timedelta(hours=1),
        "first_opened_at": None,
        "first_downloaded_at": None,
        "first_acknowledged_at": shared_at + timedelta(days=1) if receipt == "acknowledged" else None,
        "last_rejected_at": None,
        "occurred_at": shared_at,
    }
    return {**row, **other}


def _trail() -> list[Row]:
    """Return the trail of the partner: two in March, one of them before its approval, and 55 from April on."""
    march = [_shared(PARTNER, 0, "acknowledged"), _shared(PARTNER, 1, "silent", "before_approval")]
    later = [_shared(PARTNER, number, "delivered") for number in range(30, 85)]
    return [*march, *later, _shared(HOSTILE_PARTNER, 2, "opened", public_id=SCRIPT, asked_by_id=RIGHT_TO_LEFT)]
