"""What the verdicts of marts rest on, in the small world: claims that cover them, strength and grade."""

import pytest

from tests.dbt.conftest import Warehouse

VERDICTS = [
    ("fct_publications", "verdict_at_publication", "evidence_grade", "coverage_key"),
    ("fct_publications", "verdict_now", "evidence_grade_now", "coverage_key_now"),
    ("fct_distributions", "verdict_at_issue", "evidence_grade", "coverage_key"),
    ("fct_distributions", "verdict_now", "evidence_grade_now", "coverage_key_now"),
    ("fct_downloads", "verdict", "evidence_grade", "coverage_key"),
    ("fct_shares", "verdict", "evidence_grade", "coverage_key"),
    ("fct_launch_visuals", "verdict", "evidence_grade", "coverage_key"),
    ("bridge_retrievals_assets", "verdict", "evidence_grade", "coverage_key"),
    ("fct_cases", "verdict_at_opening", "evidence_grade", "coverage_key"),
    ("fct_template_links", "verdict", "evidence_grade", "coverage_key"),
    ("fct_output_links", "verdict", "evidence_grade", "coverage_key"),
    ("fct_rich_media_uses", "target_verdict", "target_evidence_grade", "target_coverage_key"),
    ("fct_rich_media_uses", "target_verdict_now", "target_evidence_grade_now", "target_coverage_key_now"),
    ("rpt_partner_audit_trail", "verdict", "evidence_grade", "coverage_key"),
]


@pytest.mark.parametrize(("table", "verdict", "grade", "coverage"), VERDICTS)
def test_a_verdict_tells_its_grade_and_its_claims(
    warehouse: Warehouse, table: str, verdict: str, grade: str, coverage: str
) -> None:
    """A green verdict without claims behind it cannot be followed; a grade without a verdict says nothing."""
    schema = "reports" if table.startswith("rpt_") else "marts"
    judged, covered, lonely, graded_apart = warehouse.one(
        f"""
        select
            count({verdict}),
            count({coverage}),
            count(*) filter (
                where {verdict} not in ('NO_EVIDENCE', 'AMBIGUOUS') and ({coverage} is null or {grade} = 'unknown')
            ),
            count(*) filter (where ({verdict} is null) <> ({grade} is null))
        from {schema}.{table}
        """
    )
    assert judged > 0
    assert covered > 0
    assert (lonely, graded_apart) == (0, 0)
