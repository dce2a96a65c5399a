"""What the controls hold in the example, and what is done about it."""

from __future__ import annotations

from collections.abc import Mapping

from publish.exceptions_seen import COLUMNS
from tests.browser.example.names import BANNER, COVERED_TO, WAITING_CASE, Row, at, key_of

SEEN = "log.exceptions_seen"
TABLES: Mapping[str, str] = {
    SEEN: ", ".join(f"{name} {kind}" for name, (kind, _) in COLUMNS.items()),
    "marts.fct_exceptions": """exception_key varchar, control_name varchar, subject_type varchar, subject_key varchar,
        subject_id varchar, asset_key varchar, communication_key varchar, is_standing boolean,
        occurred_at timestamptz, evaluated_at timestamptz, reason varchar, evidence_strength varchar""",
    "marts.fct_proposed_corrections": """correction_key varchar, exception_key varchar, kind varchar,
        asset_id_cloudinary varchar, is_in_effect boolean""",
    "reports.rpt_exceptions": """exception_key varchar, correction_kind varchar, awaited_code varchar,
        subject_type varchar, subject_id varchar, asset_id_cloudinary varchar, public_id varchar,
        version_number bigint, is_standing boolean, occurred_at timestamptz, control_name varchar, verdict varchar,
        jurisdiction_code varchar, partner_id_trading_grid varchar, partner_name varchar, community_name varchar""",
}


_CONTROLS = {
    "NOT_APPROVED": "ctl_unapproved_asset_uses",
    "EXPIRED": "ctl_expired_asset_uses",
    "NOT_ELIGIBLE": "ctl_ineligible_asset_uses",
    "SUPERSEDED": "ctl_superseded_asset_uses",
}


def exceptions(uses: list[Row]) -> list[Row]:
    rows = [
        _exception(
            _CONTROLS[str(use["verdict"])],
            ("asset_use", use["asset_use_key"], use["asset_use_id"]),
            use["generated_at"],
            str(use["verdict_reason"]),
            asset_key=use["asset_key"],
            communication_key=use["communication_key"],
        )
        for use in uses
        if use["verdict"] in _CONTROLS
    ]
    banner = key_of("asset", BANNER)
    rows.append(
        _exception(
            "ctl_outdated_community_assets",
            ("publication", key_of("publication", 2), "PUB-000002"),
            at("04-21"),
            "newer_version_in_force",
            asset_key=banner,
            is_standing=True,
        )
    )
    rows.append(
        _exception(
            "ctl_unanswered_corrected_cases",
            ("case", key_of("case", WAITING_CASE), WAITING_CASE),
            at("04-21"),
            "corrected_not_answered",
            asset_key=banner,
            is_standing=True,
        )
    )
    return rows


def described(exception: Row, uses: Mapping[object, Row]) -> Row:
    """What is being done: of the case a correction is proposed, what a community shows awaits another's word."""
    is_case, stands = exception["subject_type"] == "case", exception["is_standing"]
    use = uses.get(exception["subject_key"], {})
    return {
        "exception_key": exception["exception_key"],
        "correction_kind": "replacement_link" if is_case else None,
        "awaited_code": "exstream_approval" if stands and not is_case else None,
        "subject_type": exception["subject_type"],
        "subject_id": exception["subject_id"],
        "asset_id_cloudinary": BANNER if stands else None,
        "public_id": "campaigns/spring/auto-bundle-banner" if stands else None,
        "version_number": None,
        "is_standing": stands,
        "occurred_at": exception["occurred_at"],
        "control_name": exception["control_name"],
        "verdict": use.get("verdict"),
        "jurisdiction_code": use.get("jurisdiction_code"),
    }


def _exception(
    control: str,
    subject: tuple[object, object, object],
    moment: object,
    reason: str,
    *,
    asset_key: object,
    communication_key: object = None,
    is_standing: bool = False,
) -> Row:
    return {
        "exception_key": key_of("exception", control, subject[2]),
        "control_name": control,
        "subject_type": subject[0],
        "subject_key": subject[1],
        "subject_id": subject[2],
        "asset_key": asset_key,
        "communication_key": communication_key,
        "is_standing": is_standing,
        "occurred_at": moment,
        "evaluated_at": COVERED_TO,
        "reason": reason,
        "evidence_strength": "declared" if subject[0] == "case" else "exact",
    }


def proposed() -> list[Row]:
    """Return the one correction that is proposed in the example."""
    return [
        {
            "correction_key": key_of("correction", 1),
            "exception_key": key_of("exception", "ctl_unanswered_corrected_cases", WAITING_CASE),
            "kind": "replacement_link",
            "asset_id_cloudinary": BANNER,
            "is_in_effect": False,
        }
    ]


def seen(exceptions: list[Row]) -> list[Row]:
    """Return when each was seen: what a community shows is new, the waiting case has come back twice."""
    gone = _seen(key_of("exception", "gone"), at("03-01"), is_open=False)
    return [
        gone,
        *(_seen(row["exception_key"], *_DAYS.get(str(row["subject_id"]), (at("04-22"),))) for row in exceptions),
    ]


_NEWEST = at("05-04")
_DAYS: Mapping[str, tuple[object, ...]] = {"PUB-000002": (_NEWEST,), WAITING_CASE: (at("04-22"), at("05-01"))}


def _seen(key: object, first: object, reopened: object = None, *, is_open: bool = True) -> Row:
    last = _NEWEST if is_open else first
    return {
        "exception_key": key,
        "first_seen_snapshot": _snapshot(first),
        "last_seen_snapshot": _snapshot(last),
        "reopened_snapshot": _snapshot(reopened) if reopened else None,
        "closed_snapshot": None if is_open else _snapshot(at("03-02")),
        "first_seen_log_size": 4711,
        "last_seen_log_size": 4711,
        "times_reopened": 2 if reopened else 0,
        "is_open": is_open,
        "is_new": first == _NEWEST,
        "first_seen_at": first,
        "last_seen_at": last,
        "reopened_at": reopened,
        "closed_at": None if is_open else at("03-02"),
    }


def _snapshot(instant: object) -> str:
    return f"{instant:%Y%m%dT%H%M%SZ}-4711"
