"""A small published snapshot with every verdict, a worked case and hostile names, for the tests of the reports.

Here belongs the example only: tables with the columns that the marts have, filled by hand, so that each test knows
what a page must say. That the real marts fit the pages is tested where the warehouse is really built.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb

OPEN_END = datetime(9999, 12, 31, tzinfo=UTC)
COVERED_FROM = datetime(2026, 1, 10, tzinfo=UTC)
COVERED_TO = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)
LETTER = "COM-2026-0004711"
LETTER_AT = datetime(2026, 4, 14, 9, 12, 33, tzinfo=UTC)
EARLY_LETTER = "COM-2026-0000007"
TWIN_LETTER = "COM-2026-0000099"
ANSWERED_CASE = "CASE-000031"
WAITING_CASE = "CASE-000032"
SEVERAL_LETTER = "COM-2026-0000123"
SCRIPT = "<script>document.title='taken over'</script>"
RIGHT_TO_LEFT = "\u202egnp.live\u202c \u05e9\u05dc\u05d5\u05dd"
FORMULA = '=HYPERLINK("http://attacker.example","open")'
LONG_NAME = "very/long/" + "x" * 10_230
HOSTILE_LETTER = "COM-\"><img src=x onerror=alert(1)>/../%2e%2e/'; drop table marts.fct_cases; --"
ORDINARY_LETTERS = 130

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
    "marts.dim_communities": """community_key varchar, community_id_trading_grid varchar, community_name varchar,
        region_code varchar, language_code varchar, status_code varchar, _log_index bigint""",
    "marts.dim_partners": """partner_key varchar, partner_id_trading_grid varchar, partner_name varchar, gln varchar,
        duns varchar, status_code varchar, _log_index bigint""",
    "marts.fct_communications": """communication_key varchar, communication_id_exstream varchar, domain_code varchar,
        flow_instance_id_exstream varchar, job_id_exstream varchar, recipient_pseudonym varchar, document_type varchar,
        template_id_exstream varchar, template_version varchar, segment_code varchar, jurisdiction_code varchar,
        language_code varchar, offers_list varchar[], generated_at timestamptz, use_count bigint,
        worst_verdict varchar, _log_index bigint""",
    "marts.fct_renderings": """rendering_key varchar, communication_key varchar, rendering_id_exstream varchar,
        channel_code varchar, file_name varchar, page_count bigint, generated_at timestamptz, _log_index bigint""",
    "marts.fct_asset_uses": """asset_use_key varchar, communication_key varchar, rendering_key varchar,
        asset_key varchar, asset_version_key varchar, approval_key varchar, asset_use_id varchar,
        communication_id_exstream varchar, rendering_id_exstream varchar, ordinal bigint, placeholder_name varchar,
        binding varchar, channel_code varchar, asset_id_cloudinary varchar, public_id varchar, version_number bigint,
        etag varchar, delivery_url varchar, transformation varchar, format_code varchar, segment_code varchar,
        jurisdiction_code varchar, generated_at timestamptz, verdict varchar, verdict_reason varchar,
        superseding_asset_version_key varchar, approver_id varchar, approved_at timestamptz,
        evidence_strength varchar, evidence_grade varchar, recorded_at timestamptz, _log_index bigint""",
    "marts.bridge_asset_uses_candidates": """candidate_key varchar, asset_use_key varchar, asset_version_key varchar,
        approval_key varchar, superseding_asset_version_key varchar, asset_id_cloudinary varchar,
        version_number bigint, etag varchar, verdict varchar, verdict_reason varchar, is_late boolean,
        recorded_at timestamptz""",
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
    "marts.fct_case_messages": """case_message_key varchar, case_key varchar, message_id_trading_grid varchar,
        author_name varchar, author_role varchar, body varchar, linked_url varchar, linked_public_id varchar,
        linked_version_number bigint, correlation_id varchar, posted_at timestamptz""",
    "marts.fct_claims": """claim_key varchar, system_code varchar, stream_name varchar, window_from timestamptz,
        window_to timestamptz, is_complete boolean, how varchar, detail varchar, row_count bigint,
        quarantined_count bigint, outcome varchar, logged_at timestamptz, _log_index bigint""",
    "marts.fct_exceptions": """exception_key varchar, control_name varchar, subject_type varchar, subject_key varchar,
        subject_id varchar, asset_key varchar, communication_key varchar, is_standing boolean,
        occurred_at timestamptz, evaluated_at timestamptz, reason varchar""",
    "reports.rpt_exceptions": "exception_key varchar, correction_kind varchar, awaited_code varchar",
}

_STREAMS = (
    ("cloudinary", "notifications"),
    ("exstream", "communications"),
    ("exstream", "renderings"),
    ("exstream", "asset_uses"),
    ("trading_grid", "publications"),
    ("trading_grid", "accesses"),
    ("trading_grid", "acknowledgements"),
    ("trading_grid", "cases"),
    ("trading_grid", "thread_messages"),
)

Row = dict[str, object]


def key_of(*parts: object) -> str:
    """Return a key as the warehouse makes them: 64 hexadecimal digits."""
    return hashlib.sha256("\x00".join(map(str, parts)).encode()).hexdigest()


def asset_id_of(name: str) -> str:
    """Return an asset id as Cloudinary makes them: 32 hexadecimal digits."""
    return key_of("asset id", name)[:32]


BANNER = asset_id_of("banner")
LETTERHEAD = asset_id_of("letterhead")
HOSTILE_ASSET = asset_id_of("hostile")


def at(day: str, time: str = "08:00:00") -> datetime:
    """Return an instant of 2026 in UTC from `04-14` and `09:12:33`."""
    return datetime.fromisoformat(f"2026-{day}T{time}+00:00")


def publish_example(home: Path, name: str = "20260504T060000Z-4711", *, letters: int = ORDINARY_LETTERS) -> Path:
    """Write the example as a published snapshot under `home`, make it the current one, and return its folder."""
    folder = home / "snapshots" / name
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "assettrail.duckdb")) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("create schema marts")
        connection.execute("create schema reports")
        for table, columns in TABLES.items():
            connection.execute(f"create table {table} ({columns})")
        for table, rows in example_rows(letters).items():
            insert(connection, table, rows)
    manifest = {
        "name": name,
        "created_at": "2026-05-04T06:03:00Z",
        "data_until": "2026-05-04T06:00:00Z",
        "log": {"size": 4711, "root_hash": key_of("root")},
        "checks": {"passed": 212, "failed": 0},
        "tables": {},
        "previous": None,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    point_to(home, name)
    return folder


def point_to(home: Path, name: str) -> None:
    """Make the snapshot of that name the current one, as `publish` does: by one rename of the pointer."""
    fresh = home / "snapshots" / ".current-next"
    fresh.symlink_to(name)
    fresh.replace(home / "snapshots" / "current")


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Row]) -> None:
    """Insert rows that name the columns they fill."""
    rows = list(rows)
    if rows:
        columns = list(rows[0])
        marks = ", ".join("?" for _ in columns)
        text = f"insert into {table} ({', '.join(columns)}) values ({marks})"
        connection.executemany(text, [[row[column] for column in columns] for row in rows])


def example_rows(letters: int) -> dict[str, list[Row]]:
    """Return the rows of every table of the example."""
    versions = _versions()
    uses = [*_letter_uses(), *_other_uses(letters)]
    return {
        "marts.dim_assets": _assets(versions),
        "marts.dim_asset_versions": versions,
        "marts.fct_approvals": _approvals(),
        "marts.dim_communities": [
            _community("COMM-01", "Brokers Northern Region"),
            _community("COMM-02", RIGHT_TO_LEFT),
        ],
        "marts.dim_partners": [
            {
                "partner_key": key_of("partner", 1),
                "partner_id_trading_grid": "PARTNER-0001",
                "partner_name": "Harbour & Sons Brokerage",
            }
        ],
        "marts.fct_communications": _communications(uses),
        "marts.fct_renderings": _renderings(uses),
        "marts.fct_asset_uses": uses,
        "marts.bridge_asset_uses_candidates": _candidates(uses),
        "marts.fct_publications": _publications(),
        "marts.fct_cases": _cases(),
        "marts.fct_case_messages": _messages(),
        "marts.fct_claims": _claims(),
        "marts.fct_exceptions": (exceptions := _exceptions(uses)),
        "reports.rpt_exceptions": [_described(row) for row in exceptions],
    }


def version_key(asset_id: str, number: int) -> str:
    """Return the key of a version of the example."""
    return key_of("version", asset_id, number)


def etag_of(asset_id: str, number: int) -> str:
    """Return the etag of a version of the example: 32 hexadecimal digits."""
    return key_of("etag", asset_id, number)[:32]


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


def _versions() -> list[Row]:
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


def _renderings(uses: list[Row]) -> list[Row]:
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


def _assets(versions: list[Row]) -> list[Row]:
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


def _approvals() -> list[Row]:
    return [
        _approval(BANNER, 1768471200, at("01-16"), valid=(at("01-16"), at("03-31", "00:00:00"))),
        _approval(BANNER, 1772442000, at("03-03"), jurisdictions=("CA-ON", "CA-QC")),
        _approval(BANNER, 1776672000, at("04-21"), approver="p.costa"),
        _approval(LETTERHEAD, 1768212000, at("01-13"), ended=(at("04-10"), "revoked")),
        _approval(LETTERHEAD, 1775030400, at("04-02")),
    ]


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
        "verdict_reason": _REASONS[verdict],
        "superseding_asset_version_key": None,
        "approver_id": approved["approver_id"] if approved else None,
        "approved_at": approved["granted_at"] if approved else None,
        "evidence_strength": "exact",
        "evidence_grade": "confirmed",
        "recorded_at": moment + timedelta(hours=4),
        "_log_index": 77,
    }
    return {**row, **other}


def _letter_uses() -> list[Row]:
    """Return the uses of the letter that has every verdict, one of them only possible."""
    approvals = {(str(row["asset_id_cloudinary"]), row["version_number"]): row for row in _approvals()}
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


def _other_uses(letters: int) -> list[Row]:
    approvals = {row["version_number"]: row for row in _approvals()}
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


def _candidates(uses: list[Row]) -> list[Row]:
    """Return two versions for each use that fits several, and one for each that names its bytes."""
    approvals = {(row["asset_id_cloudinary"], row["version_number"]): row for row in _approvals()}
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
                    "verdict_reason": _REASONS[verdict],
                    "is_late": False,
                }
            )
    return rows


_REASONS = {
    "NOT_APPROVED": "never_approved",
    "EXPIRED": "validity_ended",
    "NOT_ELIGIBLE": "jurisdiction_not_allowed",
    "SUPERSEDED": "newer_version_in_force",
    "AMBIGUOUS": "several_candidates",
    "NO_EVIDENCE": "unresolved_reference",
    "PROVEN_LATE": "recorded_late",
    "PROVEN": "approved_in_force",
}
_RANKS = tuple(_REASONS)


def _communications(uses: list[Row]) -> list[Row]:
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


def _community(community_id: str, name: str) -> Row:
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


def _publications() -> list[Row]:
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


def _cases() -> list[Row]:
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


def _messages() -> list[Row]:
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


def _claims() -> list[Row]:
    rows: list[Row] = []
    edges = [COVERED_FROM, at("02-04"), at("03-06"), at("04-05"), COVERED_TO]
    for system, stream in _STREAMS:
        for start, end in pairwise(edges):
            rows.append(_claim(system, stream, start, end))
    return rows


def _claim(system: str, stream: str, start: datetime, end: datetime) -> Row:
    return {
        "claim_key": key_of(system, stream, start),
        "system_code": system,
        "stream_name": stream,
        "window_from": start,
        "window_to": end,
        "is_complete": True,
        "how": "equal_counts",
        "detail": "",
        "row_count": 1200,
        "quarantined_count": 0,
        "outcome": "accepted",
        "logged_at": end,
        "_log_index": 1,
    }


_CONTROLS = {
    "NOT_APPROVED": "ctl_unapproved_asset_uses",
    "EXPIRED": "ctl_expired_asset_uses",
    "NOT_ELIGIBLE": "ctl_ineligible_asset_uses",
    "SUPERSEDED": "ctl_superseded_asset_uses",
}


def _exceptions(uses: list[Row]) -> list[Row]:
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


def _described(exception: Row) -> Row:
    """What is being done: of the case a correction is proposed, what a community shows awaits another's word."""
    is_case, stands = exception["subject_type"] == "case", exception["is_standing"]
    return {
        "exception_key": exception["exception_key"],
        "correction_kind": "replacement_link" if is_case else None,
        "awaited_code": "exstream_approval" if stands and not is_case else None,
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
    }
