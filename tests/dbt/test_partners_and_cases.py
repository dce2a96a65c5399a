"""What the small world tells of publications, receipts, acknowledgements and cases."""

from datetime import UTC, datetime

from tests.dbt.conftest import Warehouse
from tests.dbt.small_world_partners import NEW_LOGO, OLD_LOGO


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


def test_receipts_are_counted_by_kind(warehouse: Warehouse) -> None:
    """Delivered (which a 997 says), opened and acknowledged: one flag for them would prove what nobody did."""
    found = warehouse.one(
        "select delivered_count, opened_count, acknowledged_count from marts.fct_publications "
        "where publication_id_trading_grid = 'in-order'"
    )
    assert found == (2, 2, 1)


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


def test_three_kinds_of_acknowledgement_stay_three_facts(warehouse: Warehouse) -> None:
    """A file that could be read is not one that was taken; an answer to nothing known must not vanish."""
    found = warehouse.rows(
        "select kind, told_by, code, is_rejection, match_outcome, document_id_trading_grid,"
        " publication_key is not null, occurred_at_written, occurred_at_zone"
        " from marts.fct_acknowledgements order by told_by desc, kind, code, 7"
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
        ("portal", "portal", "accepted", False, "matched", None, True, None, None),
    ]
