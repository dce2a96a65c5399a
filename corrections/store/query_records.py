"""The tables of saved queries and of their withdrawals.

Rows are never changed or removed: a permanent link means the same for ever, and one that was withdrawn goes on telling
what it meant.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from corrections.store.records import Record, UtcInstant


class SavedQueryRecord(Record):
    """One row per saved query: its name in addresses, its exact text, who saved it when, and what it is for."""

    __tablename__ = "saved_queries"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    statement: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(UtcInstant, index=True)
    saved_by: Mapped[str] = mapped_column(String(256))


class WithdrawalRecord(Record):
    """One row per saved query that was withdrawn: who did it when, and why."""

    __tablename__ = "saved_query_withdrawals"

    name: Mapped[str] = mapped_column(ForeignKey("saved_queries.name"), primary_key=True)
    withdrawn_at: Mapped[datetime] = mapped_column(UtcInstant)
    withdrawn_by: Mapped[str] = mapped_column(String(256))
    reason: Mapped[str] = mapped_column(Text)
