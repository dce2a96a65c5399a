"""What the verdict of a share rests on, as the page and the print of a partner's audit trail tell it.

Here belong the columns that both ask of `reports.rpt_partner_audit_trail` (called `trail` in their questions), and the
sentence about the claims. The same of a letter's uses is `reports.dossier.claims`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import duckdb

from reports.earlier_snapshots import has
from reports.text import instant

_STRETCH: Final = (
    "(select {0} from marts.fct_claim_stretches as one where one.coverage_key = trail.coverage_key) as {0}"
)
_TOLD: Final = f"""
    evidence_strength,
    evidence_grade,
    coverage_key,
    {_STRETCH.format("covered_from")},
    {_STRETCH.format("covered_to")}
"""
_NOT_TOLD: Final = """
    null::varchar as evidence_strength,
    null::varchar as evidence_grade,
    null::varchar as coverage_key,
    null::timestamptz as covered_from,
    null::timestamptz as covered_to
"""


def evidence_columns(cursor: duckdb.DuckDBPyConnection) -> str:
    """Return the columns of strength, grade and claims: NULL, all of them, in an older snapshot."""
    return _TOLD if has(cursor, "reports.rpt_partner_audit_trail", "evidence_grade") else _NOT_TOLD


def claims_sentence(
    evidence_grade: str | None, coverage_key: str | None, covered_from: datetime | None, covered_to: datetime | None
) -> str | None:
    """Return which complete claims cover the instant of sharing, or that none do; None where nothing is told of it."""
    if evidence_grade is None:
        return None
    if coverage_key is None:
        return "no complete claim covers it"
    return f"claimed without a gap from {instant(covered_from, 'the first record')} to {instant(covered_to)}"
