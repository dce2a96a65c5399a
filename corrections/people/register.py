"""People: who they are, which roles they have, and the tokens by which they act on the command line.

Here belong adding people, giving and taking roles and tokens, and finding who acts by a token. Every change is a leaf
of the log. Nobody is ever removed, so that a name in the history stays one person's. What a role allows is said where
it is needed (`acting`), what a decision needs in `approval`.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from assettrail.clock import Clock
from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from corrections.people.names import is_name_of_person, plain_name
from corrections.people.tokens import Token, new_token, read_token
from corrections.store.database import is_absent, open_store
from corrections.store.decision_log import log_decisions, logged_people
from corrections.store.records import PersonRecord, RoleRecord, TokenRecord
from evidence.decision_leaves import PersonChange, PersonLeaf

Role = Literal["reader", "analyst", "officer", "proposer", "approver", "engineer", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)

LONGEST_NAME = 256
FIRST_ADMINISTRATOR = "the first administrator"
"""Who added the first person: nobody was there who could have."""
RECOVERY = "recovery: no administrator had a token"
"""Who issued a token to an administrator when none had one: whoever may write the home."""


@dataclass(frozen=True)
class Person:
    """A person as they act: their name, the roles that they have now, and who issued the token that they act by.

    `jurisdictions` are those whose communications they may see; None: all.
    """

    name: str
    roles: frozenset[str]
    token_issued_by: str | None = None
    person_id: str | None = None
    jurisdictions: frozenset[str] | None = None


@dataclass(frozen=True)
class ListedToken:
    """A token without its secret."""

    token_id: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True)
class ListedPerson:
    """A person with their roles, in the order of `ROLES`, and all tokens that they ever had, the latest last."""

    name: str
    is_active: bool
    added_at: datetime
    added_by: str
    roles: tuple[str, ...]
    tokens: tuple[ListedToken, ...]


def begin(settings: Settings, clock: Clock, name: str, valid_days: int) -> Token:
    """Add the first person, an administrator, and issue their token: for whoever may write the home.

    Where no administrator has a token that counts any more, an administrator of this name gets a new one: a token that
    was lost must not close the installation for ever. Raises ConfigurationError when one has, when the log knows people
    that this database does not, or when the name cannot be a person's.
    """
    now = clock.now()
    with open_store(settings) as store, store.begin() as session:
        if session.scalar(select(PersonRecord.person_id).limit(1)) is not None:
            person = _locked_out(session, name, now)
            token, leaf = _issued(session, person, RECOVERY, now, valid_days)
            log_decisions(settings, [leaf])
            return token
        _refuse_other_people(settings, name)
        added = _added(session, name, FIRST_ADMINISTRATOR, now)
        leaves = [leaf_of(added, "added", None, FIRST_ADMINISTRATOR, now)]
        leaves.append(_granted(session, added, "administrator", FIRST_ADMINISTRATOR, now))
        token, leaf = _issued(session, added, FIRST_ADMINISTRATOR, now, valid_days)
        log_decisions(settings, [*leaves, leaf])
    return token


def add_person(settings: Settings, clock: Clock, name: str, roles: Sequence[Role], by: Person) -> None:
    """Add a person with roles. Raises ConfigurationError when the name is taken, looks like one that is, or is none."""
    now = clock.now()
    with open_store(settings) as store, store.begin() as session:
        added = _added(session, name, by.name, now)
        leaves = [leaf_of(added, "added", None, by.name, now)]
        leaves += [_granted(session, added, role, by.name, now) for role in dict.fromkeys(roles)]
        log_decisions(settings, leaves)


def grant(settings: Settings, clock: Clock, name: str, role: Role, by: Person) -> None:
    """Give a person a role. Raises ConfigurationError when there is no such person, or they have it."""
    now = clock.now()
    with open_store(settings) as store, store.begin() as session:
        person = find_person(session, name)
        if role in _roles(session, person):
            raise refused(f"to give {person.name} the role {role}", "they have it", "a role that they do not have")
        log_decisions(settings, [_granted(session, person, role, by.name, now)])


def revoke(settings: Settings, clock: Clock, name: str, role: Role, by: Person) -> None:
    """Take a role from a person; the last administrator keeps theirs. Raises ConfigurationError where it cannot be."""
    now = clock.now()
    with open_store(settings) as store, store.begin() as session:
        person = find_person(session, name)
        if role not in _roles(session, person):
            raise refused(f"to take the role {role} from {person.name}", "they do not have it", "a role that they have")
        if role == "administrator":
            _refuse_last_administrator(session, person)
        session.execute(delete(RoleRecord).where(RoleRecord.person_id == person.person_id, RoleRecord.role == role))
        log_decisions(settings, [leaf_of(person, "role_revoked", role, by.name, now)])


def deactivate(settings: Settings, clock: Clock, name: str, by: Person) -> None:
    """End what a person may do, at once and for all their tokens. Raises ConfigurationError where it cannot be."""
    now = clock.now()
    with open_store(settings) as store, store.begin() as session:
        person = find_person(session, name)
        if not person.is_active:
            raise refused(f"to deactivate {person.name}", "they are not active", "a person who is active")
        if "administrator" in _roles(session, person):
            _refuse_last_administrator(session, person)
        person.is_active = False
        log_decisions(settings, [leaf_of(person, "deactivated", None, by.name, now)])


def reactivate(settings: Settings, clock: Clock, name: str, by: Person) -> None:
    """Let a person act again who came back, under the name that they had. Raises ConfigurationError where it can't."""
    now = clock.now()
    with open_store(settings) as store, store.begin() as session:
        person = find_person(session, name)
        if person.is_active:
            raise refused(f"to reactivate {person.name}", "they are active", "a person who was deactivated")
        person.is_active = True
        log_decisions(settings, [leaf_of(person, "reactivated", None, by.name, now)])


def issue_token(settings: Settings, clock: Clock, name: str, valid_days: int, by: Person) -> Token:
    """Issue a personal token, to be shown once. Raises ConfigurationError when there is no such active person."""
    now = clock.now()
    with open_store(settings) as store, store.begin() as session:
        person = find_person(session, name)
        if not person.is_active:
            raise refused(f"to issue a token to {person.name}", "they are not active", "a person who is active")
        token, leaf = _issued(session, person, by.name, now, valid_days)
        log_decisions(settings, [leaf])
    return token


def revoke_token(settings: Settings, clock: Clock, token_id: str, by: Person) -> None:
    """End a token at once. Raises ConfigurationError when there is none of this id, or it was revoked before."""
    now = clock.now()
    with open_store(settings) as store, store.begin() as session:
        token = session.get(TokenRecord, token_id)
        if token is None or token.revoked_at is not None:
            found = "no such token" if token is None else "it was revoked before"
            raise refused(f"to revoke the token {token_id}", found, "the id of a token that counts")
        person = session.get_one(PersonRecord, token.person_id)
        if "administrator" in _roles(session, person):
            _refuse_last_token(session, token_id, now)
        token.revoked_at = now
        log_decisions(settings, [leaf_of(person, "token_revoked", token_id, by.name, now)])


def list_people(settings: Settings) -> list[ListedPerson]:
    """Return everybody, in the order in which they were added."""
    if is_absent(settings):
        return []
    with open_store(settings) as store, store.begin() as session:
        people = session.scalars(select(PersonRecord).order_by(PersonRecord.added_at, PersonRecord.person_id)).all()
        return [
            ListedPerson(
                name=person.name,
                is_active=person.is_active,
                added_at=person.added_at,
                added_by=person.added_by,
                roles=_roles(session, person),
                tokens=tuple(
                    ListedToken(token.token_id, token.issued_at, token.expires_at, token.revoked_at)
                    for token in session.scalars(
                        select(TokenRecord)
                        .where(TokenRecord.person_id == person.person_id)
                        .order_by(TokenRecord.issued_at, TokenRecord.token_id)
                    )
                ),
            )
            for person in people
        ]


def role_of(text: str) -> Role:
    """Return the role of this name. Raises ConfigurationError when there is none."""
    for role in ROLES:
        if role == text.strip():
            return role
    raise refused(f"to find the role {text!r}", "no such role", f"one of {', '.join(ROLES)}")


def person_of(settings: Settings, clock: Clock, text: str) -> Person:
    """Return who acts by a token. Raises ConfigurationError for a token that does not count, and says why not."""
    token = read_token(text)
    if token is None:
        raise _no_token("a text that is no token")
    if is_absent(settings):
        raise _no_token("a token that this installation did not issue")
    with open_store(settings) as store, store.begin() as session:
        return as_acting(session, _counting_token(session, token, clock.now()))


def token_of(session: Session, text: str, now: datetime) -> TokenRecord:
    """Return what is kept of a token. Raises ConfigurationError for one that does not count, as `person_of`."""
    token = read_token(text)
    if token is None:
        raise _no_token("a text that is no token")
    return _counting_token(session, token, now)


def as_acting(session: Session, token: TokenRecord) -> Person:
    """Return the person who acts by a token that counts."""
    person = session.get_one(PersonRecord, token.person_id)
    return as_person(session, person, token.issued_by)


def as_person(session: Session, person: PersonRecord, token_issued_by: str | None = None) -> Person:
    """Return a person with the roles and jurisdictions that they have now."""
    return Person(
        name=person.name,
        roles=frozenset(_roles(session, person)),
        token_issued_by=token_issued_by,
        person_id=person.person_id,
        jurisdictions=None if person.jurisdictions is None else frozenset(json.loads(person.jurisdictions)),
    )


def _counting_token(session: Session, token: Token, now: datetime) -> TokenRecord:
    kept = session.get(TokenRecord, token.token_id)
    if kept is None or not token.is_of(kept.secret_sha256):
        raise _no_token("a token that this installation did not issue")
    person = session.get_one(PersonRecord, kept.person_id)
    if kept.revoked_at is not None:
        raise _no_token(f"the token {token.token_id} of {person.name}, which was revoked")
    if now >= kept.expires_at:
        raise _no_token(f"the token {token.token_id} of {person.name}, which expired at {kept.expires_at}")
    if not person.is_active:
        raise _no_token(f"a token of {person.name}, who is not active any more")
    return kept


def roles_now(session: Session, person: Person) -> frozenset[str]:
    """The roles of a person within a transaction, none when they are not active any more: a decision asks again."""
    if person.person_id is None:
        return person.roles
    record = session.get(PersonRecord, person.person_id, populate_existing=True)
    return frozenset(_roles(session, record)) if record is not None and record.is_active else frozenset()


def _added(session: Session, name: str, by: str, now: datetime) -> PersonRecord:
    shown = " ".join(name.split())
    if not is_name_of_person(shown) or max(len(shown), len(plain_name(shown))) > LONGEST_NAME:
        raise refused(
            f"to add a person as {shown[:80]!r}",
            "no name that a person could have",
            f"a name of at most {LONGEST_NAME} characters, in letters of one script, and nobody else's",
        )
    plain = plain_name(shown)
    taken = session.scalar(select(PersonRecord.name).where(PersonRecord.plain_name == plain))
    if taken is not None:
        raise refused(f"to add a person as {shown!r}", f"{taken!r}, which reads the same", "a name of their own")
    person = PersonRecord(
        person_id=secrets.token_hex(16), name=shown, plain_name=plain, is_active=True, added_at=now, added_by=by
    )
    session.add(person)
    session.flush()
    return person


def _granted(session: Session, person: PersonRecord, role: Role, by: str, now: datetime) -> PersonLeaf:
    session.add(RoleRecord(person_id=person.person_id, role=role, granted_at=now, granted_by=by))
    session.flush()
    return leaf_of(person, "role_granted", role, by, now)


def _issued(
    session: Session, person: PersonRecord, by: str, now: datetime, valid_days: int
) -> tuple[Token, PersonLeaf]:
    token = new_token()
    session.add(
        TokenRecord(
            token_id=token.token_id,
            person_id=person.person_id,
            secret_sha256=token.secret_sha256,
            issued_at=now,
            issued_by=by,
            expires_at=now + timedelta(days=valid_days),
        )
    )
    session.flush()
    return token, leaf_of(person, "token_issued", token.token_id, by, now)


def leaf_of(person: PersonRecord, change: PersonChange, detail: str | None, by: str, now: datetime) -> PersonLeaf:
    """Return the leaf of a change of a person."""
    return PersonLeaf(person=person.name, change=change, detail=detail, by=by, logged_at=now)


def _roles(session: Session, person: PersonRecord) -> tuple[str, ...]:
    found = set(session.scalars(select(RoleRecord.role).where(RoleRecord.person_id == person.person_id)))
    return tuple(role for role in ROLES if role in found)


def find_person(session: Session, name: str) -> PersonRecord:
    """Return the person of this name. Raises ConfigurationError when there is nobody."""
    person = session.scalar(select(PersonRecord).where(PersonRecord.plain_name == plain_name(name)))
    if person is None:
        raise ConfigurationError(
            tried=f"to find the person {name.strip()!r}",
            found="nobody of this name",
            expected="the name of a person who was added",
            remedy="`assettrail people list` shows everybody; nothing was changed",
        )
    return person


def _refuse_last_administrator(session: Session, person: PersonRecord) -> None:
    others = session.scalar(
        select(PersonRecord.person_id)
        .join(RoleRecord, RoleRecord.person_id == PersonRecord.person_id)
        .where(RoleRecord.role == "administrator", PersonRecord.is_active, PersonRecord.person_id != person.person_id)
        .limit(1)
    )
    if others is None:
        raise refused(
            f"to end {person.name} as administrator",
            "no other active administrator",
            "another one who can add people and issue tokens",
        )


def _refuse_last_token(session: Session, token_id: str, now: datetime) -> None:
    """Refuse to revoke the last token that lets anybody administer: issue another one first."""
    others = session.scalar(_counting_tokens(now).where(TokenRecord.token_id != token_id).limit(1))
    if others is None:
        raise refused(
            f"to revoke the token {token_id}", "no other token of an administrator that counts", "another one first"
        )


def _counting_tokens(now: datetime) -> Select[tuple[str]]:
    """The query of the ids of tokens that let somebody administer now."""
    return (
        select(TokenRecord.token_id)
        .join(PersonRecord, PersonRecord.person_id == TokenRecord.person_id)
        .join(RoleRecord, RoleRecord.person_id == TokenRecord.person_id)
        .where(RoleRecord.role == "administrator", PersonRecord.is_active)
        .where(TokenRecord.revoked_at.is_(None), TokenRecord.expires_at > now)
    )


def _locked_out(session: Session, name: str, now: datetime) -> PersonRecord:
    """The administrator of this name, where no administrator can act any more."""
    person = session.scalar(select(PersonRecord).where(PersonRecord.plain_name == plain_name(name)))
    can_act = session.scalar(_counting_tokens(now).limit(1)) is not None
    if can_act or person is None or not person.is_active or "administrator" not in _roles(session, person):
        raise ConfigurationError(
            tried=f"to begin as {name.strip()[:80]!r}",
            found="people who were added before" + ("" if can_act else ", and no administrator of this name"),
            expected="an installation without people, or one in which no administrator has a token that counts",
            remedy="have an administrator add you: `assettrail people add`; nothing was changed",
        )
    return person


def _refuse_other_people(settings: Settings, name: str) -> None:
    """Refuse to begin where the log knows people: this database is not the one that it tells of."""
    if logged_people(settings):
        raise ConfigurationError(
            tried=f"to begin as {name.strip()[:80]!r}",
            found="people in the log of this home, and none in the database",
            expected="the database of corrections and people that belongs to this home",
            remedy="correct corrections.database_url, or restore the database from a copy; nothing was changed",
        )


def refused(tried: str, found: str, expected: str) -> ConfigurationError:
    """Return the refusal of a change of people."""
    return ConfigurationError(
        tried=tried,
        found=found,
        expected=expected,
        remedy="`assettrail people list` shows everybody; nothing was changed",
    )


def _no_token(found: str) -> ConfigurationError:
    return ConfigurationError(
        tried="to find who acts on the command line",
        found=found,
        expected="a personal token that counts, in ASSETTRAIL_TOKEN or in the file that ASSETTRAIL_TOKEN_FILE names",
        remedy="have an administrator issue one: `assettrail people token NAME`; nothing was done",
    )
