"""What a snapshot's manifest tells of its reports: readers years later have nothing else to tell it."""

from __future__ import annotations

import json

from publish.report_words import ReportWords, reports_of_manifest
from publish.snapshot import BuildOutcome

SHELF = ReportWords(
    "What communities show",
    "What does each community show now?",
    "Partner management",
    "partner.management@example.com",
    "/reports/rpt_community_shelf",
    "shown_from desc, community_name",
)


def test_what_a_build_tells_of_its_reports_is_read_again_from_the_manifest() -> None:
    """A question that is lost on its way through the manifest is not told on any page."""
    told = BuildOutcome(1, 0, reports={"rpt_community_shelf": SHELF}).in_manifest()
    assert reports_of_manifest(json.loads(json.dumps(told))) == {"rpt_community_shelf": SHELF}


def test_a_manifest_that_tells_less_is_read_as_far_as_it_goes() -> None:
    """A release that tells one word less must not take the page of every report away."""
    assert reports_of_manifest({"reports": {"rpt_x": {"label": "X"}}}) == {
        "rpt_x": ReportWords("X", "", "", "", "", "")
    }
    assert reports_of_manifest({}) == {}
