"""The tables of who is signed in and of what was seen: attempts to sign in, sessions, accesses.

Here belong the SQLAlchemy models only; their instants are of this machine's clock. Rows of accesses are never changed
or removed: the database itself refuses it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from corrections.store.records import Record, UtcInstant


class SignInAttemptRecord(Record):
    """One row per attempt to sign in, kept for a day: from which address, and what a provider's answer must fit."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index("ix_sign_in_attempts_address_begun_at", "address", "begun_at"),)

    attempt_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    address: Mapped[str] = mapped_column(String(64))
    begun_at: Mapped[datetime] = mapped_column(UtcInstant, index=True)
    state_sha256: Mapped[str | None] = mapped_column(String(64), unique=True)
    browser_sha256: Mapped[str | None] = mapped_column(String(64))
    nonce: Mapped[str | None] = mapped_column(String(128))
    code_verifier: Mapped[str | None] = mapped_column(String(128))
    return_to: Mapped[str | None] = mapped_column(Text)


class SessionRecord(Record):
    """One row per session; of the id that a browser holds only the SHA-256 is kept."""

    __tablename__ = "sessions"

    session_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.person_id"), index=True)
    token_id: Mapped[str | None] = mapped_column(ForeignKey("person_tokens.token_id"))
    begun_at: Mapped[datetime] = mapped_column(UtcInstant)
    used_at: Mapped[datetime] = mapped_column(UtcInstant)
    ends_at: Mapped[datetime] = mapped_column(UtcInstant)


class AccessRecord(Record):
    """One row per thing that somebody saw, took out or was refused; never a recipient's identifier.

    `roles` are those that they had then, separated by commas; None in rows of older releases.
    """

    __tablename__ = "accesses"

    access_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcInstant, index=True)
    person_id: Mapped[str | None] = mapped_column(String(32), index=True)
    person: Mapped[str] = mapped_column(String(256))
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(Text)
    snapshot_name: Mapped[str | None] = mapped_column(String(128))
    detail: Mapped[str] = mapped_column(Text)
    roles: Mapped[str | None] = mapped_column(Text)
