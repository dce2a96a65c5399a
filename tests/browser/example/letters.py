"""The communications of the example, one with every verdict, and what they carried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from tests.browser.example.assets import approvals as every_approval
from tests.browser.example.names import (
    BANNER,
    COVERED_FROM,
    COVERED_TO,
    EARLY_LETTER,
    FORMULA,
    HOSTILE_ASSET,
    HOSTILE_LETTER,
    LETTER,
    LETTER_AT,
    LETTERHEAD,
    LONG_NAME,
    RIGHT_TO_LEFT,
    SEVERAL_LETTER,
    TWIN_LETTER,
    Row,
    at,
    etag_of,
    key_of,
    version_key,
)

TABLES: Mapping[str, str] = {
    "marts.fct_communications": """communication_key varchar, communication_id_exstream varchar, domain_code varchar,
        flow_instance_id_exstream varchar, job_id_exstream varchar, recipient_pseudonym varchar, document_type varchar,
        template_id_exstream varchar, template_version varchar, segment_code varchar, jurisdiction_code varchar,
        language_code varchar, offers_list varchar[], generated_at timestamptz, use_count bigint,
        worst_verdict varchar, _log_index bigint""",
    "marts.fct_renderings": """rendering_key varchar, communication_key varchar, rendering_id_exstream varchar,
        channel_code varchar, queue_name varchar, file_name varchar, page_count bigint, generated_at timestamptz,
        _log_index bigint""",
    "marts.fct_asset_uses": """asset_use_key varchar, communication_key varchar, rendering_key varchar,
        asset_key varchar, asset_version_key varchar, approval_key varchar, asset_use_id varchar,
        communication_id_exstream varchar, rendering_id_exstream varchar, ordinal bigint, placeholder_name varchar,
        binding varchar, channel_code varchar, asset_id_cloudinary varchar, public_id varchar, version_number bigint,
        etag varchar, delivery_url varchar, transformation varchar, format_code varchar, segment_code varchar,
        jurisdiction_code varchar, generated_at timestamptz, verdict varchar, verdict_reason varchar,
        superseding_asset_version_key varchar, approver_id varchar, approved_at timestamptz,
        evidence_strength varchar, evidence_grade varchar, recorded_at timestamptz, _log_index bigint""",
    "marts.fct_output_links": """output_link_key varchar, communication_key varchar, asset_use_key varchar,
        asset_key varchar, asset_version_key varchar, output_link_id varchar, file_name varchar, channel_code varchar,
        evidence_strength varchar, unlinked_reason varchar, link_state varchar, delivery_url varchar,
        asset_id_cloudinary varchar, public_id varchar, verdict varchar, verdict_reason varchar, ordinal bigint,
        version_number bigint, is_shown boolean, is_beside_report boolean, composed_at timestamptz""",
    "reports.rpt_communication_dossier": """asset_use_key varchar, communication_key varchar,
        communication_id_exstream varchar, rendering_id_exstream varchar, ordinal bigint, coverage_key varchar,
        generated_at timestamptz""",
    "reports.rpt_verdict_summary": "month date, channel varchar, verdict varchar, use_count bigint",
    "marts.bridge_asset_uses_candidates": """candidate_key varchar, asset_use_key varchar, asset_version_key varchar,
        approval_key varchar, superseding_asset_version_key varchar, asset_id_cloudinary varchar,
        version_number bigint, etag varchar, verdict varchar, verdict_reason varchar, is_late boolean,
        recorded_at timestamptz""",
}


def _use(
    letter: str,
    rendering: str,
    ordinal: int,
    verdict: str,
    version: tuple[str, int] | None,
    *,
    moment: datetime,
    approved: Row | None = None,
    **other: object,
) -> Row:
    asset_id, number = version or (None, None)
    row: Row = {
        "asset_use_key": key_of("use", letter, rendering, ordinal),
        "communication_key": key_of("communication", letter),
        "rendering_key": key_of("rendering", letter, rendering),
        "asset_key": key_of("asset", asset_id) if asset_id else None,
        "asset_version_key": version_key(asset_id, number) if asset_id and number else None,
        "approval_key": approved["approval_key"] if approved else None,
        "asset_use_id": f"{letter}/{rendering}/{ordinal}",
        "communication_id_exstream": letter,
        "rendering_id_exstream": rendering,
        "ordinal": ordinal,
        "placeholder_name": f"hero_image_{ordinal}",
        "binding": "embedded" if rendering == "print" else "live_url",
        "channel_code": rendering,
        "asset_id_cloudinary": asset_id,
        "public_id": None if asset_id else "brand/unknown-stamp",
        "version_number": number,
        "etag": etag_of(asset_id, number) if asset_id and number else None,
        "delivery_url": None
        if rendering == "print"
        else f"https://res.cloudinary.com/demo/image/upload/f_auto,q_auto,w_1200/v{number}/x.png",
        "transformation": None if rendering == "print" else "f_auto,q_auto,w_1200",
        "format_code": "png",
        "segment_code": "retail",
        "jurisdiction_code": "US-TX",
        "generated_at": moment,
        "verdict": verdict,
        "verdict_reason": REASONS[verdict],
        "superseding_asset_version_key": None,
        "approver_id": approved["approver_id"] if approved else None,
        "approved_at": approved["granted_at"] if approved else None,
        "evidence_strength": "exact",
        "evidence_grade": "confirmed",
        "recorded_at": moment + timedelta(hours=4),
        "_log_index": 77,
    }
    return {**row, **other}


def dossiers(uses: list[Row]) -> list[Row]:
    """Return which stretch of claims covers each use: the only one of notifications, or none."""
    named = (
        *("asset_use_key", "communication_key", "communication_id_exstream"),
        *("rendering_id_exstream", "ordinal", "generated_at"),
    )
    return [
        {name: use[name] for name in named}
        | {
            "coverage_key": None
            if _is_uncovered(use["generated_at"])
            else key_of("coverage", "cloudinary", "notifications")
        }
        for use in uses
    ]


def _is_uncovered(moment: object) -> bool:
    return not isinstance(moment, datetime) or not COVERED_FROM <= moment <= COVERED_TO - timedelta(seconds=2)


def letter_uses() -> list[Row]:
    """Return the uses of the letter that has every verdict, one of them only possible."""
    approvals = {(str(row["asset_id_cloudinary"]), row["version_number"]): row for row in every_approval()}
    superseded = {"superseding_asset_version_key": version_key(LETTERHEAD, 1775030400)}

    def use(rendering: str, ordinal: int, verdict: str, version: tuple[str, int] | None, **other: object) -> Row:
        approved = approvals.get(version) if version else None
        moment = other.pop("moment", LETTER_AT)
        assert isinstance(moment, datetime)
        return _use(LETTER, rendering, ordinal, verdict, version, moment=moment, approved=approved, **other)

    return [
        use("print", 1, "EXPIRED", (BANNER, 1768471200), placeholder_name="cover_banner"),
        use("print", 2, "NOT_APPROVED", (LETTERHEAD, 1768212000), placeholder_name="letterhead"),
        use("print", 3, "PROVEN", (LETTERHEAD, 1775030400), placeholder_name="footer_mark"),
        use("email", 1, "NOT_ELIGIBLE", (BANNER, 1772442000)),
        use("email", 2, "SUPERSEDED", (LETTERHEAD, 1768212000), **superseded),
        use("email", 3, "AMBIGUOUS", (LETTERHEAD, 1776157952), evidence_strength="run_set"),
        use("web", 1, "NO_EVIDENCE", None, placeholder_name="approval_stamp"),
        use("web", 2, "PROVEN_LATE", (LETTERHEAD, 1775030400), recorded_at=LETTER_AT + timedelta(days=9, hours=2)),
    ]


def other_uses(letters: int) -> list[Row]:
    approvals = {row["version_number"]: row for row in every_approval()}
    rows = [
        _use(SEVERAL_LETTER, "email", 1, "PROVEN", None, moment=at("04-05"), asset_key=key_of("asset", LETTERHEAD)),
        _use(EARLY_LETTER, "print", 1, "NO_EVIDENCE", (LETTERHEAD, 1768212000), moment=at("01-07")),
        _use(
            HOSTILE_LETTER,
            "print",
            1,
            "NOT_APPROVED",
            (HOSTILE_ASSET, 1768212001),
            moment=at("04-02"),
            placeholder_name=FORMULA,
            delivery_url="javascript:alert(1)",
        ),
        _use(
            HOSTILE_LETTER,
            "email",
            2,
            "NOT_APPROVED",
            (HOSTILE_ASSET, 1768212001),
            moment=at("04-02"),
            placeholder_name=LONG_NAME,
            transformation=RIGHT_TO_LEFT,
        ),
    ]
    for number in range(letters):
        moment = at("03-04") + timedelta(hours=9 * number)
        verdict = "EXPIRED" if number % 3 == 0 else "PROVEN"
        letter, channel = f"COM-2026-{100_000 + number:07d}", ("print", "email", "web")[number % 3]
        approved = approvals[1772442000]
        version = (BANNER, 1772442000)
        rows.append(
            _use(
                letter,
                channel,
                1,
                verdict,
                version,
                moment=moment,
                approved=approved,
                jurisdiction_code=("CA-ON", "CA-QC")[number % 2],
            )
        )
    return rows


def candidates(uses: list[Row]) -> list[Row]:
    """Return two versions for each use that fits several, and one for each that names its bytes."""
    approvals = {(row["asset_id_cloudinary"], row["version_number"]): row for row in every_approval()}
    several = ((LETTERHEAD, 1768212000), (LETTERHEAD, 1775030400))
    rows = []
    for use in uses:
        is_several = use["verdict"] == "AMBIGUOUS" or use["communication_id_exstream"] == SEVERAL_LETTER
        own = (use["asset_id_cloudinary"], use["version_number"])
        for asset_id, number in several if is_several else (own,):
            is_bad = use["verdict"] == "AMBIGUOUS" and number == several[0][1]
            verdict = "NOT_APPROVED" if is_bad else "PROVEN" if is_several else str(use["verdict"])
            approval = approvals.get((asset_id, number), {})
            rows.append(
                {
                    "candidate_key": key_of("candidate", use["asset_use_key"], number),
                    "asset_use_key": use["asset_use_key"],
                    "asset_version_key": key_of("version", asset_id, number),
                    "approval_key": approval.get("approval_key"),
                    "asset_id_cloudinary": asset_id,
                    "version_number": number,
                    "etag": key_of("etag", asset_id, number)[:32],
                    "verdict": verdict,
                    "verdict_reason": REASONS[verdict],
                    "is_late": False,
                }
            )
    return rows


REASONS = {
    "NOT_APPROVED": "never_approved",
    "EXPIRED": "validity_ended",
    "NOT_ELIGIBLE": "jurisdiction_not_allowed",
    "SUPERSEDED": "newer_version_in_force",
    "AMBIGUOUS": "several_candidates",
    "NO_EVIDENCE": "unresolved_reference",
    "PROVEN_LATE": "recorded_late",
    "PROVEN": "approved_in_force",
}


_RANKS = tuple(REASONS)


def communications(uses: list[Row]) -> list[Row]:
    """Return one communication for each letter of the uses, and one that two domains share without any use."""
    rows = []
    for letter in dict.fromkeys(str(use["communication_id_exstream"]) for use in uses):
        mine = [use for use in uses if use["communication_id_exstream"] == letter]
        verdicts = [str(use["verdict"]) for use in mine]
        rows.append(
            _communication(letter, "claims", mine[0]["generated_at"], len(mine), min(verdicts, key=_RANKS.index))
        )
    rows += [_communication(TWIN_LETTER, domain, at("04-01"), 0, None) for domain in ("claims", "life")]
    return rows


def _communication(letter: str, domain: str, moment: object, uses: int, worst: str | None) -> Row:
    return {
        "communication_key": key_of("communication", letter)
        if domain == "claims"
        else key_of("communication", letter, domain),
        "communication_id_exstream": letter,
        "domain_code": domain,
        "flow_instance_id_exstream": "fi-20260414-0042",
        "job_id_exstream": "job-20260414-0007",
        "recipient_pseudonym": key_of("recipient", letter),
        "document_type": "policy_renewal",
        "template_id_exstream": "tpl-renewal-letter",
        "template_version": "17",
        "segment_code": "retail",
        "jurisdiction_code": "US-TX",
        "language_code": "en",
        "offers_list": ["SPRING-10"],
        "generated_at": moment,
        "use_count": uses,
        "worst_verdict": worst,
        "_log_index": 70,
    }


def renderings(uses: list[Row]) -> list[Row]:
    """Return the renderings that carry the uses."""
    rows = {
        use["rendering_key"]: {
            "rendering_key": use["rendering_key"],
            "communication_key": use["communication_key"],
            "rendering_id_exstream": use["rendering_id_exstream"],
            "channel_code": use["channel_code"],
            "file_name": "Queue_1/letter.pdf",
            "page_count": 2,
            "generated_at": use["generated_at"],
            "_log_index": 41,
        }
        for use in uses
    }
    return list(rows.values())


def verdict_summary(uses: list[Row]) -> list[Row]:
    """Return the uses counted by month, channel and verdict."""
    counted: Counter[tuple[date, str, str]] = Counter()
    for use in uses:
        moment = use["generated_at"]
        assert isinstance(moment, datetime)
        counted[(moment.date().replace(day=1), str(use["channel_code"]), str(use["verdict"]))] += 1
    return [
        {"month": month, "channel": channel, "verdict": verdict, "use_count": count}
        for (month, channel, verdict), count in counted.items()
    ]
