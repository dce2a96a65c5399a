"""Queries that an analyst saved under a name, so that a link to them means the same for everybody and for ever.

Here belong saving one, withdrawing one, and finding them. A saved query is never changed, and its name is never given
to another: what a ticket of last year links to is still what was asked then. One that is withdrawn is marked, not
removed: what rested on it can still be traced to its text, and to who gave it up, when and why. Whether a text may be
run is decided where it is run.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from assettrail.errors import ConfigurationError
from corrections.people.names import is_name_of_person
from corrections.people.register import Person, roles_now
from corrections.store.query_records import SavedQueryRecord, WithdrawalRecord

LONGEST_PURPOSE: Final = 300
LONGEST_REASON: Final = 1_000
RESERVED: Final = frozenset({"saved"})
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


@dataclass(frozen=True)
class SavedQuery:
    """One saved query: its name in addresses, its exact text, what it is for, who saved it and when (UTC).

    `withdrawn_at`, `withdrawn_by` and `withdrawal_reason` are None unless it was withdrawn: then it is not run.
    """

    name: str
    statement: str
    purpose: str
    saved_at: datetime
    saved_by: str
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawal_reason: str | None = None

    @property
    def is_withdrawn(self) -> bool:
        """Tell whether it was withdrawn."""
        return self.withdrawn_at is not None


def may_withdraw(query: SavedQuery, name: str, roles: Collection[str]) -> bool:
    """Tell whether somebody may withdraw a query: their own as an analyst, anybody's as an administrator."""
    return "administrator" in roles or ("analyst" in roles and query.saved_by == name)


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
    return _query(record, None)


def withdraw_query(session: Session, now: datetime, by: Person, name: str, reason: str) -> SavedQuery:
    """Withdraw a saved query, once and for ever, in the transaction of `session`; its row stays as it is.

    Raises ConfigurationError for a name that no query has, one that is withdrawn already, a reason that is missing or
    too long, and where `by` is neither its author nor an administrator; nothing is changed then.
    """
    query, why = find_query(session, name), reason.strip()
    if query is None:
        raise _not_withdrawn(f"no saved query {name[:80]!r}", "the name of a saved query", "choose one of the list")
    if query.is_withdrawn:
        raise _not_withdrawn(
            f"that {query.withdrawn_by} withdrew it at {query.withdrawn_at:%Y-%m-%d %H:%M:%S} UTC",
            "a query that is not withdrawn yet",
            "nothing: it stays withdrawn",
        )
    if not 0 < len(why) <= LONGEST_REASON:
        raise _not_withdrawn(
            f"a reason of {len(why):,} characters" if why else "no reason",
            f"a reason of at most {LONGEST_REASON:,} characters, which stands beside the query for ever",
            "say why nobody shall rely on it any more",
        )
    roles = roles_now(session, by)
    if not is_name_of_person(by.name) or not may_withdraw(query, by.name, roles):
        raise _not_withdrawn(
            f"{by.name!r} with the roles {', '.join(sorted(roles)) or 'of nobody'}",
            f"{query.saved_by}, who saved it, as an analyst, or an administrator",
            "ask one of them",
        )
    session.add(WithdrawalRecord(name=name, withdrawn_at=now.replace(microsecond=0), withdrawn_by=by.name, reason=why))
    session.flush()
    withdrawn = find_query(session, name)
    return query if withdrawn is None else withdrawn


def saved_queries(session: Session) -> Sequence[SavedQuery]:
    """Return all saved queries by name, those that were withdrawn too."""
    return [_query(*row) for row in session.execute(_QUERIES.order_by(SavedQueryRecord.name)).tuples()]


def find_query(session: Session, name: str) -> SavedQuery | None:
    """Return the query of that name, withdrawn or not, or None."""
    row = session.execute(_QUERIES.where(SavedQueryRecord.name == name)).tuples().first()
    return None if row is None else _query(*row)


_QUERIES: Final = select(SavedQueryRecord, WithdrawalRecord).outerjoin(
    WithdrawalRecord, WithdrawalRecord.name == SavedQueryRecord.name
)


def _query(record: SavedQueryRecord, withdrawal: WithdrawalRecord | None) -> SavedQuery:
    query = SavedQuery(record.name, record.statement, record.purpose, record.saved_at, record.saved_by)
    if withdrawal is None:
        return query
    return replace(
        query,
        withdrawn_at=withdrawal.withdrawn_at,
        withdrawn_by=withdrawal.withdrawn_by,
        withdrawal_reason=withdrawal.reason,
    )


def _refused(found: str, expected: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(tried="to save a query", found=found, expected=expected, remedy=remedy)


def _not_withdrawn(found: str, expected: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(tried="to withdraw a saved query", found=found, expected=expected, remedy=remedy)
