"""Addresses in HTML outputs of the small world: whose they are, and what the report says of them."""

from corrections.recall.holders import find_recalled, holders_of
from tests.dbt.conftest import Warehouse
from tests.dbt.small_world_rows import asset_id


def test_an_address_in_an_output_tells_whose_it_is_and_whether_the_report_names_it(warehouse: Warehouse) -> None:
    """Harm prevented: an image that no report names goes out unseen, or is proven of the wrong letter."""
    found = warehouse.rows(
        "select links.file_name, links.ordinal, communications.communication_id_exstream, links.link_state, "
        "links.is_beside_report, links.evidence_strength, links.verdict, links.asset_id_cloudinary is not null "
        "from marts.fct_output_links as links "
        "left join marts.fct_communications as communications using (communication_key) order by all"
    )
    assert found == [
        ("mail-1.html", 1, "proven", "not_reported", True, "exact", "PROVEN", True),
        ("mail-1.html", 2, "proven", "unlinked", False, None, None, False),
        ("mail-3.html", 1, "proven-by-url", "reported", False, "exact", "PROVEN", True),
        ("mail-3.html", 2, "proven-by-url", "not_reported", False, "exact", "PROVEN", True),
        ("mail-3.html", 3, "proven-by-url", "not_reported", True, "exact", "NOT_APPROVED", True),
        ("mail-all.html", 1, None, "of_run", False, "run_set", "NO_EVIDENCE", False),
    ]


def test_what_the_output_and_the_report_name_has_one_verdict(warehouse: Warehouse) -> None:
    """Harm prevented: two answers about one image, by the way on which it was found."""
    found = warehouse.one(
        "select count(*), count(*) filter (where links.verdict_reason = uses.verdict_reason "
        "and links.asset_version_key = uses.asset_version_key) "
        "from marts.fct_output_links as links inner join marts.fct_asset_uses as uses using (asset_use_key) "
        "where links.is_shown"
    )
    assert found[0] == found[1] > 0


def test_an_unapproved_image_that_an_output_alone_shows_is_found_where_uses_are(warehouse: Warehouse) -> None:
    """Harm prevented: a customer saw what nobody approved, and no exception, letter or recall tells of it."""
    found = warehouse.rows(
        "select control_name, subject_id, reason, public_id, etag, verdict, channel_code, communication_id_exstream, "
        "correction_kind from reports.rpt_exceptions where subject_type = 'output_link'"
    )
    assert found == [
        (
            "ctl_unapproved_asset_uses",
            "proven-by-url/r1/output/3",
            "never_approved",
            "brand/plain",
            "p1",
            "NOT_APPROVED",
            "email",
            "proven-by-url",
            None,
        )
    ]
    letter = warehouse.one(
        "select use_count, worst_verdict from marts.fct_communications "
        "where communication_id_exstream = 'proven-by-url'"
    )
    assert letter == (1, "NOT_APPROVED")
    by_report = warehouse.one(
        "select count(distinct communication_key) from marts.fct_asset_uses where asset_id_cloudinary = ?",
        asset_id("plain"),
    )[0]
    for recalled in (asset_id("plain"), "p1"):
        held = holders_of(warehouse.path, find_recalled(warehouse.path, recalled))
        assert (held.communications, held.live_communications) == (by_report + 1, 1)
