"""The place in a list that an address carries as the key of the last row shown.

Here belongs checking it. A list continues behind the row of that key in its own order, so that a page stays the same
however many rows stand before it; the order and the question belong to the list. The exceptions and an asset's uses
carry an instant besides (`exception_list.Place`).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import LiteralString

import duckdb

from reports.problems import BadQuestion
from reports.rows import read_number


def require_place(
    cursor: duckdb.DuckDBPyConnection, table: LiteralString, column: LiteralString, key: str | None
) -> None:
    """Raise BadQuestion where a list shall continue behind a row that the table does not hold."""
    if key is None:
        return
    known = read_number(cursor, f"select count(*) from {table} where {column} = ?", [key])  # noqa: S608 - literals
    if not known:
        raise BadQuestion(
            tried="to continue the list behind the row in the address",
            found=f"the row {key[:80]!r}, which this snapshot does not hold",
            expected="a row as the link to the next page carries it, of the same snapshot",
            remedy="go back to the first page of the list",
        )


def day_of(text: str, what: str) -> datetime | None:
    """Return the beginning (UTC) of a day written as `2026-03-14`, None for an empty text. Raises BadQuestion."""
    if not text:
        return None
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        pass
    raise BadQuestion(
        tried=f"to read the day of {what}",
        found=f"{text[:80]!r}",
        expected="a day as 2026-03-14, in UTC",
        remedy="write the day in this form, or leave it out",
    )


def whole_number_of(text: str, what: str) -> int | None:
    """Return the number that a text of up to six digits writes, None for an empty text. Raises BadQuestion."""
    if not text:
        return None
    if re.fullmatch(r"[0-9]{1,6}", text):
        return int(text)
    raise BadQuestion(
        tried=f"to read {what}",
        found=f"{text[:80]!r}",
        expected="a whole number of at most six digits",
        remedy="write it in digits, or leave it out",
    )
