"""Addresses in HTML outputs of the small world: whose they are, and what the report says of them."""

from tests.dbt.conftest import Warehouse


def test_an_address_in_an_output_tells_whose_it_is_and_whether_the_report_names_it(warehouse: Warehouse) -> None:
    """Harm prevented: an image that no report names goes out unseen, or is proven of the wrong letter."""
    found = warehouse.rows(
        "select links.file_name, links.ordinal, communications.communication_id_exstream, links.link_state, "
        "links.evidence_strength, links.verdict, links.asset_id_cloudinary is not null "
        "from marts.fct_output_links as links "
        "left join marts.fct_communications as communications using (communication_key) order by all"
    )
    assert found == [
        ("mail-1.html", 1, "proven", "not_reported", "exact", "PROVEN", True),
        ("mail-1.html", 2, "proven", "unlinked", None, None, False),
        ("mail-3.html", 1, "proven-by-url", "reported", "exact", "PROVEN", True),
        ("mail-3.html", 2, "proven-by-url", "not_reported", "exact", "PROVEN", True),
        ("mail-all.html", 1, None, "of_run", "run_set", "NO_EVIDENCE", False),
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
