"""Periods: what is written is what is meant."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reports.attestation.periods import Period
from reports.problems import BadQuestion


@pytest.mark.parametrize(
    ("text", "first", "behind"),
    [
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-Q1", "2026-01-01", "2026-04-01"),
        ("2026-Q4", "2026-10-01", "2027-01-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2026-02", "2026-02-01", "2026-03-01"),
        ("2024-02-28..2024-03-01", "2024-02-28", "2024-03-01"),
        ("2026-02-01..2026-04-01", "2026-02-01", "2026-04-01"),
        (" 2026-03 ", "2026-03-01", "2026-04-01"),
    ],
)
def test_a_period_is_read_and_written(text: str, first: str, behind: str) -> None:
    """Harm prevented: a quarter that is signed with a month too few, or a day too many."""
    period = Period.from_text(text)
    assert period == Period(date.fromisoformat(first), date.fromisoformat(behind))
    assert str(period) == text.strip()
    assert period.starts_at == datetime.fromisoformat(first).replace(tzinfo=UTC)
    assert period.ends_at == datetime.fromisoformat(behind).replace(tzinfo=UTC)


@given(some.dates(date(1000, 1, 1), date(9000, 1, 1)), some.integers(1, 5000))
def test_any_period_is_read_as_it_is_written(first: date, days: int) -> None:
    """Harm prevented: an address of a period that opens another one."""
    period = Period(first, date.fromordinal(first.toordinal() + days))
    assert Period.from_text(str(period)) == period


@pytest.mark.parametrize(
    "text",
    ["", "26", "2026-13", "2026-00", "2026-Q5", "2026-04-01", "2026-04-02..2026-04-01", "2026-04-01..2026-04-01",
     "2026-02-30..2026-03-01", "0000", "2026-04..2026-05", "<script>", "\u0662\u0660\u0662\u0666", "9" * 500],
)  # fmt: skip
def test_what_is_no_period_is_told(text: str) -> None:
    """Harm prevented: a period that is guessed, and signed."""
    with pytest.raises(BadQuestion):
        Period.from_text(text)
