"""The feedback of the example: one answered by a lighter file, one made worse, one open with a hostile text."""

from __future__ import annotations

from collections.abc import Mapping

from tests.browser.example.names import BANNER, RIGHT_TO_LEFT, SCRIPT, Row, at, key_of

CHANGED_FEEDBACK = "FB-000001"
WORSE_FEEDBACK = "FB-000002"
OPEN_FEEDBACK = "FB/3?<b>"

TABLES: Mapping[str, str] = {
    "marts.fct_feedback": "feedback_key varchar, feedback_id_trading_grid varchar",
    "reports.rpt_feedback": """feedback_key varchar, partner_key varchar, publication_key varchar,
        answer_publication_key varchar, feedback_id_trading_grid varchar, community_name varchar,
        partner_name varchar, category varchar, asset_id_cloudinary varchar, public_id varchar,
        rendition_name varchar, device_code varchar, request_text varchar, answer_text varchar, status_code varchar,
        change_reason varchar, before_version_number bigint, before_bytes bigint, before_width_px bigint,
        before_height_px bigint, after_version_number bigint, after_bytes bigint, after_width_px bigint,
        after_height_px bigint, hours_to_answer bigint, was_reopened boolean, reported_at timestamptz,
        answered_at timestamptz, reopened_at timestamptz, answer_due_at timestamptz, republished_at timestamptz""",
}


def rows() -> dict[str, list[Row]]:
    """Return the rows of every table of this domain."""
    after: Row = {"after_version_number": 1776672000, "after_width_px": 1080, "after_height_px": 608}
    fixed: Row = {
        "answer_publication_key": key_of("publication", 3),
        "republished_at": at("04-23"),
        "answered_at": at("04-24"),
    }
    unanswered: Row = {
        "hours_to_answer": None,
        "after_bytes": None,
        "answer_text": None,
        "request_text": SCRIPT,
        "device_code": RIGHT_TO_LEFT,
    }
    told = [
        _feedback(CHANGED_FEEDBACK, "changed", {**after, **fixed}),
        _feedback(
            WORSE_FEEDBACK,
            "heavier",
            {**after, **fixed, "after_bytes": 600_000, "was_reopened": True, "reopened_at": at("04-26")},
        ),
        _feedback(OPEN_FEEDBACK, "not_answered", unanswered),
    ]
    return {
        "marts.fct_feedback": [
            {name: row[name] for name in ("feedback_key", "feedback_id_trading_grid")} for row in told
        ],
        "reports.rpt_feedback": told,
    }


def _feedback(feedback_id: str, change: str, other: Row) -> Row:
    row: Row = {
        "feedback_key": key_of("feedback", feedback_id),
        "partner_key": key_of("partner", 1),
        "publication_key": key_of("publication", 2),
        "answer_publication_key": None,
        "feedback_id_trading_grid": feedback_id,
        "community_name": "Brokers Northern Region",
        "partner_name": "Harbour & Sons Brokerage",
        "category": "slow_loading",
        "asset_id_cloudinary": BANNER,
        "public_id": "campaigns/spring/auto-bundle-banner",
        "rendition_name": "banner-1200",
        "device_code": "phone",
        "request_text": "It takes ten seconds",
        "answer_text": "A lighter one is published",
        "status_code": "open" if change == "not_answered" else "answered",
        "change_reason": change,
        "before_version_number": 1772442000,
        "before_bytes": 412_345,
        "before_width_px": 1200,
        "before_height_px": 630,
        "after_version_number": None,
        "after_bytes": 98_000,
        "after_width_px": None,
        "after_height_px": None,
        "hours_to_answer": 72,
        "was_reopened": False,
        "reported_at": at("04-21"),
        "answered_at": None,
        "reopened_at": None,
        "answer_due_at": at("04-28"),
        "republished_at": None,
    }
    return {**row, **other}
