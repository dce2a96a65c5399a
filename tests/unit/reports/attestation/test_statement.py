"""Statements about a period, and what a later one says otherwise."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from assettrail.errors import EvidenceBroken
from reports.attestation.periods import Period
from reports.attestation.restatement import restatement
from reports.attestation.statement import (
    Basis,
    OpenException,
    Scope,
    Statement,
    StreamStatement,
    VerdictCount,
    from_text,
    read_statement,
)
from reports.completeness import StreamCoverage

MARCH = Period.from_text("2026-03")
STARTS, ENDS = "2026-03-01 00:00:00+00", "2026-04-01 00:00:00+00"
BEFORE_ITS_END, BEFORE_ITS_START = "2026-03-31 23:59:59.999999+00", "2026-02-28 23:59:59.999999+00"
BASIS = Basis("s1", datetime(2026, 5, 1, tzinfo=UTC), 12, "ab" * 32)
AT = datetime(2026, 3, 5, 6, 7, 8, tzinfo=UTC)


def cover(until: datetime, **changes: Any) -> StreamCoverage:
    """Claims of one stream from the beginning until an instant."""
    fields: dict[str, Any] = {"held_count": 0, "quarantined_count": 0, "incomplete_count": 0} | changes
    return StreamCoverage("exstream", "communications", ((None, until),), claim_count=1, row_count=1, **fields)


def _nothing_said(_keys: Collection[str]) -> dict[str, str]:
    return {}


@pytest.fixture
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    """The four tables that a statement asks, with what is in March and what is just not."""
    with duckdb.connect() as made:
        made.execute(
            f"""
            set TimeZone = 'UTC';
            create schema marts; create schema reports;
            create table marts.fct_communications as
                select generated_at::timestamptz as generated_at, jurisdiction_code
                from (values ('{STARTS}', 'DE'), ('{BEFORE_ITS_END}', 'US-NY'), ('{ENDS}', 'DE'),
                ('{BEFORE_ITS_START}', 'DE')) as t(generated_at, jurisdiction_code);
            create table marts.fct_asset_uses as
                select *, 'PROVEN' as verdict from marts.fct_communications union all
                select '2026-03-09 00:00:00+00'::timestamptz, 'DE', 'EXPIRED';
            create table marts.fct_publications as
                select '2026-03-02 00:00:00+00'::timestamptz as published_at, 'FR' as region_code,
                'PROVEN' as verdict_at_publication;
            create table reports.rpt_exceptions as
                select * replace (occurred_at::timestamptz as occurred_at) from (values
                ('e1', 'ctl_expired_asset_uses', 'asset_use', 'C-1', 'EXPIRED', false, '{STARTS}', 'DE'),
                ('e2', 'ctl_overdue_flags', 'flag', 'F-1', null, true, '{BEFORE_ITS_END}', null),
                ('e3', 'ctl_overdue_flags', 'flag', 'F-2', null, true, '{ENDS}', 'DE'))
                as t(exception_key, control_name, subject_type, subject_id, verdict, is_standing, occurred_at,
                jurisdiction_code);
            """
        )
        yield made


def test_a_statement_holds_what_is_in_the_period_to_the_microsecond(cursor: duckdb.DuckDBPyConnection) -> None:
    """Harm prevented: a communication of midnight that is signed in two months, or in none."""
    coverage = [cover(MARCH.ends_at)]
    made = read_statement(cursor, Scope(MARCH), BASIS, coverage, lambda _: {"e1": "accepted until 2026-06-01"})
    assert made.communication_count == 2
    assert made.asset_uses == (VerdictCount("EXPIRED", 1), VerdictCount("PROVEN", 2))
    assert made.publications == (VerdictCount("PROVEN", 1),)
    assert [(row.exception_key, row.disposition) for row in made.exceptions] == [
        ("e1", "accepted until 2026-06-01"),
        ("e2", None),
    ]
    assert made.unplaced_exception_count == 0
    assert made.is_complete
    assert from_text(made.text) == made


def test_a_jurisdiction_limits_everything_and_says_what_has_none(cursor: duckdb.DuckDBPyConnection) -> None:
    """Harm prevented: an officer for Germany who signs for New York, or who is told of nothing that has no place."""
    made = read_statement(cursor, Scope(MARCH, ("DE",)), BASIS, [cover(MARCH.ends_at)], _nothing_said)
    assert made.communication_count == 1
    assert made.asset_use_count == 2
    assert made.publications == ()
    assert [row.exception_key for row in made.exceptions] == ["e1"]
    assert made.unplaced_exception_count == 1
    assert from_text(made.text) == made
    nothing = read_statement(cursor, Scope(MARCH, ()), BASIS, [], _nothing_said)
    assert (nothing.communication_count, nothing.asset_uses, nothing.exceptions) == (0, (), ())


@pytest.mark.parametrize(
    ("coverage", "is_complete"),
    [
        ([], False),
        ([cover(MARCH.ends_at)], True),
        ([cover(datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC))], False),
        ([cover(datetime(2026, 2, 1, tzinfo=UTC))], False),
        ([cover(MARCH.ends_at, held_count=1)], False),
        ([cover(MARCH.ends_at, quarantined_count=1)], False),
    ],
)
def test_what_is_not_covered_is_stated(
    cursor: duckdb.DuckDBPyConnection, coverage: list[StreamCoverage], is_complete: bool
) -> None:
    """Harm prevented: a month that is signed as whole while a part of it never came."""
    made = read_statement(cursor, Scope(MARCH), BASIS, coverage, _nothing_said)
    assert made.is_complete == is_complete
    assert bool(made.gaps) == (not is_complete and bool(coverage))


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[1]", b'{"format": "assettrail period statement 1"}', b'{"format":"another"}', b"\xff"]
)
def test_a_text_that_is_no_statement_is_told(text: bytes) -> None:
    """Harm prevented: a signed text that was changed, and is read as something else."""
    with pytest.raises(EvidenceBroken):
        from_text(text)


HISTORICAL = OpenException("e1", "ctl_expired_asset_uses", "asset_use", "C-1", "EXPIRED", False, AT)
STANDING = OpenException("e2", "ctl_overdue_flags", "flag", "F-1", None, True, AT)
COVERED = StreamStatement("exstream", "communications", True, MARCH.ends_at, 0, 0)
SIGNED = Statement(Scope(MARCH), BASIS, 2, (VerdictCount("PROVEN", 2),), (), (COVERED,), (HISTORICAL, STANDING), 0)


@pytest.mark.parametrize(
    ("changed", "restated", "moved_on"),
    [
        ({}, False, False),
        ({"basis": replace(BASIS, snapshot_name="s2", log_size=99)}, False, False),
        ({"communication_count": 3}, True, False),
        ({"asset_uses": (VerdictCount("EXPIRED", 1), VerdictCount("PROVEN", 1))}, True, False),
        ({"publications": (VerdictCount("PROVEN", 1),)}, True, False),
        ({"exceptions": (STANDING,)}, True, False),
        ({"exceptions": (HISTORICAL, STANDING, replace(HISTORICAL, exception_key="e9"))}, True, False),
        ({"exceptions": (replace(HISTORICAL, verdict="NOT_APPROVED"), STANDING)}, True, False),
        ({"exceptions": (HISTORICAL,)}, False, True),
        ({"exceptions": (HISTORICAL, STANDING, replace(STANDING, exception_key="e8"))}, False, True),
        ({"exceptions": (replace(HISTORICAL, disposition="false alarm"), STANDING)}, False, True),
        ({"streams": (replace(COVERED, covered_until=datetime(2027, 1, 1, tzinfo=UTC)),)}, False, False),
        ({"streams": (replace(COVERED, is_covered=False, covered_until=AT),)}, True, False),
        ({"streams": (replace(COVERED, held_count=1),)}, True, False),
        ({"streams": ()}, True, False),
    ],
)
def test_what_is_stated_otherwise_since_is_told(changed: dict[str, Any], restated: bool, moved_on: bool) -> None:
    """Harm prevented: a signature that goes on standing under figures which are known to be wrong."""
    found = restatement(SIGNED, replace(SIGNED, **changed))
    assert (found.is_restated, found.has_moved_on) == (restated, moved_on)


def test_each_difference_is_named(cursor: duckdb.DuckDBPyConnection) -> None:
    """Harm prevented: "something changed", and nobody knows what."""
    found = restatement(
        SIGNED,
        replace(
            SIGNED,
            asset_uses=(VerdictCount("NOT_APPROVED", 1), VerdictCount("PROVEN", 1)),
            exceptions=(replace(HISTORICAL, verdict="NOT_APPROVED"), replace(STANDING, exception_key="e8")),
        ),
    )
    assert [(row.of, row.signed, row.now) for row in found.counts] == [
        ("asset uses NOT_APPROVED", 0, 1),
        ("asset uses PROVEN", 2, 1),
    ]
    assert [row.verdict for row in found.found_since] == ["NOT_APPROVED"]
    assert [row.verdict for row in found.gone_since] == ["EXPIRED"]
    assert [row.exception_key for row in found.opened_since] == ["e8"]
    assert [row.exception_key for row in found.cured_since] == ["e2"]
