"""The marts, controls and reports of a small world in which every answer is known beforehand."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from ingest.cloudinary.delivery_url import parse_delivery_url
from tests.dbt.conftest import Warehouse
from tests.dbt.landing_fixture import FOR_EVER, instant
from tests.dbt.small_world_own_records import SILENT_CASE, STALE_LINK
from tests.dbt.small_world_partners import NEW_LOGO, OLD_LOGO
from tests.dbt.small_world_rows import asset_id
from tests.dbt.small_world_uses import EXPOSURES, USES

OF_A_STRANGER = ("dim_partner_subjects", "fct_partner_receipts", "fct_receipts")
"""Who opened what was not shown to him is no partner that landed: dbt warns, as he may land later."""


def test_the_project_builds_and_all_its_tests_hold(warehouse: Warehouse) -> None:
    """A project that does not build, or whose own tests fail, leaves the last snapshot up and everybody waiting."""
    assert warehouse.exit_code == 0, warehouse.output
    warned = sorted(re.findall(r" WARN \d+ (\w+?_key)__", warehouse.output))
    assert warned == [f"relationships_{table}_partner_key" for table in OF_A_STRANGER], warehouse.output
    assert f"WARN={len(OF_A_STRANGER)} " in warehouse.output, warehouse.output


@pytest.mark.parametrize("communication_id", USES)
def test_each_use_has_its_verdict_and_reason(warehouse: Warehouse, communication_id: str) -> None:
    """A wrong verdict accuses somebody of what was in order, or hides what was not."""
    found = warehouse.one(
        "select verdict, verdict_reason from marts.fct_asset_uses where communication_id_exstream = ?", communication_id
    )
    assert found == (USES[communication_id].verdict, USES[communication_id].reason)


def test_each_live_link_has_its_exposure(warehouse: Warehouse) -> None:
    """A link that served what nobody approved is taken for good, or one that may still be opened for proven."""
    found = warehouse.rows(
        "select communication_id_exstream, verdict, verdict_so_far, verdict_reason_so_far from marts.fct_exposures"
    )
    assert {name: tuple(told) for name, *told in found} == EXPOSURES


def test_the_warehouse_reads_the_readings_that_the_parser_told(warehouse: Warehouse) -> None:
    """A reading that is lost on the way never names an asset, and another one is taken for the only one."""
    found = warehouse.rows(
        "select uses.url, readings.public_id, readings.transformation, readings.format_code "
        "from raw_exstream.asset_uses as uses "
        "inner join staging.stg_exstream__address_readings as readings using (delivery_readings) "
        "order by uses.communication_id, readings.reading_number"
    )
    urls = {url for url, *_ in found}
    assert len(urls) > 4
    for url in urls:
        told = [tuple(reading)[:3] for reading in parse_delivery_url(url).readings]
        assert [row[1:] for row in dict.fromkeys(found) if row[0] == url] == told


def test_an_address_in_doubt_names_what_it_may_mean(warehouse: Warehouse) -> None:
    """A verdict of AMBIGUOUS that does not say between what it lies gives nobody anything to do."""
    found = warehouse.rows(
        "select candidates.asset_id_cloudinary, candidates.verdict from marts.fct_asset_uses as uses "
        "inner join marts.bridge_asset_uses_candidates as candidates using (asset_use_key) "
        "where uses.communication_id_exstream = 'of-two-readings-that-name-something' order by all"
    )
    assert found == [(asset_id("folded"), "PROVEN"), (asset_id("hero"), "PROVEN")]


def test_the_evidence_of_an_exposure_is_told_by_version(warehouse: Warehouse) -> None:
    """A verdict over exposure whose bytes nobody can name convinces nobody."""
    found = warehouse.rows(
        "select etag, served_from, served_to, is_at_composition, verdict_reason, verdict_at "
        "from marts.fct_exposure_versions where asset_use_id = 'opened-after-an-overwriting/r1/1' order by served_from"
    )
    overwritten = instant("2026-02-01T10:00:00Z")
    composed = instant("2026-01-16T12:00:00Z")
    assert found == [
        ("s2", instant("2026-01-14T10:00:00Z"), overwritten, True, "recorded_late", composed),
        ("s3", overwritten, FOR_EVER, False, "never_approved", overwritten + timedelta(seconds=2)),
    ]


def test_the_evidence_stands_with_the_verdict(warehouse: Warehouse) -> None:
    """A verdict whose version, approver and instants cannot be looked up is an opinion."""
    found = warehouse.one(
        """
        select uses.asset_use_id, uses.asset_id_cloudinary, uses.version_number, uses.etag, uses.approver_id,
            uses.evidence_strength, uses.evidence_grade, versions.uploaded_by_id, approvals.in_force_to,
            approvals.segments_list, assets.campaign_code, communications.job_id_exstream, renderings.file_name
        from marts.fct_asset_uses as uses
        inner join marts.dim_asset_versions as versions using (asset_version_key)
        inner join marts.fct_approvals as approvals using (approval_key)
        inner join marts.dim_assets as assets on uses.asset_key = assets.asset_key
        inner join marts.fct_communications as communications using (communication_key)
        inner join marts.fct_renderings as renderings using (rendering_key)
        where uses.communication_id_exstream = 'proven'
        """
    )
    assert found == (
        "proven/r1/1",
        asset_id("hero"),
        1768212000,
        "h1",
        "bob",
        "exact",
        "confirmed",
        "ann",
        FOR_EVER,
        ["retail"],
        "spring",
        "job-1",
        "mail-1.html",
    )


def test_superseded_names_the_newer_version(warehouse: Warehouse) -> None:
    """Without the newer version nobody knows what should have been sent."""
    found = warehouse.one(
        "select superseding_version_number, superseding_etag from reports.rpt_communication_dossier "
        "where communication_id_exstream = 'superseded'"
    )
    assert found == (NEW_LOGO, "l2")


def test_every_violation_is_an_exception_and_nothing_else(warehouse: Warehouse) -> None:
    """An exception too few hides a breach, one too many wastes a person's day."""
    found = warehouse.rows("select control_name, subject_id from marts.fct_exceptions order by all")
    assert found == [
        ("ctl_acknowledgements_of_other_bytes", "of-old-label"),
        ("ctl_artwork_against_catalogue_rules", "old-label"),
        ("ctl_case_answers_with_stale_links", "stale-link-team"),
        ("ctl_cases_with_unresolvable_references", "unknown"),
        ("ctl_communications_without_references", "proven-by-new-name"),
        ("ctl_downloads_of_unapproved_assets", "of-what-nobody-approved"),
        ("ctl_expired_asset_uses", "expired-to-the-second/r1/1"),
        ("ctl_foreign_changes", "of-a-forged-mark"),
        ("ctl_foreign_region_variants", "of-another-region"),
        ("ctl_ineligible_asset_uses", "wrong-offer/r1/1"),
        ("ctl_ineligible_asset_uses", "wrong-segment/r1/1"),
        ("ctl_ineligible_community_assets", "not-for-here"),
        ("ctl_launches_without_approved_visuals", "launch/3"),
        ("ctl_missing_launch_assets", "launch/1"),
        ("ctl_missing_launch_assets", "launch/2"),
        ("ctl_missing_launch_assets", "launch/3"),
        ("ctl_missing_variants", "west/brand/hero/US-CA/any/tablet"),
        ("ctl_old_visuals_after_launch", "superseded/r1/1"),
        ("ctl_outdated_artwork", "old-label"),
        ("ctl_outdated_community_assets", "outdated"),
        ("ctl_outdated_community_assets", "unapproved"),
        ("ctl_overdue_flags", "unresolved"),
        ("ctl_receipts_of_what_was_never_shared", "of-a-stranger"),
        ("ctl_republications_made_worse", "heavier"),
        ("ctl_republications_without_change", "unchanged"),
        ("ctl_retrievals_of_unapproved_assets", "RET-proven/2"),
        ("ctl_retrieved_assets_not_stored", "RET-proven/2"),
        ("ctl_rich_media_with_unusable_targets", "never-approved/r1/1"),
        ("ctl_selections_outside_campaign", "SEL-proven-by-url"),
        ("ctl_shares_after_approval_ended", "an-hour-after-the-end"),
        ("ctl_shares_approved_by_their_uploader", "much-heavier"),
        ("ctl_shares_before_approval", "unapproved"),
        ("ctl_superseded_asset_uses", "superseded/r1/1"),
        ("ctl_templates_behind_approved_versions", "TPL-BEHIND/IMG-OLD"),
        ("ctl_templates_behind_approved_versions", "TPL-REVIEWED/IMG-REVIEWED"),
        ("ctl_templates_behind_approved_versions", "TPL-TAGGED/IMG-TAGGED"),
        ("ctl_thumbnails_of_other_versions", "superseded/r1/1"),
        ("ctl_unacknowledged_artwork", "old-label"),
        ("ctl_unanswered_corrected_cases", "by-url"),
        ("ctl_unanswered_corrected_cases", "corrected-but-not-live"),
        ("ctl_unanswered_corrected_cases", "corrected-then-deleted"),
        ("ctl_unanswered_corrected_cases", "silent"),
        ("ctl_unanswered_corrected_cases", "stale-link"),
        ("ctl_unanswered_feedback", "unheard"),
        ("ctl_unanswered_format_requests", "unanswered"),
        ("ctl_unanswered_rendition_requests", "RQ-proven-before-deletion"),
        ("ctl_unapproved_asset_uses", "never-approved/r1/1"),
        ("ctl_unapproved_asset_uses", "proven-by-url/r1/output/3"),
        ("ctl_unfitting_renditions", "RQ-proven-by-url"),
        ("ctl_unused_renditions", "RQ-proven-by-url"),
        ("ctl_uses_breaking_channel_policy", "proven-before-deletion/r1/1"),
        ("ctl_uses_without_retrieval", "proven-late/r1/1"),
        ("ctl_uses_without_selection", "a-second-before-expiry/r1/1"),
    ]


def test_standing_exceptions_propose_what_would_mend_them(warehouse: Warehouse) -> None:
    """A correction with the wrong target writes a wrong thing into a partner's system."""
    found = warehouse.rows(
        """
        select kind, subject_id, community_id_trading_grid, public_id, expected_version_number, expected_etag,
            desired_version_number, desired_etag, resource_type
        from marts.fct_proposed_corrections
        order by all
        """
    )
    old = OLD_LOGO["asset_version"]
    logo = ("brand/logo", old, "l1", NEW_LOGO, "l2", "image")
    hero = (old, "h1", "image")
    assert found == [
        ("advise_thumbnail", "any template/email/brand/logo", None, *logo),
        ("advise_transformation", "any template/email/c_scale,f_auto,w_2401", *[None] * 7),
        ("publish_asked_format", "unanswered", "west", "brand/hero", None, None, *hero),
        ("publish_variant", "west/brand/hero/US-CA/any/tablet", "west", "brand/hero", None, None, *hero),
        ("replace_foreign_variant", "of-another-region", "west", "brand/hero", old, "h1", *hero),
        ("replacement_link", "by-url", "west", *logo),
        ("replacement_link", "silent", "west", *logo),
        ("replacement_link", "stale-link", "west", *logo),
        ("republish_approved_version", "outdated", "west", "brand/banner", old, "n1", 1768903200, "n2", "image"),
        ("review_template_image", "TPL-BEHIND/IMG-OLD", None, *logo),
        ("review_template_image", "TPL-TAGGED/IMG-TAGGED", None, *logo),
    ]


def test_renderings_know_the_output_that_holds_them(warehouse: Warehouse) -> None:
    """A letter that cannot be found in the output files cannot be shown to an auditor."""
    found = warehouse.rows(
        "select communication_id_exstream, file_name, page_count, delivered_output_count from marts.fct_renderings "
        "where delivered_output_count > 0 order by 1"
    )
    assert found == [
        ("proven", "mail-1.html", 2, 1),
        ("proven-by-url", "mail-3.html", 1, 1),
        ("proven-late", "mail-2.html", 3, 1),
    ]


def test_everything_is_evaluated_at_the_end_of_the_claims(warehouse: Warehouse) -> None:
    """An instant read from a clock would make every build differ and claim more than was seen."""
    found = warehouse.rows("select distinct evaluated_at from marts.fct_exceptions")
    assert found == [(datetime(2026, 2, 15, tzinfo=UTC),)]


def test_claims_of_held_batches_are_shown_and_cover_nothing(warehouse: Warehouse) -> None:
    """A held batch that is read would publish rows that nobody has accepted."""
    held = warehouse.one("select count(*) from marts.fct_claims where outcome = 'held'")
    approvals = warehouse.one(
        "select count(*) from marts.fct_approvals where asset_id_cloudinary = ?", asset_id("plain")
    )
    assert (held, approvals) == ((1,), (0,))


def test_where_used_counts_every_use_and_publication_once(warehouse: Warehouse) -> None:
    """A report that loses or doubles uses in its groups makes a recall incomplete."""
    found = warehouse.one(
        "select sum(use_count), sum(output_link_count), sum(publication_count), sum(live_publication_count) "
        "from reports.rpt_asset_where_used"
    )
    assert found == (len(USES), 2, 10, 7)


def test_reports_keep_their_grain(warehouse: Warehouse) -> None:
    """A join that multiplies rows shows one letter twice."""
    counts = warehouse.one(
        """
        select
            (select count(*) from reports.rpt_communication_dossier) = (select count(*) from marts.fct_asset_uses),
            (select count(*) from reports.rpt_exceptions) = (select count(*) from marts.fct_exceptions),
            (select sum(use_count) from reports.rpt_verdict_summary) = (select count(*) from marts.fct_asset_uses),
            (select count(*) from reports.rpt_case_timeline where event_type = 'opened')
            = (select count(*) from marts.fct_cases),
            (select count(*) from reports.rpt_cases) = (select count(*) from marts.fct_cases)
        """
    )
    assert counts == (True, True, True, True, True)


def test_every_candidate_of_a_use_stands_with_its_own_evidence(warehouse: Warehouse) -> None:
    """A use proven whichever of two versions it showed must show both approvals, or it is proven by nothing."""
    found = warehouse.rows(
        """
        select candidates.etag, candidates.verdict, candidates.verdict_reason, approvals.approver_id,
            versions.version_number = candidates.version_number, uses.candidate_count
        from marts.bridge_asset_uses_candidates as candidates
        inner join marts.fct_asset_uses as uses using (asset_use_key)
        inner join marts.dim_asset_versions as versions
            on candidates.asset_version_key = versions.asset_version_key
        left join marts.fct_approvals as approvals on candidates.approval_key = approvals.approval_key
        where uses.communication_id_exstream in ('proven-whichever-it-was', 'one-of-two-bytes')
        order by candidates.etag
        """
    )
    assert found == [
        ("t1", "PROVEN", "approved_in_force", "bob", True, 2),
        ("t2", "NOT_APPROVED", "never_approved", None, True, 2),
        ("w1", "PROVEN", "approved_in_force", "bob", True, 2),
        ("w2", "PROVEN", "approved_in_force", "bob", True, 2),
    ]


def test_a_use_says_how_good_the_evidence_of_its_version_is(warehouse: Warehouse) -> None:
    """A verdict without its grade is taken for a better one."""
    found = {
        name: (grade, reason)
        for name, grade, reason in warehouse.rows(
            "select communication_id_exstream, version_evidence_grade, version_evidence_reason"
            " from marts.fct_asset_uses"
        )
    }
    assert found["proven"] == ("confirmed", "notified")
    assert found["between-two-listings"] == ("confirmed", "end_by_listing")
    assert found["known-by-a-detail"] == ("derived", "begin_by_detail")
    assert found["known-by-a-backup"] == ("derived", "begin_by_backup")


def test_an_exception_is_its_last_owners_and_comes_back_when_its_acceptance_is_over(warehouse: Warehouse) -> None:
    """An exception that two people own, or that was accepted for ever by a day that is over, is worked by nobody."""
    found = warehouse.rows(
        "select exception_key, disposition_code, disposition_state, owner_id, cast(due_on as varchar), is_overdue "
        "from reports.rpt_exceptions where disposition_code is not null order by owner_id"
    )
    assert found == [
        (STALE_LINK, "accept_until", "run_out", "ana", None, False),
        (SILENT_CASE, "correct", "counts", "ben", "2026-12-31", False),
    ]
    history = "select disposition_id, disposition_state from marts.fct_dispositions order by all"
    assert warehouse.rows(history) == [(1, "replaced"), (2, "counts"), (3, "run_out"), (4, "counts")]


def test_accesses_are_counted_by_month_person_and_subject(warehouse: Warehouse) -> None:
    """Who looked at a letter is asked months later, when the pages of the log are long."""
    found = warehouse.rows(
        "select cast(month as varchar), person_name, access_type, outcome_code, subject_id, access_count "
        "from reports.rpt_accesses order by all"
    )
    assert found == [
        ("2026-01-01", "olga", "dossier", "given", "superseded", 2),
        ("2026-01-01", "olga", "refused", "refused", "/access", 1),
        ("2026-02-01", "olga", "dossier", "given", "superseded", 1),
    ]
