"""What a run of the small world had at hand: what it is, and that it is no use."""

from corrections.recall.holders import find_recalled, holders_of
from tests.dbt.conftest import Warehouse
from tests.dbt.small_world_rows import asset_id


def test_what_a_run_had_at_hand_is_the_asset_that_its_template_shows(warehouse: Warehouse) -> None:
    """Harm prevented: an image of which Exstream kept that the run had it is known to nobody, or is another asset."""
    found = warehouse.rows(
        "select flow_instance_id_exstream, resource_name, state_code, approved_by_id, link_way_code, "
        "link_evidence_strength, etag, template_image_resource_key is not null, template_version_key is not null "
        "from marts.fct_run_resources order by all"
    )
    assert found == [
        ("run-1", "IMG-ELSEWHERE", "APPROVED", "r.szabo", "unlinked", None, None, False, False),
        ("run-1", "IMG-NEW", "APPROVED", "r.szabo", "content_hash", "exact", "l2", True, False),
        ("run-1", "IMG-REVIEWED", "REVIEW", None, "unlinked", None, None, True, False),
        ("run-1", "IMG-TAGGED", "APPROVED", "r.szabo", "metadata_tag", "declared", "l1", True, False),
        ("run-1", "PAGE-HTML", "APPROVED", "r.szabo", None, None, None, False, False),
        ("run-1", "TPL-CURRENT", "APPROVED", "r.szabo", None, None, None, False, True),
        ("run-gone", "IMG-NEW", "APPROVED", "r.szabo", "content_hash", "exact", "l2", True, False),
    ]
    assert warehouse.rows("select distinct evidence_strength from marts.fct_run_resources") == [("run_set",)]
    disagreeing = warehouse.one(
        "select count(*) from marts.fct_run_resources as at_hand inner join marts.fct_template_links as links "
        "on at_hand.resource_id_exstream = links.image_resource_id_exstream "
        "and at_hand.resource_version_number = links.image_version_number and not links.is_live_url "
        "where at_hand.asset_version_key is distinct from links.asset_version_key "
        "or at_hand.link_evidence_strength is distinct from links.evidence_strength"
    )
    assert disagreeing == (0,)


def test_a_recall_counts_no_run_that_had_it_at_hand(warehouse: Warehouse) -> None:
    """Harm prevented: every letter of a run is told to have carried what the run only had at hand."""
    logo = asset_id("logo")
    at_hand = warehouse.one("select count(*) from marts.fct_run_resources where asset_id_cloudinary = ?", logo)[0]
    carried = warehouse.one(
        "select count(distinct communication_key) from (select communication_key, asset_id_cloudinary "
        "from marts.fct_asset_uses union all select communication_key, asset_id_cloudinary "
        "from marts.fct_output_links where is_beside_report) where asset_id_cloudinary = ?",
        logo,
    )[0]
    held = holders_of(warehouse.path, find_recalled(warehouse.path, logo))
    assert at_hand > 0
    assert held.communications == carried
    assert {holder.holder_type for holder in held.found} <= {"publication", "template", "partner"}
