"""What publishing tells of reports is what the exposures of the dbt project say."""

from __future__ import annotations

from orchestration.manifest import published_reports
from tests.browser.example.described import report_words


def test_each_report_is_published_with_the_question_of_its_exposure() -> None:
    """A report whose exposure is overlooked stands in the list without a question, and with nobody to ask."""
    published = published_reports()
    assert published == report_words()
    assert published["rpt_partner_matrix"].path == "/partners"
