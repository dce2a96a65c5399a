"""The order in which the rows of a report are read, as the report itself tells it, and the place behind a row in it.

Here belongs turning what is told (`generated_at desc, ordinal`) into a question and into words. Rows without a value
come last; rows that are alike in all that is told follow each other by key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from publish.content import quoted
from reports.report_tables.catalogue import Report, ReportColumn

Direction = Literal["asc", "desc"]

PLACE: Final = "_place"
"""The name of the row behind which a page goes on."""


@dataclass(frozen=True)
class OrderTerm:
    """One column that rows are ordered by."""

    column: ReportColumn
    direction: Direction

    @property
    def words(self) -> str:
        """How the order is told: `by generated at, latest first`."""
        name, falls = self.column.name.replace("_", " "), self.direction == "desc"
        if self.column.data_type == "BOOLEAN":
            return f"{'' if falls else 'not '}{name.removeprefix('is ').removeprefix('has ')} first"
        if self.column.is_instant or self.column.data_type == "DATE":
            return f"by {name}, {'latest' if falls else 'earliest'} first"
        if self.column.is_number:
            return f"by {name}, {'greatest' if falls else 'least'} first"
        return f"by {name}{', from Z to A' if falls else ''}"


@dataclass(frozen=True)
class Order:
    """The order of a report: its terms, and behind them its key, which no two rows share."""

    terms: tuple[OrderTerm, ...]
    key: str

    @property
    def words(self) -> str:
        """How the order is told on the page."""
        return ", then ".join(term.words for term in self.terms) or "by key, as this snapshot tells no order"

    @property
    def sql(self) -> str:
        """What stands behind `order by`."""
        return ", ".join(f"{value} {direction}" for value, direction in self._steps())

    def place(self, source: str) -> str:
        """Return the row behind which a page goes on, as a table `PLACE`; its key is the parameter `after`."""
        values = ", ".join(f"{value} as p{number}" for number, (value, _) in enumerate(self._steps()))
        return f"with {PLACE} as (select {values} {source} where {quoted(self.key)} = $after)"

    @property
    def behind(self) -> str:
        """Whether a row stands behind `PLACE`: in the first step in which the two differ."""
        alike: list[str] = []
        ways = []
        for number, (value, direction) in enumerate(self._steps()):
            beyond = ">" if direction == "asc" else "<"
            ways.append(" and ".join([*alike, f"{value} {beyond} {PLACE}.p{number}"]))
            alike.append(f"{value} is not distinct from {PLACE}.p{number}")
        return " or ".join(f"({way})" for way in ways)

    def _steps(self) -> list[tuple[str, Direction]]:
        steps: list[tuple[str, Direction]] = []
        for term in self.terms:
            name = quoted(term.column.name)
            steps += [(f"({name} is null)", "asc"), (name, term.direction)]
        return [*steps, (quoted(self.key), "asc")]


def order_of(report: Report) -> Order:
    """Return the order that a report tells, as far as somebody sees its columns; by key where it tells none."""
    told = report.words.order if report.words else ""
    terms = []
    for each in filter(None, map(str.strip, told.split(","))):
        name, _, direction = each.partition(" ")
        column = report.column(name)
        if column is not None:
            terms.append(OrderTerm(column, "desc" if direction.strip() == "desc" else "asc"))
    return Order(tuple(terms), report.key)
