"""What the disposition screens show: exceptions with what people made of them.

Here belongs joining the exceptions of a snapshot, as far as the reader may see them, with their dispositions. Writing
one is `corrections.dispositions`; the addresses are `exception_pages`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import duckdb

from assettrail.settings import Settings
from corrections.dispositions import Disposition, history_of, latest_dispositions
from reports.exception_list import PAGE_ROWS, strength_column, tells_strength
from reports.exceptions.made import MADE, MADE_COLUMNS, all_made, bound_of
from reports.exceptions.seen import Seen, is_seen_told, read_seen, seen_beginning, seen_in_words
from reports.exports.listing import Deferred, Listing
from reports.problems import NothingFound
from reports.rows import read, read_number
from reports.words import control_words

SAMPLE_SIZE: Final = 10
MOST_AT_ONCE: Final = 5_000


@dataclass(frozen=True)
class Found:
    """One exception of the snapshot; instants in UTC."""

    exception_key: str
    control_name: str
    subject_id: str
    is_standing: bool
    reason: str | None
    evidence_strength: str | None
    """How strong its evidence is; nothing in snapshots that do not tell."""

    @property
    def is_only_possible(self) -> bool:
        """Whether the evidence is weaker than exact, so that the exception is a possible one."""
        return self.evidence_strength not in (None, "exact")

    @property
    def title(self) -> str:
        """The words of its control."""
        return control_words(self.control_name).title


@dataclass(frozen=True)
class Line:
    """One exception, and the latest that was made of it."""

    exception: Found
    disposition: Disposition | None
    is_open: bool
    is_overdue: bool
    has_come_back: bool


def work_listing(settings: Settings, control: str, today: date, *, with_strength: bool) -> Deferred:
    """Return all standing exceptions of a control, or of all, with their dispositions, the latest first.

    `with_strength`: the snapshot tells how strong the evidence of each is.
    """
    grain = "One row per exception that stands, with the latest disposition that was made of it."
    filters = {"control": control} if control else {}

    def make() -> Listing:
        return Listing(
            name="dispositions",
            grain=grain,
            sql=f"""
                select
                    standing.exception_key,
                    standing.control_name,
                    standing.subject_type,
                    standing.subject_id,
                    standing.occurred_at,
                    standing.reason,
                    {strength_column("standing", with_strength)} as evidence_strength,
                    {MADE_COLUMNS}
                from (select * {_STANDING}) as standing
                left join ({MADE}) as made using (exception_key)
                order by standing.occurred_at desc nulls last, standing.exception_key
            """,  # noqa: S608 - constants only
            parameters={"control": control} | bound_of(all_made(settings, today)),
            filters=filters,
        )

    return Deferred("dispositions", grain, make, filters)


@dataclass(frozen=True)
class Work:
    """One page of the standing exceptions, and the set of all that fit."""

    lines: tuple[Line, ...]
    fitting_count: int
    page_number: int
    page_count: int


@dataclass(frozen=True)
class Together:
    """Exceptions that are disposed of together: how many, a sample that is the same for the same set, its hash.

    `beyond_count` are standing exceptions that were not looked at: more than `MOST_AT_ONCE` are worked in turns.
    """

    keys: tuple[str, ...]
    sample: tuple[Line, ...]
    set_hash: str
    beyond_count: int


_STANDING: Final = "from marts.fct_exceptions where is_standing and ($control = '' or control_name = $control)"


def read_work(cursor: duckdb.DuckDBPyConnection, settings: Settings, control: str, number: int, today: date) -> Work:
    """Return one page of the standing exceptions of a control, or of all, the latest first."""
    count = read_number(cursor, f"select count(*) {_STANDING}", {"control": control})
    page_count = max(1, -(-count // PAGE_ROWS))
    number = min(number, page_count)
    found = _read(
        cursor,
        f"{_STANDING} order by occurred_at desc nulls last, exception_key limit $rows offset $first",
        {"control": control, "rows": PAGE_ROWS, "first": (number - 1) * PAGE_ROWS},
    )
    return Work(_lines(settings, found, today), count, number, page_count)


def read_together(cursor: duckdb.DuckDBPyConnection, settings: Settings, control: str, today: date) -> Together:
    """Return the standing exceptions of a control whose disposition does not count any more, or that have none."""
    found = _read(cursor, f"{_STANDING} order by exception_key limit $rows", {"control": control, "rows": MOST_AT_ONCE})
    waiting = [line for line in _lines(settings, found, today) if line.is_open]
    keys = tuple(line.exception.exception_key for line in waiting)
    digest = hashlib.sha256("\n".join(keys).encode()).hexdigest()
    drawn = sorted(
        waiting, key=lambda line: hashlib.sha256(f"{digest}{line.exception.exception_key}".encode()).digest()
    )
    beyond = read_number(cursor, f"select count(*) {_STANDING}", {"control": control}) - len(found)
    return Together(keys, tuple(drawn[:SAMPLE_SIZE]), digest, beyond)


def key_of(cursor: duckdb.DuckDBPyConnection, beginning: str) -> str:
    """Return the key of the one exception whose key begins so. Raises NothingFound for none or several."""
    found = _read(
        cursor, "from marts.fct_exceptions where starts_with(exception_key, $key) limit 2", {"key": beginning}
    )
    if len(found) != 1 or not beginning:
        raise NothingFound(
            tried=f"to find the exception {beginning[:80]!r}",
            found="several exceptions whose keys begin so" if found else _absent(seen_beginning(cursor, beginning)),
            expected="the key of an exception, or how one alone begins",
            remedy="`assettrail exceptions list` shows the keys",
        )
    return found[0].exception_key


def ever_key_of(cursor: duckdb.DuckDBPyConnection, beginning: str) -> str:
    """Return the key of the one exception whose key begins so, of those that are gone, too, where the snapshot tells.

    Raises NothingFound for none or several.
    """
    seen = seen_beginning(cursor, beginning)
    return seen.exception_key if seen else key_of(cursor, beginning)


def told_of(cursor: duckdb.DuckDBPyConnection, key: str) -> dict[str, str]:
    """Return when an exception was seen, as facts in words."""
    return seen_in_words(read_seen(cursor, key), is_told=is_seen_told(cursor))


def _absent(seen: Seen | None) -> str:
    """Say that the snapshot does not have an exception, and what it tells of one that is gone."""
    if seen is None:
        return "no exception of this key in this snapshot"
    told = "; ".join(f"{what} {words}" for what, words in seen_in_words(seen, is_told=True).items())
    return f"no exception of this key in this snapshot any more: {told}"


def read_one(
    cursor: duckdb.DuckDBPyConnection, settings: Settings, key: str, today: date
) -> tuple[Line, tuple[Disposition, ...]]:
    """Return one exception with its history. Raises NothingFound where the reader can see none of this key."""
    found = _read(cursor, "from marts.fct_exceptions where exception_key = $key", {"key": key})
    if not found:
        raise NothingFound(
            tried=f"to open the exception {key[:80]!r}",
            found=_absent(read_seen(cursor, key)),
            expected="the key of an exception, as the list of dispositions links to it",
            remedy="open it from the list of dispositions",
        )
    return _lines(settings, found, today)[0], history_of(settings, key)


def _read(cursor: duckdb.DuckDBPyConnection, rest: str, bound: dict[str, object]) -> list[Found]:
    strength = strength_column("fct_exceptions", tells_strength(cursor))
    columns = f"exception_key, control_name, subject_id, is_standing, reason, {strength} as evidence_strength"
    return read(cursor, Found, f"select {columns} {rest}", bound)


def _lines(settings: Settings, found: Sequence[Found], today: date) -> tuple[Line, ...]:
    latest = latest_dispositions(settings, [one.exception_key for one in found])
    return tuple(_line(one, latest.get(one.exception_key), today) for one in found)


def _line(one: Found, disposition: Disposition | None, today: date) -> Line:
    counts = disposition is not None and disposition.counts_on(today)
    return Line(
        exception=one,
        disposition=disposition,
        is_open=one.is_standing and not counts,
        is_overdue=counts and disposition is not None and disposition.is_overdue_on(today),
        has_come_back=one.is_standing and disposition is not None and not counts,
    )
