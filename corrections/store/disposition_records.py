"""The table of dispositions. Here belongs the SQLAlchemy model only; its rows are never changed or removed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from corrections.store.records import Record, UtcInstant


class DispositionRecord(Record):
    """One row per disposition that a person made of an exception; the latest of an exception counts."""

    __tablename__ = "dispositions"

    disposition_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    exception_key: Mapped[str] = mapped_column(String(128), index=True)
    disposition: Mapped[str] = mapped_column(String(32))
    owner: Mapped[str] = mapped_column(String(256))
    due_on: Mapped[date | None] = mapped_column(Date)
    accepted_until: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    disposed_at: Mapped[datetime] = mapped_column(UtcInstant)
    disposed_by: Mapped[str] = mapped_column(String(256))
