"""Periods that are signed off: whole days in UTC, with their first instant and without their last.

Here belongs what can be written for a period. What happened in one is `statement`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from reports.problems import BadQuestion

_YEAR = re.compile(r"(\d{4})", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", re.ASCII)
MONTHS_OF_A_QUARTER = 3


@dataclass(frozen=True)
class Period:
    """A period of whole days (UTC): from the first instant of `first` to the first instant of `behind`, exclusive."""

    first: date
    behind: date

    @property
    def starts_at(self) -> datetime:
        """The first instant that is in the period."""
        return datetime.combine(self.first, time(), UTC)

    @property
    def ends_at(self) -> datetime:
        """The first instant that is behind the period."""
        return datetime.combine(self.behind, time(), UTC)

    def __str__(self) -> str:
        """The shortest text that `from_text` reads as this period."""
        if self.first.day == self.behind.day == 1:
            months = (self.behind.year - self.first.year) * 12 + self.behind.month - self.first.month
            if months == 12 and self.first.month == 1:
                return f"{self.first.year:04d}"
            if months == MONTHS_OF_A_QUARTER and self.first.month % MONTHS_OF_A_QUARTER == 1:
                return f"{self.first.year:04d}-Q{self.first.month // MONTHS_OF_A_QUARTER + 1}"
            if months == 1:
                return f"{self.first.year:04d}-{self.first.month:02d}"
        return f"{self.first}..{self.behind}"

    @classmethod
    def from_text(cls, text: str) -> Period:
        """Read a year (2026), a quarter (2026-Q2), a month (2026-04), or days (2026-04-01..2026-05-01).

        The second day is the one behind the last. Raises BadQuestion for anything else, and for a period that ends
        before it begins.
        """
        try:
            period = _read(text.strip())
        except ValueError:
            period = None
        if period is None or period.first >= period.behind:
            raise BadQuestion(
                tried=f"to read the period {text[:80]!r}",
                found="no period" if period is None else "a period that ends before it has begun",
                expected="a year (2026), a quarter (2026-Q2), a month (2026-04), or days (2026-04-01..2026-05-01, of "
                "which the second is the day behind the last one)",
                remedy="write the period in one of these ways",
            )
        return period


def _read(text: str) -> Period | None:
    if match := _YEAR.fullmatch(text):
        return _months(int(match[1]), 1, 12)
    if match := _QUARTER.fullmatch(text):
        first = (int(match[2]) - 1) * MONTHS_OF_A_QUARTER + 1
        return _months(int(match[1]), first, MONTHS_OF_A_QUARTER)
    if match := _MONTH.fullmatch(text):
        return _months(int(match[1]), int(match[2]), 1)
    if match := _DAYS.fullmatch(text):
        return Period(date.fromisoformat(match[1]), date.fromisoformat(match[2]))
    return None


def _months(year: int, month: int, count: int) -> Period:
    behind = year * 12 + month - 1 + count
    return Period(date(year, month, 1), date(behind // 12, behind % 12 + 1, 1))
