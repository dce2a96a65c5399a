"""The tables of the store: corrections, transitions of their state, runs that sent; people, roles and tokens.

Here belong the SQLAlchemy models only. They hold on SQLite and on PostgreSQL alike. What may follow on what is
`outbox` and `people`; a change of a table is a migration, too.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from corrections.store.states import STATES


class UtcInstant(TypeDecorator[datetime]):
    """An aware instant in UTC. SQLite knows no zones and is given UTC without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware instant into what the database takes."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Turn what the database gives into an aware instant in UTC."""
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Record(DeclarativeBase):
    """Base of the tables."""


class CorrectionRecord(Record):
    """One row per correction that a snapshot ever proposed."""

    __tablename__ = "corrections"
    __table_args__ = (CheckConstraint("state in ('" + "', '".join(STATES) + "')", name="state_is_known"),)

    correction_key: Mapped[str] = mapped_column(String(128), primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    exception_key: Mapped[str] = mapped_column(String(128))
    subject_id: Mapped[str] = mapped_column(String(512))
    object_key: Mapped[str] = mapped_column(String(512), index=True)
    reason: Mapped[str | None] = mapped_column(Text)
    difference: Mapped[str] = mapped_column(Text)
    difference_hash: Mapped[str] = mapped_column(String(64))
    correlation_id: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    snapshot_name: Mapped[str] = mapped_column(String(128))
    proposed_at: Mapped[datetime] = mapped_column(UtcInstant)
    proposed_by: Mapped[str] = mapped_column(String(256))
    approved_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    approved_by: Mapped[str | None] = mapped_column(String(256))
    approved_hash: Mapped[str | None] = mapped_column(String(64))
    approval_expires_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    attempt_count: Mapped[int] = mapped_column(default=0)
    settle_count: Mapped[int] = mapped_column(default=0)
    sender: Mapped[str | None] = mapped_column(String(512))
    write_ends_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    remote_id: Mapped[str | None] = mapped_column(String(512))


class DifferenceRecord(Record):
    """One row per difference that a correction ever had: what it was when it was written stays known afterwards."""

    __tablename__ = "correction_differences"

    difference_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    correction_key: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(64))
    difference: Mapped[str] = mapped_column(Text)


class TransitionRecord(Record):
    """One row per change of a correction's state: when (house clock), by whom, why, with which difference.

    `difference_hash` is None where an older release wrote the row and the correction was proposed anew since.
    """

    __tablename__ = "correction_transitions"
    __table_args__ = (Index("ix_correction_transitions_to_state_at", "to_state", "at"),)

    transition_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    correction_key: Mapped[str] = mapped_column(ForeignKey("corrections.correction_key"), index=True)
    at: Mapped[datetime] = mapped_column(UtcInstant)
    from_state: Mapped[str | None] = mapped_column(String(16))
    to_state: Mapped[str] = mapped_column(String(16))
    who: Mapped[str] = mapped_column(String(256))
    why: Mapped[str] = mapped_column(Text)
    difference_hash: Mapped[str | None] = mapped_column(String(64))


class SendRunRecord(Record):
    """One row per run that sent: when it began (this machine's clock) and whether it came to its end."""

    __tablename__ = "send_runs"

    send_run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    started_at: Mapped[datetime] = mapped_column(UtcInstant)
    is_finished: Mapped[bool] = mapped_column(default=False)


class VendorFailureRecord(Record):
    """One row per vendor that has failed and not answered since: how often in a row, when last (machine's clock)."""

    __tablename__ = "vendor_failures"

    vendor: Mapped[str] = mapped_column(String(32), primary_key=True)
    failures: Mapped[int]
    failed_at: Mapped[datetime] = mapped_column(UtcInstant)
    reason: Mapped[str] = mapped_column(Text)


class PauseRecord(Record):
    """One row per time in which nothing was sent, because a person said so; the latest may not have ended."""

    __tablename__ = "sending_pauses"

    pause_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    paused_at: Mapped[datetime] = mapped_column(UtcInstant)
    paused_by: Mapped[str] = mapped_column(String(256))
    reason: Mapped[str] = mapped_column(Text)
    resumed_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    resumed_by: Mapped[str | None] = mapped_column(String(256))


class RecallRecord(Record):
    """One row per recall: of a whole asset, or of the bytes of one etag."""

    __tablename__ = "recalls"

    recall_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    asset_id: Mapped[str] = mapped_column(String(64))
    etag: Mapped[str | None] = mapped_column(String(64))
    public_id: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    recalled_at: Mapped[datetime] = mapped_column(UtcInstant)
    recalled_by: Mapped[str] = mapped_column(String(256))
    snapshot_name: Mapped[str] = mapped_column(String(128))
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    ended_by: Mapped[str | None] = mapped_column(String(256))


class RecallHolderRecord(Record):
    """One row per holder that a recall has found, with the correction that takes it back where there is one."""

    __tablename__ = "recall_holders"

    recall_id: Mapped[str] = mapped_column(ForeignKey("recalls.recall_id"), primary_key=True)
    holder_type: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder_id: Mapped[str] = mapped_column(String(512), primary_key=True)
    place: Mapped[str] = mapped_column(Text)
    correction_key: Mapped[str | None] = mapped_column(ForeignKey("corrections.correction_key"))
    found_at: Mapped[datetime] = mapped_column(UtcInstant)


class AttestationRecord(Record):
    """One row per signature under a statement about a period; the text is kept exactly, and never changed."""

    __tablename__ = "attestations"
    __table_args__ = (UniqueConstraint("statement_hash", "signed_by", name="one_signature_of_a_person"),)

    attestation_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    period: Mapped[str] = mapped_column(String(64), index=True)
    statement: Mapped[str] = mapped_column(Text)
    statement_hash: Mapped[str] = mapped_column(String(64))
    snapshot_name: Mapped[str] = mapped_column(String(128))
    signed_at: Mapped[datetime] = mapped_column(UtcInstant)
    signed_by: Mapped[str] = mapped_column(String(256))
    meaning: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)


class PersonRecord(Record):
    """One row per person who ever had a role. Nobody is removed: a name in the history stays one person's."""

    __tablename__ = "people"
    __table_args__ = (Index("uq_people_sign_in_name", "sign_in_name", unique=True),)

    person_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(256))
    plain_name: Mapped[str] = mapped_column(String(256), unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    added_at: Mapped[datetime] = mapped_column(UtcInstant)
    added_by: Mapped[str] = mapped_column(String(256))
    sign_in_name: Mapped[str | None] = mapped_column(String(320))
    jurisdictions: Mapped[str | None] = mapped_column(Text)
    """A JSON list of the jurisdictions that a person is restricted to; null where they are not restricted."""


class RoleRecord(Record):
    """One row per role that a person has now."""

    __tablename__ = "person_roles"

    person_id: Mapped[str] = mapped_column(ForeignKey("people.person_id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(32), primary_key=True)
    granted_at: Mapped[datetime] = mapped_column(UtcInstant)
    granted_by: Mapped[str] = mapped_column(String(256))


class TokenRecord(Record):
    """One row per personal token that was ever issued; of its secret only the SHA-256 is kept."""

    __tablename__ = "person_tokens"

    token_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.person_id"), index=True)
    secret_sha256: Mapped[str] = mapped_column(String(64))
    issued_at: Mapped[datetime] = mapped_column(UtcInstant)
    issued_by: Mapped[str] = mapped_column(String(256))
    expires_at: Mapped[datetime] = mapped_column(UtcInstant)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcInstant)
