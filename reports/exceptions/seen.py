"""When exceptions were seen, as a snapshot tells it beside them: first, last, gone, come back.

Here belong the reading of `log.exceptions_seen` and its words. What it holds is made by `publish.exceptions_seen`. A
snapshot of before that table tells nothing of it: then it is not known, which is another thing than never.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb

from publish.exceptions_seen import COLUMNS, TABLE
from reports.remembered import read_once
from reports.rows import read
from reports.text import count_of, instant

NOT_TOLD: Final = "not known here: this snapshot was made before it was recorded"
NOT_PUBLISHED: Final = "in no published snapshot until then"


@dataclass(frozen=True)
class Seen:
    """One row per exception that a published snapshot ever had; instants in UTC are those of the snapshots named."""

    exception_key: str
    first_seen_snapshot: str
    last_seen_snapshot: str
    reopened_snapshot: str | None
    closed_snapshot: str | None
    first_seen_log_size: int
    last_seen_log_size: int
    times_reopened: int
    is_open: bool
    is_new: bool
    first_seen_at: datetime
    last_seen_at: datetime
    reopened_at: datetime | None
    closed_at: datetime | None


SEEN_COLUMNS: Final = ",\n".join(f"seen.{name}" for name in COLUMNS if name not in ("exception_key", "is_open"))
"""The columns of a `seen_relation` named `seen` that exports of exceptions have."""

_NOTHING: Final = (
    "(select " + ", ".join(f"cast(null as {kind}) as {name}" for name, (kind, _) in COLUMNS.items()) + " where false)"
)


@read_once
def is_seen_told(cursor: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether the snapshot says when exceptions were seen."""
    try:
        cursor.execute(f"select 1 from {TABLE} limit 0")  # noqa: S608 - a constant
    except duckdb.CatalogException:
        return False
    return True


def seen_relation(cursor: duckdb.DuckDBPyConnection) -> str:
    """Return what to read when exceptions were seen from: the table, or no row where the snapshot has none."""
    return TABLE if is_seen_told(cursor) else _NOTHING


def read_seen(cursor: duckdb.DuckDBPyConnection, key: str) -> Seen | None:
    """Return when an exception was seen; None where the snapshot does not tell, or none published until then had it."""
    return next(iter(_read(cursor, "exception_key = $key", key)), None)


def seen_beginning(cursor: duckdb.DuckDBPyConnection, beginning: str) -> Seen | None:
    """Return when the one exception whose key begins so was seen, also where it is gone; None for none or several."""
    found = _read(cursor, "starts_with(exception_key, $key) limit 2", beginning)
    return found[0] if beginning and len(found) == 1 else None


def _read(cursor: duckdb.DuckDBPyConnection, condition: str, key: str) -> list[Seen]:
    question = f"select {', '.join(COLUMNS)} from {seen_relation(cursor)} where {condition}"  # noqa: S608 - ours
    return read(cursor, Seen, question, {"key": key})


def seen_in_words(seen: Seen | None, *, is_told: bool) -> dict[str, str]:
    """Return when an exception was seen as facts in words, for the command line and for refusals."""
    if seen is None:
        return {"first seen": NOT_PUBLISHED if is_told else NOT_TOLD}
    words = {
        "first seen": f"{instant(seen.first_seen_at)} UTC, snapshot {seen.first_seen_snapshot}"
        + (", new since the snapshot before" if seen.is_new else ""),
        "last seen": f"{instant(seen.last_seen_at)} UTC, snapshot {seen.last_seen_snapshot}",
        "reopened": "never",
    }
    if seen.times_reopened:
        times = count_of(seen.times_reopened, "time")
        words["reopened"] = f"{times}, last {instant(seen.reopened_at)} UTC, snapshot {seen.reopened_snapshot}"
    if seen.closed_at:
        words["gone since"] = f"{instant(seen.closed_at)} UTC, snapshot {seen.closed_snapshot}"
    return words
