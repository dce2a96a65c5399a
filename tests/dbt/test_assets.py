"""What the small world tells of assets, their versions and approvals."""

from tests.dbt.conftest import Warehouse
from tests.dbt.landing_fixture import FOR_EVER, instant
from tests.dbt.small_world_assets import MISSED_AT, SEEN_AT
from tests.dbt.small_world_rows import LANDED_AT, asset_id


def test_an_approval_without_bytes_is_graded_derived(warehouse: Warehouse) -> None:
    """An approval that names no bytes is weaker evidence: shown as confirmed it would be taken for more."""
    found = warehouse.rows(
        "select etag, evidence_grade, ended_by from marts.fct_approvals where asset_id_cloudinary = ? order by etag",
        asset_id("logo"),
    )
    assert found == [("l1", "derived", "open"), ("l2", "confirmed", "open")]


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


def test_of_two_states_of_one_instant_the_withdrawn_one_counts(warehouse: Warehouse) -> None:
    """A publication that is live or withdrawn by the order of arrival makes an exception that comes and goes."""
    found = warehouse.one(
        "select is_live from marts.fct_publications where publication_id_trading_grid = 'withdrawn-at-once'"
    )
    assert found == (False,)


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
        " from marts.dim_metadata_field_values where metadata_field_id_cloudinary = 'approved_by' order by valid_from"
    )
    first, second = instant("2026-01-11T00:00:00Z"), instant("2026-01-14T00:00:00Z")
    assert labels == [
        ("Bob Builder", "approver", first, first, second),
        ("Robert Builder", "approver", second, second, FOR_EVER),
    ]


def test_a_field_that_whole_listings_lack_has_ended(warehouse: Warehouse) -> None:
    """A deleted field that stays current passes for one whose labels are known until today."""
    first, second = instant("2026-01-11T00:00:00Z"), instant("2026-01-14T00:00:00Z")
    assert warehouse.rows(
        "select is_current, ended_by, evidence_grade, valid_from, valid_surely_to, valid_to"
        " from marts.dim_metadata_field_values where field_name = 'Season'"
    ) == [(False, "absent", "derived", first, first, second)]
    (is_absent,) = warehouse.rows(
        "select is_absent from staging.stg_cloudinary__metadata_fields where metadata_field_id_cloudinary = 'season'"
    )
    assert is_absent == (True,)


def test_derived_files_stand_with_their_transformation(warehouse: Warehouse) -> None:
    """A rendition that nobody lists is corrected by nobody."""
    assert warehouse.rows(
        "select rendition_id_cloudinary, transformation, size_bytes, is_listed from marts.dim_renditions order by all"
    ) == [("derived-hero", "c_fill,w_300", 500, True), ("derived-shown", "c_fill,w_300", 500, True)]
