"""How a value of a report is shown: as a link to the page of what it names, as a verdict, in the words of its list.

Here belongs what is known of a column by its name, which follows the warehouse's grammar of names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from reports.exports.written import json_value
from reports.report_tables.catalogue import Report, ReportColumn
from reports.text import number, path_part, short
from reports.words import VerdictWords, phrase, verdict_words

PAGES_OF: Final[Mapping[str, str]] = {
    "asset_id_cloudinary": "/assets/",
    "case_id_trading_grid": "/cases/",
    "communication_id_exstream": "/communications/",
    "feedback_id_trading_grid": "/feedback/",
    "launch_id_trading_grid": "/launches/",
    "partner_id_trading_grid": "/partners/",
    "recipient_pseudonym": "/recipients/",
    "template_id_exstream": "/templates/",
}
"""The pages of what an id names. Those of Exstream are of a domain, which the row tells beside them."""

PSEUDONYM_LENGTH: Final = 17
OF_A_DOMAIN: Final = frozenset({"communication_id_exstream", "template_id_exstream"})
WHOLE_AT_MOST: Final = 64
"""How long a word may be that stands in one line: a SHA-256 does. A longer one is parted where its column ends."""
_SPACE: Final = re.compile(r"\s")
_VERDICT: Final = re.compile(r"(^|_)verdict(_|$)")
_CODE: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_PHRASED: Final = frozenset({"binding", "evidence_strength", "evidence_grade", "reason"})

Kind = Literal["absent", "instant", "number", "verdict", "words", "link", "text"]


@dataclass(frozen=True)
class Cell:
    """A value as it is shown. `value` is what the report holds; rows of a closed list can be asked for by it."""

    kind: Kind
    text: str = ""
    moment: datetime | None = None
    verdict: VerdictWords | None = None
    is_only_possible: bool = False
    path: str = ""
    domain: str = ""
    asked_for: str = ""

    @property
    def is_whole(self) -> bool:
        """Tell whether it is one word (an id, a code, a name in a path), which no line may part while it fits one."""
        return self.kind in {"link", "text"} and len(self.text) <= WHOLE_AT_MOST and not _SPACE.search(self.text)


@dataclass(frozen=True)
class Row:
    """One row of a report as it is shown: a cell per column that is shown."""

    cells: tuple[Cell, ...]


def shown_columns(report: Report) -> tuple[ReportColumn, ...]:
    """Return the columns that the page shows: all that people read. Files hold the keys, too."""
    return tuple(column for column in report.columns if not column.is_key)


def shown_rows(report: Report, rows: tuple[dict[str, object], ...]) -> list[Row]:
    """Return the rows as the page shows them."""
    columns = shown_columns(report)
    return [Row(tuple(_cell(column, row) for column in columns)) for row in rows]


def _cell(column: ReportColumn, row: Mapping[str, object]) -> Cell:
    match row[column.name]:
        case None | "":
            cell = Cell("absent")
        case datetime() as moment:
            cell = Cell("instant", moment=moment)
        case bool() as holds:
            told = "yes" if holds else "no"
            cell = Cell("words", told, asked_for=told)
        case int() as count:
            cell = Cell("number", str(count) if column.name.endswith("_number") else number(count))
        case str() as text:
            cell = _text_cell(column, text, row)
        case tuple() as several:
            cell = Cell("text", ", ".join(str(json_value(each)) for each in several))
        case other:
            cell = Cell("number" if column.is_number else "text", str(json_value(other)))
    return cell


def _text_cell(column: ReportColumn, value: str, row: Mapping[str, object]) -> Cell:
    if column.name in PAGES_OF:
        domain = row.get("domain_code") if column.name in OF_A_DOMAIN else None
        shown = short(value, PSEUDONYM_LENGTH) if column.name == "recipient_pseudonym" else value
        return Cell("link", shown, path=PAGES_OF[column.name] + path_part(value), domain=str(domain or ""))
    if column.name.endswith("_reason") or column.name in _PHRASED:
        return Cell("words", phrase(value), asked_for=value) if _CODE.fullmatch(value) else Cell("text", value)
    if _VERDICT.search(column.name):
        possible = row.get("evidence_strength") not in (None, "exact")
        return Cell("verdict", verdict=verdict_words(value), is_only_possible=possible, asked_for=value)
    return Cell("text", value)
