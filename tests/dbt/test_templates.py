"""Templates and deliveries of the small world: what they show, whose they are, and what an asset's change reaches."""

from tests.dbt.conftest import Warehouse
from tests.dbt.small_world_partners import NEW_LOGO, OLD_LOGO


def test_each_template_tells_what_it_shows(warehouse: Warehouse) -> None:
    """A template whose old logo is called current goes on printing it."""
    found = warehouse.rows(
        "select template_image_id, link_state, evidence_strength, version_number, newest_approved_version_number, "
        "is_behind from marts.fct_template_links where not is_live_url order by template_image_id"
    )
    assert found == [
        ("TPL-BEHIND/IMG-OLD", "old", "exact", OLD_LOGO["asset_version"], NEW_LOGO, True),
        ("TPL-CURRENT/IMG-NEW", "current", "exact", NEW_LOGO, NEW_LOGO, False),
        ("TPL-REVIEWED/IMG-REVIEWED", "old", "exact", OLD_LOGO["asset_version"], NEW_LOGO, True),
        ("TPL-TAGGED/IMG-TAGGED", "old", "declared", OLD_LOGO["asset_version"], NEW_LOGO, True),
    ]
    addresses = warehouse.rows(
        "select public_id, evidence_strength, link_state from marts.fct_template_links "
        "where is_live_url order by template_image_id"
    )
    assert addresses == [
        ("brand/logo", "design_time", "current"),
        ("brand/hero", "design_time", "current"),
        (None, None, "unknown"),
        (None, None, "unknown"),
    ]


def test_an_exception_is_as_strong_as_its_evidence(warehouse: Warehouse) -> None:
    """What a tag says of an image, or a partner of an asset, must not be told as if it were proven."""
    found = warehouse.rows(
        "select subject_id, evidence_strength from reports.rpt_exceptions where evidence_strength <> 'exact' "
        "and subject_id not like 'unknown%' order by subject_id"
    )
    assert ("TPL-TAGGED/IMG-TAGGED", "declared") in found
    exact = warehouse.one(
        "select count(*), count(*) filter (where evidence_strength = 'exact') from marts.fct_exceptions "
        "where subject_type in ('asset_use', 'publication') or subject_id like 'TPL-%/IMG-%' "
        "and subject_id <> 'TPL-TAGGED/IMG-TAGGED'"
    )
    assert exact[0] == exact[1] > 0


def test_what_waits_for_its_reviewer_is_told_and_not_proposed_again(warehouse: Warehouse) -> None:
    """An image in review under another's hand must not get a second draft, and nobody be told to do it again."""
    found = warehouse.rows(
        "select subject_id, awaited_code, correction_kind from reports.rpt_exceptions "
        "where control_name = 'ctl_templates_behind_approved_versions' order by subject_id"
    )
    assert found == [
        ("TPL-BEHIND/IMG-OLD", None, "review_template_image"),
        ("TPL-REVIEWED/IMG-REVIEWED", "exstream_approval", None),
        ("TPL-TAGGED/IMG-TAGGED", None, "review_template_image"),
    ]
    image = warehouse.one(
        "select newest_state_code, newest_version_number, used_version_number, is_locked, is_newest_by_correction "
        "from marts.dim_template_images where image_name = 'IMG-REVIEWED'"
    )
    assert image == ("REVIEW", 2, 1, False, False)


def test_brand_currency_counts_templates_in_use(warehouse: Warehouse) -> None:
    """A share that counts drafts, or leaves out what is not known, looks better than the truth."""
    found = warehouse.one(
        "select business_unit_code, region_code, template_count, old_count, behind_count, current_count, "
        "possibly_current_count from reports.rpt_brand_currency"
    )
    assert found == ("personal-lines", "US-CA", 5, 3, 3, 1, 1)


def test_the_blast_radius_of_an_asset_reaches_its_templates(warehouse: Warehouse) -> None:
    """A recall that misses a template sends the recalled asset out again tomorrow."""
    found = warehouse.one(
        "select template_count, exact_template_count, behind_template_count, business_unit_count, use_count "
        "from reports.rpt_asset_blast_radius where public_id = 'brand/logo'"
    )
    assert found == (5, 3, 3, 1, 2)


def test_a_delivery_too_wide_for_its_channel_is_told(warehouse: Warehouse) -> None:
    """An address that nobody reads makes every reader load what only a poster needs."""
    found = warehouse.rows(
        "select asset_use_id, delivered_format_code, delivered_width_px from marts.fct_delivered_renditions "
        "where policy_reason not in ('fits', 'not_told')"
    )
    assert found == [("proven-before-deletion/r1/1", "auto", 2401)]
