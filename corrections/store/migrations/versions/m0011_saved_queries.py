"""Saved queries, which nobody changes or removes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from corrections.store.append_only import refuse_changes
from corrections.store.records import UtcInstant

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "saved_queries",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("statement", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("saved_at", UtcInstant, nullable=False, index=True),
        sa.Column("saved_by", sa.String(256), nullable=False),
    )
    refuse_changes(op.get_bind(), "saved_queries")
