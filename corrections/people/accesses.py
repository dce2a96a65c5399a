"""The access log: who saw or took out what, when, of which snapshot.

Here belong writing an access down and reading the log; its rows only grow, which the database itself holds. Instants
are of this machine's clock. A recipient's identifier never stands in it: the subject is a communication, an asset, a
correction, a query's hash.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import Session

from assettrail.settings import Settings
from corrections.people.register import Person
from corrections.store.access_records import AccessRecord
from corrections.store.database import is_absent, open_store

AccessKind = Literal[
    "dossier",
    "recipient",
    "recipient_look_up",
    "unsealed",
    "query",
    "export",
    "sign_in",
    "sign_out",
    "access_log",
    "refused",
]
"""`refused`: something was asked for that the person had no right to; then the subject is the page's pattern."""
PAGE_SIZE: Final = 100
_BATCH: Final = 1_000


@dataclass(frozen=True)
class Access:
    """One access, with its place in the log."""

    access_id: int
    at: datetime
    person_id: str | None
    person: str
    kind: str
    subject: str
    snapshot_name: str | None
    detail: str
    roles: str | None


@dataclass(frozen=True)
class NewAccess:
    """What is about to be seen: by whom, what, of which snapshot."""

    person: Person
    kind: AccessKind
    subject: str
    snapshot_name: str | None
    detail: str = ""


def write_access(
    session: Session,
    now: datetime,
    person: Person,
    kind: AccessKind,
    subject: str,
    snapshot_name: str | None,
    detail: str = "",
) -> None:
    """Write one access down; it counts when the transaction is over."""
    write_accesses(session, now, [NewAccess(person, kind, subject, snapshot_name, detail)])


def write_accesses(session: Session, now: datetime, accesses: Sequence[NewAccess]) -> None:
    """Write accesses down in their order, all at the same instant; they count when the transaction is over."""
    session.execute(
        insert(AccessRecord),
        [
            {
                "at": now,
                "person_id": access.person.person_id,
                "person": access.person.name,
                "kind": access.kind,
                "subject": access.subject,
                "snapshot_name": access.snapshot_name,
                "detail": access.detail,
                "roles": ", ".join(sorted(access.person.roles)),
            }
            for access in accesses
        ],
    )


def read_accesses(session: Session, before: int | None = None, person: str = "", kind: str = "") -> list[Access]:
    """Return one page of the log, the latest first: what stands before the access of the id `before`."""
    query = _filtered(select(AccessRecord), person, kind)
    if before is not None:
        query = query.where(AccessRecord.access_id < before)
    found = session.scalars(query.order_by(AccessRecord.access_id.desc()).limit(PAGE_SIZE))
    return [_access(record) for record in found]


def count_accesses(session: Session, person: str = "", kind: str = "") -> int:
    """Return how many accesses fit."""
    return session.scalar(_filtered(select(func.count(AccessRecord.access_id)), person, kind)) or 0


def access_lines(settings: Settings, after: int = 0) -> Iterator[str]:
    """Yield the log behind the access of the id `after` as JSON lines, the oldest first, instants in ISO 8601 UTC.

    Lines are read in batches; an access that is written meanwhile is told at the end, or by the next call.
    """
    for access in all_accesses(settings, after=after):
        yield json.dumps(asdict(access) | {"at": access.at.isoformat()}, ensure_ascii=False)


def all_accesses(settings: Settings, person: str = "", kind: str = "", after: int = 0) -> Iterator[Access]:
    """Yield what fits of the log behind the access of the id `after`, the oldest first, read in batches."""
    if is_absent(settings):
        return
    with open_store(settings) as store:
        while True:
            with store.read() as session:
                query = _filtered(select(AccessRecord), person, kind).where(AccessRecord.access_id > after)
                records = session.scalars(query.order_by(AccessRecord.access_id).limit(_BATCH))
                found = [_access(record) for record in records]
            yield from found
            if len(found) < _BATCH:
                return
            after = found[-1].access_id


def _filtered(query: Select[Any], person: str, kind: str) -> Select[Any]:
    if person:
        query = query.where(AccessRecord.person == person)
    if kind:
        query = query.where(AccessRecord.kind == kind)
    return query


def _access(record: AccessRecord) -> Access:
    return Access(
        access_id=record.access_id,
        at=record.at,
        person_id=record.person_id,
        person=record.person,
        kind=record.kind,
        subject=record.subject,
        snapshot_name=record.snapshot_name,
        detail=record.detail,
        roles=record.roles,
    )
