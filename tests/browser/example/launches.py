"""The launches of the example: one that is no go for every reason, one that went, and one of which nothing is named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tests.browser.example.names import BANNER, COVERED_TO, RIGHT_TO_LEFT, SCRIPT, Row, at, key_of
from tests.browser.example.partners import PARTNER, partner_key

LAUNCH = "LAU-000007"
OVER_LAUNCH = "LAU-000003"
HOSTILE_LAUNCH = "LAU/9?<i>"

TABLES: Mapping[str, str] = {
    "marts.dim_launches": "launch_key varchar, launch_id_trading_grid varchar, launch_name varchar",
    "marts.bridge_communities_launches": "community_launch_key varchar, community_key varchar, launch_key varchar",
    "marts.fct_acknowledgements": """acknowledgement_match_key varchar, launch_key varchar, partner_key varchar,
        is_rejection boolean, occurred_at timestamptz""",
    "marts.fct_flags": """flag_key varchar, launch_key varchar, partner_key varchar, flag_id_trading_grid varchar,
        asset_id_cloudinary varchar, public_id varchar, request_text varchar, status_code varchar, is_open boolean,
        raised_at timestamptz, due_at timestamptz, resolved_at timestamptz""",
    "marts.fct_format_requests": """format_request_key varchar, launch_key varchar, partner_key varchar,
        format_request_id_trading_grid varchar, asset_id_cloudinary varchar, public_id varchar,
        requested_format_code varchar, request_text varchar, status_code varchar, is_open boolean,
        requested_at timestamptz, due_at timestamptz, answered_at timestamptz""",
    "marts.fct_launch_tasks": """task_key varchar, launch_key varchar, partner_key varchar,
        task_id_trading_grid varchar, task_type varchar, request_text varchar, status_code varchar, is_open boolean,
        created_at timestamptz, due_at timestamptz, done_at timestamptz""",
    "marts.fct_launch_messages": """launch_message_key varchar, launch_key varchar, author_name varchar,
        author_role varchar, body varchar, posted_at timestamptz""",
    "reports.rpt_launch_readiness": """launch_key varchar, launch_id_trading_grid varchar, launch_name varchar,
        product_line_code varchar, campaign_code varchar, status_code varchar, readiness_code varchar,
        required_count bigint, ready_count bigint, approval_pending_count bigint, missing_count bigint,
        open_flag_count bigint, open_format_request_count bigint, open_task_count bigint, partner_count bigint,
        silent_partner_count bigint, is_over boolean, launch_at timestamptz, readiness_due_at timestamptz,
        evaluated_at timestamptz""",
    "reports.rpt_launch_lead_times": """launch_key varchar, longest_approved_to_referenced_hours bigint,
        longest_referenced_to_sent_hours bigint, longest_approved_to_sent_hours bigint, old_use_count bigint""",
    "reports.rpt_launch_requirements": """launch_requirement_key varchar, launch_key varchar, ordinal bigint,
        community_name varchar, asset_id_cloudinary varchar, public_id varchar, request_text varchar,
        market_code varchar, language_code varchar, format_code varchar, readiness_reason varchar,
        community_count bigint, ready_community_count bigint, required_by timestamptz, looked_at timestamptz""",
    "reports.rpt_launch_visuals": """launch_requirement_key varchar, launch_key varchar, community_name varchar,
        asset_id_cloudinary varchar, public_id varchar, region_code varchar, visual_state varchar,
        approver_id varchar, version_number bigint, approved_to_referenced_hours bigint,
        referenced_to_sent_hours bigint, approved_to_sent_hours bigint, old_use_count bigint,
        old_template_count bigint, first_approved_at timestamptz, first_referenced_at timestamptz,
        first_sent_at timestamptz""",
}


def rows() -> dict[str, list[Row]]:
    """Return the rows of every table of this domain."""
    launch = key_of("launch", LAUNCH)
    point: Row = {"launch_key": launch, "partner_key": partner_key(PARTNER)}
    asset: Row = {"asset_id_cloudinary": BANNER, "public_id": "campaigns/spring/auto-bundle-banner"}
    return {
        "marts.dim_launches": [
            {name: row[name] for name in ("launch_key", "launch_id_trading_grid", "launch_name")}
            for row in _readiness()
        ],
        "marts.bridge_communities_launches": [
            {
                "community_launch_key": key_of("launched in", LAUNCH),
                "community_key": key_of("community", "COMM-01"),
                "launch_key": launch,
            }
        ],
        "marts.fct_acknowledgements": [
            {**point, "acknowledgement_match_key": key_of("ack", 1), "is_rejection": False, "occurred_at": at("05-01")}
        ],
        "marts.fct_flags": [
            {
                **point,
                **asset,
                "flag_key": key_of("flag", 1),
                "flag_id_trading_grid": "FLAG-1",
                "request_text": SCRIPT,
                "status_code": "open",
                "is_open": True,
                "raised_at": at("05-01"),
                "due_at": at("05-03"),
                "resolved_at": None,
            }
        ],
        "marts.fct_format_requests": [
            {
                **point,
                **asset,
                "format_request_key": key_of("request", 1),
                "format_request_id_trading_grid": "FMT-1",
                "requested_format_code": "webp",
                "request_text": "We need it as WebP",
                "status_code": "open",
                "is_open": True,
                "requested_at": at("05-01"),
                "due_at": at("05-06"),
                "answered_at": None,
            }
        ],
        "marts.fct_launch_tasks": [
            {
                **point,
                "task_key": key_of("task", 1),
                "task_id_trading_grid": "TASK-1",
                "task_type": "translate",
                "request_text": "Translate the disclosure",
                "status_code": "done",
                "is_open": False,
                "created_at": at("04-28"),
                "due_at": at("05-02"),
                "done_at": at("05-01"),
            }
        ],
        "marts.fct_launch_messages": [
            {
                "launch_message_key": key_of("launch message", 1),
                "launch_key": launch,
                "author_name": RIGHT_TO_LEFT,
                "author_role": "partner",
                "body": "Where is the Quebec banner?",
                "posted_at": at("05-02"),
            }
        ],
        "reports.rpt_launch_readiness": _readiness(),
        "reports.rpt_launch_lead_times": [
            _lead_times(LAUNCH, None, None, None),
            _lead_times(OVER_LAUNCH, 26, 118, 144, old_use_count=3),
        ],
        "reports.rpt_launch_requirements": [
            _requirement(1, "CA-ON", "png", "ready"),
            _requirement(2, "CA-QC", "png", "not_published"),
            _requirement(3, "CA-QC", "mp4", "approval_pending"),
            _requirement(4, "CA-ON", "mp4", "not_required"),
        ],
        "reports.rpt_launch_visuals": [_visual()],
    }


def _launch(launch_id: str, name: str, readiness: str, launch_at: datetime, **other: object) -> Row:
    row: Row = {
        "launch_key": key_of("launch", launch_id),
        "launch_id_trading_grid": launch_id,
        "launch_name": name,
        "product_line_code": "auto",
        "campaign_code": "SPRING-26",
        "status_code": "planned",
        "readiness_code": readiness,
        "required_count": 0,
        "ready_count": 0,
        "approval_pending_count": 0,
        "missing_count": 0,
        "open_flag_count": 0,
        "open_format_request_count": 0,
        "open_task_count": 0,
        "partner_count": 3,
        "silent_partner_count": 2,
        "is_over": launch_at < COVERED_TO,
        "launch_at": launch_at,
        "readiness_due_at": None,
        "evaluated_at": COVERED_TO,
    }
    return {**row, **other}


def _readiness() -> list[Row]:
    counts: Row = {"required_count": 3, "ready_count": 1, "approval_pending_count": 1, "missing_count": 1}
    opened: Row = {"open_flag_count": 1, "open_format_request_count": 1}
    return [
        _launch(LAUNCH, "Summer bundle", "no_go", at("05-10", "06:00:00"), **counts, **opened),
        _launch(OVER_LAUNCH, "Spring bundle", "go", at("03-04"), required_count=2, ready_count=2),
        _launch(HOSTILE_LAUNCH, SCRIPT, "no_go", at("06-01"), campaign_code=RIGHT_TO_LEFT),
    ]


def _lead_times(
    launch_id: str, referenced: int | None, sent: int | None, whole: int | None, *, old_use_count: int = 0
) -> Row:
    return {
        "launch_key": key_of("launch", launch_id),
        "longest_approved_to_referenced_hours": referenced,
        "longest_referenced_to_sent_hours": sent,
        "longest_approved_to_sent_hours": whole,
        "old_use_count": old_use_count,
    }


def _requirement(ordinal: int, market: str, form: str, reason: str) -> Row:
    return {
        "launch_requirement_key": key_of("requirement", ordinal),
        "launch_key": key_of("launch", LAUNCH),
        "ordinal": ordinal,
        "community_name": None,
        "asset_id_cloudinary": BANNER,
        "public_id": "campaigns/spring/auto-bundle-banner",
        "request_text": None,
        "market_code": market,
        "language_code": "fr" if market == "CA-QC" else "en",
        "format_code": form,
        "readiness_reason": reason,
        "community_count": 1,
        "ready_community_count": 1 if reason == "ready" else 0,
        "required_by": at("05-08"),
        "looked_at": COVERED_TO,
    }


def _visual() -> Row:
    return {
        "launch_requirement_key": key_of("requirement", "over"),
        "launch_key": key_of("launch", OVER_LAUNCH),
        "community_name": None,
        "asset_id_cloudinary": BANNER,
        "public_id": "campaigns/spring/auto-bundle-banner",
        "region_code": "CA-ON",
        "visual_state": "launched",
        "approver_id": "m.lindqvist",
        "version_number": 1772442000,
        "approved_to_referenced_hours": 26,
        "referenced_to_sent_hours": 118,
        "approved_to_sent_hours": 144,
        "old_use_count": 3,
        "old_template_count": 1,
        "first_approved_at": at("03-03"),
        "first_referenced_at": at("03-04", "10:00:00"),
        "first_sent_at": at("03-09"),
    }
