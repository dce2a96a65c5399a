"""The reports of the example that no page but their own table shows: what communities show, selections, searches.

Tables that have no row here are published, and empty, as they are where a portal knows nothing of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.browser.example.described import described
from tests.browser.example.names import (
    BANNER,
    COVERED_TO,
    HOSTILE_LETTER,
    LETTER,
    OPEN_END,
    RIGHT_TO_LEFT,
    SCRIPT,
    Row,
    asset_id_of,
    at,
    key_of,
)

SHELF_COUNT = 120
QUEBEC_LETTER = "COM-2026-0100001"
COMMUNITY = "North Shore Brokers"

_NAMES = (
    *("rpt_asset_where_used", "rpt_case_timeline", "rpt_community_shelf", "rpt_delivered_renditions"),
    *("rpt_feedback_by_category", "rpt_label_reconciliation", "rpt_partner_artwork", "rpt_partner_downloads"),
    *("rpt_partner_searches", "rpt_publication_receipts", "rpt_rendition_requests", "rpt_retrievals"),
    *("rpt_rich_media", "rpt_selection_decisions", "rpt_variant_matrix"),
)
TABLES: Mapping[str, str] = {
    f"reports.{name}": ", ".join(
        f"{column} {kind or 'varchar'}" for column, kind in described("reports")[f"reports.{name}"].items()
    )
    for name in _NAMES
}


def rows() -> dict[str, list[Row]]:
    """Return the rows of every table of this domain."""
    return {
        "reports.rpt_community_shelf": [_shown(number) for number in range(SHELF_COUNT)],
        "reports.rpt_selection_decisions": [
            _selection(LETTER, "US-TX", "NOT_APPROVED", "approval_ended"),
            _selection(QUEBEC_LETTER, "CA-QC", "PROVEN", "approved_in_force"),
            _selection(HOSTILE_LETTER, "US-TX", "NO_EVIDENCE", "window_not_covered"),
        ],
        "reports.rpt_partner_searches": [
            _search("spring banner", is_not_found=True),
            _search(SCRIPT, is_not_found=True),
            _search("letterhead", is_not_found=False),
        ],
    }


def _shown(number: int) -> Row:
    """Return one publication; several are shown from the same instant, and some from none that is known."""
    verdict, reason = ("SUPERSEDED", "newer_version_in_force") if number % 10 == 0 else ("PROVEN", "approved_in_force")
    return {
        "publication_key": key_of("shelf", number),
        "community_key": key_of("community", "COMM-1"),
        "asset_key": key_of("asset", BANNER),
        "publication_id_trading_grid": f"PUB-{number:06d}",
        "community_id_trading_grid": "COMM-1",
        "community_name": RIGHT_TO_LEFT if number == 7 else COMMUNITY,
        "asset_id_cloudinary": BANNER if number % 2 else asset_id_of("letterhead"),
        "public_id": "campaigns/spring/banner" if number % 2 else "brand/letterhead",
        "version_number": 1_772_000_000 + number,
        "region_code": "CA-ON",
        "verdict_now": verdict,
        "verdict_reason": reason,
        "member_count": 1_204,
        "is_live": number % 3 > 0,
        "shown_from": None if number % 40 == 39 else at("03-01", f"{number % 24:02d}:00:00"),
        "shown_to": OPEN_END,
    }


def _selection(letter: str, jurisdiction: str, verdict: str, reason: str) -> Row:
    return {
        "selection_key": key_of("selection", letter),
        "communication_key": key_of("communication", letter),
        "selection_id_exstream": f"SEL-{letter[-4:]}",
        "communication_id_exstream": letter,
        "recipient_pseudonym": key_of("recipient", letter),
        "selection_rule_name": "spring_offer",
        "asset_id_cloudinary": BANNER,
        "verdict": verdict,
        "verdict_reason": reason,
        "jurisdiction_code": jurisdiction,
        "candidate_count": 3,
        "is_chosen_among_candidates": True,
        "generated_at": at("04-14", "09:12:33"),
    }


def _search(terms: str, *, is_not_found: bool) -> Row:
    return {
        "search_topic_key": key_of("search topic", terms),
        "search_terms": terms,
        "search_count": 12,
        "empty_count": 9 if is_not_found else 0,
        "is_not_found": is_not_found,
        "first_searched_at": at("02-01"),
        "last_searched_at": at("04-20"),
        "evaluated_at": COVERED_TO,
    }
