"""Sessions of people in a browser, and the attempts to sign in that lead to them.

Here belong beginning, finding and ending a session, and keeping what a provider's answer must fit. Every instant is of
this machine's clock. Of ids, states and browsers only the SHA-256 is kept, so that a copy of the database signs nobody
in. Cookies, forms and the provider itself are `reports.people`.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from assettrail.errors import ConfigurationError
from corrections.people.register import Person, as_person
from corrections.store.access_records import SessionRecord, SignInAttemptRecord
from corrections.store.records import PersonRecord, TokenRecord

ATTEMPT_ENDS_AFTER: Final = timedelta(minutes=10)
_ATTEMPTS_ARE_KEPT: Final = timedelta(days=1)
_USE_IS_WRITTEN_AFTER: Final = timedelta(minutes=1)


class TooManyAttempts(ConfigurationError):
    """More attempts to sign in within a minute than are allowed; a minute later they are again."""


@dataclass(frozen=True)
class Attempt:
    """What an answer of the provider must fit, and where the browser wanted to go."""

    nonce: str
    code_verifier: str
    return_to: str


@dataclass(frozen=True)
class Signed:
    """Who is signed in, and whether the session's last use has to be written down again."""

    person: Person
    is_use_due: bool


def begin_session(
    session: Session, person_id: str, token_id: str | None, now: datetime, ends_at: datetime, former: str | None
) -> str:
    """Begin a session and return the id that the browser is to hold; `former`, the id that it held, ends."""
    if former:
        end_session(session, former)
    session.execute(delete(SessionRecord).where(SessionRecord.ends_at <= now))
    session_id = secrets.token_urlsafe(32)
    session.add(
        SessionRecord(
            session_sha256=sha256_of(session_id),
            person_id=person_id,
            token_id=token_id,
            begun_at=now,
            used_at=now,
            ends_at=ends_at,
        )
    )
    session.flush()
    return session_id


def signed_in(session: Session, session_id: str, now: datetime, idle: timedelta) -> Signed | None:
    """Return who holds a session that counts: neither over nor idle, its person active, its token not revoked."""
    found = session.get(SessionRecord, sha256_of(session_id))
    if found is None or now >= found.ends_at or now >= found.used_at + idle:
        return None
    person = session.get_one(PersonRecord, found.person_id)
    token = None if found.token_id is None else session.get_one(TokenRecord, found.token_id)
    if not person.is_active or (token is not None and token.revoked_at is not None):
        return None
    is_due = now >= found.used_at + min(_USE_IS_WRITTEN_AFTER, idle / 4)
    return Signed(as_person(session, person, None if token is None else token.issued_by), is_due)


def write_use(session: Session, session_id: str, now: datetime) -> None:
    """Write down that a session was used."""
    found = session.get(SessionRecord, sha256_of(session_id))
    if found is not None:
        found.used_at = max(found.used_at, now)


def end_session(session: Session, session_id: str) -> None:
    """End a session at once."""
    session.execute(delete(SessionRecord).where(SessionRecord.session_sha256 == sha256_of(session_id)))


def count_attempt(session: Session, address: str, now: datetime, at_most: int) -> SignInAttemptRecord:
    """Write an attempt to sign in down. Raises TooManyAttempts where `at_most` began within a minute from `address`."""
    table = SignInAttemptRecord
    session.execute(delete(table).where(table.begun_at <= now - _ATTEMPTS_ARE_KEPT))
    recent = session.scalar(
        select(func.count()).where(table.address == address, table.begun_at > now - timedelta(minutes=1))
    )
    if (recent or 0) >= at_most:
        raise TooManyAttempts(
            tried=f"to sign in from {address}",
            found=f"{recent} attempts within the last minute",
            expected=f"at most {at_most}",
            remedy="wait a minute and try again; nothing was checked",
        )
    attempt = table(address=address, begun_at=now)
    session.add(attempt)
    session.flush()
    return attempt


def begin_attempt(record: SignInAttemptRecord, state: str, browser: str, attempt: Attempt) -> None:
    """Keep what the provider's answer must fit."""
    record.state_sha256 = sha256_of(state)
    record.browser_sha256 = sha256_of(browser)
    record.nonce, record.code_verifier, record.return_to = attempt.nonce, attempt.code_verifier, attempt.return_to


def take_attempt(session: Session, state: str, browser: str, now: datetime) -> Attempt | None:
    """Return what was kept of an attempt of this browser, once; None where there is none, or it is too old."""
    table = SignInAttemptRecord
    found = session.scalar(select(table).where(table.state_sha256 == sha256_of(state)).with_for_update())
    if found is None or found.nonce is None or found.code_verifier is None or found.return_to is None:
        return None
    attempt = Attempt(found.nonce, found.code_verifier, found.return_to)
    is_of_browser = found.browser_sha256 is not None and secrets.compare_digest(
        found.browser_sha256, sha256_of(browser)
    )
    if not is_of_browser:
        return None
    found.nonce = found.code_verifier = found.return_to = None
    return attempt if now < found.begun_at + ATTEMPT_ENDS_AFTER else None


def sha256_of(text: str) -> str:
    """Return what is kept of an id that a browser holds."""
    return hashlib.sha256(text.encode()).hexdigest()
