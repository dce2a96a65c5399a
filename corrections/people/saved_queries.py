"""Queries that an analyst saved under a name, so that a link to them means the same for everybody and for ever.

Here belong saving one and finding them. A saved query is never changed, and its name is never given to another: what
a ticket of last year links to is still what was asked then. Whether a text may be run is decided where it is run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from assettrail.errors import ConfigurationError
from corrections.people.names import is_name_of_person
from corrections.people.register import Person, roles_now
from corrections.store.query_records import SavedQueryRecord

LONGEST_PURPOSE: Final = 300
RESERVED: Final = frozenset({"saved"})
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


@dataclass(frozen=True)
class SavedQuery:
    """One saved query: its name in addresses, its exact text, what it is for, who saved it and when (UTC)."""

    name: str
    statement: str
    purpose: str
    saved_at: datetime
    saved_by: str


def save_query(session: Session, now: datetime, by: Person, name: str, statement: str, purpose: str) -> SavedQuery:
    """Save a query in the transaction of `session`.

    Raises ConfigurationError for a name that is not one, or is taken, for an empty text, for a purpose that is too
    long, and where `by` is no analyst; nothing is saved then.
    """
    name, statement, purpose = name.strip(), statement.strip(), purpose.strip()
    if not _NAME.fullmatch(name) or name in RESERVED:
        raise _refused(
            f"the name {name[:80]!r}",
            "a name of 1 to 64 small letters, digits and hyphens, with no hyphen at either end",
            "choose such a name: it stands in the address of the query",
        )
    if not statement:
        raise _refused("no statement", "the text of a query", "write the query first, and run it")
    if len(purpose) > LONGEST_PURPOSE:
        raise _refused(
            f"a purpose of {len(purpose):,} characters", f"at most {LONGEST_PURPOSE}", "say it in fewer words"
        )
    roles = roles_now(session, by)
    if not is_name_of_person(by.name) or "analyst" not in roles:
        raise _refused(
            f"{by.name!r} with the roles {', '.join(sorted(roles)) or 'of nobody'}",
            "a person with the role analyst",
            "have an analyst save it, or an administrator grant the role",
        )
    taken = session.get(SavedQueryRecord, name)
    if taken is not None:
        raise _refused(
            f"the name {name!r}, under which {taken.saved_by} saved a query at {taken.saved_at:%Y-%m-%d %H:%M:%S} UTC",
            "a name that no query has: links to a saved query go on meaning the same",
            "choose another name",
        )
    saved_at = now.replace(microsecond=0)
    record = SavedQueryRecord(name=name, statement=statement, purpose=purpose, saved_at=saved_at, saved_by=by.name)
    session.add(record)
    session.flush()
    return _query(record)


def saved_queries(session: Session) -> Sequence[SavedQuery]:
    """Return all saved queries by name."""
    return [_query(record) for record in session.scalars(select(SavedQueryRecord).order_by(SavedQueryRecord.name))]


def find_query(session: Session, name: str) -> SavedQuery | None:
    """Return the query of that name, or None."""
    record = session.get(SavedQueryRecord, name)
    return None if record is None else _query(record)


def _query(record: SavedQueryRecord) -> SavedQuery:
    return SavedQuery(record.name, record.statement, record.purpose, record.saved_at, record.saved_by)


def _refused(found: str, expected: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(tried="to save a query", found=found, expected=expected, remedy=remedy)
