"""Withdrawals of saved queries, which nobody changes or removes either."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from corrections.store.append_only import refuse_changes
from corrections.store.records import UtcInstant

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "saved_query_withdrawals",
        sa.Column("name", sa.String(64), sa.ForeignKey("saved_queries.name"), primary_key=True),
        sa.Column("withdrawn_at", UtcInstant, nullable=False),
        sa.Column("withdrawn_by", sa.String(256), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    refuse_changes(op.get_bind(), "saved_query_withdrawals")
