"""The accesses of the example, counted by month: more than a page of them, one refused, one of a hostile name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from tests.browser.example.names import COVERED_TO, LETTER, SCRIPT, Row, at, key_of

TABLES: Mapping[str, str] = {
    "reports.rpt_accesses": """access_summary_key varchar, month date, person_name varchar, access_type varchar,
        outcome_code varchar, subject_id varchar, access_count bigint, first_accessed_at timestamptz,
        last_accessed_at timestamptz, evaluated_at timestamptz""",
}


def rows() -> dict[str, list[Row]]:
    """Return the rows of every table of this domain."""
    dossiers = [_counted("Olga Officer", "dossier", f"COM-2026-{number:07d}", 1) for number in range(60)]
    return {
        "reports.rpt_accesses": [
            *dossiers,
            _counted("Olga Officer", "dossier", LETTER, 12),
            _counted(SCRIPT, "query", "sha256:" + "ab" * 32, 3),
            _counted("Arno Approver", "refused", "/access", 2, outcome_code="refused"),
        ]
    }


def _counted(person: str, kind: str, subject: str, count: int, **changes: object) -> Row:
    return {
        "access_summary_key": key_of("access", person, kind, subject),
        "month": date(2026, 4, 1),
        "person_name": person,
        "access_type": kind,
        "outcome_code": "given",
        "subject_id": subject,
        "access_count": count,
        "first_accessed_at": at("04-02"),
        "last_accessed_at": at("04-21"),
        "evaluated_at": COVERED_TO,
    } | changes
