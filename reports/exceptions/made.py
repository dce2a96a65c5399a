"""What people have made of exceptions, as it stands on a day: whose each is, when it is due, whether it counts.

Here belongs how dispositions of our store stand beside the exceptions of a snapshot, on pages and in exports. They are
read when they are shown, so that they may be newer than the snapshot. Which dispositions there are is
`corrections.dispositions`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from assettrail.settings import Settings
from corrections.dispositions import (
    Disposition,
    count_disposed,
    counting_dispositions,
    every_latest,
    latest_dispositions,
)
from reports.own_records import OwnRecords

STREAM: Final = ("corrections", "dispositions")


@dataclass(frozen=True)
class Made:
    """The latest disposition of an exception. `counts`: an acceptance whose last day is over counts no more."""

    disposition: Disposition
    counts: bool
    is_overdue: bool


def made_on(disposition: Disposition, today: date) -> Made:
    """Return a disposition as it stands on a day."""
    counts = disposition.counts_on(today)
    return Made(disposition, counts, counts and disposition.is_overdue_on(today))


def made_of(settings: Settings, exception_keys: Collection[str], today: date) -> dict[str, Made]:
    """Return what was made of these exceptions, by exception."""
    return {key: made_on(one, today) for key, one in latest_dispositions(settings, exception_keys).items()}


def all_made(settings: Settings, today: date) -> tuple[Made, ...]:
    """Return what was made of every exception that was looked at."""
    return tuple(made_on(one, today) for one in every_latest(settings))


def keys_of(settings: Settings, owner: str, work: str, today: date) -> tuple[str, ...] | None:
    """Return the exceptions of an owner that are worked so; None where neither is asked for.

    With the work `nobody` they are those of which a disposition counts: the list then shows all others.
    """
    if not owner and work == "all":
        return None
    found = counting_dispositions(settings, today, "" if work == "nobody" else owner, is_overdue=work == "overdue")
    return tuple(one.exception_key for one in found)


def own_of(settings: Settings, shown: int, read_at: datetime) -> OwnRecords:
    """Return what a page can know of dispositions of which it shows so many."""
    return OwnRecords("latest dispositions of exceptions", shown, count_disposed(settings), read_at, (STREAM,))


MADE_COLUMNS: Final = """
    made.disposition,
    made.owner,
    made.due_on,
    made.accepted_until,
    made.disposed_at,
    made.disposed_by,
    made.disposition_reason,
    made.disposition_counts,
    coalesce(made.is_overdue, false) as is_overdue
"""
"""The columns of `MADE` that exports of exceptions have."""

_TYPES: Final = {
    "exception_key": "varchar",
    "disposition": "varchar",
    "owner": "varchar",
    "due_on": "date",
    "accepted_until": "date",
    "disposed_at": "timestamptz",
    "disposed_by": "varchar",
    "disposition_reason": "varchar",
    "disposition_counts": "boolean",
    "is_overdue": "boolean",
}
MADE: Final = "select " + ", ".join(
    f"unnest(cast($made_{name} as {kind}[])) as {name}" for name, kind in _TYPES.items()
)
"""A table of what was made of exceptions, bound by `bound_of`: a snapshot's question cannot read our store."""


def bound_of(made: Iterable[Made]) -> dict[str, object]:
    """Return the values that `MADE` is bound to."""
    rows = [
        (
            one.disposition.exception_key,
            one.disposition.kind,
            one.disposition.owner,
            one.disposition.due_on,
            one.disposition.accepted_until,
            one.disposition.disposed_at,
            one.disposition.disposed_by,
            one.disposition.reason,
            one.counts,
            one.is_overdue,
        )
        for one in made
    ]
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in _TYPES]
    return {f"made_{name}": list(values) for name, values in zip(_TYPES, columns, strict=True)}
