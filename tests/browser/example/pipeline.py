"""The claims of the example, one of them incomplete and one held, and what its manifest tells of the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise

from publish.origin import MadeBy
from tests.browser.example.names import COVERED_FROM, COVERED_TO, RIGHT_TO_LEFT, SCRIPT, Row, at, key_of

MADE_BY = MadeBy(
    assettrail="0.1.0",
    dbt="1.11.16",
    duckdb="2.0.0",
    rules={
        "macro.is_key": "0011223344556677",
        "model.fct_asset_uses": "8899aabbccddeeff",
        "project": "0123456789abcdef",
        "seed.days_allowed": "fedcba9876543210",
        "seed.grace_days": "00ff00ff00ff00ff",
    },
    settings={"cloud_name": RIGHT_TO_LEFT, "late_after_hours": 24},
)

TABLES: Mapping[str, str] = {
    "marts.fct_claims": """claim_key varchar, system_code varchar, stream_name varchar, window_from timestamptz,
        window_to timestamptz, is_complete boolean, how varchar, detail varchar, row_count bigint,
        quarantined_count bigint, outcome varchar, logged_at timestamptz, _log_index bigint""",
    "marts.fct_claim_stretches": """coverage_key varchar, system_code varchar, stream_name varchar,
        covered_from timestamptz, covered_to timestamptz, _first_log_index bigint, _last_log_index bigint""",
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
    ("trading_grid", "partners"),
    ("trading_grid", "members"),
    ("trading_grid", "distributions"),
    ("trading_grid", "launches"),
    ("trading_grid", "launch_requirements"),
    ("trading_grid", "launch_messages"),
    ("trading_grid", "tasks"),
    ("trading_grid", "flags"),
    ("trading_grid", "format_requests"),
    ("trading_grid", "feedback"),
    ("exstream", "resources"),
    ("exstream", "resource_history"),
    ("exstream", "design_links"),
    ("exstream", "resource_links"),
    ("corrections", "transitions"),
    ("corrections", "dispositions"),
    ("corrections", "accesses"),
)


def claims() -> list[Row]:
    rows: list[Row] = []
    edges = [COVERED_FROM, at("02-04"), at("03-06"), at("04-05"), COVERED_TO]
    for system, stream in _STREAMS:
        for start, end in pairwise(edges):
            rows.append(_claim(system, stream, start, end))
    gap = _claim("trading_grid", "searches", at("02-04"), at("03-06"))
    rows.append({**gap, "is_complete": False, "how": "none", "detail": SCRIPT, "quarantined_count": 3})
    rows.append(
        {**_claim("exstream", "engine_messages", at("03-06"), at("04-05")), "outcome": "held", "detail": "fewer rows"}
    )
    return rows


def stretches() -> list[Row]:
    """Return the stretches that the complete claims of the example cover: one of each whole stream."""
    return [
        {
            "coverage_key": key_of("coverage", system, stream),
            "system_code": system,
            "stream_name": stream,
            "covered_from": COVERED_FROM,
            "covered_to": COVERED_TO,
            "_first_log_index": 1,
            "_last_log_index": 4700,
        }
        for system, stream in _STREAMS
    ]


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


def manifest(name: str) -> dict[str, object]:
    """Return what the example's manifest tells of the pipeline, as `publish` writes it."""
    build = {
        "snapshot": name,
        "created_at": "2026-05-04T06:03:00+00:00",
        "data_until": COVERED_TO.isoformat(),
        "log_size": 4711,
        "is_increment": True,
        "why": "3 batches are new and 0 decided since 117 were built",
        "checks_passed": 212,
        "checks_failed": 0,
    }
    before = {"snapshot": "20260503T060000Z-4600", "log_size": 4600, "is_increment": False, "why": "it was asked for"}
    control = {
        "control": "ctl_expired_asset_uses",
        "ran": True,
        "findings": 4,
        "evaluated_until": COVERED_TO.isoformat(),
    }
    refused = {
        "system": "trading_grid",
        "stream": "searches",
        "reason": RIGHT_TO_LEFT,
        "state": "open",
        "record_count": 3,
    }
    return {
        "builds": [build, {**build, **before}],
        "controls_not_in_use": ["ctl_missing_variants"],
        "made_by": MADE_BY.to_manifest(),
        "pipeline": {
            "is_increment": True,
            "why": build["why"],
            "controls": [
                control,
                {**control, "control": "ctl_overdue_flags", "evaluated_until": None},
                {**control, "control": "ctl_missing_variants", "findings": 0},
            ],
            "quarantine": [{**refused, "first_at": at("02-05").isoformat(), "last_at": at("02-06").isoformat()}],
            "quarantine_trouble": None,
            "allowances": [
                {
                    "system": "cloudinary",
                    "allowed": 2000,
                    "remaining": 1480,
                    "kept_back": 1000,
                    "used": 212,
                    "resets_at": "2026-05-04T07:00:00+00:00",
                    "waiting": {"resource_details": 40},
                }
            ],
        },
    }
