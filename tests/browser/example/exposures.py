"""The exposure of the example's live links: what they served after composition, and the verdict over it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from tests.browser.example.names import BANNER, OPEN_END, Row, at, etag_of, key_of, version_key

TABLES: Mapping[str, str] = {
    "marts.fct_exposures": """asset_use_key varchar, communication_key varchar, asset_key varchar, asset_use_id varchar,
        communication_id_exstream varchar, channel_code varchar, generated_at timestamptz, exposure_days bigint,
        cdn_uncertainty_seconds bigint, exposure_ends_at timestamptz, evaluated_to timestamptz, is_open boolean,
        verdict varchar, verdict_reason varchar, verdict_so_far varchar, verdict_reason_so_far varchar,
        worst_at timestamptz, worst_asset_version_key varchar, approval_key varchar,
        evidence_grade varchar, composition_verdict varchar,
        is_worse_after_composition boolean, served_version_count bigint""",
    "marts.fct_exposure_versions": """exposure_version_key varchar, asset_use_key varchar, communication_key varchar,
        asset_version_key varchar, approval_key varchar, evidence_grade varchar, asset_use_id varchar,
        version_number bigint, etag varchar, served_from timestamptz,
        served_to timestamptz, possibly_served_to timestamptz, is_at_composition boolean, is_by_edge_only boolean,
        verdict varchar, verdict_reason varchar, verdict_at timestamptz""",
}
_DAYS = {"email": 30, "web": 10}
_OVERWRITTEN = 1776672000
_JUDGED_TO = at("05-04", "05:59:58")
_GREEN = ("PROVEN", "PROVEN_LATE")


def exposures(uses: list[Row], versions: list[Row]) -> tuple[list[Row], list[Row]]:
    """Return the exposures of the live links among the uses, and the versions that each served.

    The banner is overwritten by what nobody approved on 20 April; all else goes on as it was at composition.
    """
    links, served = [], []
    for use in uses:
        composed = use["generated_at"]
        if use["binding"] != "live_url" or not isinstance(composed, datetime):
            continue
        ends = composed + timedelta(days=_DAYS[str(use["channel_code"])])
        mine = _served(use, versions, composed, min(ends, _JUDGED_TO))
        links.append(_link(use, composed, ends, mine))
        served += mine
    return links, served


def _link(use: Row, composed: datetime, ends: datetime, served: list[Row]) -> Row:
    worse = next((one for one in served if one["version_number"] == _OVERWRITTEN), None)
    is_worse = worse is not None and use["verdict"] != "NOT_APPROVED"
    verdict, reason = use["verdict"], use["verdict_reason"]
    if worse is not None and is_worse:
        verdict, reason = worse["verdict"], worse["verdict_reason"]
    is_open = ends > _JUDGED_TO
    is_unproven = is_open and verdict in _GREEN
    return {
        "asset_use_key": use["asset_use_key"],
        "communication_key": use["communication_key"],
        "asset_key": use["asset_key"],
        "asset_use_id": use["asset_use_id"],
        "communication_id_exstream": use["communication_id_exstream"],
        "channel_code": use["channel_code"],
        "generated_at": composed,
        "exposure_days": _DAYS[str(use["channel_code"])],
        "cdn_uncertainty_seconds": 3600,
        "exposure_ends_at": ends,
        "evaluated_to": min(ends, _JUDGED_TO),
        "is_open": is_open,
        "verdict": "NO_EVIDENCE" if is_unproven else verdict,
        "verdict_reason": "exposure_still_open" if is_unproven else reason,
        "verdict_so_far": verdict,
        "verdict_reason_so_far": reason,
        "worst_at": worse["verdict_at"] if worse is not None and is_worse else composed,
        "worst_asset_version_key": worse["asset_version_key"] if worse is not None else use["asset_version_key"],
        "approval_key": None if is_worse else use["approval_key"],
        "evidence_grade": "confirmed" if is_worse else use["evidence_grade"],
        "composition_verdict": use["verdict"],
        "is_worse_after_composition": is_worse,
        "served_version_count": len(served),
    }


def _served(use: Row, versions: list[Row], composed: datetime, until: datetime) -> list[Row]:
    rows = []
    for version in versions:
        begins, ends = version["live_from"], version["live_to"]
        assert isinstance(begins, datetime)
        assert isinstance(ends, datetime)
        if version["asset_key"] != use["asset_key"] or begins > until or ends + timedelta(hours=1) <= composed:
            continue
        number = version["version_number"]
        is_new = version["asset_id_cloudinary"] == BANNER and number == _OVERWRITTEN
        key = version_key(str(version["asset_id_cloudinary"]), int(str(number)))
        rows.append(
            {
                "exposure_version_key": key_of("exposure", use["asset_use_key"], number),
                "asset_use_key": use["asset_use_key"],
                "communication_key": use["communication_key"],
                "asset_version_key": key,
                "approval_key": use["approval_key"] if key == use["asset_version_key"] else None,
                "evidence_grade": "confirmed" if is_new else use["evidence_grade"],
                "asset_use_id": use["asset_use_id"],
                "version_number": number,
                "etag": etag_of(str(version["asset_id_cloudinary"]), int(str(number))),
                "served_from": begins,
                "served_to": ends,
                "possibly_served_to": ends if ends == OPEN_END else ends + timedelta(hours=1),
                "is_at_composition": begins <= composed < ends,
                "is_by_edge_only": ends <= composed,
                "verdict": "NOT_APPROVED" if is_new else use["verdict"],
                "verdict_reason": "never_approved" if is_new else use["verdict_reason"],
                "verdict_at": begins + timedelta(seconds=2) if is_new else composed,
            }
        )
    return rows
