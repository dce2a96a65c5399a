"""The assets of the example, their versions and approvals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tests.browser.example.names import (
    BANNER,
    FORMULA,
    HOSTILE_ASSET,
    LETTERHEAD,
    LONG_NAME,
    OPEN_END,
    RIGHT_TO_LEFT,
    SCRIPT,
    Row,
    at,
    etag_of,
    key_of,
    version_key,
)

TABLES: Mapping[str, str] = {
    "marts.dim_assets": """asset_key varchar, asset_id_cloudinary varchar, source_system varchar, public_id varchar,
        resource_type varchar, delivery_type varchar, format_code varchar, asset_folder varchar, display_name varchar,
        campaign_code varchar, product_line_code varchar, gtin varchar, current_version_number bigint,
        current_etag varchar, is_deleted boolean, first_uploaded_at timestamptz, last_uploaded_at timestamptz,
        version_count bigint, _log_index bigint""",
    "marts.dim_asset_versions": """asset_version_key varchar, asset_key varchar, asset_id_cloudinary varchar,
        version_number bigint, etag varchar, format_code varchar, size_bytes bigint, width_px bigint, height_px bigint,
        content_hash varchar, uploaded_by_id varchar, public_id_at_upload varchar, live_from timestamptz,
        live_to timestamptz, ended_by varchar, ended_by_id varchar, is_current boolean, evidence_grade varchar,
        _log_index bigint""",
    "marts.fct_approvals": """approval_key varchar, asset_key varchar, asset_version_key varchar,
        asset_id_cloudinary varchar, etag varchar, version_number bigint, approver_id varchar, granted_at timestamptz,
        ended_at timestamptz, ended_by varchar, valid_from timestamptz, valid_to timestamptz,
        in_force_from timestamptz, in_force_to timestamptz, segments_list varchar[], jurisdictions_list varchar[],
        offers_list varchar[], evidence_grade varchar, _log_index bigint""",
}


def _version(asset_id: str, number: int, public_id: str, live_from: datetime, live_to: datetime = OPEN_END) -> Row:
    return {
        "asset_version_key": version_key(asset_id, number),
        "asset_key": key_of("asset", asset_id),
        "asset_id_cloudinary": asset_id,
        "version_number": number,
        "etag": etag_of(asset_id, number),
        "format_code": "png",
        "size_bytes": 412_345,
        "width_px": 1200,
        "height_px": 630,
        "content_hash": None,
        "uploaded_by_id": "j.okafor",
        "public_id_at_upload": public_id,
        "live_from": live_from,
        "live_to": live_to,
        "ended_by": "open" if live_to == OPEN_END else "replaced",
        "ended_by_id": None if live_to == OPEN_END else "m.dubois",
        "is_current": live_to == OPEN_END,
        "evidence_grade": "confirmed",
        "_log_index": 41,
    }


def versions() -> list[Row]:
    banner, head = "campaigns/spring/auto-bundle-banner", "brand/letterhead"
    return [
        _version(BANNER, 1768471200, banner, at("01-15"), at("03-02")),
        _version(BANNER, 1772442000, banner, at("03-02"), at("04-20")),
        _version(BANNER, 1776672000, banner, at("04-20")),
        _version(LETTERHEAD, 1768212000, head, at("01-12"), at("04-01")),
        _version(LETTERHEAD, 1775030400, head, at("04-01"), at("04-14", "09:12:32")),
        _version(LETTERHEAD, 1776157952, head, at("04-14", "09:12:32")),
        _version(HOSTILE_ASSET, 1768212001, SCRIPT, at("01-12")),
    ]


def assets(versions: list[Row]) -> list[Row]:
    names = {
        BANNER: ("campaigns/spring/auto-bundle-banner", "Auto bundle, spring"),
        LETTERHEAD: ("brand/letterhead", "Letterhead"),
        HOSTILE_ASSET: (SCRIPT, RIGHT_TO_LEFT),
    }
    rows: list[Row] = []
    for asset_id, (public_id, display_name) in names.items():
        mine = [version for version in versions if version["asset_id_cloudinary"] == asset_id]
        rows.append(
            {
                "asset_key": key_of("asset", asset_id),
                "asset_id_cloudinary": asset_id,
                "source_system": "cloudinary",
                "public_id": public_id,
                "resource_type": "image",
                "delivery_type": "upload",
                "format_code": "png",
                "asset_folder": "campaigns/spring" if asset_id == BANNER else LONG_NAME[:400],
                "display_name": display_name,
                "campaign_code": "SPRING-26" if asset_id == BANNER else FORMULA,
                "product_line_code": "auto",
                "gtin": None,
                "current_version_number": mine[-1]["version_number"],
                "current_etag": mine[-1]["etag"],
                "is_deleted": False,
                "first_uploaded_at": mine[0]["live_from"],
                "last_uploaded_at": mine[-1]["live_from"],
                "version_count": len(mine),
                "_log_index": 40,
            }
        )
    return rows


def _approval(
    asset_id: str,
    number: int,
    granted_at: datetime,
    *,
    ended: tuple[datetime, str] = (OPEN_END, "open"),
    valid: tuple[datetime, datetime] | None = None,
    jurisdictions: tuple[str, ...] = (),
    approver: str = "m.lindqvist",
) -> Row:
    valid_from, valid_to = valid or (granted_at, OPEN_END)
    return {
        "approval_key": key_of("approval", asset_id, number),
        "asset_key": key_of("asset", asset_id),
        "asset_version_key": version_key(asset_id, number),
        "asset_id_cloudinary": asset_id,
        "etag": etag_of(asset_id, number),
        "version_number": number,
        "approver_id": approver,
        "granted_at": granted_at,
        "ended_at": ended[0],
        "ended_by": ended[1],
        "valid_from": valid_from,
        "valid_to": valid_to,
        "in_force_from": max(granted_at, valid_from),
        "in_force_to": min(ended[0], valid_to),
        "segments_list": ["retail"] if jurisdictions else [],
        "jurisdictions_list": list(jurisdictions),
        "offers_list": [],
        "evidence_grade": "confirmed",
        "_log_index": 52,
    }


def approvals() -> list[Row]:
    return [
        _approval(BANNER, 1768471200, at("01-16"), valid=(at("01-16"), at("03-31", "00:00:00"))),
        _approval(BANNER, 1772442000, at("03-03"), jurisdictions=("CA-ON", "CA-QC")),
        _approval(BANNER, 1776672000, at("04-21"), approver="p.costa"),
        _approval(LETTERHEAD, 1768212000, at("01-13"), ended=(at("04-10"), "revoked")),
        _approval(LETTERHEAD, 1775030400, at("04-02")),
    ]
