"""The communities of the example, what they show, and the cases of partners."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tests.browser.example.names import (
    ANSWERED_CASE,
    BANNER,
    OPEN_END,
    RIGHT_TO_LEFT,
    SCRIPT,
    WAITING_CASE,
    Row,
    at,
    etag_of,
    key_of,
    version_key,
)

TABLES: Mapping[str, str] = {
    "marts.dim_communities": """community_key varchar, community_id_trading_grid varchar, community_name varchar,
        region_code varchar, language_code varchar, status_code varchar, _log_index bigint""",
    "marts.fct_publications": """publication_key varchar, publication_id_trading_grid varchar, community_key varchar,
        community_id_trading_grid varchar, asset_key varchar, asset_version_key varchar, approval_key varchar,
        asset_id_cloudinary varchar, public_id varchar, version_number bigint, etag varchar, url varchar,
        region_code varchar, language_code varchar, device_code varchar, rendition_name varchar,
        published_by_id varchar, published_at timestamptz, withdrawn_at timestamptz, is_live boolean,
        replaces_publication_id varchar, correlation_id varchar, verdict_at_publication varchar, verdict_now varchar,
        verdict_reason varchar, newest_approved_asset_version_key varchar, newest_approved_version_number bigint,
        newest_approved_etag varchar, delivered_count bigint, opened_count bigint, acknowledged_count bigint,
        _log_index bigint""",
    "marts.fct_cases": """case_key varchar, case_id_trading_grid varchar, community_key varchar, partner_key varchar,
        asset_key varchar, asset_id_cloudinary varchar, public_id varchar, reported_version_number bigint,
        reported_asset_version_key varchar, status varchar, category varchar, subject varchar, opened_at timestamptz,
        updated_at timestamptz, corrected_asset_version_key varchar, corrected_version_number bigint,
        corrected_at timestamptz, answered_at timestamptz, answered_version_number bigint, is_corrected boolean,
        is_answered boolean, _log_index bigint""",
    "reports.rpt_cases": """case_key varchar, case_id_trading_grid varchar, community_id_trading_grid varchar,
        community_name varchar, partner_id_trading_grid varchar, partner_name varchar, asset_key varchar,
        asset_id_cloudinary varchar, public_id varchar, reported_version_number bigint,
        reported_asset_version_key varchar, status varchar, category varchar, subject varchar,
        verdict_at_opening varchar, verdict_reason_at_opening varchar, opened_at timestamptz, updated_at timestamptz,
        corrected_asset_version_key varchar, corrected_version_number bigint, corrected_at timestamptz,
        answered_at timestamptz, answered_version_number bigint, is_corrected boolean, is_answered boolean,
        closed_at timestamptz, _log_index bigint""",
    "marts.fct_case_messages": """case_message_key varchar, case_key varchar, message_id_trading_grid varchar,
        author_name varchar, author_role varchar, body varchar, linked_url varchar, linked_public_id varchar,
        linked_version_number bigint, correlation_id varchar, posted_at timestamptz""",
}


def community(community_id: str, name: str) -> Row:
    return {
        "community_key": key_of("community", community_id),
        "community_id_trading_grid": community_id,
        "community_name": name,
        "region_code": "CA-ON",
        "language_code": "en",
        "status_code": "active",
        "_log_index": 20,
    }


def _publication(number: int, community: str, version: int, verdict_now: str | None, **other: object) -> Row:
    row: Row = {
        "publication_key": key_of("publication", number),
        "publication_id_trading_grid": f"PUB-{number:06d}",
        "community_key": key_of("community", community),
        "community_id_trading_grid": community,
        "asset_key": key_of("asset", BANNER),
        "asset_version_key": version_key(BANNER, version),
        "asset_id_cloudinary": BANNER,
        "public_id": "campaigns/spring/auto-bundle-banner",
        "version_number": version,
        "etag": etag_of(BANNER, version),
        "region_code": "CA-ON",
        "language_code": "en",
        "published_by_id": "s.tanaka",
        "published_at": at("03-05"),
        "withdrawn_at": OPEN_END,
        "is_live": True,
        "replaces_publication_id": None,
        "verdict_at_publication": "PROVEN",
        "verdict_now": verdict_now,
        "verdict_reason": "newer_version_in_force",
        "newest_approved_version_number": 1776672000,
        "delivered_count": 7,
        "opened_count": 4,
        "acknowledged_count": 2,
        "_log_index": 90,
    }
    return {**row, **other}


def publications() -> list[Row]:
    withdrawn = {"withdrawn_at": at("05-02"), "is_live": False}
    return [
        _publication(1, "COMM-01", 1772442000, None, **withdrawn),
        _publication(2, "COMM-02", 1772442000, "SUPERSEDED"),
        _publication(
            3, "COMM-01", 1776672000, "PROVEN", published_at=at("05-02"), replaces_publication_id="PUB-000001"
        ),
    ]


def _case(case_id: str, subject: str, **other: object) -> Row:
    row: Row = {
        "case_key": key_of("case", case_id),
        "case_id_trading_grid": case_id,
        "community_key": key_of("community", "COMM-01"),
        "partner_key": key_of("partner", 1),
        "asset_key": key_of("asset", BANNER),
        "asset_id_cloudinary": BANNER,
        "public_id": "campaigns/spring/auto-bundle-banner",
        "reported_version_number": 1772442000,
        "reported_asset_version_key": version_key(BANNER, 1772442000),
        "status": "open",
        "category": "wrong_image",
        "subject": subject,
        "opened_at": at("04-18", "14:02:10"),
        "updated_at": at("04-18", "14:02:10"),
        "corrected_asset_version_key": version_key(BANNER, 1776672000),
        "corrected_version_number": 1776672000,
        "corrected_at": at("04-21"),
        "answered_at": None,
        "answered_version_number": None,
        "is_corrected": True,
        "is_answered": False,
        "_log_index": 95,
    }
    return {**row, **other}


def cases() -> list[Row]:
    answered = {
        "status": "answered",
        "answered_at": at("05-02", "10:30:00"),
        "answered_version_number": 1776672000,
        "is_answered": True,
    }
    return [
        _case(ANSWERED_CASE, "The banner shows last year's rate", **answered),
        _case(WAITING_CASE, f"{SCRIPT} {RIGHT_TO_LEFT}"),
    ]


def described(case: Row) -> Row:
    """Return the report's row of a case: whose it is, how the banner stood then, and when it was closed."""
    named = {
        "community_id_trading_grid": "COMM-01",
        "community_name": "Brokers Northern Region",
        "partner_id_trading_grid": "P-01",
        "partner_name": "Harbour Brokers",
        "verdict_at_opening": "EXPIRED",
        "verdict_reason_at_opening": "validity_ended",
        "closed_at": at("05-03") if case["is_answered"] else None,
    }
    return {name: value for name, value in case.items() if name not in {"community_key", "partner_key"}} | named


def _message(case_id: str, number: int, role: str, body: str, posted_at: datetime, **other: object) -> Row:
    row: Row = {
        "case_message_key": key_of("message", case_id, number),
        "case_key": key_of("case", case_id),
        "message_id_trading_grid": f"{case_id}-M{number}",
        "author_name": "Ines Harbour" if role == "partner" else "assettrail corrections",
        "author_role": role,
        "body": body,
        "linked_url": None,
        "linked_public_id": None,
        "linked_version_number": None,
        "correlation_id": None,
        "posted_at": posted_at,
    }
    return {**row, **other}


CORRECTED_LINK = "https://res.cloudinary.com/demo/image/upload/v1776672000/campaigns/spring/auto-bundle-banner.png"


def messages() -> list[Row]:
    link = {
        "linked_url": CORRECTED_LINK,
        "linked_public_id": "campaigns/spring/auto-bundle-banner",
        "linked_version_number": 1776672000,
        "correlation_id": "corr-5f21",
    }
    return [
        _message(ANSWERED_CASE, 1, "partner", "The rate in the corner is 2025's.", at("04-18", "14:02:10")),
        _message(ANSWERED_CASE, 2, "team", "The corrected banner is here.", at("05-02", "10:30:00"), **link),
        _message(WAITING_CASE, 1, "partner", SCRIPT, at("04-18", "14:02:10"), linked_url="javascript:alert(1)"),
    ]


def rows() -> dict[str, list[Row]]:
    """Return the rows of every table of this domain."""
    return {
        "marts.dim_communities": [
            community("COMM-01", "Brokers Northern Region"),
            community("COMM-02", RIGHT_TO_LEFT),
        ],
        "marts.fct_publications": publications(),
        "marts.fct_cases": cases(),
        "reports.rpt_cases": [described(case) for case in cases()],
        "marts.fct_case_messages": messages(),
    }
