"""Which reports a snapshot holds, and what each of them is for.

Here belong the list that every name in an address is looked up in, and what of it somebody may see. Columns and their
meanings stand in the published file, as publishing wrote them there; question and owner in its manifest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import duckdb

from publish.report_words import ReportWords, reports_of_manifest
from reports.navigation import right_of
from reports.people.rights import Right
from reports.remembered import read_once
from reports.rows import read

SCHEMA: Final = "reports"
ROOM: Final = "/reports"

NEEDS: Final[Mapping[str, Right]] = {"rpt_accesses": "query"}
"""Reports that need more than to read. Who looked at what is told to whoever may query all of it; administrators have
`/access/months`."""

COLUMNS_NEED: Final[Mapping[str, Right]] = {"recipient_pseudonym": "query"}
"""Columns that are left out for others: a list of recipients is no page of the reports, each dossier names its own."""


@dataclass(frozen=True)
class ReportColumn:
    """One row per column of a report; `meaning` is None where the published file does not tell it."""

    report_name: str
    grain: str | None
    name: str
    data_type: str
    meaning: str | None

    @property
    def is_text(self) -> bool:
        """Tell whether it holds text."""
        return self.data_type == "VARCHAR"

    @property
    def is_key(self) -> bool:
        """Tell whether it is a key of the warehouse, which joins tables and tells people nothing."""
        return self.name.endswith("_key")

    @property
    def is_instant(self) -> bool:
        """Tell whether it holds instants."""
        return self.data_type.startswith("TIMESTAMP")

    @property
    def type_name(self) -> str:
        """The name of its type, as the data dictionary writes it."""
        return "timestamptz" if self.data_type == "TIMESTAMP WITH TIME ZONE" else self.data_type.lower()

    @property
    def is_number(self) -> bool:
        """Tell whether it holds numbers, which stand on the right."""
        return self.data_type.startswith(("BIGINT", "INTEGER", "HUGEINT", "DOUBLE", "DECIMAL"))

    @property
    def can_be_asked_for(self) -> bool:
        """Tell whether rows can be chosen by one value of it: a text, or whether something holds."""
        return (self.is_text or self.data_type == "BOOLEAN") and not self.is_key


@dataclass(frozen=True)
class Report:
    """A report of a snapshot: its grain, its columns in their order, and what it is for.

    `words` is None in a snapshot of before these words were published. `key` is the column that is its key, `may_open`
    tells whether whoever asks may open the page that its words name.
    """

    name: str
    grain: str | None
    words: ReportWords | None
    key: str
    columns: tuple[ReportColumn, ...]
    may_open: bool

    @property
    def label(self) -> str:
        """What it is called: its name in words. Several reports may answer one question, under one label."""
        return self.name.removeprefix("rpt_").replace("_", " ").capitalize()

    @property
    def other_page(self) -> str | None:
        """The page of its own that shows more than its rows, where there is one that may be opened."""
        if self.words is None or not self.may_open or self.words.path.startswith(f"{ROOM}/") or not self.words.path:
            return None
        return self.words.path

    def answers_with(self, other: Report) -> bool:
        """Tell whether another report belongs to the answer to the same question."""
        if self.words is None or other.words is None or self.name == other.name:
            return False
        return (self.words.label, self.words.question) == (other.words.label, other.words.question)

    def column(self, name: str) -> ReportColumn | None:
        """Return the column of that name."""
        return next((column for column in self.columns if column.name == name), None)


def read_reports(
    cursor: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any], may: Callable[[Right], bool]
) -> dict[str, Report]:
    """Return the reports of a snapshot by name, as far as somebody may see them."""
    words, keys = reports_of_manifest(manifest), manifest.get("keys") or {}
    return {
        name: Report(
            name=name,
            grain=columns[0].grain,
            words=words.get(name),
            key=str(keys.get(f"{SCHEMA}.{name}") or columns[0].name),
            columns=tuple(column for column in columns if may(COLUMNS_NEED.get(column.name, "read"))),
            may_open=name in words and may(right_of(words[name].path)),
        )
        for name, columns in _published(cursor).items()
        if may(NEEDS.get(name, "read"))
    }


def reports_at(manifest: Mapping[str, Any], path: str, may: Callable[[Right], bool]) -> list[tuple[str, ReportWords]]:
    """Return the reports that a page outside of this room shows, as their exposures say, by name."""
    return [
        (name, words)
        for name, words in reports_of_manifest(manifest).items()
        if words.path == path and not path.startswith(f"{ROOM}/") and may("read") and may(NEEDS.get(name, "read"))
    ]


@read_once
def _published(cursor: duckdb.DuckDBPyConnection) -> dict[str, tuple[ReportColumn, ...]]:
    """Return the columns of each report that the cursor sees.

    Somebody who is restricted sees views of their own; what columns mean stands at the tables that these are made of.
    """
    rows = read(
        cursor,
        ReportColumn,
        """
        select
            columns.table_name as report_name,
            tables.grain,
            columns.column_name as name,
            columns.data_type,
            described.meaning
        from duckdb_columns() as columns
        left join (
            select table_name, column_name, max(comment) as meaning
            from duckdb_columns() where schema_name = 'reports' group by table_name, column_name
        ) as described using (table_name, column_name)
        left join (
            select table_name, max(comment) as grain
            from duckdb_tables() where schema_name = 'reports' group by table_name
        ) as tables using (table_name)
        where columns.database_name = current_database()
            and columns.schema_name = 'reports'
            and starts_with(columns.table_name, 'rpt_')
        order by columns.table_name, columns.column_index
        """,
    )
    return {name: tuple(group) for name, group in groupby(rows, key=lambda row: row.report_name)}
