"""The marts, controls and reports of a small world in which every answer is known beforehand."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from ingest.cloudinary.delivery_url import parse_delivery_url
from tests.dbt.conftest import Warehouse
from tests.dbt.landing_fixture import instant
from tests.dbt.small_world_assets import MISSED_AT, SEEN_AT
from tests.dbt.small_world_own_records import SILENT_CASE, STALE_LINK
from tests.dbt.small_world_partners import NEW_LOGO, OLD_LOGO
from tests.dbt.small_world_rows import LANDED_AT, asset_id
from tests.dbt.small_world_uses import EXPOSURES, USES

OF_A_STRANGER = ("dim_partner_subjects", "fct_partner_receipts", "fct_receipts")
"""Who opened what was not shown to him is no partner that landed: dbt warns, as he may land later."""

FOR_EVER = datetime(9999, 12, 31, tzinfo=UTC)


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


def test_an_approval_without_bytes_is_graded_derived(warehouse: Warehouse) -> None:
    """An approval that names no bytes is weaker evidence: shown as confirmed it would be taken for more."""
    found = warehouse.rows(
        "select etag, evidence_grade, ended_by from marts.fct_approvals where asset_id_cloudinary = ? order by etag",
        asset_id("logo"),
    )
    assert found == [("l1", "derived", "open"), ("l2", "confirmed", "open")]


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


def test_publications_are_judged_then_and_now(warehouse: Warehouse) -> None:
    """What was right when published may be wrong now, and a withdrawn publication is no longer judged."""
    found = warehouse.rows(
        "select publication_id_trading_grid, verdict_at_publication, verdict_now, is_live "
        "from marts.fct_publications order by all"
    )
    assert found == [
        ("an-hour-after-the-end", "EXPIRED", None, False),
        ("in-order", "PROVEN_LATE", "PROVEN", True),
        ("much-heavier", "PROVEN_LATE", "PROVEN", True),
        ("newer-is-not-for-here", "PROVEN_LATE", "PROVEN", True),
        ("not-for-here", "NOT_ELIGIBLE", "NOT_ELIGIBLE", True),
        ("of-another-region", "PROVEN_LATE", "PROVEN", True),
        ("outdated", "PROVEN_LATE", "SUPERSEDED", True),
        ("unapproved", "NOT_APPROVED", "NOT_APPROVED", True),
        ("withdrawn", "PROVEN_LATE", None, False),
        ("withdrawn-at-once", "PROVEN_LATE", None, False),
    ]


def test_what_a_whole_listing_lacks_is_gone(warehouse: Warehouse) -> None:
    """A partner that is there again must not be gone, and a withdrawal that was told keeps its instant."""
    found = warehouse.rows(
        "select publication_id_trading_grid, withdrawal_evidence_grade, withdrawn_at < last_seen_at "
        "from marts.fct_publications where is_deleted"
    )
    assert found == [("withdrawn", "confirmed", True)]
    assert warehouse.rows("select is_deleted, deleted_at from marts.dim_partners") == [(False, None)]


def test_each_verdict_of_a_publication_has_its_own_reason(warehouse: Warehouse) -> None:
    """The reason of today beside the verdict of that day sends an officer after the wrong thing."""
    found = warehouse.rows(
        "select publication_id_trading_grid, verdict_reason_at_publication, verdict_reason_now, verdict_reason "
        "from marts.fct_publications where publication_id_trading_grid in ('outdated', 'unapproved', 'withdrawn') "
        "order by all"
    )
    assert found == [
        ("outdated", "recorded_late", "newer_version_in_force", "newer_version_in_force"),
        ("unapproved", "never_approved", "never_approved", "never_approved"),
        ("withdrawn", "recorded_late", None, "recorded_late"),
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


def test_receipts_are_counted_by_kind(warehouse: Warehouse) -> None:
    """Delivered, opened and acknowledged are three facts; one flag for them would prove what nobody did."""
    found = warehouse.one(
        "select delivered_count, opened_count, acknowledged_count from marts.fct_publications "
        "where publication_id_trading_grid = 'in-order'"
    )
    assert found == (1, 2, 1)


def test_cases_know_their_version_and_their_answer(warehouse: Warehouse) -> None:
    """A case that was answered but counts as open is answered twice; one that was not is forgotten."""
    found = warehouse.rows(
        "select case_id_trading_grid, reported_version_number, corrected_version_number, is_corrected, is_answered "
        "from marts.fct_cases order by 1"
    )
    old = OLD_LOGO["asset_version"]
    assert found == [
        ("answered", old, NEW_LOGO, True, True),
        ("by-url", old, NEW_LOGO, True, False),
        ("closed", old, NEW_LOGO, True, False),
        ("corrected-but-not-live", old, NEW_LOGO, True, False),
        ("corrected-elsewhere", old, None, False, False),
        ("corrected-then-deleted", old, NEW_LOGO, True, False),
        ("nothing-newer", old, None, False, False),
        ("silent", old, NEW_LOGO, True, False),
        ("stale-link", old, NEW_LOGO, True, False),
        ("unknown", None, None, False, False),
    ]


def test_cases_know_how_their_version_stood_when_they_were_opened(warehouse: Warehouse) -> None:
    """What a partner complains of without its state at that time is not to be answered for."""
    found = warehouse.rows(
        "select verdict_at_opening, verdict_reason_at_opening, "
        "list(case_id_trading_grid order by case_id_trading_grid) from reports.rpt_cases group by all order by all"
    )
    assert found == [
        ("NOT_APPROVED", "approved_later", ["nothing-newer"]),
        (
            "NOT_APPROVED",
            "never_approved",
            ["corrected-but-not-live", "corrected-elsewhere", "corrected-then-deleted"],
        ),
        ("NO_EVIDENCE", "unresolved_reference", ["unknown"]),
        ("PROVEN", "approved_in_force", ["answered", "by-url", "closed", "silent", "stale-link"]),
    ]


def test_cases_tell_how_long_the_fix_took(warehouse: Warehouse) -> None:
    """A fix that nobody can date is no fix for whoever waited for it."""
    found = warehouse.rows(
        "select case_id_trading_grid, hours_to_fix, reported_etag, corrected_etag, closed_at is not null "
        "from reports.rpt_cases where hours_to_fix is not null or closed_at is not null order by 1"
    )
    assert found == [("answered", 72, "l1", "l2", False), ("closed", None, "l1", "l2", True)]


def test_two_overwrites_in_one_second_are_two_versions(warehouse: Warehouse) -> None:
    """Versions that share a number must not become one, nor may one of them pass for the current bytes."""
    versions = warehouse.rows(
        "select etag, is_current from marts.dim_asset_versions where asset_id_cloudinary = ? order by etag",
        asset_id("twin"),
    )
    current = warehouse.one(
        "select current_etag, version_count from marts.dim_assets where asset_id_cloudinary = ?", asset_id("twin")
    )
    assert versions == [("t1", True), ("t2", True)]
    assert current == (None, 2)


def test_a_deleted_asset_stays_known(warehouse: Warehouse) -> None:
    """An asset that vanishes with its deletion takes the evidence of its uses with it."""
    found = warehouse.one(
        "select is_deleted, current_version_number, version_count from marts.dim_assets where asset_id_cloudinary = ?",
        asset_id("gone"),
    )
    assert found == (True, None, 1)


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
        "select sum(use_count), sum(publication_count), sum(live_publication_count) from reports.rpt_asset_where_used"
    )
    assert found == (len(USES), 10, 7)


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


def test_of_two_states_of_one_instant_the_withdrawn_one_counts(warehouse: Warehouse) -> None:
    """A publication that is live or withdrawn by the order of arrival makes an exception that comes and goes."""
    found = warehouse.one(
        "select is_live from marts.fct_publications where publication_id_trading_grid = 'withdrawn-at-once'"
    )
    assert found == (False,)


def test_a_publication_says_when_and_by_what_it_is_judged_now(warehouse: Warehouse) -> None:
    """A verdict "now" without its instant and approval is taken for today's."""
    found = warehouse.one(
        """
        select publications.evaluated_at, approvals.etag, approvals._ended_log_index
        from marts.fct_publications as publications
        inner join marts.fct_approvals as approvals on publications.approval_key_now = approvals.approval_key
        where publications.publication_id_trading_grid = 'in-order'
        """
    )
    assert found == (datetime(2026, 2, 15, tzinfo=UTC), "h1", None)


def test_a_version_says_by_what_it_is_known(warehouse: Warehouse) -> None:
    """An auditor who takes a backup list or a listing for a notification believes more than there is."""
    backed_up_at, shown_at = instant("2026-01-06T10:00:00Z"), instant("2026-01-07T10:00:00Z")
    versions = warehouse.rows(
        "select etag, evidence_source, evidence_grade, evidence_reason, ended_by, uploaded_by_id, live_surely_to,"
        " live_to from marts.dim_asset_versions where asset_id_cloudinary in (?, ?) order by live_from",
        asset_id("shown"),
        asset_id("lost"),
    )
    assert versions == [
        (None, "backup", "derived", "begin_by_backup", "replaced", None, backed_up_at, shown_at),
        ("y2", "detail", "derived", "begin_by_detail", "open", None, instant(LANDED_AT), FOR_EVER),
        ("k1", "notification", "derived", "end_by_listing", "absent", "ann", instant(SEEN_AT), instant(MISSED_AT)),
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


def test_an_asset_that_a_complete_listing_lacks_is_gone(warehouse: Warehouse) -> None:
    """Without it a deletion whose notification was lost leaves the asset live for ever."""
    deleted = dict(warehouse.rows("select asset_id_cloudinary, is_deleted from marts.dim_assets"))
    assert (deleted[asset_id("lost")], deleted[asset_id("gone")], deleted[asset_id("hero")]) == (True, True, False)


def test_an_approver_has_the_name_of_that_day(warehouse: Warehouse) -> None:
    """An id in a list of values says nobody's name; today's label may be another one than the one that was seen."""
    named = warehouse.rows(
        "select approver_name, granted_at from marts.fct_approvals where asset_id_cloudinary in (?, ?)"
        " order by granted_at",
        asset_id("hero"),
        asset_id("stamp"),
    )
    assert [name for name, _ in named] == ["Bob Builder", "Robert Builder"]
    labels = warehouse.rows(
        "select value_label, approval_meaning, valid_from, valid_surely_to, valid_to"
        " from marts.dim_metadata_field_values order by valid_from"
    )
    first, second = instant("2026-01-11T00:00:00Z"), instant("2026-01-14T00:00:00Z")
    assert labels == [
        ("Bob Builder", "approver", first, first, second),
        ("Robert Builder", "approver", second, second, FOR_EVER),
    ]


def test_three_kinds_of_acknowledgement_stay_three_facts(warehouse: Warehouse) -> None:
    """A file that could be read is not one that was taken; an answer to nothing known must not vanish."""
    found = warehouse.rows(
        "select kind, told_by, code, is_rejection, match_outcome, document_id_trading_grid,"
        " publication_key is not null, occurred_at_written, occurred_at_zone"
        " from marts.fct_acknowledgements order by told_by desc, kind, code"
    )
    written = ("20260117 1015", "America/New_York")
    assert found == [
        ("824", "x12", "TR", True, "matched", "D1", True, *written),
        ("997", "x12", "A", False, "matched", "D1", True, *written),
        ("997", "x12", "R", True, "no_document", None, False, *written),
        ("997", "portal", "A", False, "matched", None, True, None, None),
        ("997", "portal", "R", True, "matched", None, True, None, None),
        ("portal", "portal", "accepted", False, "matched", None, False, None, None),
        ("portal", "portal", "accepted", False, "matched", None, False, None, None),
    ]


def test_derived_files_stand_with_their_transformation(warehouse: Warehouse) -> None:
    """A rendition that nobody lists is corrected by nobody."""
    assert warehouse.rows(
        "select rendition_id_cloudinary, transformation, size_bytes, is_listed from marts.dim_renditions order by all"
    ) == [("derived-hero", "c_fill,w_300", 500, True), ("derived-shown", "c_fill,w_300", 500, True)]


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
